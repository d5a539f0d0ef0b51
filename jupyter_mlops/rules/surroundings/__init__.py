"""What of a notebook's surroundings rules look at, and how it is found out."""
