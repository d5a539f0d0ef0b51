"""What counts as the same where a notebook runs with and without the recorder."""

from __future__ import annotations

from nbformat.v4 import new_output

from benchmarks.corpus.same import difference
from benchmarks.live import Shown


def failed(*traceback):
    return Shown("error", [new_output("error", ename="KeyError", evalue="1", traceback=list(traceback))])


def test_addresses_and_processes_do_not_count_and_another_frame_does():
    one = failed("File /tmp/ipykernel_12/345.py:1, in f(a)", "<A at 0x7f0012345678>")
    assert not difference(one, failed("File /tmp/ipykernel_99/345.py:1, in f(a)", "<A at 0x7f0087654321>"))
    assert difference(one, failed("File recorder.py:9, in after", *one.outputs[0].traceback)).startswith("traceback")


def test_standard_error_and_counts_count():
    def shown(text, count):
        stream = new_output("stream", name="stderr", text=text)
        return Shown("ok", [stream, new_output("execute_result", {"text/plain": "1"}, execution_count=count)])

    assert not difference(shown("50%\r100%", 3), shown("20%\r70%\r100%", 3))
    assert difference(shown("warned", 3), shown("", 3)).startswith("standard error")
    assert difference(shown("", 3), shown("", 4)).startswith("execution count")
    assert difference(Shown("ok"), failed()) == "ok and error"
