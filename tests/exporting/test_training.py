"""What `train.py` holds, and what the script does when plain Python runs it."""

from __future__ import annotations

import ast
import hashlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sample_package import RUNTIME

from jupyter_mlops.errors import Finding
from jupyter_mlops.exporting.lambdas import named_lambdas
from jupyter_mlops.exporting.randomness import likely_cause
from jupyter_mlops.exporting.render import train_source
from jupyter_mlops.exporting.retraining import statement_at
from jupyter_mlops.exporting.runtime.loading import load
from jupyter_mlops.exporting.training import Training, metric_names, training_of
from jupyter_mlops.notebook import Cell


def cells_of(*sources: str | tuple[str, str]) -> list[Cell]:
    """Cells from texts, or from texts with a tag."""
    made: list[Cell] = []
    for index, given in enumerate(sources, 1):
        source, *tags = (given,) if isinstance(given, str) else given
        made.append(Cell(f"c{index}", index, "code", source, frozenset(tags)))
    return made


def held(
    *sources: str | tuple[str, str], learned: str = "model", metrics: tuple[str, ...] = (), **literals: str
) -> Training:
    made = training_of(cells_of(*sources), learned.split(), metrics, literals)
    assert isinstance(made, Training), made
    return made


def refused(*sources: str | tuple[str, str], learned: str = "model") -> Finding:
    made = training_of(cells_of(*sources), learned.split(), (), {})
    assert isinstance(made, Finding), made
    assert (made.code, made.severity) == ("no-training-script", "warning")
    assert made.fix is not None
    return made


def body(training: Training) -> list[str]:
    """The pieces of the notebook that the script holds."""
    return [statement.text for piece in training.pieces for statement in piece.statements]


def words(training: Training, name: str) -> dict[str, str]:
    option = next(option for option in training.options if option.name == name)
    return {"flag": option.flag, **option.words}


# --- what the script holds


def test_plots_prints_and_what_only_reads_are_left_out() -> None:
    training = held(
        "import matplotlib.pyplot as plt\nimport math",
        "rows = [1, 2, 3]\nprint(rows)\nassert rows",
        "plt.plot(rows)\nplt.show()",
        "# the mean\nmodel = math.fsum(rows) / len(rows)  # of all rows\ndisplay(model)\nmodel",
    )
    assert body(training) == ["rows = [1, 2, 3]", "# the mean\nmodel = math.fsum(rows) / len(rows)  # of all rows"]
    assert [each.text for each in training.imports] == ["import math"]
    assert [piece.title for piece in training.pieces] == ["cell 2: rows", "cell 4: model"]


def test_functions_and_classes_stay_at_the_top_level_with_their_comments() -> None:
    training = held(
        "# what the sum is multiplied by\nFACTOR = 2\n\n\nclass Sum:\n    def fit(self, rows):\n"
        "        self.total = FACTOR * sum(rows)  # doubled\n        return self",
        "model = Sum()\nmodel.fit([1, 2])",
    )
    script = ast.parse(train_source(training, "shop", "shop.ipynb"))
    assert any(isinstance(node, ast.ClassDef) and node.name == "Sum" for node in script.body)
    assert any("# doubled" in text for text in body(training))
    assert body(training)[0].startswith("# what the sum is multiplied by")


LAMBDAS = (
    "BASE = 3\nhalf = lambda x: x / 2  # of it",
    "# how\nmodel = [lambda x, k=BASE: half(x) + k, [lambda x: -x for _ in range(2)], sorted([1], key=lambda x: -x)]",
)


def test_lambdas_that_values_hold_become_functions() -> None:
    named = [each for each in named_lambdas(cells_of(*LAMBDAS)) if each.name != "model_function_3"]
    training = training_of(cells_of(*LAMBDAS), ["model"], (), {}, "shop", named)
    assert isinstance(training, Training)
    assert body(training) == [
        "BASE = 3",
        "# of it\ndef half(x):\n    return x / 2",
        "def model_function(x, k=BASE):\n    return half(x) + k\n"
        "def model_function_2(x):\n    return -x\n"
        "# how\nmodel = [model_function, [model_function_2 for _ in range(2)], sorted([1], key=lambda x: -x)]",
    ]
    script = train_source(training, "shop", "shop.ipynb")
    lines = script.splitlines()
    for text, place in (("    return x / 2", (1, 2)), ("    return -x", (2, 2)), ("BASE = 3", (1, 1))):
        found = statement_at(script, 1 + lines.index(text), training)
        assert found is not None
        assert (found.index, found.line) == place


