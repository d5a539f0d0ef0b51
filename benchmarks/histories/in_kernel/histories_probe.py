"""What names are bound to, as digests that are equal exactly where the values are; in the benchmark's kernels only.

It is the benchmark's own measure of equal values, and has nothing of the project's fingerprints: it walks every value
whole. Sharing does not count, the order of a dict does, floats count to nine digits. A function counts by its source,
defaults and closure, a class by what it has. What cannot be walked (a generator, a file, a figure) has no digest.
The search trees of scikit-learn count what they were asked; that is left out.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import json
import os
import random
import sys
import textwrap
import types

MOST = 400_000
_OPAQUE_MODULES = ("matplotlib.", "IPython.", "ipykernel.", "_thread", "_io", "threading", "asyncio.", "sqlite3")
_LEFT_OUT = frozenset({"In", "Out", "exit", "quit", "get_ipython", "open"})


class _OpaqueError(Exception):
    """A value that cannot be walked."""


def look(shell):
    """JSON of {name: digest, or null where there is none}."""
    found = {}
    for name, value in list(shell.user_ns.items()):
        if not name.startswith("_") and name not in _LEFT_OUT:
            found[name] = digest(value)
    return json.dumps(found)


def digest(value):
    """The digest of a value; None where it has none."""
    walk = _Walk()
    try:
        walk.value(value)
    except (_OpaqueError, RecursionError):
        return None
    except Exception:  # noqa: BLE001 - what others' __reduce__ raises
        return None
    return walk.total.hexdigest()


class _Walk:
    def __init__(self):
        self.total = hashlib.blake2b(digest_size=12)
        self.left = MOST
        self.above = []

    def say(self, *words):
        for word in words:
            data = word if isinstance(word, bytes) else str(word).encode("utf-8", "surrogatepass")
            self.total.update(b"%d:" % len(data))
            self.total.update(data)

    def value(self, value):
        self.left -= 1
        if self.left < 0:
            raise _OpaqueError
        kind = type(value)
        if value is None or kind in (bool, int, complex, str, bytes, bytearray, type(Ellipsis), range, slice):
            self.say(kind.__name__, repr(value))
        elif kind is float:
            self.say("float", format(value, ".9g"))
        elif id(value) in self.above:
            self.say("above", len(self.above) - self.above.index(id(value)))
        else:
            self.above.append(id(value))
            self._container(value, kind)
            self.above.pop()

    def _container(self, value, kind):
        numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
        if kind in (list, tuple):
            self.say(kind.__name__, len(value))
            for each in value:
                self.value(each)
        elif kind is dict:
            self.say("dict", len(value))
            for key, each in value.items():
                self.value(key)
                self.value(each)
        elif kind in (set, frozenset):
            self.say(kind.__name__, *sorted(str(digest(each)) for each in value))
        elif isinstance(value, types.ModuleType):
            self.say("module", value.__name__)
        elif isinstance(value, type):
            self._class(value)
        elif isinstance(value, types.FunctionType):
            self._function(value)
        elif isinstance(value, types.MethodType):
            self.say("method")
            self.value(value.__func__)
            self.value(value.__self__)
        elif isinstance(value, functools.partial):
            self.say("partial")
            self.value((value.func, value.args, value.keywords))
        elif isinstance(value, types.BuiltinFunctionType):
            self.say("builtin", value.__module__, value.__qualname__)
        elif numpy is not None and isinstance(value, (numpy.ndarray, numpy.generic)):
            self._array(value, numpy)
        elif numpy is not None and kind is numpy.random.RandomState:
            ours = value is getattr(numpy.random.mtrand, "_rand", None)
            self.say("RandomState")
            self.value("process" if ours else value.get_state(legacy=False))
        elif pandas is not None and isinstance(value, pandas.DataFrame):
            self.say("frame")
            self.value(value.columns)
            self.value(value.index)
            for position in range(value.shape[1]):
                self._column(value.iloc[:, position], numpy)
        elif pandas is not None and isinstance(value, (pandas.Series, pandas.Index)):
            self.say(kind.__name__ if isinstance(value, pandas.Series) else "index")
            self.value(getattr(value, "names", None) and list(value.names))
            if isinstance(value, pandas.Series):
                self.value(value.name)
                self.value(value.index)
            self._column(value, numpy)
        else:
            self._object(value, kind)

    def _column(self, value, numpy):
        self.say(value.dtype)
        dtype = value.dtype
        if isinstance(dtype, numpy.dtype) and dtype.kind in "biufcmM":
            self._array(value.to_numpy(), numpy)
        else:
            self.value(list(value))

    def _array(self, value, numpy):
        array = numpy.asarray(value)
        self.say("array", type(value).__name__, array.dtype.str, array.shape)
        if array.dtype.hasobject:
            for each in array.ravel().tolist():
                self.value(each)
        elif array.dtype.kind == "f" and array.dtype.itemsize <= 8:
            mantissa, exponent = numpy.frexp(array.astype("float64"))
            self.total.update(numpy.round(mantissa * 2**30).tobytes())
            self.total.update(exponent.tobytes())
        else:
            self.total.update(numpy.ascontiguousarray(array).tobytes())

    def _function(self, value):
        if value.__module__ != "__main__":
            self.say("function", value.__module__, value.__qualname__)
            if "<locals>" not in value.__qualname__:
                return
        self.say("function", value.__name__, source_of(value))
        self.value(value.__defaults__)
        self.value(value.__kwdefaults__)
        for cell in value.__closure__ or ():
            try:
                inner = cell.cell_contents
            except ValueError:
                self.say("empty")
            else:
                self.value(inner)

    def _class(self, value):
        self.say("class", value.__module__, value.__qualname__)
        if value.__module__ != "__main__":
            return
        self.value([each for each in value.__bases__ if each is not object])
        for name, each in sorted(vars(value).items()):
            plain = each.__func__ if isinstance(each, (staticmethod, classmethod)) else each
            if isinstance(plain, types.FunctionType):
                # what a decorator such as dataclass writes has no source, and follows from the rest
                if plain.__module__ == "__main__" and not plain.__code__.co_filename.startswith("<"):
                    self.say(name)
                    self.value(plain)
            elif isinstance(plain, property):
                self.say(name)
                self.value([each for each in (plain.fget, plain.fset) if each is not None])
            elif not (name.startswith("__") and name.endswith("__")) and not inspect.isdatadescriptor(plain):
                self.say(name)
                if not type(plain).__name__.startswith(("Field", "_")):
                    self.value(plain)

    def _object(self, value, kind):
        module = kind.__module__ or ""
        if f"{module}.".startswith(_OPAQUE_MODULES) or isinstance(value, types.GeneratorType):
            raise _OpaqueError
        self._class(kind)
        reduced = value.__reduce_ex__(4)
        if isinstance(reduced, str):
            self.say("global", reduced)
            return
        function, arguments, *rest = reduced
        self.value(function)
        # the class itself was said
        self.value(tuple(each for each in arguments if each is not kind))
        state, items, pairs = (*rest[:3], None, None, None)[:3]
        if module.startswith("sklearn.neighbors._") and isinstance(state, tuple):
            state = tuple(part for part in state if not isinstance(part, int))
        if isinstance(state, dict):
            self.value({str(name): state[name] for name in sorted(state, key=str)})
        elif (
            isinstance(state, tuple)
            and len(state) == 2
            and all(part is None or isinstance(part, dict) for part in state)
        ):
            for part in state:
                self.value({str(name): part[name] for name in sorted(part, key=str)} if part else None)
        else:
            self.value(state)
        for several in (items, pairs):
            for each in several or ():
                self.value(each)


def source_of(function):
    """The canonical source of a function; its names and constants where its source cannot be found."""
    try:
        text = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError):
        code = function.__code__
        return f"{code.co_names} {code.co_varnames} {[each for each in code.co_consts if not hasattr(each, 'co_code')]}"
    try:
        return ast.dump(ast.parse(text))
    except SyntaxError:
        return " ".join(text.split())


def without_chance():
    """From now on whatever asks for chance gets the same each time, also libraries that are not loaded yet."""
    asked = 0

    def urandom(size):
        nonlocal asked
        asked += 1
        return hashlib.shake_128(b"%d" % asked).digest(size)

    # what numpy seeds itself with, and uuid
    os.urandom = random._urandom = urandom
    random.seed(0)


def types_of(shell):
    """JSON of {name: the name of its value's type}."""
    return json.dumps({name: type(value).__name__ for name, value in list(shell.user_ns.items()) if name[:1] != "_"})
