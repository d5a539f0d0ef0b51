"""Environments that have what a lock says and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_mlops.errors import ExportError
from jupyter_mlops.exporting.isolation import isolated

pytestmark = pytest.mark.slow

LISTED = "from importlib.metadata import distributions; print(sorted(d.metadata['Name'] for d in distributions()))"


def test_nothing_but_the_lock(tmp_path):
    lock = tmp_path / "lock.txt"
    lock.write_text("click==8.3.0\ncolorama==0.4.6\n")
    with isolated(lock, sys.executable) as python:
        asked = [python, "-c", f"import sys; print(sys.version_info[:2]); {LISTED}"]
        version, found = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()
        assert version == str(sys.version_info[:2])
        assert found == "['click', 'colorama']"
    assert not Path(python).exists()


def test_a_lock_that_cannot_be_installed(tmp_path):
    lock = tmp_path / "lock.txt"
    lock.write_text("click==0.0.0.1\n")
    with pytest.raises(ExportError) as caught, isolated(lock, sys.executable):
        pass
    finding = caught.value.findings[0]
    assert finding.code == "lock-not-installable"
    assert "click" in finding.reason
