"""Which files of the project go into a package."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.exporting.local_modules import LocalModules, local_modules


@pytest.fixture
def project(tmp_path) -> dict[str, str]:
    """A project whose modules a run has loaded, by their dotted names."""
    texts = {
        "cleaning.py": "import pandas as pd\nfrom shop import prices\nimport sys\n",
        "shop/__init__.py": "from .prices import tax\n",
        "shop/prices.py": "import numpy as np\nfrom units import euro\ntax = 0.2\n",
        "units.py": "euro = 1\n",
        "plots.py": "import matplotlib\n",
        "space/parts/one.py": "x = 1\n",
        "alone.py": "\ufeff# with a mark\r\nx = 'é'\r\n",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text.encode())
    (tmp_path / "fast.so").write_bytes(b"\x7fELF\xff")
    modules = ["cleaning", "shop", "shop.prices", "units", "plots", "space.parts.one", "alone", "fast"]
    files = {name: tmp_path.joinpath(*name.split(".")).with_suffix(".py") for name in modules}
    files |= {"shop": tmp_path / "shop" / "__init__.py", "fast": tmp_path / "fast.so"}
    return {name: str(file) for name, file in files.items()}


def taken(needed: list[str], project: dict[str, str], provided: tuple[str, ...] = ()) -> LocalModules:
    return local_modules(needed, project, "loans", {"pandas", "numpy", "matplotlib", *provided})


def test_what_is_needed_goes_along_with_what_that_imports(project):
    found = taken(["cleaning", "sklearn.linear_model"], project)
    assert set(found.files) == {"cleaning.py", "shop/__init__.py", "shop/prices.py", "units.py"}
    assert found.files["shop/prices.py"] == Path(project["shop.prices"]).read_text()
    assert found.names == {"cleaning", "shop", "units"}
    assert found.imports == {"pandas", "numpy", "sys"}
    assert found.findings == ()


def test_a_part_of_a_package_brings_the_package(project):
    assert set(taken(["shop.prices"], project).files) == {"shop/__init__.py", "shop/prices.py", "units.py"}
    assert set(taken(["space.parts.one"], project).files) == {"space/parts/one.py"}


def test_nothing_goes_along_that_is_not_the_projects(project):
    assert taken(["sklearn", "os"], project) == LocalModules({}, frozenset(), frozenset())
    assert taken(["units"], project, provided=("units",)).files == {}


def test_text_stays_as_it_is_but_for_the_mark(project):
    assert taken(["alone"], project).files == {"alone.py": "# with a mark\r\nx = 'é'\r\n"}


@pytest.mark.parametrize(
    ("needed", "module", "code", "fix"),
    [
        ("fast", "fast", "module-is-no-source", "install `fast`"),
        ("service", "units", "module-name-taken", "rename the module `service`"),
        ("tests.data", "units", "module-name-taken", "rename the module `tests`"),
        ("loans", "units", "module-name-taken", "--name"),
    ],
)
def test_what_cannot_go_along(project, needed, module, code, fix):
    [finding] = taken([needed], {**project, needed: project[module]}).findings
    assert (finding.code, finding.severity) == (code, "error")
    assert fix in finding.fix.text
