"""Where the findings of a plan point to."""

import pytest

from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.exporting.plan import package_name, placed
from jupyter_mlops.exporting.requirements import Distribution, Installed
from jupyter_mlops.notebook import Cell

CELLS = [
    Cell("c1", 1, "code", "import pandas as pd\nfrom helpers.text import clean", frozenset()),
    Cell("c2", 2, "code", "x = 1\nmodel = fit(x)", frozenset()),
]


@pytest.mark.parametrize(
    ("code", "message", "place"),
    [
        ("no-rows", "no rows were seen", ("c2", 2, 2)),
        ("rows-have-no-schema", "no strict schema", ("c2", 2, 2)),
        ("import-not-installed", "the package needs the module `helpers`", ("c1", 1, 2)),
        ("import-not-installed", "the package needs the module `other`", (None, None, None)),
        ("requirement-not-installed", "`model`", (None, None, None)),
    ],
)
def test_findings_point_to_a_line(code, message, place):
    (found,) = placed([Finding(code=code, message=message, fix=Fix(text="do"))], CELLS, "model")
    assert (found.cell, found.index, found.line) == place


def test_a_place_that_is_known_stays():
    (found,) = placed([Finding(code="no-rows", message="m", cell="c1", index=1, line=1)], CELLS, "model")
    assert (found.cell, found.index, found.line) == ("c1", 1, 1)


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("Churn model", "churn_model"),
        ("Prévision d'été", "prevision_d_ete"),
        ("2024 sales", "notebook_2024_sales"),
        ("模型", "notebook"),
        ("class", "class_service"),
        ("random", "random_service"),
        ("cool", "cool_service"),
        ("beside", "beside_service"),
        ("shop", "shop_service"),
        ("data", "data"),
        ("train", "train_service"),
        ("Test", "test_service"),
        ("plot split fixed sequence testing method for precision", "plot_split_fixed_sequence_testing_method_for"),
        ("a" * 46, "a" * 46),
        ("a" * 47, "a" * 46),
    ],
)
def test_the_packages_name(tmp_path, stem, name):
    (tmp_path / "beside.py").touch()
    for file in ("shop/__init__.py", "data/rows.csv"):
        (tmp_path / file).parent.mkdir()
        (tmp_path / file).touch()
    cool = Distribution(name="cool", version="1", imports=("cool",))
    installed = Installed(markers={}, stdlib=frozenset(), distributions=(cool,))
    assert package_name(tmp_path / f"{stem}.ipynb", installed) == name
