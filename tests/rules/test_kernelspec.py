"""The interpreter of a kernel, as jupyter_client finds it."""

import json
import sys

import pytest

from jupyter_mlops.errors import RunError
from jupyter_mlops.rules.surroundings.kernelspec import interpreter
from jupyter_mlops.running import environment


@pytest.fixture
def kernels(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))

    def write(name, text):
        folder = tmp_path / "kernels" / name
        folder.mkdir(parents=True)
        (folder / "kernel.json").write_text(text)

    return write


@pytest.mark.parametrize("program", ["/opt/python/bin/python3.12", "python", "python3.11", "conda"])
def test_as_jupyter_client_has_it(kernels, program):
    spec = {"argv": [program, "-m", "ipykernel_launcher", "-f", "{connection_file}"], "display_name": "Mine"}
    kernels("mine", json.dumps(spec))
    assert interpreter("mine") == interpreter("Mine") == environment.interpreter("mine")


def test_the_default_kernel_is_there(kernels):
    assert interpreter(None) == interpreter("python3") == environment.interpreter("python3") == sys.executable


@pytest.mark.parametrize("text", ["", "{", "{}", '{"argv": []}'])
def test_a_broken_or_missing_kernel_is_unknown(kernels, text):
    kernels("broken", text)
    assert interpreter("broken") is None
    assert interpreter("missing") is None
    with pytest.raises(RunError):
        environment.interpreter("missing")
