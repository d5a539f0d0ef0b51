"""What a package is made from: the finished plan with everything that goes beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jupyter_mlops.documents import Example, Plan
from jupyter_mlops.exporting.training import Training


@dataclass(frozen=True)
class SavedValue:
    """A value file of the package: its name in the notebook, its file, its hash, the globals that it loads."""

    name: str
    file: str
    sha256: str
    globals: tuple[str, ...]


@dataclass(frozen=True)
class Ingredients:
    """Everything that a package is made from.

    `model_value` names the saved value that is the estimator, None where functions answer; `hints` has the line that
    imports each name of their type hints, where the notebook imported it. `modules` are files of the project, by their
    paths in the package. `training` is what `train.py` holds, None
    where there is none, and `training_requirements` what it needs beside the lock; `metrics` are the run's.
    """

    plan: Plan
    code: str | None
    values: tuple[SavedValue, ...]
    model_value: str | None
    examples: Mapping[str, Sequence[Example]]
    tolerance: float
    lock: Sequence[str]
    provenance: Mapping[str, object]
    hints: Mapping[str, str] = field(default_factory=dict[str, str])
    modules: Mapping[str, str] = field(default_factory=dict[str, str])
    training: Training | None = None
    training_requirements: Sequence[str] = ()
    metrics: Mapping[str, float | None] = field(default_factory=dict[str, "float | None"])
