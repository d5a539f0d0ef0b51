"""The part of the plan that is about training: metrics of the run, what `train.py` holds, what it needs installed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import msgspec

from jupyter_mlops.errors import Finding, in_notebook
from jupyter_mlops.exporting import requirements
from jupyter_mlops.exporting.plan import Drawn, Executed
from jupyter_mlops.exporting.requirements import Installed
from jupyter_mlops.exporting.training import Training, metric_names, training_of


def with_training(drawn: Drawn, executed: Executed) -> Drawn:
    """The plan with its script; where there can be none, with the warning that says why."""
    cells = executed.cells
    metrics = executed.dialogue.metrics(metric_names(cells))
    if not drawn.learned:
        return replace(drawn, metrics=metrics)
    names: dict[str, dict[str, Any]] = executed.described["names"]
    literals = {name: fact["literal"] for name, fact in names.items()}
    code = {each.name for each in drawn.plan.names if each.kind == "code"}
    named = [each for each in executed.lambdas if each.name in code]
    training = training_of(cells, drawn.learned, list(metrics), literals, drawn.plan.name, named)
    if isinstance(training, Finding):
        found = in_notebook([training], drawn.plan.notebook)
        plan = msgspec.structs.replace(drawn.plan, findings=[*drawn.plan.findings, *found])
        return replace(drawn, plan=plan, metrics=metrics)
    return replace(
        drawn,
        training=training,
        metrics=metrics,
        training_requirements=_beside_the_lock(training, drawn, executed.installed),
    )


def _beside_the_lock(training: Training, drawn: Drawn, installed: Installed) -> tuple[str, ...]:
    """What the script imports and the service does not need; modules beside the notebook are found when it runs."""
    texts = [each.text for each in training.imports]
    texts += [each.text for piece in training.pieces for each in piece.statements]
    modules = {module for text in texts for module in requirements.import_names(text)}
    found = requirements.top_level(modules, installed, own={drawn.plan.name}).requirements
    locked = {re.split(r"[=@ ]", line, maxsplit=1)[0].lower() for line in drawn.lock}
    return tuple(f"{each.name}=={each.version}" for each in found if each.name.lower() not in locked)
