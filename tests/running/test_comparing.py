"""Saved outputs against those of a clean run: a table of pairs for each rule, and real runs."""

# ruff: noqa: S108  (temporary paths as outputs show them)

from __future__ import annotations

import base64
import json
import struct
import uuid
import zlib
from datetime import UTC, datetime, timedelta

import msgspec
import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from jupyter_mlops.documents import Comparison
from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.running.clean import run_clean
from jupyter_mlops.running.comparing import compare
from jupyter_mlops.running.comparing.ignored import IGNORED, without_ignored

START = datetime(2026, 1, 5, 12, 0, 10, tzinfo=UTC)
SPAN = {"start_time": START.isoformat(), "end_time": (START + timedelta(seconds=30)).isoformat()}


def stdout(*pieces):
    return [new_output("stream", name="stdout", text=piece) for piece in pieces]


def display(kind="display_data", **forms):
    """A display; `text_plain="a"` is the form text/plain."""
    return new_output(kind, data={mime.replace("_", "/", 1): data for mime, data in forms.items()})


def notebook(*cells, ran=True, span=True):
    """A notebook whose code cells have these lists of outputs."""
    code = [
        new_code_cell("run()", id=f"c{number}", execution_count=number if ran else None, outputs=outputs)
        for number, outputs in enumerate(cells, start=1)
    ]
    return new_notebook(cells=code, metadata={"papermill": SPAN} if span else {})


def compared(saved, now, **options):
    """The comparison of one cell."""
    result = compare(notebook(saved), notebook(now), run="r", notebook="a.ipynb", **options)
    return result.cells[0]


def same(saved, now, **options):
    return compared(saved, now, **options).state == "same"


# --- text and numbers ----------------------------------------------------------------------------------------

