"""`display` goes with its line, and nothing else does."""

import pytest

from jupyter_mlops.analysis.rewriting.statements import without_displays


@pytest.mark.parametrize(
    ("source", "line", "expected"),
    [
        ("def f(v):\n    display(v)\n    return v", 2, "def f(v):\n    return v"),
        ("def f(v):\n    display(v)  # é\n    return v", 2, "def f(v):\n    # é\n    return v"),
        ("def f(v):\n    display(v)", 2, "def f(v):\n    pass"),
        ("def f(v): display(v)", 1, "def f(v): pass"),
        ("def f(v):\n    x = 1; display(v)\n    return x", 2, "def f(v):\n    x = 1; pass\n    return x"),
        ("def f(v):\n    if v: display(v)\n    return v", 2, "def f(v):\n    if v: pass\n    return v"),
        (
            "def f(v):\r\n    if v:\r\n        display(v.head(3))\r\n    return v\r\n",
            3,
            "def f(v):\r\n    if v:\r\n        pass\r\n    return v\r\n",
        ),
        ("def f(v):\n    display(\n        v[0],\n        'ö',\n    )\n\n    return v", 2, "def f(v):\n\n    return v"),
        ("def f(v):\n    display(v)\n    display(v)\n    return v", 2, "def f(v):\n    return v"),
        ("def f(v):\n    display(v)\n    display(v)", 2, "def f(v):\n    pass\n"),
        (
            "class A:\n    def f(self, v):\n        display(self.x, f'{v}')\n        return v",
            3,
            "class A:\n    def f(self, v):\n        return v",
        ),
        ("def f(v):\n    display(v[:, -2:])\n    return v", 2, "def f(v):\n    return v"),
        ("%cd x\ndef f(v):\n    display(v)\n    return v", 3, "%cd x\ndef f(v):\n    return v"),
        (
            "def f(v):\n    display(v)\n    return v\ndef g(v):\n    display(v)\n    return v",
            5,
            "def f(v):\n    display(v)\n    return v\ndef g(v):\n    return v",
        ),
    ],
)
def test_taken_out(source, line, expected):
    assert without_displays(source, line) == expected


@pytest.mark.parametrize(
    "source",
    [
        "def f(v):\n    return display(v)",
        "def f(v):\n    display(fit(v))\n    return v",
        "def f(v):\n    display(v.pop())\n    return v",
        "def f(v):\n    display(v.head(fit()))\n    return v",
        "def f(v):\n    display(v[: fit()])\n    return v",
        "def f(v):\n    display(v, display_id=True)\n    return v",
        "def f(v):\n    display(v)\n    show = display",
        "def f(v):\n    [display(x) for x in v]",
        "def f(v):\n    return v",
        "x = (",
    ],
)
def test_not_certain(source):
    assert without_displays(source, 2) is None
