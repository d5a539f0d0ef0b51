"""What the analysis says of generated cells, against what Python does when it runs them."""

from __future__ import annotations

import ast
import dis
import textwrap
import types

from cell_observer import READS, compiled, compiles, observe
from cell_programs import programs
from hypothesis import HealthCheck, given, settings

from jupyter_mlops.analysis.calls import followed
from jupyter_mlops.analysis.code import parse_cell
from jupyter_mlops.analysis.names import cell_uses

COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def ordinary(names):
    return {name for name in names if not (name.startswith("__") and name.endswith("__"))}


def exposed(events, binds, reads):
    """The names that are read before the events have surely bound them."""
    bound, found = set(), set()
    for kind, name, sure in events:
        if kind in reads and name not in bound:
            found.add(name)
        elif kind in binds and sure:
            bound.add(name)
    return found


def check(source):
    """Hold what is told of each statement against what it did."""
    observed = observe(source)
    cell = parse_cell(source)
    assert cell.fault is None
    (statements,) = followed([cell])
    assert [[use for use in uses if not use.through] for _, uses in statements] == [u for _, u in cell_uses(cell)]
    failed = False
    for each, (statement, uses) in zip(observed, statements, strict=True):
        if each.error is not None and isinstance(statement, ast.ClassDef | ast.FunctionDef):
            # the name still means an earlier definition; a notebook's run ends here
            break
        failed = failed or each.error is not None
        # a lambda may be called where it stands; functions are called by name, and followed
        reads = {"read", "later"} if "lambda" in source else {"read"}
        told = [(use.kind, use.name, use.sure and not failed) for use in uses]
        # every read of a name that the statement had not bound itself is told, before a bind that is sure
        seen = [(what, name, True) for what, name in each.events]
        assert ordinary(exposed(seen, {"bind"}, {"read"})) <= exposed(told, {"bind", "borrow"}, reads)
        # so is every bind, delete and change
        assert ordinary(each.names("bind")) <= {name for kind, name, _ in told if kind in ("bind", "borrow")}
        assert each.names("delete") <= {name for kind, name, _ in told if kind in ("delete", "expire")}
        changed = {name for kind, name, _ in told if kind == "change"}
        assert all(names & changed for names in each.changes)
        # and what is told as sure happens, as long as nothing fails
        if not failed:
            sure = [use for use in uses if use.sure and use.kind in ("read", "bind", "delete")]
            assert [use for use in sure if use.name not in each.names(use.kind)] == []
    return observed, statements


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_what_a_run_does_is_told(source):
    if compiles(source):
        check(source)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(straight=True))
def test_what_is_told_of_straight_code_happens(source):
    """Where no branch leaves anything out, nothing is told that does not happen."""
    if not compiles(source):
        return
    observed, statements = check(source)
    comprehensions = (node for node in ast.walk(ast.parse(source)) if isinstance(node, COMPREHENSIONS))
    # these may go over nothing
    perhaps = {each.target.id for node in comprehensions for each in ast.walk(node) if isinstance(each, ast.NamedExpr)}
    if all(each.error is None for each in observed):
        for kind in ("bind", "delete"):
            told = {use.name for _, uses in statements for use in uses if use.kind == kind}
            happened = ordinary(set().union(*(each.names(kind) for each in observed)))
            assert happened <= told <= happened | perhaps


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(scope="async"))
def test_what_a_function_reads_and_binds_is_what_its_code_loads_and_stores(body):
    source = "async def outer():\n" + textwrap.indent(body, "    ")
    if not compiles(source):
        return
    (code,) = compiled(source)
    ((_, uses),) = cell_uses(parse_cell(source))
    read = {use.name for use in uses if use.kind == "later"}
    assert ordinary(instructed(code, "LOAD_GLOBAL")) <= read
    # a class body asks its own namespace first
    assert read <= instructed(code, *READS)
    stored = ordinary(instructed(code, "STORE_GLOBAL"))
    bound = {use.name for use in uses if use.kind == "bind"} - {"outer"}
    assert bound <= stored
    # the names of exception handlers are gone at their end
    assert stored - bound <= instructed(code, "DELETE_GLOBAL")


def instructed(code, *operations):
    """The names in instructions of a code object and of those within it."""
    names = {each.argval for each in dis.get_instructions(code) if each.opname in operations}
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return names.union(*(instructed(each, *operations) for each in inner))
