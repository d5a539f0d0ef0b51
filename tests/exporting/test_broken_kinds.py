"""The proof of the other kinds of notebooks: slices, copied modules, schemas and parameters, broken on purpose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from breakages import Good, changed_model, edited

from jupyter_mlops.errors import ProofError
from jupyter_mlops.exporting.export import Options, export_file

pytestmark = pytest.mark.slow

Breakage = Callable[[Path], None]


def scaler_dropped(model: Any) -> None:
    position, name = next(
        (i, name) for i, (name, step) in enumerate(model.steps) if type(step).__name__ == "StandardScaler"
    )
    model.steps[position] = (name, "passthrough")


def groups_renumbered(model: Any) -> None:
    groups = model.steps[-1][1]
    groups.cluster_centers_ = groups.cluster_centers_[::-1].copy()


def words_mixed_up(model: Any) -> None:
    words = model.steps[0][1].vocabulary_
    words.update(zip(list(words), reversed(list(words.values())), strict=True))


def labels_swapped(model: Any) -> None:
    encoder = model._le
    encoder.classes_ = encoder.classes_[::-1].copy()


def other_numbers(model: Any) -> None:
    model.support_vectors_[:] += 0.5


KINDS: dict[str, dict[str, Breakage]] = {
    # slices of functions, with the classes and constants that they need
    "fuel": {
        "a unit not converted": edited("fuel/notebook.py", r'KG_A_POUND if car\.mass\.unit == "lb" else 1', "1"),
        "a wrong constant": edited("fuel/notebook.py", r"LITRES_A_GALLON = 3\.785411784", "LITRES_A_GALLON = 4.546"),
        "a statement left out": edited(
            "fuel/notebook.py", r"        return round\(100 / KM_A_MILE[^\n]*\n", "        pass\n"
        ),
        "an answer of another shape": edited(
            "fuel/notebook.py", r"    carbon_dioxide: float\n", "    carbon_dioxide: str\n"
        ),
        "a class of another version": edited(
            "fuel/notebook.py", r'    unit: Literal\["km", "mi"\]', '    unit: Literal["km"]'
        ),
        "a transformer dropped": changed_model("model.pkl", lambda model: model.steps[0][1].transformers_.reverse()),
    },
    "demand": {
        "a wrong constant": edited("demand/notebook.py", r"WINDOW = 14", "WINDOW = 21"),
        "a statement of a loop left out": edited("demand/notebook.py", r"        known\.append\(answers\[-1\]\)\n", ""),
        "days counted from one": edited("demand/notebook.py", r"day\.weekday\(\)", "day.isoweekday()"),
        "another margin": changed_model("margin.pkl", lambda margin: [part * 2 for part in margin]),
        "another default": edited("demand/prediction.py", r"horizon: int = 7", "horizon: int = 8"),
        "fewer trees": changed_model("model.pkl", lambda model: setattr(model, "estimators_", model.estimators_[:-5])),
    },
    "segments": {
        "groups numbered otherwise": changed_model("segments.pkl", groups_renumbered),
        "a transformer dropped": changed_model("segments.pkl", scaler_dropped),
        "two columns swapped": edited(
            "segments/prediction.py", r"(row\.)days_since (.*row\.)spent ", r"\1spent \2days_since "
        ),
    },
    "claims": {
        "classes in another order": changed_model("model.pkl", labels_swapped),
        "a category that is not the model's": edited(
            "claims/prediction.py", r'\["app", "letter", "telephone"\]\)', '["app", "letter", "fax"])'
        ),
        "nulls filled with zero": edited("claims/prediction.py", r"\[row\.age for", "[row.age or 0 for"),
        "a stricter schema than the data": edited("claims/prediction.py", r"age: float \| None", "age: float"),
    },
    # modules of the project that went along
    "loans": {
        "a copied module changed": edited("cleaning.py", r"upper=2\.0", "upper=0.1"),
        "a function of it that does nothing": edited("cleaning.py", r"burden=burden\(loans\)", "burden=0.0"),
        "a function of it left out": edited("cleaning.py", r"def with_burden.*", ""),
        "a module that it imports left out": lambda folder: (folder / "units.py").unlink(),
    },
    "digits": {
        "pixels in another order": edited(
            "digits/prediction.py", r'(np\.array\(rows, dtype="float64"\))', r"\1[:, ::-1]"
        ),
        "a transformer dropped": changed_model("reader.pkl", scaler_dropped),
        "a smaller type": edited("digits/prediction.py", r'dtype="float64"\)', 'dtype="float64").clip(0, 8)'),
    },
    "reviews": {
        "words mixed up": changed_model("classifier.pkl", words_mixed_up),
        "texts cut": edited("reviews/prediction.py", r"pd\.Series\(rows,", "pd.Series([row[:9] for row in rows],"),
        "a function of the notebook changed": edited("reviews/notebook.py", r"\.lower\(\)", ".upper()"),
    },
}
MODELS = {"loans": "search"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_breakage_is_caught(kind, tmp_path):
    good = Good(kind, tmp_path, MODELS.get(kind))
    assert good.prove(good.copy(tmp_path / "as-it-was")).passed
    missed: list[str] = []
    for number, (name, breaks) in enumerate(KINDS[kind].items()):
        folder = good.copy(tmp_path / f"broken-{number}")
        breaks(folder)
        try:
            caught = not good.prove(folder).passed
        except ProofError as error:
            caught = error.findings[0].code == "package-not-importable"
        missed += [] if caught else [name]
    assert missed == []


def test_a_parameter_that_is_not_handed_on_is_caught(tmp_path, write_notebook):
    path = write_notebook(
        tmp_path / "limits" / "limits.ipynb",
        "from typing import Annotated\nimport numpy as np\nfrom sklearn.linear_model import LinearRegression\n"
        "X = np.random.default_rng(0).normal(size=(60, 2))\nmodel = LinearRegression().fit(X, X[:, 0])",
        ('limit: Annotated[float, "argument"] = 0.5', "parameters"),
        (
            "def above(a: float, b: float) -> bool:\n    return bool(model.predict([[a, b]])[0] > limit)",
            "serve",
        ),
        "[above(float(a), float(b)) for a, b in X[:30]]",
    )
    assert path.parent == tmp_path / "limits"
    good = Good("limits", tmp_path)
    for number, breaks in enumerate(
        [
            edited("limits/prediction.py", r", limit=request\.limit", ""),
            edited("limits/notebook.py", r"\[0\] > limit", "[0] > 0.5"),
        ]
    ):
        folder = good.copy(tmp_path / f"broken-{number}")
        breaks(folder)
        assert not good.prove(folder).passed


def test_a_file_that_went_along_is_another(tmp_path, write_notebook):
    (tmp_path / "prices.json").write_text('{"a": 1.5, "b": 2.5}')
    path = write_notebook(
        tmp_path / "priced" / "priced.ipynb",
        "import json",
        (
            "def price(kind: str, count: int) -> float:\n"
            "    with open('prices.json') as file:\n        return json.load(file)[kind] * count",
            "serve",
        ),
        "[price('ab'[i % 2], i) for i in range(30)]",
    )
    (tmp_path / "priced" / "prices.json").write_text('{"a": 1.5, "b": 2.5}')
    good = Good("priced", tmp_path)
    assert export_file(path, Options(target=tmp_path / "again"))
    folder = good.copy(tmp_path / "broken")
    (folder / "prices.json").write_text('{"a": 1.5, "b": 2.6}')
    assert not good.prove(folder).passed
