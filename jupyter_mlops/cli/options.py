"""Options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from jupyter_mlops.errors import ParameterError

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


class _LocalPath(click.Path):
    """A path on this machine; a `Path` would make `s3:/x` of the address `s3://x`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and _ADDRESS.match(value):
            self.fail(f"{value} is not on this machine: fetch it first (only `run` reads and writes there)", param, ctx)
        return super().convert(value, param, ctx)


class _PathOrAddress(click.Path):
    """A path as a `Path`, an address such as `s3://bucket/a.ipynb` as the text that it is."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str) or not _ADDRESS.match(value):
            return super().convert(value, param, ctx)
        try:
            urlsplit(value)
        except ValueError as error:
            self.fail(f"{value} is no address: {error}", param, ctx)
        return value


NotebookPath = _LocalPath(path_type=Path)
PathOrAddress = _PathOrAddress(path_type=Path)


def parameters(command: Callable[..., Any]) -> Callable[..., Any]:
    """`-p NAME VALUE`, as often as wanted, and `-f FILE.yaml`, as papermill has them."""
    one = click.option(
        "-p", "--parameter", "given", nargs=2, multiple=True, metavar="NAME VALUE", help="Set a parameter."
    )
    file = click.option(
        "-f",
        "--parameters-file",
        "file",
        type=click.Path(path_type=Path),
        help="Set parameters from a YAML file.",
    )
    return one(file(command))


def events(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--events`."""
    return click.option("--events", is_flag=True, help="Print JSON lines while it goes on.")(command)


def as_json(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(command)


def report_format(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--format text|json|sarif`; `--json` is short for the second."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json", "sarif"]),
        default="text",
        help="How the findings are printed; sarif is SARIF 2.1.0.",
    )(command)


def table_format(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--format table|json|csv`; `--json` is short for the second."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["table", "json", "csv"]),
        default="table",
        help="How the rows are printed; csv has every column.",
    )(command)


def kernel(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--kernel NAME`."""
    return click.option("-k", "--kernel", metavar="NAME", help="Use this kernel instead of the notebook's.")(command)


def given_parameters(given: tuple[tuple[str, str], ...], file: Path | None) -> dict[str, Any]:
    """The parameters of the file, with those of the command line over them.

    Raises ParameterError where the file is missing or is no mapping.
    """
    values: dict[str, Any] = {}
    if file is not None:
        import yaml

        try:
            loaded: object = yaml.safe_load(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise ParameterError.of(
                "parameters-file", f"the parameters file {file} cannot be read", reason=str(error)
            ) from None
        if not isinstance(loaded, dict):
            raise ParameterError.of(
                "parameters-file",
                f"the parameters file {file} is no mapping",
                fix="write one `name: value` a line",
            )
        values.update({str(key): value for key, value in loaded.items()})  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    values.update(dict(given))
    return values
