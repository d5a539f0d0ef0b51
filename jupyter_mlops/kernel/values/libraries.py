"""What objects of well-known libraries are made of, where their attributes do not tell or are too many.

frame of pandas          its columns, its index, and its blocks of memory
random.Random            its state
lock, logger, axes       nothing that counts: opaque
"""

# What the user bound may be anything, so its parts are of unknown types.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false, reportUnknownParameterType=false

from __future__ import annotations

import sys
from collections.abc import Callable
from time import time
from typing import Any, Final

from jupyter_mlops.kernel.values.digests import of_bytes

Parts = tuple[Any, ...] | bytes | None


class _Opaque:
    """The type of OPAQUE."""


OPAQUE: Final = _Opaque()

# Everything of these packages is drawn, connected or running.
_OPAQUE_PACKAGES = frozenset(
    {
        "matplotlib", "plotly", "bokeh", "altair", "seaborn", "IPython", "ipykernel", "ipywidgets", "traitlets",
        "tqdm", "socket", "ssl", "sqlite3", "sqlalchemy", "psycopg2", "requests", "urllib3", "httpx", "aiohttp",
        "boto3", "botocore", "asyncio", "concurrent", "threading", "_thread", "multiprocessing", "subprocess",
        "logging", "weakref", "contextvars", "io", "_io", "tempfile", "dask", "distributed", "pyspark", "mlflow",
        "zmq", "tornado", "ctypes", "_ctypes",
    }
)  # fmt: skip
# What is always the same to who looks, so that it hides nothing.
_CONSTANT = frozenset(
    {
        "_thread.lock", "_thread.RLock", "logging.Logger", "logging.RootLogger", "weakref.ReferenceType",
        "builtins.object", "builtins.ellipsis", "builtins.NotImplementedType",
    }
)  # fmt: skip
_BY_TEXT = frozenset(
    {
        "datetime.date", "datetime.time", "datetime.timedelta", "datetime.timezone", "zoneinfo.ZoneInfo",
        "decimal.Decimal", "fractions.Fraction", "uuid.UUID", "pathlib.PosixPath", "pathlib.WindowsPath",
        "pathlib.PurePosixPath", "pathlib.PureWindowsPath", "pathlib._local.PosixPath", "pathlib._local.WindowsPath",
        "builtins.slice", "ipaddress.IPv4Address", "ipaddress.IPv6Address", "types.GenericAlias", "types.UnionType",
        "pandas._libs.tslibs.timestamps.Timestamp", "pandas._libs.tslibs.timedeltas.Timedelta",
        "pandas._libs.tslibs.period.Period", "pandas._libs.tslibs.nattype.NaTType", "pandas._libs.missing.NAType",
    }
)  # fmt: skip
_FAMILIES = frozenset({"numpy", "pandas", "polars", "torch", "random"})
_families: dict[type, str] = {}


def parts_of(value: Any, kind: type, since: float) -> Parts | _Opaque:
    """The parts of an object; bytes that stand for all of it; None where its attributes are its parts."""
    name = f"{kind.__module__}.{kind.__qualname__}"
    if name in _CONSTANT:
        return b""
    if name in _BY_TEXT:
        return str(value).encode("utf-8", "surrogatepass")
    handler = _HANDLERS.get(name)
    if handler is not None:
        return handler(value)
    if name == "datetime.datetime":
        return b"clock" if since <= value.timestamp() <= time() + 1.0 else str(value).encode()
    match _family(kind):
        case "numpy":
            return _numpy(value, sys.modules["numpy"])
        case "pandas":
            return _pandas(value, sys.modules["pandas"])
        case "polars":
            return _polars(value, kind, sys.modules["polars"])
        case "torch":
            return _torch(value, kind, sys.modules["torch"])
        case "random":
            return (of_bytes(repr(value.getstate()).encode()),)
        case package:
            return OPAQUE if package in _OPAQUE_PACKAGES or package == "builtins" else None


def _family(kind: type) -> str:
    """The package whose kind of object it is: that of the first class of a known one that it is derived from."""
    known = _families.get(kind)
    if known is None:
        packages = [each.__module__.partition(".")[0] for each in kind.__mro__]
        known = _families[kind] = next((each for each in packages if each in _FAMILIES), packages[0])
    return known


def _numpy(value: Any, numpy: Any) -> Parts | _Opaque:
    if hasattr(numpy, "ndarray"):
        if isinstance(value, numpy.generic):
            return str(value.dtype).encode() + value.tobytes()
        if isinstance(value, numpy.dtype):
            return str(value).encode()
        if isinstance(value, numpy.ndarray):
            return (value.view(numpy.ndarray), *(_attribute(value, name) for name in ("_mask", "_fill_value")))
        if isinstance(value, numpy.ufunc):
            return value.__name__.encode()
        if isinstance(value, numpy.random.RandomState):
            if value is getattr(numpy.random.mtrand, "_rand", None):
                return b"the process's stream"
            return (value.get_state(legacy=False),)
        if isinstance(value, numpy.random.Generator):
            return (value.bit_generator.state,)
        if isinstance(value, numpy.random.BitGenerator):
            return (value.state,)
    return None