def test_the_script_saves_such_values_under_the_names_of_the_package(tmp_path: Path) -> None:
    cells = cells_of(*LAMBDAS)
    training = training_of(cells, ["model"], (), {}, "shop", named_lambdas(cells))
    assert isinstance(training, Training)
    script = Script(tmp_path / "package", training)
    done = script.run()
    assert done.returncode == 0, done.stderr
    manifest = json.loads((script.folder / "trained" / "values.json").read_text())
    assert manifest["model"]["globals"] == ["shop.notebook:model_function", "shop.notebook:model_function_2"]


def test_imports_hold_what_is_used_and_go_to_the_top() -> None:
    training = held("from math import fsum, sqrt, pi\nimport json, math as m", "model = sqrt(m.e)")
    assert [each.text for each in training.imports] == ["from math import sqrt", "import math as m"]


def test_an_import_stays_where_what_is_above_decides_what_it_finds() -> None:
    training = held("import sys\nsys.path.insert(0, 'src')\nimport shop_rows", "model = shop_rows.load()")
    assert [each.text for each in training.imports] == ["import sys"]
    assert body(training)[:2] == ["sys.path.insert(0, 'src')", "import shop_rows"]


def test_an_import_of_a_name_that_is_bound_again_stays_in_its_place() -> None:
    training = held("size = 3\nfirst = size", "from math import pi as size", "model = [first, size]")
    assert training.imports == ()
    assert body(training)[-2:] == ["from math import pi as size", "model = [first, size]"]


def test_names_of_ours_do_not_collide() -> None:
    training = held("_training, _options, _parser = 1, 2, 3", "model = [_training, _options, _parser]")
    assert (training.runtime_name, training.options_name, training.parser_name) == (
        "__training",
        "__options",
        "__parser",
    )


def test_a_line_of_time_is_seen_through() -> None:
    assert body(held("%time model = [1]")) == ["model = [1]"]


def test_magics_that_do_nothing_to_values_are_left_out() -> None:
    training = held("%matplotlib inline\n%load_ext autoreload\n%autoreload 2", "model = [1]")
    assert body(training) == ["model = [1]"]


def test_the_same_cells_give_the_same_script() -> None:
    sources = [("seed = 1  # for luck", "parameters"), "import random\nmodel = random.Random(seed).random()"]
    first, second = (train_source(held(*sources), "shop", "shop.ipynb") for _ in range(2))
    assert first == second


# --- parameters

PARAMETERS = """
from datetime import date, datetime
from pathlib import Path
from typing import Literal

learning_rate: float = 1  # how fast: 5 % a step
# how many
rounds = 100
name = "a's"
balanced: bool = False
data: Path = Path("rows.csv")
day: date = date(2024, 5, 31)
at: datetime = datetime(2024, 5, 31, 12, 30)
kind: Literal["gini", "entropy"] = "gini"
power: Literal[1, 2, "all"] = 2
sizes: list[int] = [10, 5]
limit: float | None = None
options = {"a": 1}
values = 3
made = 2 * 50
"""
NAMES = "learning_rate rounds name balanced data day at kind power sizes limit options values made"


def with_parameters(**literals: str) -> Training:
    last = f"model = dict(zip({NAMES.split()!r}, map(repr, [{', '.join(NAMES.split())}])))"
    return held((PARAMETERS, "parameters"), last, **literals)


def test_each_type_of_parameter_becomes_an_option() -> None:
    training = with_parameters()
    assert words(training, "learning_rate") == {
        "flag": "--learning-rate",
        "type": "float",
        "default": "1",
        "help": "'how fast: 5 %% a step'",
    }
    assert words(training, "rounds")["help"] == "'how many'"
    assert words(training, "balanced")["action"] == "_training.BooleanOptionalAction"
    assert words(training, "data") == {
        "flag": "--data",
        "type": "_training.Path",
        "default": "'rows.csv'",
        "help": "'Path'",
    }
    assert words(training, "day")["default"] == "'2024-05-31'"
    assert words(training, "at")["default"] == "'2024-05-31T12:30:00'"
    assert words(training, "kind")["choices"] == "['gini', 'entropy']"
    assert words(training, "power")["type"] == "_training.one_of(1, 2, 'all')"
    assert words(training, "sizes")["type"] == "_training.literal('list')"
    assert words(training, "limit")["type"] == "_training.literal('float', 'None')"
    assert words(training, "options")["default"] == "{'a': 1}"
    # --values is the script's own
    assert words(training, "values")["flag"] == "--parameter-values"
    assert "seed = _options.seed" not in body(training)
    assert "rounds = _options.rounds" in body(training)
    # what it computes cannot be told from its text
    assert "made = 2 * 50" in body(training)


