"""Every rule with its codes, as `jupyter mlops check --rules` and the README list them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from jupyter_mlops.errors import Finding, Severity
from jupyter_mlops.rules import (
    absolute_path,
    computed_parameter,
    counts,
    early_name,
    endpoint_name,
    estimators,
    import_not_installed,
    installs,
    missing_file,
    missing_requirement,
    opaque_cell,
    recalled,
    secret,
    star_import,
    syntax,
    undefined_name,
    unread_parameter,
    unseeded,
)
from jupyter_mlops.rules.facts import Facts


@dataclass(frozen=True)
class Code:
    """One kind of finding: its code, how grave it is (the gravest first, where that hangs on how sure it is), what it
    is, and whether settings may switch it off."""

    code: str
    severities: tuple[Severity, ...]
    summary: str
    fixed: bool = False


@dataclass(frozen=True)
class Rule:
    """A rule's function and the codes of what it finds."""

    find: Callable[[Facts], Iterable[Finding]]
    entries: tuple[Code, ...]

    @property
    def codes(self) -> frozenset[str]:
        """The codes alone."""
        return frozenset(entry.code for entry in self.entries)


_ERROR: tuple[Severity, ...] = ("error",)
_WARNING: tuple[Severity, ...] = ("warning",)
_INFO: tuple[Severity, ...] = ("info",)

RULES = (
    Rule(
        syntax.find,
        (
            Code(syntax.CODE, _ERROR, "a cell that is no Python; always told", fixed=True),
            Code(syntax.NEWER, _ERROR, "a cell in the Python of a newer version; always told", fixed=True),
        ),
    ),
    Rule(
        undefined_name.find,
        (
            Code(
                undefined_name.CODE, ("error", "warning", "info"), "a name that no cell binds, or that is deleted above"
            ),
        ),
    ),
    Rule(
        early_name.find,
        (Code(early_name.CODE, ("error", "warning", "info"), "a name that only a cell further down binds"),),
    ),
    Rule(
        import_not_installed.find,
        (Code(import_not_installed.CODE, ("error", "info"), "an import that the kernel's interpreter does not find"),),
    ),
    Rule(secret.find, (Code(secret.CODE, _ERROR, "a secret in the text or in a saved output"),)),
    Rule(
        counts.find,
        (
            Code(counts.CODE, _WARNING, "cells whose counts say that they ran in another order"),
            Code(counts.GAPS, _INFO, "counts with gaps between them"),
        ),
    ),
    Rule(unseeded.find, (Code(unseeded.CODE, _WARNING, "random numbers without a seed that a fit hangs on"),)),
    Rule(
        missing_file.find,
        (Code(missing_file.CODE, _WARNING, "a data file that is not there and that no line above writes"),),
    ),
    Rule(
        absolute_path.find,
        (Code(absolute_path.CODE, ("warning", "info"), "a path that leads nowhere on another machine"),),
    ),
    Rule(
        missing_requirement.find,
        (Code(missing_requirement.CODE, ("warning", "info"), "a package that the project's requirements leave out"),),
    ),
    Rule(
        computed_parameter.find,
        (Code(computed_parameter.CODE, ("warning", "info"), "a parameters cell that does more than assign values"),),
    ),
    Rule(
        unread_parameter.find,
        (
            Code(unread_parameter.NEVER, _WARNING, "a parameter that no cell reads"),
            Code(unread_parameter.OVERWRITTEN, _WARNING, "a parameter that is overwritten before it is read"),
        ),
    ),
    Rule(star_import.find, (Code(star_import.CODE, _INFO, "`from … import *`"),)),
    Rule(
        opaque_cell.find, (Code(opaque_cell.CODE, _INFO, "a magic, shell line or `exec` whose effect cannot be seen"),)
    ),
    Rule(installs.find, (Code(installs.CODE, _INFO, "a cell that installs packages while it runs"),)),
    Rule(endpoint_name.find, (Code(endpoint_name.CODE, _ERROR, "a served function whose name something else owns"),)),
    Rule(
        estimators.find,
        (
            Code(estimators.NONE, _WARNING, "no fitted estimator is left; known from an export's run"),
            Code(estimators.SEVERAL, _WARNING, "several fitted estimators and none named; from an export's run"),
            Code(estimators.NOT_FITTED, _WARNING, "the estimator is not fitted at the end; from an export's run"),
            Code(estimators.NO_ANSWERS, _WARNING, "the estimator has no method to serve; from an export's run"),
        ),
    ),
    Rule(
        recalled.find,
        tuple(Code(code, _ERROR, f"{summary}; from an export's run") for code, summary in recalled.CODES.items()),
    ),
)
UNKNOWN_CODE = Code("unknown-rule", _WARNING, "a cell ignores a code that no rule has")
CODES = {code.code: code for code in [*(code for rule in RULES for code in rule.entries), UNKNOWN_CODE]}


def nearest(code: str) -> str | None:
    """The known code that an unknown one is most like."""
    return next(iter(difflib.get_close_matches(code, CODES, 1)), None)
