"""The parameters cell as declarations: types, defaults, descriptions, lines."""

from __future__ import annotations

from jupyter_mlops.notebook import Cell
from jupyter_mlops.parameters.declarations import as_papermill, declarations
from jupyter_mlops.parameters.types import spelled

SOURCE = """import datetime
rate: float = 0.1  # learning rate
rounds = 100
# where the data is,
# below the project
folder: str = "a=b"  # relative
limit: int
kind: Literal["a", "b"] = "a"
day: datetime.date = datetime.date(2024, 1, 1)
x = y = 3
flag = rounds == 10
depth: int | None = None
"""


def test_everything_that_a_cell_declares():
    found = declarations(Cell("p", 1, "code", SOURCE, frozenset({"parameters"})))
    shown = {name: (spelled(each.type), each.default, each.description, each.line) for name, each in found.items()}
    assert shown == {
        "rate": ("float", "0.1", "learning rate", 2),
        "rounds": ("int", "100", "", 3),
        "folder": ("str", "'a=b'", "relative", 6),
        "limit": ("int", None, "", 7),
        "kind": ("Literal['a', 'b']", "'a'", "", 8),
        "day": ("date", "datetime.date(2024, 1, 1)", "", 9),
        "x": ("int", "3", "", 10),
        "y": ("int", "3", "", 10),
        "flag": ("any", "rounds == 10", "", 11),
        "depth": ("int | None", "None", "", 12),
    }


def test_comment_lines_above_describe_too():
    found = declarations(Cell("p", 1, "code", "# how many\n# rounds\nn = 1\n\nm = 2", frozenset({"parameters"})))
    assert [each.description for each in found.values()] == ["how many rounds", ""]


def test_the_shape_that_papermill_gives():
    found = declarations(
        Cell("p", 1, "code", "rate: float = 0.1  # learning rate\nz = None", frozenset({"parameters"}))
    )
    assert as_papermill(found) == {
        "rate": {"name": "rate", "inferred_type_name": "float", "default": "0.1", "help": "learning rate"},
        "z": {"name": "z", "inferred_type_name": "None", "default": "None", "help": ""},
    }