def _pandas(value: Any, pandas: Any) -> Parts | _Opaque:
    if not hasattr(pandas, "DataFrame"):
        # it is being imported
        return OPAQUE
    if isinstance(value, pandas.DataFrame):
        blocks = value._mgr.blocks
        return (
            value.columns,
            value.index,
            *(part for each in blocks for part in (each.mgr_locs.as_array, each.values)),
        )
    if isinstance(value, pandas.Series):
        return (str(value.name), value.index, value._mgr.blocks[0].values)
    if isinstance(value, pandas.RangeIndex):
        return f"{value.start}:{value.stop}:{value.step} {value.name}".encode()
    if isinstance(value, pandas.MultiIndex):
        return (tuple(value.names), *value.levels, *value.codes)
    if isinstance(value, pandas.Index):
        return (str(value.name), value._values)
    if isinstance(value, pandas.Categorical):
        return (value.codes, value.categories, bool(value.ordered))
    if isinstance(value, pandas.api.extensions.ExtensionArray):
        return _extension_array(value)
    if isinstance(value, pandas.api.extensions.ExtensionDtype):
        return str(value).encode()
    return None


def _extension_array(value: Any) -> Parts | _Opaque:
    arrow = getattr(value, "_pa_array", None)
    if arrow is not None:
        return (str(value.dtype), *_arrow(arrow))
    if hasattr(value, "sp_values"):
        return (str(value.dtype), value.sp_values, value.sp_index.to_int_index().indices, len(value))
    attributes = ("_data", "_mask", "_ndarray", "_codes", "_left", "_right")
    found = tuple(part for name in attributes if (part := _attribute(value, name)) is not None)
    return (str(value.dtype), *found) if found else OPAQUE


def _arrow(column: Any) -> tuple[Any, ...]:
    """The buffers of a chunked array, as arrays of bytes; of a slice its elements."""
    numpy = sys.modules["numpy"]
    parts: list[Any] = [str(column.type), len(column)]
    for chunk in column.chunks:
        if chunk.offset == 0:
            buffers = [each for each in chunk.buffers() if each is not None]
            parts += [len(chunk), *(numpy.frombuffer(each, numpy.uint8) for each in buffers)]
        else:
            parts.append(tuple(chunk.to_pylist()))
    return tuple(parts)


def _polars(value: Any, kind: type, polars: Any) -> Parts | _Opaque:
    if isinstance(value, polars.DataFrame):
        return (str(value.schema), value.hash_rows(0, 1, 2, 3).to_numpy()) if value.width else b"empty"
    if isinstance(value, polars.Series):
        return (value.name, str(value.dtype), value.hash(0, 1, 2, 3).to_numpy())
    if kind.__name__ == "LazyFrame":
        return (value.explain(optimized=False),)
    return (str(value),)


def _torch(value: Any, kind: type, torch: Any) -> Parts | _Opaque:
    if isinstance(value, torch.Tensor):
        if value.device.type != "cpu" or value.layout is not torch.strided or value.dtype is torch.bfloat16:
            return OPAQUE
        return (bool(value.requires_grad), value.detach().numpy())
    if isinstance(value, torch.Generator):
        return (value.get_state(),)
    return str(value).encode() if kind.__name__ in ("dtype", "device", "Size") else None


def _attribute(value: Any, name: str) -> Any:
    """An attribute that a library's own class keeps."""
    return getattr(value, name, None)


def _tree(value: Any) -> Parts:
    return (value.__getstate__(),)


def _pattern(value: Any) -> Parts:
    return (value.pattern, value.flags)


def _deque(value: Any) -> Parts:
    return (tuple(value), value.maxlen)


def _cached(value: Any) -> Parts:
    return (value.__wrapped__,)


def _array(value: Any) -> Parts:
    return value.typecode.encode() + value.tobytes() if len(value) < 100_000 else (value.typecode, value.tobytes())


def _bytes(value: Any) -> Parts:
    return (bytes(value),)


_HANDLERS: dict[str, Callable[[Any], Parts]] = {
    "sklearn.tree._tree.Tree": _tree,
    "re.Pattern": _pattern,
    "collections.deque": _deque,
    "functools._lru_cache_wrapper": _cached,
    "array.array": _array,
    "builtins.bytearray": _bytes,
}
