"""What every package holds beside the folder of its own name: nothing of the notebook's may stand in these places."""

from __future__ import annotations

MODULES = frozenset({"service", "tests", "train"})
FOLDERS = frozenset({"tests"})
FILES = frozenset(
    [
        "service.py",
        "train.py",
        "bentofile.yaml",
        "README.md",
        "pytest.ini",
        "provenance.json",
        "requirements.txt",
        "requirements.lock.txt",
        "requirements.train.txt",
    ]
)
