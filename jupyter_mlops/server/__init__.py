"""The extension of the Jupyter server: thin routes over the same functions that the command line calls."""
