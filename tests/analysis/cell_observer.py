"""Runs a program and notes what it does to the names of its namespace.

What is read, bound and deleted comes from the instructions that Python executes. What is changed in place comes from
the values: they are probes, which tell of each assignment to one of their parts.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import dis
import inspect
import itertools
import sys
import types

from cell_programs import NAMES, THERE

FILE = "<cell>"


# --- values that note what is done to them


class Probe:
    """Takes part in any expression with a new probe as result; a part of it belongs to the same root."""

    __match_args__ = ("first", "second")

    def __init__(self, changed, root=None):
        object.__setattr__(self, "changed", changed)
        object.__setattr__(self, "root", root or self)

    def _new(self, *_, **__):
        return Probe(self.changed)

    def _part(self, *_):
        return Probe(self.changed, self.root)

    def _change(self, *_):
        self.changed(self.root)
        return self

    def _unfold(self):
        return iter([Probe(self.changed), Probe(self.changed)])

    __getitem__ = _part
    __setitem__ = __setattr__ = _change
    __delitem__ = __delattr__ = __iadd__ = __ior__ = _change
    __add__ = __radd__ = __or__ = __ror__ = __neg__ = __call__ = __enter__ = _new
    __lt__ = __gt__ = _new
    __iter__ = _unfold

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self._part()

    def __format__(self, spec):
        return "probe"

    def __exit__(self, *_):
        return False

    async def __aenter__(self):
        return self._new()

    async def __aexit__(self, *_):
        return False

    async def __aiter__(self):
        for each in self._unfold():
            yield each

    def __await__(self):
        yield from ()
        return self._new()


class Things(Probe):
    """Stands for a module."""

    _part = Probe._new


class Error(Probe, Exception):
    def __init__(self, value):
        super().__init__(value.changed)


class OtherError(Error):
    pass


class Group(Probe, ExceptionGroup):
    def __new__(cls, errors):
        return ExceptionGroup.__new__(cls, "", errors)

    def __init__(self, errors):
        super().__init__(errors[0].changed)

    def derive(self, errors):
        return Group(errors)


def helpers(changed):
    """What the programs call beside their own functions; they stand among the builtins."""
    answers, rounds = itertools.cycle([True, False, True, True, False]), iter([True, True, False, True, False])

    def use(*values, **_):
        for value in values:
            if isinstance(value, types.FunctionType):
                use(value(*[Probe(changed) for _ in range(value.__code__.co_argcount)]))
            elif isinstance(value, types.CoroutineType):
                with contextlib.suppress(StopIteration):
                    value.send(None)
            elif inspect.isgenerator(value):
                for _ in value:
                    pass
            elif isinstance(value, types.AsyncGeneratorType):
                use(_gone_through(value))
            elif isinstance(value, type):
                for each in [v for v in vars(value).values() if isinstance(v, types.FunctionType)]:
                    use(each)
        return Probe(changed)

    async def _gone_through(generator):
        async for _ in generator:
            pass

    def decorator(*_):
        return lambda function: (use(function), function)[1]

    class Base:
        pass

    return {
        "use": use,
        "more": lambda *_: next(answers),
        "again": lambda *_: next(rounds, False),
        "decorator": decorator,
        "Error": Error,
        "error_of": lambda *_: OtherError,
        "base_of": lambda *_: Base,
        "OtherError": OtherError,
        "Group": Group,
        "Probe": Probe,
        "seq": lambda *values: list(values),
        "table": lambda *values: dict(zip("kl", values, strict=False)),
    }


# --- running


READS = {"LOAD_NAME", "LOAD_GLOBAL", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_GLOBALS", "LOAD_FROM_DICT_OR_DEREF"}


class Observed:
    """What a statement did to names: (what, name) in order; `error` is what it raised."""

    def __init__(self):
        self.events = []
        self.changes = []
        self.error = None

    def names(self, what):
        return {name for each, name in self.events if each == what}


def observe(source):
    """What each top-level statement does; one that fails does not keep the next from running."""
    namespace = {"__name__": "program"}
    observed = Observed()

    def changed(root):
        names = {name for name, value in namespace.items() if value is root}
        if names:
            observed.changes.append(names)

    namespace |= {name: Probe(changed) for name in THERE}
    ours = helpers(changed)
    # names that the program deletes or does not bind are found here, so that it goes on
    spare = {name: Probe(changed) for name in NAMES}
    namespace["__builtins__"] = {**vars(builtins), **spare, **ours}
    instructions = {}

    def note(frame):
        code = frame.f_code
        if code not in instructions:
            instructions[code] = {i.offset: (i.opname, i.argval) for i in dis.get_instructions(code)}
        operation, name = instructions[code][frame.f_lasti]
        in_class = not code.co_flags & inspect.CO_OPTIMIZED and code.co_name != "<module>"
        if operation in READS:
            if not (in_class and name in frame.f_locals) and not _is_closure(code, operation, name):
                observed.events.append(("read", name))
        elif operation in ("STORE_GLOBAL", "STORE_NAME") and not (in_class and operation == "STORE_NAME"):
            observed.events.append(("bind", name))
        elif operation in ("DELETE_GLOBAL", "DELETE_NAME") and not (in_class and operation == "DELETE_NAME"):
            observed.events.append(("delete", name))

    def trace(frame, event, _):
        if frame.f_code.co_filename != FILE:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            note(frame)
        return trace

    found = []
    before = sys.gettrace()
    sys.modules["things"] = Things(changed)
    sys.settrace(trace)
    try:
        for code in compiled(source):
            observed = Observed()
            found.append(observed)
            try:
                result = eval(code, namespace)  # noqa: S307
                if inspect.iscoroutine(result):
                    with contextlib.suppress(StopIteration):
                        result.send(None)
            except Exception as error:  # noqa: BLE001
                observed.error = error
    finally:
        sys.settrace(before)
        del sys.modules["things"]
    return found


def compiled(source):
    """The code of each top-level statement, compiled by itself as IPython does it."""
    return [
        compile(ast.Module([node], []), FILE, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        for node in ast.parse(source).body
    ]


def compiles(source):
    try:
        compiled(source)
    except SyntaxError:  # a parameter that is declared global, and the like
        return False
    return True


def _is_closure(code, operation, name):
    return operation in ("LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF") and name in code.co_freevars