def test_a_computed_parameter_has_the_value_that_the_run_had() -> None:
    assert words(with_parameters(made="100"), "made")["default"] == "100"


def test_the_default_is_the_value_that_was_given() -> None:
    training = held(("seed: int = 1  # luck", "parameters"), ("seed = 8", "injected-parameters"), "model = [seed]")
    assert words(training, "seed") == {"flag": "--seed", "type": "int", "default": "8", "help": "'luck'"}
    assert body(training) == ["seed = _options.seed", "model = [seed]"]


def test_what_else_the_parameters_cell_does_stays() -> None:
    training = held(("n = 4\nhalf = n // 2\nprint(n)", "parameters"), "model = [half]")
    assert [option.name for option in training.options] == ["n"]
    assert body(training) == ["n = _options.n", "half = n // 2", "model = [half]"]


def test_parameters_that_training_does_not_use_are_no_options() -> None:
    assert held(("a = 1\nb = 2", "parameters"), "model = [a]", "other = b").options[0].name == "a"


# --- metrics


def test_metrics_are_what_evaluate_cells_bind_last() -> None:
    cells = cells_of(
        ("score = 0.5\nfor i in range(3):\n    share = i\n_hidden = 1\nother = 2", "evaluate"),
        "other = 3",
        "unrelated = 4",
    )
    assert metric_names(cells) == ["score"]


def test_metrics_join_the_script_unless_no_script_can_compute_them() -> None:
    training = held(
        "model = [1, 2]", ("mean = sum(model) / 2\ncount = !wc -l rows.csv", "evaluate"), metrics=("mean", "count")
    )
    assert training.metrics == ("mean",)
    assert "mean = sum(model) / 2" in body(training)


# --- no script


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("a = 1\nfiles = !ls\nmodel = [files]", 2, "the shell line `!ls`"),
        ("rows = get_ipython().user_ns\nmodel = [rows]", 1, "`get_ipython`"),
        ("x = 1\nmodel = [x, _]", 2, "`_`, which exists only in a notebook"),
        ("def shown(x):\n    display(x)\n    return x\nmodel = shown([1])", 1, "`display`"),
        ("import asyncio\nmodel = await asyncio.sleep(0, [1])", 2, "`await`"),
    ],
)
def test_what_no_script_can_do_is_a_warning(source: str, line: int, reason: str) -> None:
    finding = refused(source)
    assert (finding.cell, finding.index, finding.line) == ("c1", 1, line)
    assert reason in finding.reason


def test_a_value_that_is_bound_out_of_sight_has_no_script() -> None:
    assert "star import, exec or a magic" in refused("from shop import *").reason
    assert "star import, exec or a magic" in refused("exec('model = 1')").reason


def test_a_module_of_the_packages_own_name_has_no_script() -> None:
    for name in ("train", "shop"):
        made = training_of(cells_of(f"from {name}.rows import x\nmodel = [x]"), ["model"], (), {}, "shop")
        assert isinstance(made, Finding)
        assert made.line == 1
        assert f"a module `{name}` of its own" in made.reason


def test_a_cell_that_may_raise_has_no_script() -> None:
    assert "raises-exception" in refused(("model = [1]", "raises-exception")).reason


# --- the script, run


