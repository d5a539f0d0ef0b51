"""Which runs certify a notebook as it is now, and what ends that."""

# ruff: noqa: ARG005

import nbformat
import pytest

from jupyter_mlops.documents import Environment, ParameterValue, RunRecord
from jupyter_mlops.errors import RunError
from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.running import certificate as subject
from jupyter_mlops.running.records import write_record

NOW = ("3.11.7", {"numpy": "2.0", "pandas": "3.0"})


@pytest.fixture(autouse=True)
def versions(monkeypatch):
    """What the kernel's interpreter answers; no process is started."""
    monkeypatch.setattr(subject, "interpreter", lambda kernel: "python")
    monkeypatch.setattr(
        subject, "current_versions", lambda program, names: (NOW[0], {name: NOW[1].get(name) for name in names})
    )


@pytest.fixture
def notebook(tmp_path):
    (tmp_path / ".git").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")]), tmp_path / "a.ipynb")
    return read_notebook(tmp_path / "a.ipynb")


@pytest.fixture
def record(notebook):
    def made(name, *, verdict="passed", code=None, python="3.11.7", numpy="2.0", environment=..., **parameters):
        return RunRecord(
            id=name,
            notebook="a.ipynb",
            code_hash=code or notebook.code_hash,
            cells=[],
            parameters={key: ParameterValue(type="int", text=text) for key, text in parameters.items()},
            kernel="python3",
            environment=Environment(python=python, platform="p", distributions={"numpy": numpy})
            if environment is ...
            else environment,
            git=None,
            data_files=None,
            verdict=verdict,
            reason="cell 1 raised" if verdict == "failed" else "all cells ran",
        )

    return made


@pytest.mark.parametrize(
    ("runs", "state", "run", "reason"),
    [
        ([], "none", None, "no clean run"),
        ([{}], "certified", "0", "passed in this environment"),
        ([{"python": "3.11.2"}], "certified", "0", "passed"),
        ([{"x": "2"}], "other-parameters", "0", "x = 2"),
        ([{"x": "3"}, {}], "certified", "1", "passed"),
        ([{"code": "0"}], "outdated", "0", "the code changed"),
        ([{"code": "0"}, {}], "certified", "1", "passed"),
        ([{"numpy": "1.9"}], "outdated", "0", "numpy was 1.9 and is 2.0"),
        ([{"python": "3.12.0"}], "outdated", "0", "Python was 3.12.0 and is 3.11.7"),
        ([{"numpy": "1.9"}, {}], "certified", "1", "passed"),
        ([{"numpy": "1.9"}, {"x": "2"}], "other-parameters", "1", "x = 2"),
        ([{"environment": None}], "outdated", "0", "did not tell its environment"),
        ([{"verdict": "failed"}], "none", None, "cell 1 raised"),
        ([{"verdict": "interrupted"}, {"verdict": "failed"}], "none", None, "did not pass"),
        ([{"verdict": "failed"}, {}], "certified", "1", "passed"),
        ([{"verdict": "failed"}, {"code": "0"}], "outdated", "1", "the code changed"),
    ],
)
def test_states(notebook, record, runs, state, run, reason):
    records = [record(str(position), **each) for position, each in enumerate(runs)]
    found = subject.certificate(notebook, records)
    assert (found.state, found.run) == (state, run)
    assert reason in found.reason
    assert (found.fix is None) == (state == "certified")
    assert found.fix is None or found.fix.startswith("jupyter mlops run ")


def test_a_distribution_that_is_gone(notebook, record, monkeypatch):
    monkeypatch.setattr(subject, "current_versions", lambda program, names: ("3.11.7", dict.fromkeys(names)))
    assert "numpy was 2.0 and is not installed" in subject.certificate(notebook, [record("0")]).reason


def test_a_kernel_that_is_gone(notebook, record, monkeypatch):
    def gone(kernel):
        raise RunError.of("kernel-not-installed", f"the kernel `{kernel}` is not installed")

    monkeypatch.setattr(subject, "interpreter", gone)
    found = subject.certificate(notebook, [record("0")])
    assert found.state == "outdated"
    assert "`python3` is not installed" in found.reason


def test_status_reads_the_records_of_this_notebook(notebook, record, tmp_path):
    write_record(tmp_path, record("20200101T0-a"))
    found = subject.status(notebook)
    assert (found.notebook, found.certificate.state, found.session) == ("a.ipynb", "certified", None)


def test_comments_do_not_end_a_certificate_and_code_does(notebook, record, tmp_path):
    runs = [record("0")]
    for source, state in [("x = 1  # one", "certified"), ("x = 2", "outdated")]:
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]), notebook.path)
        assert subject.certificate(read_notebook(notebook.path), runs).state == state
