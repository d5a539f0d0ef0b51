"""The arguments of a call: their values, and the text of those that are written out.

`fill(df, 0, inplace=True)` has the values of `df` and 0 by position, that of True by keyword; a condition of a fact on
`inplace` looks at the text. What `*rest` and `**rest` give may be any parameter.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType

from jupyter_mlops.analysis.dataflow.objects import NOTHING, Value
from jupyter_mlops.analysis.effects import Condition, Touch

_NONE: Mapping[str, Value] = MappingProxyType({})
_NO_TEXT: Mapping[int | str, ast.expr] = MappingProxyType({})


@dataclass(frozen=True)
class Arguments:
    """Values by position and keyword; `rest` are those that may be any parameter, where the call is `open`."""

    positional: tuple[Value, ...] = ()
    keywords: Mapping[str, Value] = field(default_factory=lambda: _NONE)
    rest: Value = NOTHING
    open: bool = False
    text: Mapping[int | str, ast.expr] = field(default_factory=lambda: _NO_TEXT)

    @property
    def all(self) -> Value:
        """All values together."""
        return self.rest.union(*self.positional, *self.keywords.values())

    @property
    def walked(self) -> Value:
        """Those that a container is made of: `[xs]` of `dict([xs], k=ys)`."""
        return self.rest.union(*self.positional)

    def kept(self, used: Collection[str]) -> Value:
        """Those that a container holds as they are: `ys` of `dict([xs], k=ys)`, but not what is only `used`."""
        return self.rest.union(*(value for name, value in self.keywords.items() if name not in used))

    def after(self, *values: Value) -> Arguments:
        """The same arguments behind others, as a method's are behind its object."""
        return Arguments((*values, *self.positional), self.keywords, self.rest, self.open)

    def without_first(self) -> Arguments:
        """The arguments of `list.append(rows, row)` as those of `rows.append(row)`."""
        text = {key - 1 if isinstance(key, int) else key: node for key, node in self.text.items() if key != 0}
        return Arguments(self.positional[1:], self.keywords, self.rest, self.open, text)

    def get(self, position: int | None, keyword: str | None) -> Value:
        """The value of an argument, by whichever of the two it was given."""
        value = self.rest
        if position is not None and position < len(self.positional):
            value |= self.positional[position]
        if keyword is not None and keyword in self.keywords:
            value |= self.keywords[keyword]
        return value

    def written(self, position: int | None, keyword: str | None) -> ast.expr | None:
        """The text of an argument."""
        if keyword is not None and keyword in self.text:
            return self.text[keyword]
        return self.text.get(position) if position is not None else None

    def path(self, touch: Touch) -> str | None:
        """The path that a fact on files speaks of, where it is written out."""
        node = self.written(touch.position, touch.keyword)
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None

    def applies(self, touch: Touch) -> bool:
        """Whether what a fact says may happen, under its conditions."""
        if touch.only is not None and self._holds(touch.only) is False:
            return False
        return touch.unless is None or self._holds(touch.unless) is not True

    def _holds(self, condition: Condition) -> bool | None:
        """Whether a condition holds; None where the text does not show it."""
        node = self.written(condition.position, condition.keyword)
        if node is None:
            return None if self.open else False
        if not isinstance(node, ast.Constant):
            return None if condition.among else True
        if condition.among:
            return any(fnmatchcase(str(node.value), pattern) for pattern in condition.among)
        return node.value is not None and node.value is not False
