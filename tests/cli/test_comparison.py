"""What a user reads of a comparison, on a terminal."""

from __future__ import annotations

import io

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from rich.console import Console

from jupyter_mlops.cli.comparison import show
from jupyter_mlops.running.comparing import compare

WIDE = "value " + " ".join(f"{n}.5" for n in range(60))


def notebook(*texts):
    """A notebook whose cells print these texts."""
    return new_notebook(
        cells=[
            new_code_cell(
                "run()",
                id=f"c{number}",
                execution_count=number if text is not None else None,
                outputs=[new_output("stream", name="stdout", text=text)] if text else [],
            )
            for number, text in enumerate(texts, start=1)
        ]
    )


def comparison(saved, now):
    return compare(notebook(*saved), notebook(*now), run="r", notebook="churn.ipynb")


def shown(result, *, colours=False, width=80):
    stream = io.StringIO()
    show(result, Console(file=stream, width=width, force_terminal=colours, soft_wrap=True, highlight=False))
    return stream.getvalue()


def test_a_difference_reads_as_lines():
    result = comparison(["rows 12\nauc 0.80\n", "x", "y", None], ["rows 12\nauc 0.84\n", "x", "z", "w"])
    assert shown(result) == (
        "✗ saved outputs of 4 cells: 1 the same, 2 different, 1 never saved\n"
        "\n"
        "cell 1\n"
        "  stdout: a number differs: 0.80 → 0.84 (+5 %)\n"
        "    rows 12\n"
        "  - auc 0.80\n"
        "  + auc 0.84\n"
        "  ? 0.80 → 0.84 (+5 %)\n"
        "\n"
        "cell 3\n"
        "  stdout: 1 line differs\n"
        "  - y\n"
        "  + z\n"
    )


def test_a_missing_output_shows_what_was_saved():
    assert shown(comparison(["gone"], [""])).endswith("  stdout: the clean run printed nothing\n  - gone\n")


@pytest.mark.parametrize(
    ("saved", "now", "line"),
    [
        (["a"], ["a"], "✓ saved outputs of 1 cell: 1 the same\n"),
        ([None, None], ["a", "b"], "! saved outputs of 2 cells: 2 never saved\n"),
        (["a", "b"], ["a", None], "✓ saved outputs of 2 cells: 1 the same, 1 not run\n"),
    ],
)
def test_without_a_difference_one_line_says_so(saved, now, line):
    assert shown(comparison(saved, now)) == line


def test_every_line_fits_into_80_columns():
    result = comparison([WIDE, "a\n" * 100], [WIDE.replace(" 59.5", " 60.5"), "b\n" * 90])
    assert max(map(len, shown(result).splitlines())) <= 80
    assert "59.5" in shown(result)


def test_colours_tell_saved_from_now():
    text = shown(comparison(["a 0.5"], ["a 0.6"]), colours=True)
    assert "\x1b[31m  - a 0.5" in text
    assert "\x1b[32m  + a 0.6" in text


def test_outputs_are_no_markup():
    assert "- [bold]a[/bold]" in shown(comparison(["[bold]a[/bold]"], ["[/x]"]))
