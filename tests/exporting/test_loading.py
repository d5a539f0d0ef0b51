"""The loader that every package carries: what it loads, and what it refuses with which words."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
from sample_package import pickled
from sklearn.linear_model import LinearRegression

from jupyter_mlops.exporting.runtime.loading import ValueFileError, load


class Payload:
    def __reduce__(self) -> Any:
        return os.system, ("touch was-here",)


def saved(folder: Path, data: bytes, entry: dict[str, object]) -> Path:
    (folder / "model.pkl").write_bytes(data)
    (folder / "values.json").write_text(json.dumps({"model": entry}), encoding="utf-8")
    return folder


def entry_of(value: object) -> tuple[bytes, dict[str, Any]]:
    data, saved_value = pickled(value, "model")
    return data, {"file": saved_value.file, "sha256": saved_value.sha256, "globals": list(saved_value.globals)}


def test_a_value_loads(tmp_path: Path) -> None:
    data, entry = entry_of(LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0]))
    assert load(saved(tmp_path, data, entry), "model").predict([[2.0]]).tolist() == pytest.approx([4.0])


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    data, entry = entry_of([1, 2, 3])
    with pytest.raises(ValueFileError, match=r"model\.pkl is not the file that was exported.*SHA-256") as caught:
        load(saved(tmp_path, data + b" ", entry), "model")
    assert entry["sha256"] in str(caught.value)


def test_a_global_that_is_not_listed_is_refused(tmp_path: Path) -> None:
    data, entry = entry_of(OrderedDict(a=1))
    entry["globals"] = ["collections:Counter"]
    with pytest.raises(ValueFileError, match=r"model\.pkl asks for collections:OrderedDict"):
        load(saved(tmp_path, data, entry), "model")


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_a_payload_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: int) -> None:
    monkeypatch.chdir(tmp_path)
    _, entry = entry_of([1])
    data = pickle.dumps(Payload(), protocol=protocol)
    entry["sha256"] = hashlib.sha256(data).hexdigest()
    with pytest.raises(ValueFileError, match="asks for posix:system"):
        load(saved(tmp_path, data, entry), "model")
    assert not (tmp_path / "was-here").exists()


def test_an_attribute_of_a_listed_global_is_not_listed(tmp_path: Path) -> None:
    """`collections:OrderedDict` does not admit `collections:OrderedDict.fromkeys`, nor `sys` through a module."""
    data = b"\x80\x04\x8c\x0bcollections\x8c\x14OrderedDict.fromkeys\x93."
    entry = {
        "file": "model.pkl",
        "sha256": hashlib.sha256(data).hexdigest(),
        "globals": ["collections:OrderedDict"],
    }
    with pytest.raises(ValueFileError, match=r"OrderedDict\.fromkeys"):
        load(saved(tmp_path, data, entry), "model")


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueFileError, match=r"values\.json cannot be read"):
        load(tmp_path, "model")
    data, entry = entry_of([1])
    saved(tmp_path, data, entry)
    with pytest.raises(ValueFileError, match="'scaler'"):
        load(tmp_path, "scaler")
    (tmp_path / "model.pkl").unlink()
    with pytest.raises(ValueFileError, match=r"model\.pkl of the value 'model' cannot be read"):
        load(tmp_path, "model")


def test_a_file_outside_of_the_folder_is_refused(tmp_path: Path) -> None:
    data, entry = entry_of([1])
    with pytest.raises(ValueFileError, match="outside of its folder"):
        load(saved(tmp_path, data, {**entry, "file": "../model.pkl"}), "model")


def test_a_cut_off_pickle_is_named(tmp_path: Path) -> None:
    data, entry = entry_of([1, 2])
    entry["sha256"] = hashlib.sha256(data[:-3]).hexdigest()
    with pytest.raises(ValueFileError, match=r"model\.pkl is no whole pickle"):
        load(saved(tmp_path, data[:-3], entry), "model")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"model": 1}', '{"model": {"file": "model.pkl"}}'])
def test_a_broken_manifest_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "values.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueFileError, match=r"values\.json"):
        load(tmp_path, "model")
