"""Views of the store as widgets, for notebooks in any front end."""
