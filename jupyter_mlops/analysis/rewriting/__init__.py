"""Repairs of a notebook's code as text: what is not repaired keeps its bytes."""
