"""The store of executions as the world outside of kernels sees it: the index of clean runs, and reading back."""
