"""A cell's outputs with what was printed in a row as one output; how the kernel cuts it is chance.

stdout "a", stdout "b\\n", a display, stdout "c"   become   stdout "ab\\n", a display, stdout "c"
"""

from __future__ import annotations

from collections.abc import Sequence

from nbformat import NotebookNode


def merged(outputs: Sequence[NotebookNode]) -> tuple[list[NotebookNode], list[int]]:
    """The outputs with adjacent streams of one name joined, and for each output given its place among them."""
    result: list[NotebookNode] = []
    texts: list[list[str]] = []
    places: list[int] = []
    for output in outputs:
        is_stream = output.output_type == "stream"
        last = result[-1] if result else None
        if is_stream and last is not None and last.output_type == "stream" and last.name == output.name:
            texts[-1].append(output.text)
        else:
            result.append(output)
            texts.append([output.text] if is_stream else [])
        places.append(len(result) - 1)
    for output, parts in zip(result, texts, strict=True):
        if parts:
            output.text = "".join(parts)
    return result, places
