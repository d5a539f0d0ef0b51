"""One problem a file: what it is called, how grave it is, why, and what to do."""
