"""jupyter_mlops: the way from a notebook to a verified, served model."""

__version__ = "0.1.0"
