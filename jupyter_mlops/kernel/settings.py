"""The options of plotting and printing that a cell may have changed, as digests by library.

    pd.set_option("display.precision", 2)      <settings.pandas> =7f…

They are asked for only where the code of a cell mentions one of the ways to change them.
"""

# The libraries are there only where the user loaded them.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection
from typing import Any

from jupyter_mlops.kernel.values.digests import of_bytes, text_of

_WAYS: dict[str, frozenset[str]] = {
    "matplotlib": frozenset({"rcParams", "rc", "style", "rcdefaults", "set_theme", "set_style", "set_context"}),
    "pandas": frozenset({"set_option", "options", "reset_option"}),
    "numpy": frozenset({"set_printoptions"}),
    "sklearn": frozenset({"set_config"}),
}


def changed_settings(mentions: Collection[str]) -> dict[str, str]:
    """The settings of the libraries that the attributes in a cell's code may have changed."""
    found: dict[str, str] = {}
    for library, ways in _WAYS.items():
        module = sys.modules.get(library)
        if module is not None and not ways.isdisjoint(mentions):
            found[f"<settings.{library}>"] = f"={text_of(of_bytes(_READERS[library](module).encode()))}"
    return found


def _matplotlib(module: Any) -> str:
    # the backend is found out at the first figure, and no setting of the user's
    return repr(sorted((name, str(value)) for name, value in module.rcParams.items() if "backend" not in name))


def _pandas(module: Any) -> str:
    # the options of a group are in its `d`
    options = {name: getattr(module.options, name).d for name in ("display", "mode", "plotting", "styler")}
    return re.sub(r"0x[0-9a-f]+", "", repr(options))


def _numpy(module: Any) -> str:
    return repr(sorted((name, str(value)) for name, value in module.get_printoptions().items()))


def _sklearn(module: Any) -> str:
    return repr(sorted((name, str(value)) for name, value in module.get_config().items()))


_READERS: dict[str, Callable[[Any], str]] = {
    "matplotlib": _matplotlib,
    "pandas": _pandas,
    "numpy": _numpy,
    "sklearn": _sklearn,
}