class Script:
    """A rendered script with the modules that it needs, in a folder of its own."""

    def __init__(self, folder: Path, training: Training) -> None:
        self.folder = folder
        package = folder / "shop"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("")
        (package / "notebook.py").write_text("class Mean:\n    pass\n")
        for name in ("loading", "saving", "training"):
            (package / f"{name}.py").write_bytes((RUNTIME / f"{name}.py").read_bytes())
        self.path = folder / "train.py"
        self.path.write_text(train_source(training, "shop", "shop.ipynb"))

    def run(self, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-B", str(self.path), *words],
            cwd=cwd or self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def value(self, name: str = "model", folder: str = "trained") -> Any:
        return load(self.folder / folder, name)


MEAN = (
    ('path = "rows.txt"\nscale: float = 2.0  # how much', "parameters"),
    "rows = [float(line) for line in open(path)]",
    "class Mean:\n    def fit(self, rows):\n        self.mean = scale * sum(rows) / len(rows)\n        return self",
    "model = Mean().fit(rows)\nlargest = max(rows)",
    ("error = model.mean - largest\nwords = 'three'", "evaluate"),
)


@pytest.fixture
def mean(tmp_path: Path) -> Script:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.txt").write_text("1\n2\n6\n")
    training = held(*MEAN, learned="model largest", metrics=("error", "words"))
    return Script(tmp_path / "package", training)


def test_a_script_trains_and_says_what_it_did(mean: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    done = mean.run(cwd=mean.folder.parent / "data")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr.splitlines()[:2] == ["[1/5] cell 1: path, scale", "[2/5] cell 2: rows"]
    assert done.stderr.splitlines()[-2:] == [
        "error = 0.0",
        f"wrote model, largest to {mean.folder / 'trained'}, metrics to {mean.folder / 'trained' / 'metrics.json'}",
    ]
    assert mean.value("largest") == 6.0
    monkeypatch.syspath_prepend(str(mean.folder))
    # the class of the script is loaded as the package's
    assert mean.value().mean == 6.0
    assert type(mean.value()).__module__ == "shop.notebook"
    report = json.loads((mean.folder / "trained" / "metrics.json").read_text())
    assert report["metrics"] == {"error": 0.0}
    assert report["parameters"] == {"path": "rows.txt", "scale": 2.0}
    assert report["seconds"] >= 0
    model = (mean.folder / "trained" / "model.pkl").read_bytes()
    assert report["values"]["model"] == hashlib.sha256(model).hexdigest()
    for name in [each for each in sys.modules if each.split(".")[0] == "shop"]:
        del sys.modules[name]


def test_other_values_of_parameters_and_other_places(mean: Script) -> None:
    data = mean.folder.parent / "data"
    done = mean.run("--scale", "10", "--values", "out/new", "--metrics", "out/m.json", cwd=data)
    assert done.returncode == 0, done.stderr
    assert json.loads((data / "out" / "m.json").read_text())["metrics"] == {"error": 24.0}
    present = sorted(path.name for path in (data / "out" / "new").iterdir())
    assert present == ["largest.pkl", "model.pkl", "values.json"]
    # what an earlier training wrote is replaced
    assert mean.run("--values", "out/new", cwd=data).returncode == 0
    assert sorted(path.name for path in (data / "out").iterdir()) == ["m.json", "new"]


def test_help_names_the_options_and_their_defaults(mean: Script) -> None:
    done = mean.run("--help")
    assert done.returncode == 0
    assert "how much (default: 2.0)" in done.stdout
    assert "--values FOLDER" in done.stdout
    assert "shop.ipynb" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--scale", "much"], "argument --scale: invalid float value: 'much'"),
        (["--scal", "1"], "unrecognized arguments: --scal"),
        (["--values", "taken"], "taken holds other things (note.txt); name another folder with --values"),
        (["--values", "rows.txt"], "rows.txt is a file; name a folder with --values"),
        (["--metrics", "taken"], "taken is a folder; name a file with --metrics"),
    ],
)
def test_wrong_options_end_with_2_before_anything_runs(mean: Script, words: list[str], said: str) -> None:
    data = mean.folder.parent / "data"
    (data / "taken").mkdir()
    (data / "taken" / "note.txt").write_text("mine")
    done = mean.run(*words, cwd=data)
    assert done.returncode == 2
    assert said in done.stderr
    assert "[1/" not in done.stderr
    assert not (mean.folder / "trained").exists()


def test_a_crash_ends_with_1_a_traceback_and_no_values(mean: Script) -> None:
    done = mean.run()
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("FileNotFoundError")
    assert sorted(path.name for path in mean.folder.iterdir()) == ["shop", "train.py"]


def test_a_value_that_cannot_be_saved_leaves_nothing(tmp_path: Path) -> None:
    script = Script(tmp_path / "package", held("model = lambda x: x"))
    done = script.run()
    assert done.returncode == 1
    assert "model cannot be saved: a lambda has no name" in done.stderr
    assert sorted(path.name for path in script.folder.iterdir()) == ["shop", "train.py"]


