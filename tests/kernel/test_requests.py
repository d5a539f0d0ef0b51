"""What IPython says of a request and of its end."""

from __future__ import annotations

from asyncio import CancelledError

import pytest
from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult

from jupyter_mlops.kernel.requests import Outcome, message_id, metadata_of, outcome, request_of


def info(cell=None, *, history=True):
    return ExecutionInfo("x", history, False, True, cell)


def result(before=None, within=None, *, history=True):
    made = ExecutionResult(info(history=history))
    made.error_before_exec, made.error_in_exec, made.execution_count = before, within, 3
    return made


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (result(), Outcome("ok", execution_count=3)),
        (result(history=False), Outcome("ok")),
        (result(within=KeyError("k")), Outcome("error", "KeyError", "k", 3)),
        (result(before=SyntaxError("no", ("f", 1, 1, "x"))), Outcome("error", "SyntaxError", "no", 3)),
        (result(within=KeyError(1)), Outcome("error", "KeyError", None, 3)),
        (result(within=ValueError()), Outcome("error", "ValueError", None, 3)),
        (result(within=ValueError("x" * 1000)), Outcome("error", "ValueError", "x" * 500, 3)),
        (result(within=KeyboardInterrupt()), Outcome("interrupted", "KeyboardInterrupt", None, 3)),
        (result(within=CancelledError()), Outcome("interrupted", "CancelledError", None, 3)),
        (None, Outcome("interrupted")),
    ],
)
def test_outcomes(given, expected):
    assert outcome(given) == expected


class Shell:
    """A shell with a front end."""

    def __init__(self, parent):
        self.get_parent = lambda: parent


def test_requests():
    request = {"header": {"msg_id": "m"}, "metadata": {"cellId": "a", "tags": ["train"]}}
    assert request_of(Shell(request)) == request
    assert message_id(request) == "m"
    assert request_of(Shell(None)) == request_of(object()) == {}
    assert message_id({}) is None


def test_metadata_is_that_of_the_cell_and_not_of_what_it_runs():
    request = {"metadata": {"cellId": "a", "tags": ["train"]}}
    assert metadata_of(info(), request, 0) == {"cellId": "a", "tags": ["train"]}
    assert metadata_of(info("b"), request, 0) == {"cellId": "b", "tags": ["train"]}
    assert metadata_of(info(), request, 1) == {}
    assert metadata_of(info("c"), request, 1) == {"cellId": "c"}
