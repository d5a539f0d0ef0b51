"""What a page sends."""

from __future__ import annotations

import json

CELLS = {"a": "x = 1", "b": "print(x)", "c": "import random\nrandom.random()"}


def message(order="abc", changed="abc", path="a.ipynb", **more):
    cells = [{"id": each, "kind": "code", "source": CELLS[each]} for each in changed]
    return json.dumps({"page": "p", "path": path, "order": list(order), "changed": cells, **more})
