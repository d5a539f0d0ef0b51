"""A parameters cell as typed declarations, and given values checked against them before anything starts."""
