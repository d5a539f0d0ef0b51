"""A script: runs cells in an IPython shell and prints, as JSON, which names each of them bound and deleted."""

import contextlib
import io
import json
import sys

from ipykernel.zmqshell import KernelMagics
from IPython.core.interactiveshell import InteractiveShell


def main() -> None:
    asked = json.load(sys.stdin)
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "storemagic")
    shell.register_magics(KernelMagics)
    magics = {kind: sorted(names) for kind, names in shell.magics_manager.lsmagic().items()}
    hidden = set(shell.user_ns)
    answer = {
        "cells": {source: ran(shell, source, hidden) for source in asked["cells"]},
        "texts": {text: expanded(shell, text) for text in asked["texts"]},
        "magics": magics,
    }
    print(json.dumps(answer))


def ran(shell: InteractiveShell, source: str, hidden: set[str]) -> dict[str, list[str]]:
    """The names that a cell bound and deleted; `there` is bound before."""
    for name in set(shell.user_ns) - hidden:
        del shell.user_ns[name]
    shell.user_ns["there"] = 1
    before = set(shell.user_ns)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        shell.run_cell(source, store_history=True)
    after = set(shell.user_ns)
    own = {name for name in after - before if not name.startswith("_")}
    return {"bound": sorted(own), "deleted": sorted(before - after)}


def expanded(shell: InteractiveShell, text: str) -> list[str]:
    """Which of the names `a` and `b` a shell line has replaced by their values."""
    shell.user_ns |= {"a": Marked("«a»"), "b": Marked("«b»")}
    result = shell.var_expand(text)
    return [name for name in "ab" if f"«{name}" in result or f"«{name.upper()}" in result]


class Marked(str):
    """A text that stays to be seen in whatever is made of it."""

    def __getitem__(self, _: object) -> str:
        return str(self)

    @property
    def real(self) -> str:
        return str(self)


if __name__ == "__main__":
    main()