TEXTS = [
    # saved, now, the same?
    ("a b", "a  b", True),
    ("a\tb", "a b", True),
    ("ab", "a b", False),
    ("a  \nb\n\n", "a\nb", True),
    ("a\n\nb", "a\nb", False),
    ("a b", "a\nb", False),
    ("\x1b[31mred\x1b[0m", "red", True),
    ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link", True),
    ("10%\r20%\r100%\n", "5%\r100%\n", True),
    ("loading...\rdone", "done", False),
    ("loading\r\x1b[Kdone", "\x1b[2Kdone", True),
    ("ab\x08c", "ac", True),
    ("a\r\nb\r\n", "a\nb\n", True),
    # numbers
    ("0.83", "0.84", False),
    ("0.8312345678", "0.8312345679", True),
    ("accuracy=0.8312345678,", "accuracy=0.8312345679,", True),
    ("1.5e-3", "0.0015", True),
    ("1.50", "1.5", True),
    ("12", "13", False),
    ("1000000007", "1000000008", False),
    ("10000000.0", "10000001.0", False),
    ("3", "3.0", False),
    ("1,234,567.25", "1,234,567.26", True),
    ("1,234.25", "1,234.35", False),
    ("1,234", "1234", True),
    ("83.1234567%", "83.1234568%", True),
    ("83.1%", "84.1%", False),
    ("-0.0", "0.0", True),
    ("[0.25..., 7...]", "[0.25..., 8...]", False),
    ("1e-17", "0.0", True),
    ("1e-9", "2e-9", False),
    ("x -1.5", "x 1.5", False),
    ("5-1", "5-2", False),
    ("nan", "nan", True),
    ("nan", "inf", False),
    ("-inf", "inf", False),
    ("0.5", "nan", False),
    ("v1.26.4", "v1.26.5", False),
    ("model1", "model2", False),
    ("1" * 5000, "1" * 4999 + "2", False),
    ("1e999", "2e999", True),
    # what is ignored
    ("<M at 0x7f3a5c0d2b10>", "<M at 0x7f0000000010>", True),
    ("<M object at 0x10a3>", "<M object at 0x10b4>", True),
    ("<function add...x7f98eb2e2a20>", "<function add...x7f93443fe980>", True),
    ("mask 0xFF", "mask 0xFE", False),
    (str(16 * 8760000000001), str(16 * 8760000000002), True),
    ("140161000000001", "140161000000002", False),
    (str(uuid.UUID(int=1, version=4)), str(uuid.UUID(int=2, version=4)), True),
    (str(uuid.UUID(int=1, version=1)), str(uuid.UUID(int=2, version=1)), False),
    ("/tmp/ipykernel_12/345.py:1", "/tmp/ipykernel_99/678.py:1", True),
    ("/tmp/tmpab12cd_e/a.csv", "/tmp/tmpzz99xx_y/a.csv", True),
    ("/tmp/tmpab12cd_e/a.csv", "/tmp/tmpab12cd_e/b.csv", False),
    ("/tmp/one.csv", "/tmp/two.csv", False),
    ("/usr/lib/python3/site-packages/x/y.py", "/home/me/v/lib/python3.11/site-packages/x/y.py", True),
    ("Cell In[5], line 2", "Cell In[7], line 2", True),
    ("Cell In[5], line 2", "Cell In[5], line 3", False),
    ("pid 123", "pid 456", True),
    ("<Thread(T, started 140123456789)>", "<Thread(T, started 140987654321)>", True),
    ("CPU times: user 1.2 ms, sys: 0 ns, total: 1.2 ms", "CPU times: user 2 s, sys: 1 s, total: 3 s", True),
    ("Wall time: 1.2 ms", "Wall time: 3 s", True),
    (
        "1.2 µs ± 3 ns per loop (mean ± std. dev. of 7 runs, 1,000 loops each)",
        "900 ns ± 1 ns per loop (mean ± std. dev. of 7 runs, 10,000 loops each)",
        True,
    ),
    ("100%|███| 10/10 [00:01<00:00, 9.87it/s]", "100%|███| 10/10 [01:02<00:00,  1.02s/it]", True),
    ("100%|███| 10/10 [00:01<00:00, 9.87it/s]", "90%|███| 9/10 [01:02<00:00,  1.02s/it]", False),
    ("10it [00:00, 1e3it/s]", "11it [00:00, 1e3it/s]", False),
    ("10/10 ━━━━ 1s 3ms/step - loss: 0.25", "10/10 ━━━━ 2s 14ms/step - loss: 0.25", True),
    ("10/10 ━━━━ 1s 3ms/step - loss: 0.25", "10/10 ━━━━ 1s 3ms/step - loss: 0.26", False),
    ("took 1.3 s", "took 240 ms", True),
    ("training took: 0:00:01.25", "training took: 0:00:02.5", True),
    ("Done in 3.1s.", "Done in 2.9s.", True),
    ("elapsed: 12 s, loss 0.5", "elapsed: 13 s, loss 0.6", False),
    ("mean trip: 12 min", "mean trip: 13 min", False),
    ("1.5 s", "1.6 s", False),
    ("0:\tlearn: 0.69\ttotal: 47.2ms\tremaining: 425ms", "0:\tlearn: 0.69\ttotal: 7ms\tremaining: 1.2s", True),
    (
        "{'fit_time': array([0.0028, 0.0017, 0.00168753,\n   0.0016]),\n 'test_score': array([0.9])}",
        "{'fit_time': array([0.1, 0.2, 0.3, 0.4]),\n 'test_score': array([0.9])}",
        True,
    ),
    (
        "{'fit_time': array([0.1, 0.2]),\n 'test_score': array([0.9])}",
        "{'fit_time': array([0.1, 0.2]),\n 'test_score': array([0.8])}",
        False,
    ),
    ("-----------\n1.0", "------------------\n1.00000000001", True),
    # clocks: the run took place on 2026-01-05 from 12:00:10 to 12:00:40 UTC
    ("2025-12-24 09:15:00.5", "2026-01-05 12:00:31.25", True),
    ("2025-12-24T09:15:00Z", "2026-01-05T12:00:31Z", True),
    ("2025-12-24T09:15:00+00:00", "2026-01-05T14:00:31+02:00", True),
    ("2025-12-24 09:15", "2026-01-05 12:00", True),
    ("2025-12-24 09:15:00,123", "2026-01-05 12:00:31,456", True),
    ("2025-12-24 09:15:00", "2026-01-05 12:00:59", False),
    ("2025-12-24 09:15:00", "2025-12-24 09:15:01", False),
    ("2026-12-24 09:15:00", "2026-01-05 12:00:31", False),
    ("2025-12-24", "2026-01-05", True),
    ("2025-12-24", "2026-01-06", False),
    ("2025-12-24 - 1", "2026-01-05 - 2", False),
    (
        "datetime.datetime(2025, 12, 24, 9, 15, 1, 55)",
        "datetime.datetime(2026, 1, 5, 12, 0, 30, tzinfo=datetime.timezone.utc)",
        False,
    ),
    ("datetime.datetime(2025, 12, 24, 9, 15)", "datetime.datetime(2026, 1, 5, 12, 0, 30, 77)", True),
    ("datetime.date(2025, 12, 24)", "datetime.date(2026, 1, 5)", True),
    ("Wed Dec 24 09:15:00 2025", "Mon Jan  5 12:00:30 UTC 2026", True),
    ("run_20251224_091500", "run_20260105_120030", False),
    ("20251224-091500", "20260105-120030", True),
    ("09:15:00 started", "12:00:30 started", True),
    ("09:15:00 started", "13:30:30 started", False),
    ("2025-13-99 09:15:00", "2026-01-05 12:00:31", False),
    ("1766567700.25", "1767614431.5", True),
    ("1766567700", "1767614431", True),
    ("1766567700000", "1767614431000", True),
    ("1766567700", "1767714431", False),
]


