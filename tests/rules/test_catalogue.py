"""The table of rules: what the modules find is in it, and the README shows it."""

import re
from pathlib import Path

from jupyter_mlops.rules import catalogue

ROOT = Path(__file__).parents[2]


def test_every_module_with_a_rule_is_in_the_table():
    folder = Path(catalogue.__file__).parent
    modules = {
        path.stem for path in folder.glob("*.py") if re.search(r"^def find\(facts: Facts\)", path.read_text(), re.M)
    }
    assert modules == {rule.find.__module__.rpartition(".")[2] for rule in catalogue.RULES}


def test_codes_are_unique_and_in_one_style():
    codes = [code.code for rule in catalogue.RULES for code in rule.entries]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


def test_severities_are_from_the_gravest_down():
    order = ["error", "warning", "info"]
    for code in catalogue.CODES.values():
        assert list(code.severities) == sorted(code.severities, key=order.index)


def test_the_readme_has_the_same_table():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = [f"| `{code.code}` | {', '.join(code.severities)} | {code.summary} |" for code in catalogue.CODES.values()]
    assert "\n".join(rows) in readme


def test_the_nearest_code():
    assert catalogue.nearest("star-imports") == "star-import"
    assert catalogue.nearest("zzz") is None
