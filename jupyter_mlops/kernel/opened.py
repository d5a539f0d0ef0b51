"""The files that a run opens below code that may answer requests.

An audit hook hears every opening, with the stack below it:

    <cell 7> ─► Pipeline.predict ─► Prices.transform (cell 3) ─► pandas.read_csv ─► open("data/prices.csv", "r")

is noted as `data/prices.csv`, read by line 5 of `Prices.transform`. Noted is what was opened below a function that is
served or, where none is, below a method such as `predict`; below a function that keeps its answers (functools.cache),
since a service starts without them; and below a module that was just imported. Which of that code goes into the package
the export knows: the frames of the notebook and of other modules up to there are noted with each file.
"""

from __future__ import annotations

import inspect
import linecache
import os
import site
import sys
import sysconfig
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from jupyter_mlops.kernel import audit
from jupyter_mlops.kernel.calls import ANSWER_METHODS

NOTEBOOK = ""
_MOST = 10_000
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_IMPORTING = "<frozen importlib"
_READERS_OF_CODE = frozenset({"linecache", "tokenize", "inspect"})
_INSTALLED = frozenset({"site-packages", "dist-packages", "__pycache__"})
_FONTS = (".ttf", ".otf", ".ttc", ".afm", ".pfb")
_OF_THE_SYSTEM = ("/proc", "/dev", "/sys", "/etc", "/usr/lib", "/usr/share/fonts", "/usr/share/locale",
                  "/usr/share/zoneinfo", "/System", "/Library")  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A line of a function of a module; the notebook's own module is NOTEBOOK."""

    module: str
    function: str
    line: int
    file: str


@dataclass(frozen=True)
class Opened:
    """A path as the code wrote it and as it was meant, whether it was opened for writing, and the code that opened it,
    the innermost first."""

    path: str
    absolute: str
    writes: bool
    places: tuple[Place, ...]


class OpenLog:
    """What was opened below code that may answer; at most 10,000 openings are kept."""

    def __init__(
        self,
        namespace: Mapping[str, Any],
        functions: Collection[str],
        report_fault: Callable[[BaseException], None],
    ) -> None:
        self._namespace = namespace
        self._functions = frozenset(functions)
        self._report_fault = report_fault
        self._opened: dict[Opened, None] = {}

    def watch(self) -> None:
        """Listen from now on, for as long as the process lives."""
        audit.listen(self._hear)

    @property
    def opened(self) -> list[Opened]:
        """What was noted, in order."""
        return list(self._opened)

    def _hear(self, event: str, given: tuple[Any, ...]) -> None:
        if event != "open" or len(self._opened) >= _MOST:
            return
        try:
            path, _, flags = given
            here = inspect.currentframe()
            if isinstance(path, str | bytes) and here is not None and here.f_back is not None:
                # the audit hook stands between
                self._note(os.fsdecode(path), flags, here.f_back.f_back)
        except Exception as fault:  # noqa: BLE001  (what is raised here would stop the user's code)
            self._report_fault(fault)

    def _note(self, path: str, flags: int, innermost: FrameType | None) -> None:
        if innermost is None or _reads_code(innermost):
            return
        places: list[Place] = []
        answering = 0
        frame: FrameType | None = innermost
        while frame is not None:
            code = frame.f_code
            here = NOTEBOOK if frame.f_globals is self._namespace else str(frame.f_globals.get("__name__"))
            places.append(Place(here, code.co_qualname, frame.f_lineno, code.co_filename))
            if self._answers(here, frame):
                answering = len(places)
            frame = frame.f_back
        if answering:
            noted = Opened(path, os.path.normpath(Path.cwd() / path), bool(flags & _WRITES), tuple(places[:answering]))
            self._opened[noted] = None

    def _answers(self, module: str, frame: FrameType) -> bool:
        code = frame.f_code
        function = code.co_qualname
        if module == NOTEBOOK and function.partition(".")[0] in self._functions:
            return True
        if not self._functions and code.co_name in ANSWER_METHODS and code.co_varnames[:1] == ("self",):
            return True
        if function == "<module>":
            # the program of the kernel is below everything, and nobody imports it
            return frame.f_back is not None and frame.f_back.f_code.co_filename.startswith(_IMPORTING)
        return hasattr(frame.f_globals.get(function), "cache_info")


def _reads_code(innermost: FrameType) -> bool:
    """Whether Python itself reads a module, or the lines of a traceback."""
    if innermost.f_code.co_filename.startswith(_IMPORTING):
        return True
    above: FrameType | None = innermost
    for _ in range(3):
        if above is None:
            return False
        if above.f_globals.get("__name__") in _READERS_OF_CODE:
            return True
        above = above.f_back
    return False


# --- what the export asks at the end


def files(opened: Collection[Opened], root: str) -> list[dict[str, Any]]:
    """The openings of files that are still there, without those of the interpreter, of installed distributions and of
    the system. `root` is the project's folder."""
    places = _left_out(root)
    found: list[dict[str, Any]] = []
    for each in opened:
        path = Path(each.absolute)
        suffix = path.suffix.lower()
        if not path.is_file() or suffix == ".pyc" or (suffix in _FONTS and Path(each.path).is_absolute()):
            continue
        if not _INSTALLED.isdisjoint(path.parts) or any(path.is_relative_to(place) for place in places):
            continue
        found.append(
            {
                "path": each.path,
                "absolute": each.absolute,
                "writes": each.writes,
                "size": path.stat().st_size,
                "places": [
                    {
                        "module": place.module,
                        "function": place.function,
                        "line": place.line,
                        "source": "".join(linecache.getlines(place.file)) if place.module == NOTEBOOK else "",
                    }
                    for place in each.places
                ],
            }
        )
    return found


def _left_out(root: str) -> set[Path]:
    """Folders whose files belong to the interpreter, to distributions or to the system."""
    project = Path(root).resolve()
    named = [*_OF_THE_SYSTEM, sys.prefix, sys.base_prefix, sys.exec_prefix, site.getusersitepackages()]
    named += sysconfig.get_paths().values()
    pyplot = sys.modules.get("matplotlib")
    if pyplot is not None:
        # it keeps a list of the fonts there
        named += [pyplot.get_cachedir(), pyplot.get_configdir()]
    places = {each for name in named for each in (Path(name), Path(name).resolve())}
    for name, module in list(sys.modules.items()):
        # of distributions that are installed from a folder elsewhere
        if "." not in name and (file := getattr(module, "__file__", None)) and Path(file).stem == "__init__":
            folder = Path(file).resolve().parent
            places |= set() if folder.is_relative_to(project) else {folder}
    return {place for place in places if not project.is_relative_to(place)}