@pytest.mark.parametrize(("saved", "now", "expected"), TEXTS)
def test_printed_text(saved, now, expected):
    assert same(stdout(saved), stdout(now)) is expected
    assert same([display(text_plain=saved)], [display(text_plain=now)]) is expected


def test_a_clock_counts_where_the_time_of_the_run_is_not_known():
    one, other = notebook(stdout("2025-12-24"), span=False), notebook(stdout("2026-01-05"), span=False)
    assert compare(one, other, run="r", notebook="n").different == 1


@pytest.mark.parametrize(("tolerance", "expected"), [(0.0, False), (1e-4, False), (0.02, True)])
def test_the_tolerance_is_the_callers(tolerance, expected):
    assert same(stdout("0.83"), stdout("0.84"), tolerance=tolerance) is expected


def test_no_tolerance_means_equal_numbers():
    assert same(stdout("0.10"), stdout("0.1"), tolerance=0.0)
    assert not same(stdout("0.1"), stdout("0.1000000000001"), tolerance=0.0)


@pytest.mark.parametrize("rule", IGNORED, ids=lambda rule: rule.what)
def test_the_example_of_every_rule_is_one(rule):
    assert f"‹{rule.what}›" in without_ignored(f"before {rule.example} after")


# --- outputs -------------------------------------------------------------------------------------------------


def filled(*samples):
    """Paints every pixel alike."""
    return lambda *_: samples


