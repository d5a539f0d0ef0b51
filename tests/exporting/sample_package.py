"""Service packages made by hand: a fitted estimator and a plan, without a notebook or a run."""

from __future__ import annotations

import hashlib
import io
import pickle
import sys
import types
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from jupyter_mlops.documents import (
    Answer,
    ArrayInput,
    Cells,
    Column,
    Endpoint,
    Example,
    FrameInput,
    Plan,
    Requirement,
    Signature,
    TextInput,
)
from jupyter_mlops.exporting.render import Ingredients, SavedValue, render

RUNTIME = Path(__file__).parents[2] / "jupyter_mlops/exporting/runtime"

CHURN_COLUMNS = [
    Column(name="age", dtype="int64", type="integer", nullable=False),
    Column(name="monthly charge (€)", dtype="float64", type="number", nullable=True),
    Column(name="plan", dtype="str", type="string", nullable=False, categories=["basic", "plus", "pro"]),
    Column(name="region", dtype="category", type="string", nullable=True, categories=["north", "south"]),
    Column(name="active", dtype="bool", type="boolean", nullable=False),
    Column(name="visits", dtype="uint8", type="integer", nullable=False),
    Column(name="score", dtype="float32", type="number", nullable=False),
    Column(name="note", dtype="object", type="string", nullable=True),
]


class _Recorder(pickle.Unpickler):
    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self.seen: set[str] = set()

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        self.seen.add(f"{module_name}:{global_name}")
        return super().find_class(module_name, global_name)


def pickled(value: object, name: str) -> tuple[bytes, SavedValue]:
    """A value's bytes and its entry in the manifest."""
    data = pickle.dumps(value, protocol=5)
    recorder = _Recorder(data)
    recorder.load()
    digest = hashlib.sha256(data).hexdigest()
    return data, SavedValue(name, f"{name}.pkl", digest, tuple(sorted(recorder.seen)))


def plan(name: str, signature: Signature, endpoints: list[Endpoint], *, model: str = "model", **more: Any) -> Plan:
    """A plan with what rendering reads."""
    return Plan(
        run="20260101-120000-abc",
        notebook=more.get("notebook", f"{name}.ipynb"),
        name=name,
        model=model,
        model_class=more.get("model_class", "sklearn.pipeline.Pipeline"),
        signature=signature,
        endpoints=endpoints,
        names=[],
        requirements=[Requirement(name="scikit-learn", version="1.9.1", reason="the model is made of it")],
        findings=[],
    )


def ingredients(
    plan: Plan,
    value: SavedValue | None = None,
    examples: dict[str, list[Example]] | None = None,
    code: str | None = None,
) -> Ingredients:
    """Ingredients with everything that a test does not ask about."""
    return Ingredients(
        plan=plan,
        code=code,
        values=(value or SavedValue("model", "model.pkl", "0" * 64, ("builtins:list",)),),
        model_value="model",
        examples=examples or {},
        tolerance=1e-9,
        lock=["numpy==2.4.6", "scikit-learn==1.9.1"],
        provenance={"run": plan.run, "notebook": plan.notebook},
    )


def write(folder: Path, plan: Plan, model: object, examples: dict[str, list[Example]], code: str | None = None) -> Path:
    """A whole package on disk."""
    data, value = pickled(model, "model")
    for name, text in render(ingredients(plan, value, examples, code)).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / plan.name / "values/model.pkl").write_bytes(data)
    return folder


def churn_rows(count: int = 60) -> pd.DataFrame:
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": random.integers(18, 90, count),
            "monthly charge (€)": np.where(random.random(count) < 0.2, np.nan, random.random(count) * 90),
            "plan": pd.array(random.choice(["basic", "plus", "pro"], count), dtype="str"),
            "region": pd.Categorical(random.choice(["north", "south"], count), categories=["north", "south"]),
            "active": random.random(count) < 0.5,
            "visits": random.integers(0, 200, count).astype("uint8"),
            "score": random.random(count).astype("float32"),
            "note": pd.Series(random.choice(["a: b", "c"], count), dtype=object),
        }
    )


def json_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [{k: getattr(v, "item", lambda v=v: v)() for k, v in row.items()} for row in plain.to_dict("records")]


