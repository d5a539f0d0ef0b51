"""Paths that a notebook writes out, and which calls read and write them.

FOLDER = Path("data")                           # bound once: "data" wherever it is read
pd.read_csv(FOLDER / "a.csv")                   # reads data/a.csv
df.to_csv(f"{FOLDER}/b.csv")                    # writes data/b.csv
df.to_csv(name)                                 # writes a file that the text does not tell
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jupyter_mlops.analysis.code import ParsedCell
from jupyter_mlops.analysis.effects import facts
from jupyter_mlops.analysis.magics import effect_of
from jupyter_mlops.analysis.uses import Use
from jupyter_mlops.rules.library_calls import LibraryCall

_READERS = re.compile(
    r"(pandas|polars|geopandas|dask\.dataframe|cudf|modin\.pandas)\.(read|scan)_(?!sql|clipboard|html|gbq|database)\w+"
    r"|numpy\.(load|loadtxt|genfromtxt|fromfile)|scipy\.io\.(loadmat|wavfile\.read)|scipy\.sparse\.load_npz"
    r"|builtins\.open|io\.open|gzip\.open|bz2\.open|codecs\.open|joblib\.load|torch\.load|librosa\.load"
    r"|PIL\.Image\.open|cv2\.imread|matplotlib\.(pyplot|image)\.imread|imageio(\.v[23])?\.imread|skimage\.io\.imread"
    r"|sklearn\.datasets\.load_(svmlight_file|files)|xarray\.open_(dataset|zarr|dataarray)|netCDF4\.Dataset"
    r"|pyarrow\.parquet\.read_table|zipfile\.ZipFile|tarfile\.open|rasterio\.open|openpyxl\.load_workbook"
    r"|(tensorflow\.)?keras\.(saving\.|models\.)?load_model|pandas\.ExcelFile"
)
_PATH_KEYWORDS = ("filepath_or_buffer", "path_or_buf", "path", "io", "file", "fname", "filename", "source", "fp", "f")
_READING_METHODS = frozenset({"read_text", "read_bytes"})

_WRITERS = re.compile(
    r"numpy\.(save\w*)|joblib\.dump|torch\.save|scipy\.(io\.savemat|io\.wavfile\.write|sparse\.save_npz)"
    r"|matplotlib\.pyplot\.(savefig|imsave)|cv2\.imwrite|os\.(makedirs|mkdir)"
    r"|\.(to_(csv|parquet|excel|feather|pickle|hdf|json|html|file|netcdf|zarr|stata|orc|xml)|savefig|save\w*|write_\w+|tofile|dump)"
)
# Calls that may leave files anywhere: they copy, unpack, download, or start other programs.
_ANYWHERE = re.compile(
    r"(shutil|subprocess|tempfile|zipfile|tarfile|gdown|wget|kaggle\w*|opendatasets|huggingface_hub|google\.colab)\..+"
    r"|os\.(system|popen|rename|replace|symlink|link)|urllib\.request\.urlretrieve"
    r"|(.*\.)?\w*(download|retrieve|extract|unzip|untar|clone|get_file|unpack|fetch)\w*",
    re.IGNORECASE,
)
_MOVING = frozenset({"os.chdir", "os.fchdir", "magic:cd", "magic:pushd", "magic:popd"})
# What a shell does itself.
_NO_FILES = frozenset({"cd", "echo", "printf", "export", "set", "sleep", "true", "exit", "source"})
_COMMANDS = re.compile(r"&&|\|\||[;|\n]")


@dataclass(frozen=True)
class Touched:
    """What a call does to files: it reads or writes a path, None where the text does not tell which; `moves` is a
    change of the working folder."""

    reads: str | None = None
    writes: str | None = None
    anywhere: bool = False
    moves: bool = False


def touched(call: LibraryCall, constants: Mapping[str, str]) -> Touched | None:
    """What a call does to files, if anything."""
    if call.name in _MOVING:
        return Touched(moves=True)
    if call.magic is not None:
        return _touched_by_magic(call)
    if _writes(call):
        path = _path_argument(call, constants)
        return Touched(writes=path, anywhere=path is None)
    if _READERS.fullmatch(call.name):
        return Touched(reads=_path_argument(call, constants))
    if call.name.startswith(".") and call.receiver is not None:
        if call.last in _READING_METHODS or call.last == "open":
            return Touched(reads=folded(call.receiver, constants))
        if call.last in ("write_text", "write_bytes", "touch", "mkdir"):
            path = folded(call.receiver, constants)
            return Touched(writes=path, anywhere=path is None)
    if _ANYWHERE.fullmatch(call.name):
        return Touched(anywhere=True)
    return None


def is_path_call(call: LibraryCall) -> bool:
    """Whether the first argument of a call is a path."""
    return bool(
        _READERS.fullmatch(call.name)
        or _WRITERS.fullmatch(call.name)
        or call.name in _MOVING
        or re.fullmatch(r"pathlib\.\w*Path|os\.path\.\w+|os\.(listdir|scandir|walk|stat)|glob\.i?glob", call.name)
    )


def _writes(call: LibraryCall) -> bool:
    if call.last == "open" or call.name in ("zipfile.ZipFile",):
        position = 0 if call.name == ".open" else 1
        mode = call.argument(position, "mode")
        return mode is not None and not (isinstance(mode, ast.Constant) and str(mode.value)[:1] == "r")
    return bool(_WRITERS.fullmatch(call.name)) and call.name not in (".write_text", ".write_bytes")


def _path_argument(call: LibraryCall, constants: Mapping[str, str]) -> str | None:
    if call.name == ".open" and call.receiver is not None:
        return folded(call.receiver, constants)
    # joblib.dump(model, "a.joblib"), torch.save(model, "a.pt")
    position = 1 if call.name in ("joblib.dump", "torch.save") else 0
    node = call.argument(position, *_PATH_KEYWORDS)
    return folded(node, constants) if node is not None else None


def _touched_by_magic(call: LibraryCall) -> Touched | None:
    magic = call.magic
    if magic is None:
        return None
    if magic.name in ("writefile", "file"):
        words = [word for word in magic.line.split() if not word.startswith("-")]
        return Touched(writes=words[0].strip("\"'") if words else None, anywhere=not words)
    effect = effect_of(magic)
    commands = facts().commands
    for _, text in effect.commands:
        for command in _COMMANDS.split(text):
            words = command.split()
            fact = commands.find(words[0]) if words and words[0] not in _NO_FILES else None
            if (fact is not None and fact.changes) or ">" in command:
                return Touched(anywhere=True)
    return Touched(anywhere=True) if effect.opaque else None


def folded(node: ast.expr, constants: Mapping[str, str]) -> str | None:
    """The text or path that an expression surely is; None where that hangs on more than constants."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return constants.get(name)
        case ast.JoinedStr(values=parts):
            return _joined([folded(each, constants) for each in parts])
        case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
            return folded(value, constants)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _joined([folded(left, constants), folded(right, constants)])
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _path([folded(left, constants), folded(right, constants)])
        case ast.Call(func=ast.Name(id="Path" | "str") | ast.Attribute(attr="Path" | "join"), args=parts) if parts:
            return _path([folded(each, constants) for each in parts]) if _is_of_paths(node.func) else None
        case _:
            return None


