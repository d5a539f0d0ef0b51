"""What runs inside the user's kernel: standard library and IPython only, no name but one left behind."""
