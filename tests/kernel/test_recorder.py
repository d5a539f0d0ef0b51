"""The recorder in real kernels: what it writes, and that nobody sees it."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import threading

import nbformat
import pytest

from jupyter_mlops import load_ipython_extension, unload_ipython_extension
from jupyter_mlops.kernel.faults import read_losses
from jupyter_mlops.kernel.outbox import Outbox

# --- in this process, fast


def test_a_plain_shell(shell, rows):
    before = set(shell.user_ns)
    load_ipython_extension(shell)
    load_ipython_extension(shell)
    for code in ["x = 1", "  \n", "1 / 0", "x +", "raise KeyboardInterrupt"]:
        shell.run_cell(code, store_history=True)
    assert [(row["seq"], row["text"], row["status"], row["error"]) for row in rows()] == [
        (1, "x = 1", "ok", None),
        (2, "1 / 0", "error", "ZeroDivisionError"),
        (3, "x +", "error", "SyntaxError"),
        (4, "raise KeyboardInterrupt", "interrupted", "KeyboardInterrupt"),
    ]
    assert all((row["found"], row["cell"], row["path"], row["msg_id"]) == ("none", None, None, None) for row in rows())
    assert all(row["seconds"] >= 0 and row["started"] > 1e9 for row in rows())
    assert rows()[1]["message"] == "division by zero"
    assert {name for name in set(shell.user_ns) - before if not re.fullmatch(r"_i+\d?", name)} == {"x"}


def test_cells_in_cells_are_told_apart(shell, rows):
    load_ipython_extension(shell)
    shell.run_cell("get_ipython().run_cell('y = 2'); get_ipython().run_cell('1 / 0')", store_history=True)
    shell.run_cell("z = 3", store_history=True)
    assert [(row["text"][:11], row["depth"], row["status"]) for row in rows()] == [
        ("get_ipython", 0, "ok"),
        ("y = 2", 1, "ok"),
        ("1 / 0", 1, "error"),
        ("z = 3", 0, "ok"),
    ]


def test_the_cell_that_loads_it_is_recorded_too(shell, rows):
    shell.run_cell("%load_ext jupyter_mlops", store_history=True)
    shell.run_cell("x = 1", store_history=True)
    assert [(row["seq"], row["text"], row["status"]) for row in rows()] == [
        (1, "%load_ext jupyter_mlops", "ok"),
        (2, "x = 1", "ok"),
    ]
    assert rows()[0]["seconds"] is None


def test_loaded_silently_nothing_is_recorded_of_that(shell, rows):
    shell.run_cell("%load_ext jupyter_mlops", silent=True)
    shell.run_cell("   ")
    shell.run_cell("x = 1")
    assert [(row["text"], row["execution_count"]) for row in rows()] == [("x = 1", None)]


def test_unloaded_it_records_no_more_and_loaded_again_it_does(shell, rows, store):
    load_ipython_extension(shell)
    shell.run_cell("x = 1")
    unload_ipython_extension(shell)
    unload_ipython_extension(shell)
    shell.run_cell("x = 2")
    load_ipython_extension(shell)
    shell.run_cell("x = 3")
    assert [row["text"] for row in rows()] == ["x = 1", "x = 3"]
    with sqlite3.connect(store) as connection:
        assert [ended is None for (ended,) in connection.execute("SELECT ended FROM session")] == [False, True]


def test_vs_codes_notebook_is_found_by_its_variable(shell, rows, tmp_path, write_notebook):
    path = write_notebook(tmp_path / "sub" / "a.ipynb", "x = 1", ("y = 2", "train"), "x = 1")
    shell.user_ns["__vsc_ipynb_file__"] = str(path)
    load_ipython_extension(shell)
    address = f"vscode-notebook-cell:{path}#W2sZmlsZQ%3D%3D"
    for code in ["x = 1", "y = 2", "x = 1", "y = 3"]:
        shell.run_cell(code, cell_id=address)
    assert [(row["path"], row["cell"], row["found"], row["role"]) for row in rows()] == [
        ("sub/a.ipynb", "cell-1", "source", None),
        ("sub/a.ipynb", "cell-2", "source", "train"),
        ("sub/a.ipynb", "cell-3", "source", None),
        ("sub/a.ipynb", None, "none", None),
    ]


def test_a_file_that_is_no_notebook_is_a_fault_and_no_more(shell, rows, store, tmp_path):
    (tmp_path / "a.ipynb").write_text("{")
    shell.user_ns["__vsc_ipynb_file__"] = str(tmp_path / "a.ipynb")
    load_ipython_extension(shell)
    shell.run_cell("x = 1")
    assert [(row["text"], row["found"]) for row in rows()] == [("x = 1", "none")]
    assert "JSONDecodeError" in read_losses(store)[0]["faults"][0]["what"]


def test_an_address_that_is_no_store_records_nothing_and_is_told(shell, monkeypatch, capsys, store):
    monkeypatch.setenv("JUPYTER_MLOPS_STORE", "postgresql://server/store")
    load_ipython_extension(shell)
    assert shell.run_cell("x = 1").success
    assert capsys.readouterr().out == ""
    assert not store.exists()
    assert "StoreError" in read_losses(store)[0]["faults"][0]["what"]


def test_exceptions_of_the_user_are_not_asked_for_anything(shell, rows):
    load_ipython_extension(shell)
    shell.run_cell(
        "class Odd(Exception):\n"
        "    calls = 0\n"
        "    def __bool__(self): Odd.calls += 1; raise ValueError\n"
        "    args = property(lambda self: 1 / 0)\n"
    )
    shell.run_cell("raise Odd('said')")
    assert [(row["status"], row["error"], row["message"]) for row in rows()][1] == ("error", "Odd", "said")
    assert shell.user_ns["Odd"].calls == 0


def test_an_interrupt_that_hits_the_recorder_is_the_cells(shell, rows, monkeypatch, capsys):
    load_ipython_extension(shell)
    put, calls = Outbox.put, []

    def interrupted(outbox, row):
        calls.append(row)
        if len(calls) == 1:
            raise KeyboardInterrupt
        put(outbox, row)

    monkeypatch.setattr(Outbox, "put", interrupted)
    result = shell.run_cell("import time\ntime.sleep(600)")
    assert type(result.error_in_exec) is KeyboardInterrupt
    assert [row["status"] for row in rows()] == ["interrupted"]
    assert "Error in callback" not in capsys.readouterr().out


def test_a_fault_of_ours_is_noted_and_not_shown(shell, rows, store, monkeypatch, capsys):
    load_ipython_extension(shell)

    def fail(outbox, row):
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as patch:
        patch.setattr(Outbox, "keep", fail)
        assert shell.run_cell("x = 1").success
    shell.run_cell("x = 2")
    assert capsys.readouterr() == ("", "")
    assert [row["text"] for row in rows()] == ["x = 2"]
    [told] = read_losses(store)
    assert [(each["what"], each["count"]) for each in told["faults"]] == [("RuntimeError: a fault of ours", 2)]
    assert told["faults"][0]["where"].startswith("test_recorder.py:")


# --- in kernels

NASTY = [
    "import sys\nprint('out')\nprint('err', file=sys.stderr)",
    "1 / 0",
    "def f(:\n",
    "if True:\n  x = 1\n y = 2",
    "raise SystemExit(3)",
    "%surely_no_magic",
    "%%bash\nexit 3",
    "!echo shell",
    "get_ipython().run_cell('print(1)\\n1 / 0').success",
    "import asyncio\nawait asyncio.sleep(0)\nprint('awaited')",
    "await asyncio.sleep(0)\n1 / 0",
    "   ",
    "",
    "class Bad:\n    def __repr__(self):\n        return 1 / 0\nBad()",
    "class Mute(Exception):\n    def __str__(self):\n        raise ValueError('no')\nraise Mute('a')",
    "class Empty(Exception):\n    def __len__(self):\n        return 0\nraise Empty",
    "try:\n    1 / 0\nexcept Exception as error:\n    raise KeyError('k') from error",
    "raise ExceptionGroup('several', [ValueError(1), TypeError(2)])",
    "def again():\n    again()\nagain()",
    "import threading\nthread = threading.Thread(target=lambda: print('in a thread'))\nthread.start()\nthread.join()",
    "import os, warnings\nwarnings.simplefilter('ignore')\nchild = os.fork()\nif child == 0:\n    os._exit(0)\n"
    "os.waitpid(child, 0)[1]",
    "import warnings\nwarnings.warn('beware')",
    "import sqlite3, pathlib\nsqlite3.connect = pathlib.Path.cwd = None",
    "warnings.simplefilter('error')",
    "%%capture captured\nprint('kept')",
    "captured.stdout",
    "display(1)\ndisplay({'text/plain': 'raw'}, raw=True)",
    "input('?')",
    "import random\nrandom.seed(7)",
    "random.random()",
    "_, __, len(In), _i",
    "[name for name in sorted(globals())]",
    "[each for each in threading.enumerate()]",
    "%history -n 1-3",
    "import sys\nsys.last_value",
    "%reset -f",
    "sorted(globals())",
    "import builtins\nsorted(name for name in vars(builtins) if 'mlops' in name)",
]


def normalised(answer):
    """What a front end hears, without what differs from one process to the next."""
    messages = []
    for kind, content in answer.messages:
        # the kernel cuts streams by chance
        if kind == "stream" and messages and messages[-1][0] == "stream" and messages[-1][1]["name"] == content["name"]:
            messages[-1][1]["text"] += content["text"]
        else:
            messages.append((kind, dict(content)))
    reply = {name: value for name, value in answer.reply.items() if name != "engine_info"}
    text = json.dumps([messages, reply], sort_keys=True, indent=1)
    text = re.sub(r"0x[0-9a-f]+|\b[0-9a-f]{12}\b", "ADDRESS", text)
    text = re.sub(r"ipykernel_\d+/\d+\.py", "CELL", text)
    return re.sub(r"started (daemon )?\d+", "THREAD", text)


@pytest.mark.slow
def test_nothing_is_seen_of_it(start_kernel, rows):
    plain, recorded = start_kernel(recorded=False), start_kernel()
    for code in NASTY:
        expected, answer = plain.run(code), recorded.run(code)
        assert normalised(answer) == normalised(expected), code
    assert recorded.hears_nothing_more()
    whole = [row for row in rows() if row["depth"] == 0]
    assert [row["text"] for row in whole] == [code for code in NASTY if code.strip()]
    assert all(row["status"] != "running" for row in rows())


@pytest.mark.slow
def test_a_killed_kernel_leaves_what_it_had_and_where_it_died(start_kernel, rows, mlops, tmp_path):
    kernel = start_kernel()
    kernel.run("x = 1")
    request = kernel.send("print('now', flush=True)\nimport time\ntime.sleep(600)")
    kernel.hear(request, until=lambda answer: "now" in answer.text)
    kernel.kill()
    assert [row["status"] for row in rows()] == ["ok", "running"]
    listed = json.loads(mlops("runs", "list", "--json", cwd=tmp_path).stdout)["items"]
    assert [item["status"] for item in listed] == ["died", "ok"]


@pytest.mark.slow
def test_a_cell_that_runs_is_shown_as_running(start_kernel, mlops, tmp_path):
    kernel = start_kernel()
    request = kernel.send("print('now', flush=True)\nimport time\ntime.sleep(600)")
    kernel.hear(request, until=lambda answer: "now" in answer.text)
    [item] = json.loads(mlops("runs", "list", "--json", cwd=tmp_path).stdout)["items"]
    assert item["status"] == "running"
    kernel.manager.interrupt_kernel()
    assert kernel.hear(request).reply["ename"] == "KeyboardInterrupt"
    [item] = json.loads(mlops("runs", "list", "--json", cwd=tmp_path).stdout)["items"]
    assert (item["status"], item["error"]) == ("interrupted", "KeyboardInterrupt")


@pytest.mark.slow
def test_async_cells_that_end_otherwise(start_kernel, rows):
    kernel = start_kernel()
    kernel.run("import asyncio\nawait asyncio.sleep(0)")
    kernel.run("asyncio.current_task().cancel()\nawait asyncio.sleep(60)")
    kernel.run("await asyncio.sleep(0)\n1 / 0")
    assert [(row["status"], row["error"]) for row in rows()] == [
        ("ok", None),
        ("interrupted", "CancelledError"),
        ("error", "ZeroDivisionError"),
    ]


@pytest.mark.slow
def test_kernels_that_write_at_once_lose_nothing(start_kernel, rows):
    kernels = [start_kernel() for _ in range(3)]

    def work(number):
        for step in range(100):
            kernels[number].run(f"x = {number}, {step}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for kernel in kernels:
        kernel.end()
    assert sorted(row["text"] for row in rows()) == sorted(f"x = {n}, {step}" for n in range(3) for step in range(100))
    assert {row["status"] for row in rows()} == {"ok"}


def checkpoint(store):
    """Everything into the file: a log that holds all pages would mend what is done to the file."""
    connection = sqlite3.connect(store)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


CELLS = ["x = 1", "print(x)", "1 / 0", "x + 1"]


def doctor(mlops, folder):
    """The checks by name, and the exit status."""
    done = mlops("doctor", "--json", cwd=folder)
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    return checks, done.returncode


@pytest.mark.slow
@pytest.mark.parametrize(
    "trouble", ["locked", "garbage in place", "garbage renamed", "deleted", "a folder", "read-only"]
)
def test_a_store_in_trouble_changes_no_cell(start_kernel, store, rows, mlops, tmp_path, trouble):
    plain, recorded = start_kernel(recorded=False), start_kernel()
    recorded.run("before = 1", store_history=False)
    holder = None
    if trouble == "locked":
        holder = sqlite3.connect(store, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
    elif trouble == "garbage in place":
        checkpoint(store)
        store.write_bytes(b"garbage" * 10_000)
    elif trouble == "garbage renamed":
        checkpoint(store)
        (tmp_path / "garbage").write_bytes(b"garbage" * 10_000)
        (tmp_path / "garbage").replace(store)
    elif trouble == "deleted":
        for each in store.parent.glob("store.sqlite*"):
            each.unlink()
    elif trouble == "a folder":
        for each in store.parent.glob("store.sqlite*"):
            each.unlink()
        store.mkdir()
    elif trouble == "read-only":
        # the rights of a file mean nothing where the tests run as the super-user
        recorded.run(
            "from jupyter_mlops.kernel import recorder\n"
            "for each in recorder._recorders.values():\n"
            "    each.outbox._connection.execute('PRAGMA query_only = 1')\n"
            "del recorder, each",
            silent=True,
        )
    else:
        # what a full disk does to a file that has to grow
        recorded.run(
            "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, -1)); del resource", silent=True
        )
    for code in CELLS:
        assert normalised(recorded.run(code)) == normalised(plain.run(code)), code
    checks, status = doctor(mlops, tmp_path)
    if trouble in ("deleted", "garbage renamed", "garbage in place"):
        recorded.end()
        assert [row["text"] for row in rows() if row["text"] != "before = 1"] == CELLS
        assert bool(list(store.parent.glob("store.sqlite.corrupt-*"))) == (trouble != "deleted")
    elif trouble == "locked":
        assert "4 executions" in checks["losses"]["message"]
        assert "locked" in checks["losses"]["message"]
        assert (checks["store is writable"]["state"], status) == ("failed", 1)
        holder.execute("ROLLBACK")
        recorded.end()
        assert [row["text"] for row in rows()][1:] == CELLS
        assert "nothing is lost" in doctor(mlops, tmp_path)[0]["losses"]["message"]
    else:
        assert "4 executions" in checks["losses"]["message"]
        recorded.kill()
        assert "lost" in doctor(mlops, tmp_path)[0]["losses"]["message"]


@pytest.mark.slow
def test_nowhere_to_write_at_all(start_kernel, tmp_path):
    (tmp_path / ".jupyter_mlops").write_text("a file")
    nowhere = str(tmp_path / ".jupyter_mlops" / "no")
    plain = start_kernel(recorded=False)
    recorded = start_kernel(XDG_STATE_HOME=nowhere, HOME=nowhere, TMPDIR=str(tmp_path))
    for code in CELLS:
        assert normalised(recorded.run(code)) == normalised(plain.run(code)), code


@pytest.mark.slow
def test_what_waits_is_written_when_the_kernel_has_nothing_to_do(start_kernel, store, rows, wait_until):
    kernel = start_kernel()
    holder = sqlite3.connect(store, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    kernel.run("x = 1")
    assert rows() == []
    holder.execute("ROLLBACK")
    wait_until(lambda: [row["status"] for row in rows()] == ["ok"])


@pytest.mark.slow
def test_a_fork_records_nothing_and_harms_nothing(start_kernel, rows):
    kernel = start_kernel()
    answer = kernel.run(
        "import os, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    get_ipython().run_cell('in_child = 1')\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)[1]"
    )
    assert answer.reply["status"] == "ok"
    kernel.run(
        "import multiprocessing\n"
        "def work(number):\n"
        "    return number + 1\n"
        "with multiprocessing.get_context('fork').Pool(2) as pool:\n"
        "    print(pool.map(work, [1, 2]))"
    )
    kernel.run("x = 1")
    assert [(row["seq"], row["text"][:6], row["status"]) for row in rows()] == [
        (1, "import", "ok"),
        (2, "import", "ok"),
        (3, "x = 1", "ok"),
    ]


@pytest.mark.slow
def test_jupyterlab_says_which_cell_it_is(start_kernel, rows, tmp_path, write_notebook):
    path = write_notebook(tmp_path / "a.ipynb", "x = 1")
    kernel = start_kernel(JPY_SESSION_NAME=str(path))
    said = {"deletedCells": [], "recordTiming": False, "trusted": True}
    kernel.run("x = 1", {**said, "cellId": "cell-1", "tags": ["train"]})
    kernel.run("y = 2", {**said, "cellId": "b1c2"})
    kernel.run("z = 3", {**said, "cellId": "3f1c6e6e", "tags": ["injected-parameters"]})
    kernel.run("get_ipython().run_cell('inner = 1')", {**said, "cellId": "outer"})
    assert [(row["cell"], row["found"], row["role"], row["path"]) for row in rows()] == [
        ("cell-1", "metadata", "train", "a.ipynb"),
        ("b1c2", "metadata", None, "a.ipynb"),
        ("injected-parameters", "metadata", "injected-parameters", "a.ipynb"),
        ("outer", "metadata", None, "a.ipynb"),
        (None, "none", None, "a.ipynb"),
    ]
    assert all(row["msg_id"] for row in rows())


@pytest.mark.slow
def test_a_session_knows_its_surroundings(start_kernel, store):
    kernel = start_kernel()
    kernel.run("import numpy")
    kernel.end()
    with sqlite3.connect(store) as connection:
        connection.row_factory = sqlite3.Row
        [session] = connection.execute("SELECT * FROM session").fetchall()
    assert session["python"] == ".".join(map(str, sys.version_info[:3]))
    assert session["kernel"]
    assert session["ended"] >= session["started"]
    assert {"numpy", "IPython", "ipykernel"} <= set(json.loads(session["modules"]))


@pytest.mark.slow
def test_clean_runs_are_recorded_and_shown(tmp_path, write_notebook, mlops, rows):
    path = write_notebook(
        tmp_path / "a.ipynb", ("rate = 1", "parameters"), "x = rate", ("y = 0", "skip-execution"), "1 / 0"
    )
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", "-C", tmp_path, "add", "a.ipynb"], check=True)
    assert mlops("run", path, "-p", "rate", "2", cwd=tmp_path).returncode == 1
    assert [(row["cell"], row["found"], row["role"], row["status"], row["execution_count"]) for row in rows()] == [
        ("cell-1", "metadata", "parameters", "ok", 1),
        ("injected-parameters", "metadata", "injected-parameters", "ok", 2),
        ("cell-2", "metadata", None, "ok", 3),
        ("cell-4", "metadata", None, "error", 4),
    ]
    [item] = json.loads(mlops("runs", "list", "--json", cwd=tmp_path).stdout)["items"]
    assert (item["kind"], item["verdict"], item["cells"], item["recorded"]) == ("run", "failed", 4, 4)
    shown = json.loads(mlops("runs", "show", item["id"][:20], "--json", cwd=tmp_path).stdout)
    assert [each["begins"] for each in shown["executions"]] == ["rate = 1", "# Parameters", "x = rate", "1 / 0"]
    assert shown["session"]["run"] == item["id"]
    assert mlops("run", path, "--copy", cwd=tmp_path).returncode == 1
    assert len(rows()) == 7
    assert {row["path"] for row in rows()} == {"a.ipynb"}


@pytest.mark.slow
def test_where_papermill_drives_the_cells_are_recorded_too(tmp_path, write_notebook, rows):
    (tmp_path / "pyproject.toml").touch()
    path = write_notebook(tmp_path / "a.ipynb", ("rate = 1", "parameters"), "print(rate)")
    words = ["-m", "papermill", "--engine", "jupyter-mlops", path, tmp_path / "out.ipynb", "-p", "rate", "2"]
    subprocess.run([sys.executable, *words], check=True, capture_output=True)
    assert [row["cell"] for row in rows()] == ["cell-1", "injected-parameters", "cell-2"]
    assert nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[-1].outputs[0].text == "2\n"
