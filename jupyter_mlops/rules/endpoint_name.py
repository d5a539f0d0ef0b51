"""A function of a `serve` cell whose name something else owns: Python, BentoML, or the package itself."""

from __future__ import annotations

import builtins
import keyword
import unicodedata
from collections.abc import Iterator, Sequence

from jupyter_mlops.analysis.rewriting.names import renamed, words
from jupyter_mlops.analysis.served import functions
from jupyter_mlops.errors import Finding, Fix
from jupyter_mlops.notebook import Cell
from jupyter_mlops.rules.edits import concerned, edits_of
from jupyter_mlops.rules.facts import Facts

CODE = "endpoint-name"

# A test holds these against the BentoML that is installed.
ROUTES = frozenset({"livez", "readyz", "healthz", "metrics", "docs", "schema", "static_content"})
CLIENT = frozenset(
    {
        *("app", "as_service", "call", "client", "client_cls", "client_url", "close", "default_headers"),
        *("default_temp_dir", "endpoints", "is_ready", "media_type", "request", "serde", "server_ready_timeout"),
        *("service", "timeout", "to_async", "to_sync", "url", "wait_until_server_ready"),
    }
)
# Names that the modules of a package have at their top, and the modules themselves.
_PACKAGE = frozenset(
    {
        *("Annotated", "Any", "BaseModel", "Callable", "ConfigDict", "ENDPOINTS", "Field", "REQUESTS", "SETTINGS"),
        *("STRICT", "answer", "answered", "answers", "arguments", "array_of", "bentoml", "calls", "decoding"),
        *("default_of", "forms", "loading", "notebook", "openapi", "prediction", "read", "rows_of", "sklearn", "wire"),
    }
)


def find(facts: Facts) -> Iterator[Finding]:
    """Functions that cannot be endpoints under their names."""
    for each in facts.cells:
        if each.cell.role != "serve":
            continue
        for function in functions(each.parsed):
            reason = owner(function.name)
            if reason is not None:
                yield Finding(
                    code=CODE,
                    message=f"`{function.name}` cannot be the name of an endpoint",
                    cell=each.cell.id,
                    index=each.cell.index,
                    line=function.lineno,
                    reason=reason,
                    fix=renaming(function.name, facts.notebook.cells),
                )


def renaming(name: str, cells: Sequence[Cell]) -> Fix:
    """A free name for a function, and its renaming where it is certain what the name means in every cell."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem = plain if plain.isidentifier() else "answer"
    free = [each for each in (stem, f"{stem}_of", f"get_{stem}") if each != name and owner(each) is None]
    code = concerned(cells, name)
    sources = [cell.source for cell in code]
    new = next((each for each in free if each not in words(sources)), None)
    text = "rename the function, such as " + " or ".join(f"`{each}`" for each in free)
    return Fix(text=text, edits=edits_of(code, renamed(sources, name, new)) if new else ())


def owner(name: str) -> str | None:
    """Who has a name already; None where it is free."""
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return "it is a word of Python's own"
    if hasattr(builtins, name):
        return "Python has a function or type of this name, which the package's code uses"
    if not name.isascii():
        return "the path of an address is made of ASCII letters, digits and underscores"
    if name in ROUTES:
        return f"BentoML answers at /{name} itself"
    if name in CLIENT:
        return "BentoML's clients have an attribute of this name, so that they could not call the endpoint"
    if name in _PACKAGE:
        return "the package's own code has something of this name"
    return None