def churn(folder: Path) -> Path:
    """A frame model with `predict` and `predict_proba`."""
    frame = churn_rows()
    target = np.where(frame["age"] + 40 * frame["active"] > 70, "stays", "leaves")
    numbers = ["age", "monthly charge (€)", "visits", "score"]
    model = make_pipeline(
        ColumnTransformer(
            [
                ("numbers", SimpleImputer(), numbers),
                ("kinds", OneHotEncoder(handle_unknown="ignore"), ["plan", "region", "active"]),
            ]
        ),
        LogisticRegression(max_iter=2000),
    ).fit(frame, target)
    endpoints = [
        Endpoint(name="predict", answer=Answer(type="string"), examples=20, weak=False, classes=list(model.classes_)),
        Endpoint(
            name="predict_proba",
            answer=Answer(type="number", shape=(2,)),
            examples=20,
            weak=False,
            classes=[str(each) for each in model.classes_],
        ),
    ]
    head = frame.head(20)
    rows = json_rows(head)
    examples = {
        "predict": [Example(row=r, answer=str(a)) for r, a in zip(rows, model.predict(head), strict=True)],
        "predict_proba": [
            Example(row=r, answer=a.tolist()) for r, a in zip(rows, model.predict_proba(head), strict=True)
        ],
    }
    return write(folder, plan("churn", FrameInput(columns=CHURN_COLUMNS), endpoints), model, examples)


def digits(folder: Path) -> Path:
    """An array model."""
    random = np.random.default_rng(1)
    array = random.random((40, 4))
    array[3, 1] = np.nan
    model = make_pipeline(SimpleImputer(), RandomForestRegressor(5, random_state=0)).fit(array, array[:, 0])
    rows = [[None if np.isnan(value) else value for value in row] for row in array[:10].tolist()]
    examples = [Example(row=r, answer=a) for r, a in zip(rows, model.predict(array[:10]).tolist(), strict=True)]
    endpoint = Endpoint(name="predict", answer=Answer(type="number"), examples=10, weak=True)
    signature = ArrayInput(shape=(4,), dtype="float64", type="number", nullable=True)
    return write(folder, plan("digits", signature, [endpoint]), model, {"predict": examples})


def reviews(folder: Path) -> Path:
    """A text model."""
    texts = ["good book", "bad film", 'a "good" one: yes', "bad\nand `worse`"]
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, [1, 0, 1, 0])
    examples = [Example(row=t, answer=int(a)) for t, a in zip(texts, model.predict(texts), strict=True)]
    endpoint = Endpoint(name="predict", answer=Answer(type="integer"), examples=4, weak=True, classes=[0, 1])
    signature = TextInput(container="list")
    return write(folder, plan("reviews", signature, [endpoint]), model, {"predict": examples})


def waves(folder: Path) -> Path:
    """A model of series: arrays of three dimensions, padded with NaN; `transform` answers with lists of lists."""
    array = np.random.default_rng(2).random((20, 4, 2))
    array[5, 3] = np.nan
    model = make_pipeline(FunctionTransformer(np.nanmean, kw_args={"axis": 1}), Ridge()).fit(array, array[:, 0, 0])
    rows = np.where(np.isnan(array), None, array.astype(object)).tolist()
    examples = [Example(row=r, answer=a) for r, a in zip(rows, model.predict(array).tolist(), strict=True)]
    endpoint = Endpoint(name="predict", answer=Answer(type="number"), examples=20, weak=False)
    signature = ArrayInput(shape=(4, 2), dtype="float64", type="number", nullable=True)
    return write(folder, plan("waves", signature, [endpoint]), model, {"predict": examples})


CHANNELS_CODE = """import numpy as np


class Channels:
    def predict(self, frame):
        cells = frame.itertuples(index=False)
        return np.array([left.iloc[-1] + right.sum() for left, right in cells])

    def transform(self, frame):
        return np.array([[left.to_numpy(), left.to_numpy() ** 2] for left in frame["left"]])
"""


def channels(folder: Path) -> Path:
    """A model of a frame whose cells are Series and arrays; `transform` answers with a matrix a row."""
    module = types.ModuleType("channels.notebook")
    exec(CHANNELS_CODE, module.__dict__)  # noqa: S102
    left = [pd.Series([i, i + 0.5, i * 2.0]) for i in range(20)]
    right = [np.arange(1 + i % 3) + i for i in range(20)]
    frame = pd.DataFrame({"left": pd.Series(left, dtype=object), "right": pd.Series(right, dtype=object)})
    rows = [{"left": a.tolist(), "right": b.tolist()} for a, b in zip(left, right, strict=True)]
    columns = [
        Column(
            name="left",
            dtype="object",
            type="number",
            nullable=False,
            cells=Cells(container="series", dtype="float64", length=3),
        ),
        Column(
            name="right",
            dtype="object",
            type="integer",
            nullable=False,
            cells=Cells(container="array", dtype="int64", length=None),
        ),
    ]
    answers = {"predict": Answer(type="number"), "transform": Answer(type="number", shape=(2, 3))}
    endpoints = [Endpoint(name=name, answer=each, examples=20, weak=False) for name, each in answers.items()]
    with mock.patch.dict(sys.modules, {"channels": types.ModuleType("channels"), "channels.notebook": module}):
        model = module.Channels()
        examples = {
            name: [Example(row=r, answer=a) for r, a in zip(rows, getattr(model, name)(frame).tolist(), strict=True)]
            for name in answers
        }
        return write(folder, plan("channels", FrameInput(columns=columns), endpoints), model, examples, CHANNELS_CODE)
