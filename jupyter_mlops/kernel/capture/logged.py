"""The explicit calls, for what cannot be inferred.

    log_param("data", "2024-06")
    for epoch in range(20):
        log_metric("loss", train(), step=epoch)      a curve
    log_artifact("report.html")

A wrong argument raises wherever the code runs. Beyond that they change nothing: in a script, in an export, in a worker
process they do nothing, and in a notebook that nobody records they warn once.
"""

from __future__ import annotations

import operator
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from jupyter_mlops.kernel.capture.numbers import Number, number
from jupyter_mlops.kernel.capture.values import parameter
from jupyter_mlops.kernel.record import ParameterRow

_LONGEST_NAME = 200
_MOST_FILES = 1000
_CALLER = 4


class Logger(Protocol):
    """Who takes what is logged; each call is False where it records nothing now."""

    def log_metric(self, name: str, value: Number, step: int | None) -> bool: ...
    def log_param(self, row: ParameterRow) -> bool: ...
    def log_file(self, path: str) -> bool: ...


loggers: list[Logger] = []
_warned: list[int] = []


def log_metric(name: str, value: object, step: object = None) -> None:
    """A number that measures something; with `step` a point of a curve."""
    _check_name("log_metric", name)
    known = Number(float(value), repr(value), "bool") if isinstance(value, bool) else number(value)
    if known is None:
        raise TypeError(
            f"log_metric({name!r}, …): the value is {_what(value)}, not a number; "
            f"pass a number, such as log_metric({name!r}, {_suggested(value)})"
        )
    if step is not None:
        try:
            if isinstance(step, bool):
                raise TypeError
            step = operator.index(step)  # pyright: ignore[reportArgumentType]
        except TypeError:
            raise TypeError(
                f"log_metric({name!r}, …, step=…): the step is {_what(step)}, not a whole number; "
                "pass the number of the epoch or batch, such as step=3"
            ) from None
    _tell("log_metric", lambda logger: logger.log_metric(name, known, step))


def log_param(name: str, value: object) -> None:
    """A setting that the results hang on. Of what has no short literal it is recorded what it is."""
    _check_name("log_param", name)
    row = parameter(name, value, "logged")
    _tell("log_param", lambda logger: logger.log_param(row))


def log_artifact(path: object) -> None:
    """A file that the cell made, or a folder of files. They stay where they are; path, size and hash are recorded."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(
            f"log_artifact(…): the path is {_what(path)}, not a text or Path; "
            'save it to a file first and pass its path, such as log_artifact("report.html")'
        )
    place = Path(os.fspath(path))  # pyright: ignore[reportUnknownArgumentType]
    if not place.exists():
        raise FileNotFoundError(
            f"log_artifact({str(place)!r}): there is no such file in {Path.cwd()}; write it before it is logged"
        )
    files = sorted(each for each in place.rglob("*") if each.is_file()) if place.is_dir() else [place]
    if len(files) > _MOST_FILES:
        raise ValueError(
            f"log_artifact({str(place)!r}): the folder has {len(files)} files, more than {_MOST_FILES}; "
            "log an archive of it"
        )
    for each in files:
        _tell("log_artifact", lambda logger, each=each: logger.log_file(str(each)))


def _check_name(call: str, name: object) -> None:
    if not isinstance(name, str):
        raise TypeError(f'{call}(…): the name is {_what(name)}, not a text; call it as {call}("name", value)')
    if not name.strip() or len(name) > _LONGEST_NAME or "\n" in name:
        raise ValueError(f"{call}({name[:40]!r}, …): a name is one line of 1 to {_LONGEST_NAME} characters")


def _what(value: object) -> str:
    kind = type(value)
    return (
        f"{value[:40]!r}"
        if isinstance(value, str)
        else f"a {kind.__module__}.{kind.__qualname__}".replace(" builtins.", " ")
    )


def _suggested(value: Any) -> str:
    """What may have been meant."""
    if isinstance(value, str):
        return f"float({value[:20]!r})"
    return "values.mean()" if hasattr(value, "mean") else "0.83"


def _tell(call: str, log: Callable[[Logger], bool]) -> None:
    if any(log(logger) for logger in reversed(loggers)):
        return
    ipython = sys.modules.get("IPython")
    if loggers or ipython is None or ipython.get_ipython() is None or _warned:
        return
    _warned.append(1)
    warnings.warn(
        f"{call}: nothing is recorded here; run `%load_ext jupyter_mlops` first", UserWarning, stacklevel=_CALLER
    )
