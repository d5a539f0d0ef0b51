"""The one watch of a shell: its hook, and those who listen.

The recorder's capture and the export's session listen to the same kernel, each may come alone, and both may hand on the
tree of a cell: what was wrapped already is not wrapped again.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import MutableMapping
from typing import Any
from weakref import WeakKeyDictionary

from jupyter_mlops.kernel.calls import HOOK, Hook, Listener, Wish
from jupyter_mlops.kernel.wrapping import wrap

_DONE = "_jupyter_mlops_wrapped"


class Watch:
    """An IPython AST transformer that wraps what its listeners wish for."""

    def __init__(self, namespace: MutableMapping[str, Any]) -> None:
        self.hook = Hook()
        self.listeners: list[Listener] = []
        self._namespace = namespace
        self._placed = False

    def visit(self, tree: ast.AST) -> ast.AST:
        """Wrap in place; the hook is placed with the first code that needs it."""
        if hasattr(tree, _DONE):
            return tree
        setattr(tree, _DONE, True)
        wishes: list[Wish] = []
        for listener in self.listeners:
            try:
                wishes += listener.wishes(tree)
            except Exception as fault:  # noqa: BLE001  (the others still listen)
                listener.report_fault(fault)
        if wishes:
            wrap(tree, wishes, self.hook.sites)
            self._placed = True
            self.place()
        return tree

    def place(self) -> None:
        """Before each cell: `%reset` deletes the name, and functions of other modules find it in builtins."""
        if self._placed and self._namespace.get(HOOK) is not self.hook:
            self._namespace[HOOK] = self.hook
        if self._placed and getattr(builtins, HOOK, None) is not self.hook:
            setattr(builtins, HOOK, self.hook)


_watches: WeakKeyDictionary[Any, Watch] = WeakKeyDictionary()


def watch_of(shell: Any) -> Watch:
    """The watch of a shell, made where there is none."""
    watch = _watches.get(shell)
    if watch is None:
        watch = _watches[shell] = Watch(shell.user_ns)
    return watch
