"""What the kernel hears of files that are opened below code that may answer."""

from __future__ import annotations

import functools
import importlib
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.kernel.opened import Opened, OpenLog, files

CODE = """
import functools
from pathlib import Path

def read(name):
    return Path(name).read_text()

def price(name):
    return read(name)

class Table:
    def fit(self, name):
        read(name)
    def transform(self, name):
        with open(name) as file:
            return file.read()

def transform(name):
    return read(name)

@functools.cache
def kept(name):
    return read(name)
"""


class Notebook:
    """A namespace with some functions, watched; `opened` has what was noted, by path."""

    def __init__(self, *functions: str) -> None:
        self.names: dict[str, Any] = {"__name__": "a notebook"}
        self.faults: list[BaseException] = []
        self.log = OpenLog(self.names, functions, self.faults.append)
        self.log.watch()
        exec(compile(CODE, "a cell", "exec"), self.names)  # noqa: S102

    def opened(self) -> dict[str, Opened]:
        assert self.faults == []
        return {each.path: each for each in self.log.opened}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("one.txt", "two.txt", "three.txt"):
        (tmp_path / name).write_text(name)
    return tmp_path


def code(opened: Opened) -> list[tuple[str, int]]:
    return [(each.function, each.line) for each in opened.places if each.module == ""]


def test_below_a_function_that_is_served(folder):
    notebook = Notebook("price")
    notebook.names["read"]("one.txt")
    notebook.names["Table"]().transform("two.txt")
    notebook.names["price"]("three.txt")
    assert list(notebook.opened()) == ["three.txt"]
    [noted] = notebook.log.opened
    assert code(noted) == [("read", 6), ("price", 9)]
    assert (noted.absolute, noted.writes) == (str(folder / "three.txt"), False)


def test_below_methods_that_answer_where_no_function_is_served():
    notebook = Notebook()
    notebook.names["transform"]("one.txt")
    notebook.names["Table"]().fit("two.txt")
    assert notebook.opened() == {}
    notebook.names["Table"]().transform("three.txt")
    assert code(notebook.opened()["three.txt"]) == [("Table.transform", 15)]


def test_below_a_function_that_keeps_its_answers():
    notebook = Notebook("price")
    for _ in range(3):
        notebook.names["kept"]("one.txt")
    assert code(notebook.opened()["one.txt"]) == [("read", 6), ("kept", 23)]


def test_when_a_module_is_imported(folder, monkeypatch):
    notebook = Notebook("price")
    (folder / "reads_when_imported.py").write_text("text = open('one.txt').read()\n")
    monkeypatch.syspath_prepend(str(folder))
    importlib.import_module("reads_when_imported")
    places = notebook.opened()["one.txt"].places
    assert [(each.module, each.function, each.line) for each in places] == [("reads_when_imported", "<module>", 1)]
    del sys.modules["reads_when_imported"]


def test_writing_threads_and_what_fails(folder):
    notebook = Notebook("price")
    table = Notebook()
    notebook.names["read"] = lambda name: Path(name).write_text("new")
    notebook.names["price"]("one.txt")
    assert notebook.opened()["one.txt"].writes
    with pytest.raises(FileNotFoundError):
        table.names["Table"]().transform("not_there.txt")
    thread = threading.Thread(target=functools.partial(table.names["Table"]().transform, "two.txt"))
    thread.start()
    thread.join()
    assert [each["path"] for each in files(table.log.opened, str(folder))] == ["two.txt"]


def test_files_of_python_distributions_and_the_system_are_left_out(folder):
    notebook = Notebook("price")
    installed = folder / ".venv" / "lib" / "site-packages" / "data.txt"
    cached, font = folder / "code.pyc", folder / "sans.ttf"
    for file in (installed, cached, font):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    wanted = [folder / "one.txt", folder / "two.txt"]
    for file in (installed, cached, font, "/proc/self/status", "/etc/hosts", functools.__file__, pytest.__file__):
        notebook.names["price"](file)
    for file in wanted:
        notebook.names["price"](file)
    assert len(notebook.log.opened) > len(wanted)
    found = files(notebook.log.opened, str(folder))
    assert [each["absolute"] for each in found] == [str(file) for file in wanted]
    assert [each["size"] for each in found] == [7, 7]
