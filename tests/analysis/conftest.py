"""Lets the tests of this folder import `cell_programs` and `cell_observer`, which no other folder has."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
