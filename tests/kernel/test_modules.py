"""The modules of the project that a run loaded."""

import sys
import types

from jupyter_mlops.kernel.modules import below


def test_files_below_the_folder_that_nobody_installed(tmp_path, monkeypatch):
    places = {
        "cleaning_of_ours": "cleaning_of_ours.py",
        "shop_of_ours": "shop_of_ours/__init__.py",
        "shop_of_ours.prices": "shop_of_ours/prices.py",
        "installed_here": ".venv/lib/python3.11/site-packages/installed_here.py",
    }
    for name, place in places.items():
        module = types.ModuleType(name)
        module.__file__ = str(tmp_path / place)
        monkeypatch.setitem(sys.modules, name, module)
    broken = types.ModuleType("without_file")
    broken.__file__ = None
    monkeypatch.setitem(sys.modules, "without_file", broken)
    expected = {name: str(tmp_path / place) for name, place in places.items() if name != "installed_here"}
    assert below(str(tmp_path)) == expected