def test_an_interrupt_ends_with_130_and_without_a_traceback(tmp_path: Path) -> None:
    script = Script(tmp_path / "package", held("import time\nfrom pathlib import Path", WAITS))
    process = subprocess.Popen([sys.executable, str(script.path)], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "started").exists() and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert said.endswith("interrupted; nothing was written\n")


WAITS = "def wait():\n    Path('started').touch()\n    time.sleep(60)\n    return 1\nmodel = wait()"


def test_options_of_every_type_reach_the_code(tmp_path: Path) -> None:
    script = Script(tmp_path / "package", with_parameters(made="100"))
    assert script.run().returncode == 0
    as_run = script.value()
    assert as_run["learning_rate"] == "1"
    assert as_run["data"].startswith("PosixPath") or as_run["data"].startswith("WindowsPath")
    assert as_run["day"] == "datetime.date(2024, 5, 31)"
    assert as_run["made"] == "100"
    given = [
        *("--learning-rate", "0.5", "--rounds", "7", "--name", "5", "--balanced", "--data", "x.csv"),
        *("--day", "2025-01-02", "--at", "2025-01-02T03:04", "--kind", "entropy", "--power", "all"),
        *("--sizes", "[1]", "--limit", "2", "--options", '{"b": 2}', "--parameter-values", "4", "--made", "1"),
    ]
    done = script.run(*given)
    assert done.returncode == 0, done.stderr
    assert script.value() == {
        "learning_rate": "0.5",
        "rounds": "7",
        "name": "'5'",
        "balanced": "True",
        "data": repr(Path("x.csv")),
        "day": "datetime.date(2025, 1, 2)",
        "at": "datetime.datetime(2025, 1, 2, 3, 4)",
        "kind": "'entropy'",
        "power": "'all'",
        "sizes": "[1]",
        "limit": "2.0",
        "options": "{'b': 2}",
        "values": "4",
        "made": "1",
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rounds", "1.5"], "invalid int value"),
        (["--day", "tomorrow"], "invalid date value"),
        (["--kind", "other"], "invalid choice: 'other'"),
        (["--power", "3"], "invalid choice: '3'"),
        (["--sizes", "5"], "'5' is not list: write it as Python does, such as '[1, 2]'"),
        (["--limit", "low"], "'low' is not float or None"),
        (["--options", "[]"], "is not dict"),
    ],
)
def test_wrong_values_of_every_type_end_with_2(tmp_path: Path, words: list[str], said: str) -> None:
    done = Script(tmp_path / "package", with_parameters()).run(*words)
    assert done.returncode == 2
    assert said in done.stderr


# --- from the script back to the notebook


def test_a_line_of_the_script_leads_to_the_notebook() -> None:
    training = held(
        "import math",
        ("n = 3", "parameters"),
        "# above\ndef f(x):\n    y = x\n    return math.sqrt(y)",
        "rows = [1]\nprint(rows)\nmodel = f(rows)",
    )
    script = train_source(training, "shop", "shop.ipynb")
    lines = script.splitlines()

    def place(text: str) -> tuple[int, int] | None:
        found = statement_at(script, 1 + lines.index(text), training)
        return (found.index, found.line) if found else None

    assert place("    return math.sqrt(y)") == (3, 4)
    assert place("model = f(rows)") == (4, 3)
    assert place("import math") == (1, 1)
    assert place(lines[0]) is None


@pytest.mark.parametrize(
    ("source", "reason", "line"),
    [
        ("model = RandomForestClassifier(n_estimators=3)", "`RandomForestClassifier` of cell 2 has no random_state", 1),
        ("a, b = train_test_split(rows)\nmodel = a", "`train_test_split` of cell 2", 1),
        ("a = 1\nmodel = np.random.normal(a)", "draws random numbers that nothing seeds", 2),
        ("rng = np.random.default_rng()\nmodel = rng.normal()", "draws random numbers that nothing seeds", 1),
        ("model = RandomForestClassifier(random_state=3)", "nothing in its statements says why", None),
        ("model = time.time()", "reads the clock", 1),
    ],
)
def test_the_likely_cause_of_another_result(source: str, reason: str, line: int | None) -> None:
    training = held(
        "import time\nimport numpy as np\nfrom sklearn.ensemble import RandomForestClassifier\n"
        "from sklearn.model_selection import train_test_split\nrows = [1, 2]",
        source,
    )
    cause = likely_cause(training)
    assert reason in cause.reason
    assert (cause.place.line if cause.place else None) == line
