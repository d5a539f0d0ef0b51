"""The distributions that a package needs: made-up environments for the rules, this one for the reading."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import default_environment

from jupyter_mlops.documents import Requirement
from jupyter_mlops.errors import ExportError
from jupyter_mlops.exporting import installed as snippet
from jupyter_mlops.exporting.requirements import (
    SERVICE_REQUIREMENTS,
    Distribution,
    Installed,
    Origin,
    closure,
    import_names,
    read_installed,
    top_level,
)

MARKERS = {
    "implementation_name": "cpython",
    "implementation_version": "3.13.0",
    "os_name": "posix",
    "platform_machine": "riscv64",
    "platform_python_implementation": "CPython",
    "platform_release": "6",
    "platform_system": "Linux",
    "platform_version": "1",
    "python_full_version": "3.13.0",
    "python_version": "3.13",
    "sys_platform": "linux",
}
SERVICE = tuple(Distribution(name=name, version="1", imports=(name,)) for name in SERVICE_REQUIREMENTS)


def environment(*distributions: Distribution) -> Installed:
    return Installed(markers=MARKERS, stdlib=frozenset({"os", "json"}), distributions=(*SERVICE, *distributions))


def distribution(name: str, *requires: str, version: str = "1") -> Distribution:
    return Distribution(name=name, version=version, requires=requires, imports=(name.replace("-", "_"),))


def lock(top: str, *distributions: Distribution) -> list[str]:
    return closure([Requirement(name=top, version="1", reason="")], environment(*distributions)).lines


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import os", {"os"}),
        ("import a.b.c as d, e", {"a", "e"}),
        ("from a.b import c", {"a"}),
        ("from . import a\nfrom .b import c\nfrom .. import d", set()),
        ("def f():\n    if True:\n        import late", {"late"}),
        ("name = 'import x'", set()),
    ],
)
def test_import_names(source: str, names: set[str]) -> None:
    assert import_names(source) == names


def test_modules_become_distributions_with_version_and_reason() -> None:
    learn = Distribution(name="Scikit_Learn", version="1.7.2", imports=("sklearn",))
    found = top_level({"sklearn.linear_model._logistic", "sklearn.svm", "os.path"}, environment(learn))

    assert [r.name for r in found.requirements] == sorted([*SERVICE_REQUIREMENTS, "scikit-learn"])
    assert Requirement(name="scikit-learn", version="1.7.2", reason="the package needs `sklearn`") in (
        found.requirements
    )
    assert found.findings == []


def test_a_service_needs_its_server_without_importing_it() -> None:
    assert {r.name: r.reason for r in top_level([], environment()).requirements} == SERVICE_REQUIREMENTS


def test_a_service_requirement_that_is_missing_is_a_finding() -> None:
    without = Installed(markers=MARKERS, stdlib=frozenset(), distributions=SERVICE[1:])
    found = top_level([], without)
    assert [(f.code, f.severity) for f in found.findings] == [("requirement-not-installed", "error")]
    assert "bentoml" in found.findings[0].message


def test_own_modules_and_the_notebook_itself_are_left_out() -> None:
    found = top_level(["churn.features", "__main__", "json"], environment(), own=["churn"])
    assert len(found.requirements) == len(SERVICE_REQUIREMENTS)
    assert found.findings == []


def test_a_module_that_nobody_provides_is_a_finding() -> None:
    found = top_level(["helpers.text"], environment())
    assert [(f.code, f.severity) for f in found.findings] == [("import-not-installed", "error")]
    assert "`helpers`" in found.findings[0].message


def test_a_namespace_brings_all_that_share_it() -> None:
    parts = [Distribution(name=f"cloud-{x}", version="1", imports=("cloud",)) for x in "ab"]
    names = {r.name for r in top_level(["cloud.a"], environment(*parts)).requirements}
    assert {"cloud-a", "cloud-b"} <= names


@pytest.mark.parametrize("kind", ["editable", "folder", "archive", "vcs"])
def test_what_no_index_gave_is_a_warning_that_names_it(kind: str) -> None:
    origin = Origin(kind=kind, url="file:///home/me/own")  # pyright: ignore[reportArgumentType]
    own = Distribution(name="own", version="0.1", imports=("own",), origin=origin)
    used = distribution("uses", "own")

    (warning,) = top_level(["own"], environment(own)).findings
    assert (warning.code, warning.severity) == ("requirement-not-from-registry", "warning")
    assert "`own`" in warning.message
    # The lock says it of those that came in by others, and not once more of those given.
    assert closure([Requirement(name="own", version="0.1", reason="")], environment(own)).findings == []
    (again,) = closure([Requirement(name="uses", version="1", reason="")], environment(own, used)).findings
    assert again == warning


def test_a_lock_follows_what_is_required() -> None:
    assert lock("a", distribution("a", "b>=2"), distribution("b", "c", version="2.1"), distribution("c")) == [
        "a==1",
        "b==2.1",
        "c==1",
    ]


def test_markers_count_for_the_kernels_environment() -> None:
    a = distribution(
        "a",
        'b; python_version >= "3.13"',
        'c; sys_platform == "win32"',
        'd; platform_machine == "riscv64"',
    )
    assert lock("a", a, *map(distribution, "bcd")) == ["a==1", "b==1", "d==1"]


def test_extras_are_followed_also_when_they_are_asked_for_late() -> None:
    # `d` is reached plainly first and asked for its extra by `c` afterwards.
    a = distribution("a", "d", "c")
    c = distribution("c", "d[fast]")
    d = distribution("d", 'e; extra == "fast"', 'f; extra == "docs"', 'd[more]; extra == "fast"', 'g; extra == "more"')
    assert lock("a", a, c, d, *map(distribution, "efg")) == ["a==1", "c==1", "d==1", "e==1", "g==1"]


def test_an_optional_requirement_that_is_not_installed_is_skipped() -> None:
    found = closure(
        [Requirement(name="a", version="1", reason="")],
        environment(distribution("a", "b[fast]"), distribution("b", 'gone; extra == "fast"')),
    )
    assert found.lines == ["a==1", "b==1"]
    assert found.findings == []


def test_a_required_one_that_is_not_installed_is_a_finding() -> None:
    found = closure([Requirement(name="a", version="1", reason="")], environment(distribution("a", "gone>=1")))
    assert found.lines == ["a==1"]
    assert [(f.code, f.severity, f.reason) for f in found.findings] == [
        ("requirement-not-installed", "error", "a requires it")
    ]


def test_metadata_that_break_the_standard_are_a_warning() -> None:
    found = closure([Requirement(name="a", version="1", reason="")], environment(distribution("a", "b (>dev)")))
    assert [(f.code, f.severity) for f in found.findings] == [("requirement-unreadable", "warning")]


def test_names_are_normalised() -> None:
    assert lock("my-lib", distribution("My_Lib", "Other.Lib"), distribution("other-lib")) == [
        "my-lib==1",
        "other-lib==1",
    ]


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sets(st.sampled_from("abcdefgh"))), st.data())
def test_a_lock_is_closed_and_reached(graph: dict[str, set[str]], data: st.DataObject) -> None:
    """On any graph, cycles included, a lock is exactly what can be reached from the tops."""
    nodes = sorted({*graph, *(x for targets in graph.values() for x in targets)} or {"a"})
    top = data.draw(st.sampled_from(nodes))
    distributions = [distribution(node, *sorted(graph.get(node, ()))) for node in nodes]

    reached = {top}
    while new := {t for node in reached for t in graph.get(node, ())} - reached:
        reached |= new
    assert lock(top, *distributions) == [f"{node}==1" for node in sorted(reached)]


def test_the_snippet_needs_nothing_of_ours(tmp_path: Path) -> None:
    """It runs where jupyter_mlops is not importable: isolated, and from another folder."""
    done = subprocess.run([sys.executable, "-I", "-S", snippet.__file__], cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout.startswith(b'{"markers"')


def test_the_snippets_markers_are_those_of_packaging() -> None:
    assert snippet.marker_values() == default_environment()


def test_editable_installations_provide_their_modules(tmp_path: Path) -> None:
    source, site = tmp_path / "source", tmp_path / "site"
    (source / "mine").mkdir(parents=True)
    (source / "mine" / "__init__.py").touch()
    (source / "single.py").touch()
    info = site / "mine_dist-0.1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine-dist\nVersion: 0.1\n")
    (info / "RECORD").write_text("_mine.pth,,\nmine_dist-0.1.dist-info/METADATA,,\n")
    (info / "direct_url.json").write_text('{"url": "file:///source", "dir_info": {"editable": true}}')
    (site / "_mine.pth").write_text(f"import sys\n{source}\n")

    mine = metadata.PathDistribution.at(info)
    assert snippet.origin(mine) == {"kind": "editable", "url": "file:///source"}
    assert sorted(snippet.editable_imports(mine)) == ["mine", "single"]


@pytest.mark.parametrize("command", ["/no/such/python", "false"])
def test_an_interpreter_that_does_not_answer_is_an_error(command: str) -> None:
    with pytest.raises(ExportError) as caught:
        read_installed(command)
    assert caught.value.findings[0].code == "kernel-environment-unreadable"


def test_this_environment() -> None:
    """The lock of a usual package: complete, as installed, and without this project."""
    installed = read_installed(sys.executable)
    tops = top_level(["sklearn.pipeline", "pandas", "numpy"], installed)
    assert tops.findings == []
    assert {"scikit-learn", "pandas", "numpy", *SERVICE_REQUIREMENTS} == {r.name for r in tops.requirements}

    found = closure(tops.requirements, installed)
    assert found.findings == []
    pins = dict(line.split("==") for line in found.lines)
    assert {"scipy", "joblib", "starlette", "python-dateutil"} <= set(pins)
    assert not {"jupyter-mlops", "pytest", "ipykernel"} & set(pins)
    assert all(metadata.version(name) == version for name, version in pins.items())
