"""Answers of the functions `quote`, `surcharge`, `risks`, `words` of quotes.ipynb."""