def _is_of_paths(function: ast.expr) -> bool:
    """`os.path.join`, but not `", ".join`."""
    return not (isinstance(function, ast.Attribute) and function.attr == "join") or (
        isinstance(function.value, ast.Attribute) and function.value.attr == "path"
    )


def _joined(parts: Sequence[str | None]) -> str | None:
    texts = [each for each in parts if each is not None]
    return "".join(texts) if len(texts) == len(parts) else None


def _path(parts: Sequence[str | None]) -> str | None:
    texts = [each for each in parts if each is not None]
    return posixpath.join(*texts) if len(texts) == len(parts) else None


def constants(cells: Iterable[tuple[ParsedCell, tuple[Use, ...]]]) -> dict[str, str]:
    """The names that the whole notebook binds once, to a text or path that is written out."""
    bound: dict[str, int] = {}
    trees: list[ast.Module] = []
    for parsed, uses in cells:
        trees.append(parsed.tree)
        for use in uses:
            if use.kind in ("bind", "borrow"):
                bound[use.name] = bound.get(use.name, 0) + 1
    found: dict[str, str] = {}
    for tree in trees:
        for statement in tree.body:
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=value)
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                ) if bound.get(name) == 1:
                    text = folded(value, found)
                    if text is not None:
                        found[name] = text
                case _:
                    pass
    return found