def png(width, height, paint=None, kind=2, filtered=0):
    """An 8-bit PNG; `paint` gives the samples of a pixel, `filtered` the filter of every row."""
    paint, rows, above = paint or filled(255, 255, 255), [], None
    for y in range(height):
        row = bytes(sample for x in range(width) for sample in paint(x, y))
        bpp = len(row) // width
        above = above or bytes(len(row))
        out = bytearray()
        for at, sample in enumerate(row):
            left, up = row[at - bpp] if at >= bpp else 0, above[at]
            corner = above[at - bpp] if at >= bpp else 0
            guess = left + up - corner
            nearest = min((left, up, corner), key=lambda each: abs(guess - each))
            out.append((sample - (0, left, up, (left + up) // 2, nearest)[filtered]) & 255)
        rows.append(bytes([filtered]) + bytes(out))
        above = row
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part)) for name, part in chunks
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()


def gif(width, height):
    return base64.b64encode(b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0;").decode()


def jpeg(width, height):
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + b"\x03" + bytes(9)
    return base64.b64encode(b"\xff\xd8\xff\xe0\x00\x04\x00\x00" + frame + b"\xff\xd9").decode()


def line(x, y):
    return (31, 119, 180) if abs(y - 20 - x // 2) < 2 else (255, 255, 255)


def gradient(x, y):
    return (x * 3 % 256, y * 5 % 256, (x + y) % 256)


PICTURES = [
    ("png", png(100, 80, line), png(100, 80, line), True),
    *(("png", png(100, 80, gradient), png(100, 80, gradient, filtered=number), True) for number in (1, 2, 3, 4)),
    ("png", png(320, 240, line), png(320, 240, lambda x, y: line(x, y + 1)), True),
    ("png", png(100, 80, line), png(100, 80), False),
    ("png", png(100, 80, line), png(100, 80, lambda x, y: line(99 - x, y)), False),
    ("png", png(100, 80, line), png(100, 80, lambda x, y: line(x, y)[::-1]), False),
    ("png", png(100, 80), png(103, 82), True),
    ("png", png(100, 80), png(106, 80), False),
    ("png", png(100, 80), png(100, 80, filled(9, 9, 9, 0), kind=6), True),
    ("png", png(100, 80), png(100, 80, filled(9, 9, 9, 255), kind=6), False),
    ("png", png(100, 80), png(100, 80, filled(255), kind=0), True),
    ("png", png(100, 80), png(100, 80, filled(0, 128), kind=4), False),
    ("png", png(100, 80), png(100, 80)[:60], True),
    ("png", png(100, 80), "not base64!", False),
    ("png", png(4, 4), png(4, 4, filled(0, 0, 0)), True),
    ("gif", gif(300, 200), gif(302, 200), True),
    ("gif", gif(300, 200), gif(302, 210), False),
    ("jpeg", jpeg(300, 200), jpeg(301, 200), True),
    ("jpeg", jpeg(300, 200), jpeg(300, 100), False),
    ("webp", "AAAA", "BBBB", True),
]


@pytest.mark.parametrize(("kind", "saved", "now", "expected"), PICTURES)
def test_pictures_count_by_their_structure(kind, saved, now, expected):
    for one, other in ((saved, now), (now, saved)):
        cell = compared([display(**{f"image_{kind}": one})], [display(**{f"image_{kind}": other})])
        assert (cell.state == "same") is expected
        assert all(each.kind == "image" for each in cell.differences)


def test_a_picture_that_changed_tells_its_size_and_how_much_of_it_changed():
    cell = compared([display(image_png=png(100, 80, line))], [display(image_png=png(100, 80))])
    (difference,) = cell.differences
    assert difference.saved == difference.now == "100×80 PNG"
    assert "squares" in difference.message


TABLE = (
    '<style>#{id} {{color: {colour}}}</style><table id="{id}" class="{id}"><thead><tr><th></th><th>a</th></tr></thead>'
    "<tbody><tr><th>0</th><td id='{id}_row0'>{value}</td></tr></tbody></table>"
)
CHART = '<div id="{id}"></div><script>draw("{id}", {{"mark": "bar", "y": {y}}});</script>'


def picture_in_html(picture):
    return f'<p><img src="data:image/png;base64,{picture}"></p>'


HTML = [
    (TABLE.format(id="T_1", colour="red", value="0.5"), TABLE.format(id="T_2", colour="blue", value="0.5"), True),
    (TABLE.format(id="T_1", colour="", value="0.5"), TABLE.format(id="T_1", colour="", value="0.50000000001"), True),
    (TABLE.format(id="T_1", colour="", value="0.5"), TABLE.format(id="T_1", colour="", value="0.6"), False),
    ('<div id="sk-container-id-3">A()</div>', '<div id="sk-container-id-9">A()</div>', True),
    ("<b>a</b> c", "<i>a</i> c", False),
    ("<p>a</p>", "<p>a</p><hr>", False),
    ("<p>a\n   b</p>", "<p>a b</p>", True),
    ("<pre>a\nb</pre>", "<pre>a b</pre>", False),
    ("<td colspan=2>a</td>", "<td colspan=3>a</td>", False),
    ('<a href="/x/1">a</a>', '<a href="/x/2">a</a>', False),
    ("<progress value=3 max=10></progress>", "<progress value=4 max=10></progress>", False),
    ("<script>let a = 1</script><!-- a -->", "<script>let a = 2</script><!-- b -->", True),
    (CHART.format(id="a", y="[1, 0.5]"), CHART.format(id="b", y="[1, 0.5000000001]"), True),
    (CHART.format(id="a", y="[1, 0.5]"), CHART.format(id="a", y="[1, 0.6]"), False),
    (
        '<script type="application/vnd.jupyter.widget-state+json">{"a": [1]}</script>',
        '<script type="application/vnd.jupyter.widget-state+json">{"b": [2]}</script>',
        True,
    ),
    (picture_in_html(png(100, 80, line)), picture_in_html(png(100, 80, line, filtered=2)), True),
    (picture_in_html(png(100, 80, line)), picture_in_html(png(100, 80)), False),
    ("&lt;M at 0x7f3a5c0d2b10&gt;", "&lt;M at 0x7f3a5c0d2b20&gt;", True),
    ("<![x[ a", "<![x[ b", False),
]


@pytest.mark.parametrize(("saved", "now", "expected"), HTML)
def test_html_counts_by_what_it_shows(saved, now, expected):
    for one, other in ((saved, now), (now, saved)):
        assert same([display(text_html=one)], [display(text_html=other)]) is expected


def svg(inside, stamp="2026-01-01"):
    return f'<svg viewBox="0 0 400 300"><metadata><date>{stamp}</date></metadata><defs/>{inside}</svg>'


SVG = [
    (svg('<path id="a1" d="M 0 0 L 100 200"/>'), svg('<path id="b2" d="M 0 0 L 101 198"/>', "2026-02-02"), True),
    (svg('<path d="M 0 0 L 100 200"/>'), svg('<path d="M 0 0 L 100 150"/>'), False),
    (svg('<path d="M 0 0 L 100 200"/>'), svg('<path d="M 0 0 L 100 200 L 0 0"/>'), False),
    (svg("<rect/>"), svg("<rect/><rect/>"), False),
    (svg("<rect/>"), svg("<circle/>"), False),
    (svg("<text>0.5</text>"), svg("<text>0.6</text>"), False),
]


@pytest.mark.parametrize(("saved", "now", "expected"), SVG)
def test_svg_counts_by_its_elements_and_roughly_where_they_lie(saved, now, expected):
    cell = compared([display(**{"image_svg+xml": saved})], [display(**{"image_svg+xml": now})])
    assert (cell.state == "same") is expected
    assert all(each.kind == "image" for each in cell.differences)


def packed(*numbers):
    return {"dtype": "f8", "bdata": base64.b64encode(struct.pack(f"<{len(numbers)}d", *numbers)).decode()}


def vega(first, second):
    """A chart of two sets of rows under names that are hashes of them, as Altair makes them."""
    names = ["data-" + uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(rows)).hex for rows in (first, second)]
    return {
        "layer": [{"data": {"name": name}} for name in names],
        "datasets": dict(sorted(zip(names, (first, second), strict=True))),
    }


JSON = [
    ({"a": [1, 2.5, "x"]}, {"a": [1, 2.5000000001, "x"]}, True),
    ({"a": [1, 2.5]}, {"a": [1, 2.6]}, False),
    ({"a": 1.0}, {"a": 1}, True),
    ({"a": 1}, {"a": 2}, False),
    ({"a": 1}, {"a": True}, False),
    ({"a": 1}, {"b": 1}, False),
    ({"a": None}, {}, False),
    ([1, 2], [1, 2, 3], False),
    ({"a": "0x7f3a5c0d2b10"}, {"a": "0x7f3a5c0d2b20"}, True),
    ({"a": float("nan")}, {"a": float("nan")}, True),
    ({"a": 10**400}, {"a": 0.5}, False),
    ({"y": packed(1.0, 0.5)}, {"y": packed(1.0, 0.5000000001)}, True),
    ({"y": packed(1.0, 0.5)}, {"y": packed(1.0, 0.6)}, False),
    ({"y": packed(1.0, 0.5)}, {"y": packed(1.0)}, False),
    (vega([0.1, 0.2], [0.3]), vega([0.1, 0.2000000000001], [0.3000000000001]), True),
    (vega([0.1, 0.2], [0.3]), vega([0.1, 0.2], [0.4]), False),
]


@pytest.mark.parametrize("mime", ["application_json", "application_vnd.plotly.v1+json"])
@pytest.mark.parametrize(("saved", "now", "expected"), JSON)
def test_json_counts_part_by_part(mime, saved, now, expected):
    for one, other in ((saved, now), (now, saved)):
        assert same([display(**{mime: one})], [display(**{mime: other})]) is expected


def test_a_difference_in_json_names_the_place():
    cell = compared([display(application_json={"y": [1, 2.5]})], [display(application_json={"y": [1, 3.0]})])
    (difference,) = cell.differences
    assert (difference.kind, difference.message) == ("number", "y[1]: 2.5 → 3.0")
    assert difference.diff == ["- y[1]: 2.5", "+ y[1]: 3.0", "? +20 %"]


PLAIN = display(text_plain="1")
ERROR = new_output("error", ename="ValueError", evalue="no 0.5", traceback=["a"])
WIDGET = "application_vnd.jupyter.widget-view+json"
OUTPUTS = [
    # saved, now, kinds of the differences
    (stdout("a", "b\n"), stdout("ab"), []),
    ([*stdout("a"), PLAIN, *stdout("b")], [PLAIN, *stdout("ab")], []),
    ([new_output("stream", name="stderr", text="warning")], [], []),
    ([display("execute_result", text_plain="1")], [PLAIN], []),
    ([PLAIN], [display(text_plain="2")], ["number"]),
    ([PLAIN], [display(text_plain="one")], ["text"]),
    ([PLAIN, display(text_plain="2")], [display(text_plain="2"), PLAIN], ["number", "number"]),
    ([PLAIN, display(text_plain="b")], [display(text_plain="b")], ["missing"]),
    ([display(text_plain="b")], [display(text_plain="b"), PLAIN], ["extra"]),
    (stdout("a"), [], ["missing"]),
    (stdout("\n"), [], []),
    ([], stdout("a"), ["extra"]),
    ([PLAIN], [display(text_plain="1", text_html="1")], ["extra"]),
    ([display(text_plain="1", text_html="1")], [PLAIN], ["missing"]),
    ([display(text_plain="1", text_html="1")], [display(text_plain="2", text_html="2")], ["number"]),
    ([display(text_plain="M at 0x12", text_html="1")], [display(text_plain="M at 0x13", text_html="2")], ["number"]),
    ([display(application_javascript="a")], [], []),
    ([display(**{WIDGET: {"model_id": "a"}})], [display(**{WIDGET: {"model_id": "b"}})], []),
    ([display(application_pdf="a")], [display(application_pdf="b")], []),
    ([display(text_latex="$0.5$")], [display(text_latex="$0.7$")], ["number"]),
    ([ERROR], [new_output("error", ename="ValueError", evalue="no 0.5", traceback=["b"])], []),
    ([ERROR], [new_output("error", ename="ValueError", evalue="no 0.6", traceback=[])], ["error"]),
    ([ERROR], [new_output("error", ename="KeyError", evalue="no 0.5", traceback=[])], ["error"]),
    ([ERROR], [], ["error"]),
    ([], [ERROR], ["error"]),
    ([*stdout("a 1"), PLAIN], [*stdout("b 1"), display(text_plain="3")], ["text", "number"]),
]


@pytest.mark.parametrize(("saved", "now", "kinds"), OUTPUTS)
def test_outputs_of_a_cell(saved, now, kinds):
    cell = compared(saved, now)
    assert [each.kind for each in cell.differences] == kinds
    assert cell.state == ("different" if kinds else "same")


# --- readable differences ------------------------------------------------------------------------------------


def test_a_number_that_changed_is_told_with_its_lines():
    cell = compared(stdout("rows 12\naccuracy 0.80\nend\n"), stdout("rows 12\naccuracy 0.84\nend\n"))
    (difference,) = cell.differences
    assert difference.output == "stdout"
    assert difference.message == "a number differs: 0.80 → 0.84 (+5 %)"
    assert (difference.saved, difference.now) == ("accuracy 0.80", "accuracy 0.84")
    assert difference.diff == [
        "  rows 12",
        "- accuracy 0.80",
        "+ accuracy 0.84",
        "? 0.80 → 0.84 (+5 %)",
        "  end",
    ]


def test_of_many_numbers_the_one_that_changed_most_is_told():
    cell = compared(stdout("[0.5 2.0 8.0]"), stdout("[0.6 2.5 8.1]"))
    assert cell.differences[0].message == "3 numbers differ, the most: 2.0 → 2.5 (+25 %)"


def test_lines_within_the_tolerance_are_no_part_of_the_difference():
    saved = "".join(f"row {n} 0.123456789\n" for n in range(50))
    now = saved.replace("0.123456789", "0.12345678901").replace("row 20 ", "row 99 ") + "total 1\n"
    (difference,) = compared(stdout(saved), stdout(now)).differences
    assert difference.message == "50 lines saved, 51 now"
    assert [line for line in difference.diff if line[0] in "-+?"] == [
        "- row 20 0.123456789",
        "+ row 99 0.12345678901",
        "? 20 → 99 (+395 %)",
        "+ total 1",
    ]


def test_long_differences_are_cut_and_say_so():
    saved = "\n".join(f"row {n}" for n in range(1000))
    now = "\n".join(f"line {n}" for n in range(700))
    (difference,) = compared(stdout(saved), stdout(now)).differences
    assert len(difference.diff) <= 16
    assert difference.diff[-1] == "  … 1685 more lines"


def test_a_long_line_is_shown_around_its_difference():
    saved = ", ".join(map(str, range(1000)))
    (difference,) = compared(stdout(saved), stdout(saved.replace(" 777,", " 888,"))).differences
    assert all(len(line) <= 80 for line in difference.diff)
    assert "776, 777, 778" in difference.diff[0]
    assert "776, 888, 778" in difference.diff[1]


def test_a_wide_table_is_shown_without_its_gaps():
    (difference,) = compared(stdout("id" + " " * 90 + "mean-v1"), stdout("id" + " " * 90 + "last-v1")).differences
    assert difference.diff == ["- id  mean-v1", "+ id  last-v1"]


# --- cells ---------------------------------------------------------------------------------------------------


def test_cells_are_matched_by_id_and_told_by_their_place():
    saved = notebook(stdout("a"), [], stdout("c"), [], stdout("e"))
    saved.cells.insert(0, new_markdown_cell("title", id="m"))
    saved.cells[4].execution_count = None
    saved.cells[4].outputs = []
    saved.cells[5].metadata["tags"] = ["skip-execution"]
    saved.cells.append(new_code_cell(" ", id="empty"))
    now = notebook(stdout("a"), [], stdout("changed"), stdout("d"), [], span=False)
    now.cells.insert(1, new_code_cell("x = 1", id="injected-1", execution_count=9, outputs=stdout("new")))
    now.cells[3].id, now.cells[3].execution_count = "c3", None

    result = compare(saved, now, run="r", notebook="n.ipynb")

    assert [(cell.id, cell.index, cell.state) for cell in result.cells] == [
        ("c1", 2, "same"),
        ("c2", 3, "same"),
        ("c3", 4, "not-run"),
        ("c4", 5, "not-saved"),
        ("c5", 6, "skipped"),
    ]
    assert (result.format, result.run, result.notebook, result.different) == (1, "r", "n.ipynb", 0)


def test_a_cell_that_ran_and_was_cleared_differs_where_it_now_has_an_output():
    assert compared([], stdout("a")).state == "different"


def test_outputs_saved_without_counts_are_compared():
    saved = notebook(stdout("a"), ran=False)
    assert compare(saved, notebook(stdout("a")), run="r", notebook="n").cells[0].state == "same"
    assert compare(saved, notebook(stdout("b")), run="r", notebook="n").cells[0].state == "different"


def test_a_comparison_survives_its_way_through_json():
    result = compare(notebook(stdout("0.5")), notebook(stdout("0.6")), run="r", notebook="n")
    assert result.different == 1
    assert msgspec.json.decode(msgspec.json.encode(result), type=Comparison) == result


# --- for all outputs -----------------------------------------------------------------------------------------

texts = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="01.,-+eE:/ \n\r\t\x08\x1b[K%(axTZ<!>&;", max_size=40),
    st.sampled_from([text for pair in TEXTS for text in pair[:2] if len(text) < 200]),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
outputs = st.lists(
    st.one_of(
        texts.map(lambda text: new_output("stream", name="stdout", text=text)),
        texts.map(lambda text: new_output("error", ename="E", evalue=text, traceback=[])),
        texts.map(lambda text: display(text_plain=text)),
        texts.map(lambda text: display(text_plain="x", text_html=f"<b>{text}")),
        texts.map(lambda text: display(**{"image_svg+xml": f'<svg d="{text}">{text}'})),
        st.binary(max_size=40).map(lambda data: display(image_png=base64.b64encode(data).decode())),
        values.map(lambda value: display(application_json=value)),
    ),
    max_size=3,
)


@given(outputs)
@settings(max_examples=200, deadline=None)
def test_every_output_is_the_same_as_itself(cell):
    again = json.loads(json.dumps(cell))
    assert same(cell, [nbformat.from_dict(each) for each in again])


@given(outputs, outputs)
@settings(max_examples=300, deadline=None)
def test_the_verdict_does_not_hang_on_the_order(one, other):
    first, second = notebook(one, span=False), notebook(other, span=False)
    there, back = (compare(*pair, run="r", notebook="n").different for pair in ((first, second), (second, first)))
    assert there == back


@given(
    st.floats(min_value=1e-6, max_value=1e12, allow_subnormal=False),
    st.floats(min_value=1e-9, max_value=0.5),
    st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_numbers_are_equal_within_the_tolerance_and_not_beyond(number, tolerance, within):
    number += 0.1234567890123
    other = number * (1 + tolerance * (0.4 if within else 2.5))
    assert same(stdout(f"score {number!r}"), stdout(f"score {other!r}"), tolerance=tolerance) is within


# --- real runs -----------------------------------------------------------------------------------------------

CELLS = (
    "import sys, time, warnings, tempfile\nimport pandas as pd\nfrom datetime import datetime\nfactor = 1.0",
    "warnings.warn('careful')\nprint('at', time.time(), datetime.now(), id(object()))\n"
    "print(tempfile.TemporaryDirectory().name)",
    "frame = pd.DataFrame({'a': [1, 2], 'b': [0.5, 1 / 3 * factor]}, index=pd.date_range('2026-01-01', periods=2))\n"
    "frame",
    "frame.style.highlight_max()",
    "%time sum(range(1000))",
    "for n in range(3):\n    print(f'\\rstep {n}', end='')\n    sys.stdout.flush()",
    "class Model: pass\nModel()",
    "from sklearn.linear_model import LogisticRegression\nLogisticRegression()",
    "raise ValueError('as planned')",
)


@pytest.mark.slow
def test_a_notebook_saved_from_a_clean_run_is_the_same_and_changed_data_are_found(tmp_path, write_notebook):
    cells = (*CELLS[:-1], (CELLS[-1], "raises-exception"))
    path = write_notebook(tmp_path / "all.ipynb", *cells)
    document = read_notebook(path)
    first = run_clean(document)
    assert first.record.verdict == "passed", first.record.reason
    fresh = compare(document.node, first.executed, run=first.record.id, notebook=first.record.notebook)
    assert {cell.state for cell in fresh.cells} == {"not-saved"}
    nbformat.write(first.executed, path)

    saved = read_notebook(path)
    second = run_clean(saved)
    again = compare(saved.node, second.executed, run=second.record.id, notebook=second.record.notebook)
    assert [cell.differences for cell in again.cells] == [[]] * len(cells)
    assert [cell.state for cell in again.cells] == ["same"] * len(cells)

    saved.node.cells[0].source = saved.node.cells[0].source.replace("1.0", "1.1")
    nbformat.write(saved.node, path)
    changed = read_notebook(path)
    third = run_clean(changed)
    result = compare(changed.node, third.executed, run=third.record.id, notebook=third.record.notebook)
    assert [cell.index for cell in result.cells if cell.state == "different"] == [3, 4]
    assert [cell.differences[0].kind for cell in result.cells if cell.differences] == ["number", "number"]
