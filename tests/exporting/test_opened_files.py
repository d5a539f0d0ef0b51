"""Which of the opened files go into a package, and what is said of the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from pathspec import PathSpec
from sample_package import churn, ingredients, plan

from jupyter_mlops.documents import Answer, Endpoint, TextInput
from jupyter_mlops.exporting.opened_files import LARGEST, OpenedFiles, Service, opened_files
from jupyter_mlops.exporting.render import render
from jupyter_mlops.notebook import Cell

SOURCE = "def price(km):\n    return km * rate()\n"
CELLS = [Cell("c1", 1, "code", "x = 1", frozenset()), Cell("c2", 2, "code", SOURCE, frozenset())]
SERVICE = Service("taxi", {"price", "rate"}, {"shop/__init__.py", "shop/rates.py"})
FROM_A_CELL = {"module": "", "function": "price", "line": 2, "source": SOURCE}
FROM_PANDAS = {"module": "pandas.io.common", "function": "get_handle", "line": 800, "source": ""}
FROM_A_MODULE = {"module": "shop.rates", "function": "<module>", "line": 3, "source": ""}
FROM_ELSEWHERE = {"module": "", "function": "train", "line": 1, "source": "def train(): ..."}


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "project" / "work").mkdir(parents=True)
    return tmp_path / "project" / "work"


def heard(folder: Path, path: str | Path, *places: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An opening as the kernel tells it; `frm` is the working folder then."""
    absolute = (more.pop("frm", folder) / path).resolve()
    known = {"path": str(path), "absolute": str(absolute), "writes": False, "size": 10}
    return {**known, "places": [FROM_PANDAS, *(places or [FROM_A_CELL])], **more}


def taken(folder: Path, *opened: dict[str, Any]) -> OpenedFiles:
    return opened_files(opened, SERVICE, folder, folder.parent, CELLS)


def test_files_below_the_notebook_go_along_where_they_lie(folder):
    found = taken(
        folder,
        heard(folder, "stops.json"),
        heard(folder, "./data/../data/rates.csv", FROM_A_MODULE),
        heard(folder, "training.csv", FROM_ELSEWHERE),
        heard(folder, "stops.json", FROM_A_MODULE),
        heard(folder, "shop/rates.py"),
        heard(folder, "zones.csv", {**FROM_A_CELL, "function": "<lambda>"}),
    )
    expected = {"zones.csv": folder / "zones.csv"}
    expected |= {"data/rates.csv": folder / "data" / "rates.csv", "stops.json": folder / "stops.json"}
    assert found == OpenedFiles(expected)
    assert list(found.files) == sorted(expected)


@pytest.mark.parametrize(
    ("path", "more", "reason", "fix"),
    [
        ("/data/stops.json", {}, "absolute", "path relative"),
        ("../stops.json", {}, "outside of the notebook's folder", "path relative"),
        ("stops.json", {"frm": Path("/data")}, "another working folder", "take os.chdir out"),
        ("log.txt", {"writes": True}, "opened for writing", "only return its answer"),
        ("/data/log.txt", {"writes": True}, "opened for writing", "only return its answer"),
        ("large.bin", {"size": LARGEST + 1_000_000}, "101 MB", "read it at the top level"),
        ("data/.secret/key", {}, "hidden files", "read it at the top level"),
        ("README.md", {}, "`README.md` of its own", "another name"),
        ("tests/rates.csv", {}, "`tests` of its own", "another name"),
        ("taxi/rates.csv", {}, "`taxi` of its own", "another name"),
    ],
)
def test_others_are_said_with_their_line(folder, path, more, reason, fix):
    found = taken(folder, heard(folder, path, **more))
    assert found.files == {}
    [finding] = found.findings
    assert (finding.code, finding.severity) == ("file-not-packable", "error")
    assert (finding.cell, finding.index, finding.line) == ("c2", 2, 2)
    assert f"{'writes' if more.get('writes') else 'opens'} `{path}`" in finding.message
    assert reason in finding.reason
    assert fix in finding.fix.text


def test_the_largest_file_goes_along(folder):
    assert list(taken(folder, heard(folder, "large.bin", size=LARGEST)).files) == ["large.bin"]


def test_a_link_out_of_the_project_is_refused_and_one_within_is_followed(folder):
    (folder.parent / "shared.csv").write_text("x")
    (folder.parent.parent / "elsewhere.csv").write_text("x")
    (folder / "inside.csv").symlink_to(folder.parent / "shared.csv")
    (folder / "outside.csv").symlink_to(folder.parent.parent / "elsewhere.csv")
    links = [heard(folder, name, absolute=str(folder / name)) for name in ("inside.csv", "outside.csv")]
    found = taken(folder, *links)
    assert found.files == {"inside.csv": folder / "inside.csv"}
    assert [finding.reason for finding in found.findings] == ["it is a link to a file outside of the project"]


def test_a_module_is_named_and_each_file_told_once(folder):
    within = heard(folder, "/a/rates.csv", FROM_A_MODULE, FROM_A_CELL)
    found = taken(folder, within, within, heard(folder, "/a/rates.csv", FROM_A_MODULE))
    [finding] = found.findings
    assert "`/a/rates.csv` (line 3 of shop/rates.py)" in finding.message
    assert (finding.cell, finding.line) == ("c2", 2)
    [alone] = taken(folder, heard(folder, "/a/rates.csv", FROM_A_MODULE)).findings
    assert (alone.cell, alone.line) == (None, None)


def test_nothing_that_a_package_holds_is_replaced(folder):
    package = churn(folder.parent / "package")
    held = [path.relative_to(package) for path in package.rglob("*") if path.is_file()]
    assert len(held) > 10
    for path in [*held, "train.py", "requirements.train.txt"]:
        found = opened_files([heard(folder, path)], Service("churn", {"price"}, ()), folder, folder, CELLS)
        assert found.files == {}, f"{path} would be replaced"


AWKWARD = [
    "stops.json",
    "data/zones [1].json",
    "#a.csv",
    "!b.csv",
    "c *.csv",
    "d?.csv",
    " e ",
    "f\\g",
    'h"i',
    "größe.csv",
]


def test_the_bento_takes_these_files_and_no_others():
    endpoint = Endpoint(name="predict", answer=Answer(type="integer"), examples=1, weak=True)
    bare = plan("taxi", TextInput(container="list"), [endpoint])
    texts = render(ingredients(msgspec.structs.replace(bare, files=AWKWARD)))
    without = yaml.safe_load(render(ingredients(bare))["bentofile.yaml"])["include"]
    included = [each for each in yaml.safe_load(texts["bentofile.yaml"])["include"] if each not in without]
    for file, pattern in zip(AWKWARD, included, strict=True):
        spec = PathSpec.from_lines("gitwildmatch", [pattern])
        others = [*AWKWARD, *(f"deeper/{each}" for each in AWKWARD), "data/zones 1.json", "c x.csv", "dx.csv"]
        assert [each for each in others if spec.match_file(each)] == [file]
    assert "## Files that the service reads" in texts["README.md"]
    assert "Files that the service reads" not in render(ingredients(bare))["README.md"]
