"""Roles that cells could have: what the code does, what follows from it, and tags written into the file."""
