# ruff: noqa: E501
"""Values of the notebook as pickles by reference, with the names that each file needs to load.

Classes and functions that the notebook, or a script made of it, defines belong to `__main__`, which no service has.
While a value is pickled their `__module__` is that of the package's own module, and a module of that name stands in
`sys.modules`; both are put back afterwards. A lambda is saved under the name that the caller has for it, where the
package's module defines a function. The list of globals comes from loading the bytes once.
"""

from __future__ import annotations

import io
import linecache
import pickle
import sys
import types
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


class CannotSaveError(Exception):
    """Why a value has no file form: a reason for people, and the cell's source and line of what is at fault, if
    known."""

    def __init__(self, reason: str, fix: str, at_fault: object = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fix = fix
        self.source, self.line = _origin(at_fault)


@dataclass
class Pickled:
    """A value's bytes, the globals they load (`module:qualname`), and which of them the notebook defines."""

    data: bytes
    globals: list[str]
    defined_here: list[str] = field(default_factory=list[str])


LambdaName = Callable[[types.FunctionType], str | None]


def pickled(
    value: object, namespace: Mapping[str, Any], module: str, name_of: LambdaName = lambda _: None
) -> Pickled:
    """Pickle a value so that it loads where `module` holds the notebook's definitions.

    `name_of` gives the name under which that module has a lambda. Raises CannotSaveError.
    """
    with _standing_in(module) as stand_in:
        buffer = io.BytesIO()
        saver = _Saver(buffer, namespace, stand_in, name_of)
        try:
            saver.dump(value)
            data = buffer.getvalue()
            loader = _Recorder(io.BytesIO(data))
            loader.load()
        except CannotSaveError:
            raise
        except Exception as error:  # noqa: BLE001  (pickling runs whatever the objects define)
            where = _faulty_part(value, namespace, stand_in, name_of)
            raise CannotSaveError(
                f"{where + ': ' if where else ''}{type(error).__name__}: {error}",
                "keep such an object out of the fitted value: make it inside the function that uses it",
            ) from None
        finally:
            saver.put_back()
    return Pickled(data, sorted(loader.seen), sorted(saver.found))


@contextmanager
def _standing_in(name: str) -> Generator[types.ModuleType]:
    """Modules of the package's names in `sys.modules`, for as long as the block runs."""
    parts = name.split(".")
    names = [".".join(parts[: i + 1]) for i in range(len(parts))]
    before = {each: sys.modules.get(each) for each in names}
    for each in names:
        sys.modules[each] = types.ModuleType(each)
    try:
        yield sys.modules[name]
    finally:
        for each, module in before.items():
            if module is None:
                sys.modules.pop(each, None)
            else:
                sys.modules[each] = module


class _Saver(pickle.Pickler):
    def __init__(
        self,
        file: io.BytesIO,
        namespace: Mapping[str, Any],
        stand_in: types.ModuleType,
        name_of: LambdaName,
    ) -> None:
        super().__init__(file, protocol=5)
        self._namespace = namespace
        self._stand_in = stand_in
        self._name_of = name_of
        self._moved: list[Any] = []
        self.found: set[str] = set()

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, types.GeneratorType):
            raise CannotSaveError(
                f"the generator `{obj.__name__}` cannot be saved",
                "keep a list of its items instead",
            )
        qualname = getattr(obj, "__qualname__", None)
        if qualname is None or getattr(obj, "__module__", None) != "__main__":
            return NotImplemented
        if isinstance(obj, types.FunctionType) and obj.__name__ == "<lambda>":
            return self._named(obj)
        if "<lambda>" in qualname:
            raise CannotSaveError(
                "a lambda has no name by which a service could load it",
                "write it as a named function: def name(...): return ...",
                obj,
            )
        if "<locals>" in qualname:
            raise CannotSaveError(
                f"`{qualname.rpartition('.')[2]}` is defined inside a function and has no name outside of it",
                "define it at the top level of a cell",
                obj,
            )
        top = qualname.partition(".")[0]
        if _walk(self._namespace.get(top), qualname) is not obj:
            raise _replaced(qualname, obj)
        self._move(obj, top, self._namespace[top])
        return NotImplemented

    def _named(self, function: types.FunctionType) -> str:
        """The name by which a lambda is loaded."""
        kept = function.__code__.co_freevars
        if kept:
            raise CannotSaveError(
                f"a lambda keeps {', '.join(f'`{each}`' for each in kept)} of what made it, which no service has",
                "write it as functools.partial of a named function, or as a class at the top level of a cell that "
                "keeps such values as attributes",
                function,
            )
        name = self._name_of(function)
        if name is None:
            raise CannotSaveError(
                "a lambda has no name by which a service could load it",
                "write it as a named function: def name(...): return ...",
                function,
            )
        bound = self._namespace.get(name, function)
        if getattr(bound, "__code__", None) is not function.__code__:
            raise _replaced(name, function)
        self._move(function, name, function)
        return name

    def _move(self, obj: Any, name: str, value: Any) -> None:
        """Let an object belong to the package's module, where `name` is bound to `value`."""
        self.found.add(name)
        setattr(self._stand_in, name, value)
        obj.__module__ = self._stand_in.__name__
        self._moved.append(obj)

    def put_back(self) -> None:
        for obj in self._moved:
            obj.__module__ = "__main__"


def _replaced(name: str, obj: object) -> CannotSaveError:
    return CannotSaveError(
        f"`{name}` is not the object that this name has at the end of the run: it was defined again, replaced or "
        "deleted after it was used",
        f"define `{name.partition('.')[0]}` once, above its first use",
        obj,
    )


def _walk(root: Any, qualname: str) -> Any:
    value = root
    for part in qualname.split(".")[1:]:
        value = getattr(value, part, None)
    return value


class _Recorder(pickle.Unpickler):
    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.seen: set[str] = set()

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        self.seen.add(f"{module_name}:{global_name}")
        return super().find_class(module_name, global_name)


def _origin(obj: Any) -> tuple[str | None, int | None]:
    """The text of the cell that defined a function or class, as IPython compiled it, and the line in it."""
    parts = vars(obj).values() if isinstance(obj, type) else [obj]
    codes = [code for part in parts if (code := getattr(part, "__code__", None)) is not None]
    if not codes:
        return None, None
    first = min(codes, key=lambda code: code.co_firstlineno)
    text = "".join(linecache.getlines(first.co_filename))
    line = getattr(obj, "__firstlineno__", first.co_firstlineno)
    return (text, line) if text else (None, None)


def _faulty_part(
    value: Any, namespace: Mapping[str, Any], stand_in: types.ModuleType, name_of: LambdaName
) -> str:
    """The path of attributes to the innermost part that cannot be pickled: `.steps[0].lock_`."""
    path = ""
    for _ in range(8):
        for step, part in _parts(value):
            saver = _Saver(io.BytesIO(), namespace, stand_in, name_of)
            try:
                saver.dump(part)
            except Exception:  # noqa: BLE001  (this is the part that is looked for)
                path, value = path + step, part
                break
            finally:
                saver.put_back()
        else:
            break
    return path and f"{path} ({type(value).__name__})"


def _parts(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        items: dict[Any, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return [(f"[{key!r}]", part) for key, part in items.items()]
    if isinstance(value, (list, tuple)):
        sequence: list[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        return [(f"[{i}]", part) for i, part in enumerate(sequence)]
    return [(f".{name}", part) for name, part in getattr(value, "__dict__", {}).items()]
