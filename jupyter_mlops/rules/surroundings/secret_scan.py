"""Secrets in the sources and outputs of a notebook, found by detect-secrets' own detectors.

Only those that know a form are used (a key that begins with AKIA, a private key's first line), and the one for names
such as `password = "…"` in code. Those that measure entropy are left out: hashes, cell ids and images have as much. A
detector is asked only for lines that hold what every secret of its kind holds, so that a notebook without such a line
does not load detect-secrets at all.
"""

from __future__ import annotations

import importlib
import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from jupyter_mlops.notebook import Cell, Notebook
from jupyter_mlops.rules.surroundings.known import Secret

# What a line must hold for a detector to be asked; the tests hold each against a made-up secret.
_MARKS: dict[tuple[str, str], re.Pattern[str]] = {
    ("aws", "AWSKeyDetector"): re.compile(r"A3T|ABIA|ACCA|AKIA|ASIA|(?i:aws.{0,20}(key|pwd|pw|pass|token))"),
    ("azure_storage_key", "AzureStorageKeyDetector"): re.compile("AccountKey="),
    ("basic_auth", "BasicAuthDetector"): re.compile(r"://[^/\s]+@"),
    ("discord", "DiscordBotTokenDetector"): re.compile("discord", re.IGNORECASE),
    ("github_token", "GitHubTokenDetector"): re.compile("gh[pousr]_"),
    ("gitlab_token", "GitLabTokenDetector"): re.compile(r"gl[a-z]+-|GR1348941"),
    ("jwt", "JwtTokenDetector"): re.compile(r"eyJ.*\."),
    ("keyword", "KeywordDetector"): re.compile(r"(key|pass|pwd|secret|contrase).*[\"']", re.IGNORECASE),
    ("mailchimp", "MailchimpDetector"): re.compile("[0-9a-z]{32}-us"),
    ("npm", "NpmDetector"): re.compile("_authToken"),
    ("openai", "OpenAIDetector"): re.compile("T3BlbkFJ"),
    ("private_key", "PrivateKeyDetector"): re.compile("BEGIN .*PRIVATE KEY|PuTTY"),
    ("pypi_token", "PypiTokenDetector"): re.compile("pypi-"),
    ("sendgrid", "SendGridDetector"): re.compile(r"SG\."),
    ("slack", "SlackDetector"): re.compile(r"xox|hooks\.slack\.com", re.IGNORECASE),
    ("square_oauth", "SquareOAuthDetector"): re.compile("sq0csp"),
    ("stripe", "StripeDetector"): re.compile("[rs]k_live"),
    ("telegram_token", "TelegramBotTokenDetector"): re.compile(r"\d:AA"),
}
# Forms that detect-secrets does not know.
_FORMS = {
    "Hugging Face token": re.compile(r"\bhf_[A-Za-z0-9]{34}\b"),
    "Google API key": re.compile(r"\bAIza[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])"),
    "Anthropic API key": re.compile(r"\bsk-ant-[A-Za-z0-9]+-[A-Za-z0-9_-]{80,}"),
}
_KEYWORD = "KeywordDetector"
# Of these a value may be anything that somebody wrote, so that more is taken for an example.
_LOOSE = (_KEYWORD, "BasicAuthDetector")
_EXAMPLE = re.compile(r"your|example|xxx|\*\*|\.\.\.|…|<|\{", re.IGNORECASE)
# Values that stand for a secret, or that no secret looks like.
_PLACEHOLDER = re.compile(
    r"your|example|change|replace|insert|placeholder|dummy|sample|xxx|\*\*|\.\.\.|…|<|\{|\$|todo|redacted|none|null|"
    r"password|passwd|secret|token|api.?key|username|user:pass|localhost|test|foobar|mypass|hunter2|https?:|env",
    re.IGNORECASE,
)
_LONGEST = 2_000


def secrets(notebook: Notebook) -> Iterator[Secret]:
    """What looks like a secret, each kind once a line."""
    for cell, node in zip(notebook.cells, notebook.node.cells, strict=True):
        for number, line in enumerate(cell.source.split("\n"), start=1):
            for kind in _kinds(line, in_code=cell.kind == "code"):
                yield Secret(cell.id, cell.index, number, kind)
        yield from _in_outputs(cell, node)


def _in_outputs(cell: Cell, node: Any) -> Iterator[Secret]:
    """Outputs as text; pictures, pages and widgets are not looked at."""
    found: dict[str, None] = {}
    for output in node.get("outputs", []):
        texts = [output.get("text", ""), output.get("data", {}).get("text/plain", ""), *output.get("traceback", [])]
        for text in texts:
            for line in ("".join(text) if isinstance(text, list) else str(text)).split("\n"):  # pyright: ignore[reportUnknownArgumentType]
                found.update(dict.fromkeys(_kinds(line, in_code=False)))
    for kind in found:
        yield Secret(cell.id, cell.index, None, kind)


def _kinds(line: str, *, in_code: bool) -> list[str]:
    """The kinds of secret in a line."""
    if len(line) > _LONGEST:
        return []
    found = [kind for kind, form in _FORMS.items() if form.search(line)]
    for (module, name), mark in _MARKS.items():
        if name == _KEYWORD and not in_code:
            continue
        if mark.search(line):
            kind = _asked(module, name, line)
            if kind is not None:
                found.append(kind)
    # one that knows the form says more than the name of the variable
    return [kind for kind in found if kind != "Secret Keyword"] or found


def _asked(module: str, name: str, line: str) -> str | None:
    detector = _detector(module, name)
    for value in detector.analyze_string(line):
        placeholder = (_PLACEHOLDER if name in _LOOSE else _EXAMPLE).search(value)
        # `user:pass@`, `postgres:postgres@`: a word is no password to hide
        placeholder = placeholder or (name in _LOOSE and value.isalpha() and value.islower())
        if not placeholder and (name != _KEYWORD or _looks_secret(value)):
            return str(detector.secret_type)
    return None


def _looks_secret(value: str) -> bool:
    """Whether a text behind a name such as `password` is one: long enough, without blanks, and not a word."""
    if len(value) < 8 or re.search(r"[\s()\[\],;/\\]", value):
        return False
    return bool(re.search(r"\d", value)) and bool(re.search(r"[A-Za-z]", value)) and _bits(value) >= 2.5


def _bits(text: str) -> float:
    """Shannon's entropy of a text, in bits a character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


@cache
def _detector(module: str, name: str) -> Any:
    return getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), name)()
