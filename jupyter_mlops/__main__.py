"""`python -m jupyter_mlops` is `jupyter mlops`."""

from jupyter_mlops.cli import main

if __name__ == "__main__":
    main()
