"""Follows the statements of a notebook in order and notes what each one needs from those before it."""
