"""Random numbers that nothing seeds and that a fit hangs on: each clean run gives another model.

    X_train, X_test = train_test_split(X)      # told: `model` is fitted on it, and it has no random_state
    jitter = np.random.rand(len(X))            # not told where it is only plotted
    model = LinearRegression().fit(X_train)

What a fit hangs on is followed by names (`hanging.py`), and only where the notebook has both a draw and a fit.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.rules.draws import Draw, draw, seeds
from jupyter_mlops.rules.facts import Facts
from jupyter_mlops.rules.hanging import fits, reached, steps

CODE = "unseeded-randomness"


def find(facts: Facts) -> Iterator[Finding]:
    """One finding for each function that draws and cell."""
    draws = list(_draws(facts))
    if not draws or not any(fits(call) for each in facts.cells for call in each.calls):
        return
    statements = steps(facts.cells)
    fit_of = reached(statements)
    told: set[tuple[int, str]] = set()
    for position, found in draws:
        numbers = (
            number for number, step in enumerate(statements) if step.cell == position and found.call in step.calls
        )
        fit = fit_of.get(next(numbers, -1))
        if fit is None or (position, found.call.name) in told:
            continue
        told.add((position, found.call.name))
        cell = facts.cells[position].cell
        fitted_in = facts.cells[statements[fit].cell].cell.index
        spelled = ast.unparse(found.call.node.func)
        yield Finding(
            code=CODE,
            severity="warning",
            message=f"`{spelled}` draws random numbers that nothing seeds",
            cell=cell.id,
            index=cell.index,
            line=found.call.line,
            reason=f"the fit in cell {fitted_in} hangs on them, so that each clean run gives another result",
            fix=Fix(text=_fix(found, spelled)),
        )


def _fix(found: Draw, spelled: str) -> str:
    if found.kind == "argument":
        return f"pass random_state=0: {spelled.rpartition('.')[2]}(…, random_state=0)"
    if found.kind == "generator":
        return f"give it a seed: {spelled}(0)"
    module = spelled.rpartition(".")[0]
    if found.stream == "python":
        return f"write {module or 'random'}.seed(0) in a cell above"
    module = module or "numpy.random"
    return f"draw from rng = {module}.default_rng(0), or write {module}.seed(0) in a cell above"


def _draws(facts: Facts) -> Iterator[tuple[int, Draw]]:
    """What draws, with the position of its cell, as far as no line above seeds it."""
    calls = [call for each in facts.cells for call in each.calls]
    anywhere = frozenset[str]().union(*(seeds(call) for call in calls))
    # a seed that an estimator gets later on
    given_later = any(call.last == "set_params" and call.argument(None, "random_state") is not None for call in calls)
    seeded = frozenset[str]()
    for position, each in enumerate(facts.cells):
        for call in each.calls:
            seeded |= seeds(call)
            found = draw(call)
            if found is None or (found.kind == "argument" and given_later):
                continue
            # code of a function runs when it is called
            if found.kind == "generator" or found.stream not in (anywhere if call.within else seeded):
                yield position, found
