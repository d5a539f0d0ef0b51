"""Lets the tests of this folder import its modules without tests, which no other folder has."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
