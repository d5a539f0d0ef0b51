"""What IPython says of a request before it runs, and of its end after; no code of the user's objects is called."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

_LONGEST_MESSAGE = 500
# a class of the user may have a property of that name
_ARGUMENTS: Any = vars(BaseException)["args"]


@dataclass(frozen=True)
class Outcome:
    """How an execution ended: its status, the name of the exception's class and the text that it was given."""

    status: str
    error: str | None = None
    message: str | None = None
    execution_count: int | None = None


def outcome(result: Any) -> Outcome:
    """The outcome that a result of IPython's tells; None is the result of a cell that was cut off."""
    if result is None:
        return Outcome("interrupted")
    # a cell without history shows the number of the next one
    count: int | None = result.execution_count if result.info.store_history else None
    error = result.error_in_exec if result.error_before_exec is None else result.error_before_exec
    if error is None:
        return Outcome("ok", execution_count=count)
    status = "interrupted" if issubclass(type(error), (KeyboardInterrupt, CancelledError)) else "error"
    arguments = _ARGUMENTS.__get__(error)
    message = arguments[0][:_LONGEST_MESSAGE] if arguments and type(arguments[0]) is str else None
    return Outcome(status, type(error).__name__, message, count)


def request_of(shell: Any) -> Mapping[str, Any]:
    """The message that the front end sent; empty without a front end."""
    ask = getattr(shell, "get_parent", None)
    request: Any = ask() if ask is not None else None
    return cast("Mapping[str, Any]", request) if isinstance(request, dict) else {}


def message_id(request: Mapping[str, Any]) -> str | None:
    """The id that joins an execution to its outputs."""
    return request.get("header", {}).get("msg_id")


def metadata_of(info: Any, request: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
    """What is said of a cell: of code that a cell runs, only what that cell says itself."""
    own: Any = getattr(info, "cell_meta", None) or (request.get("metadata") if depth == 0 else None) or {}
    cell: Any = getattr(info, "cell_id", None)
    return {**own, "cellId": cell} if cell is not None else own
