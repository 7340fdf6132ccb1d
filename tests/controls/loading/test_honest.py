"""What notebooks save loads without a word, though nobody watched the save; the list is that of what is installed."""

from __future__ import annotations

import io
import pickle
import warnings

import joblib
import pytest

import jupyter_mlsec
from jupyter_mlsec.controls.loading.listed import listed, listings
from jupyter_mlsec.controls.loading.listing import dumping
from jupyter_mlsec.protocol.errors import Denied
from tests.controls.loading import honest


def dumped(objects):
    """Each object as pickle and as joblib write it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, each in objects:
            try:
                yield name, pickle.dumps(each), pickle.loads
                held = io.BytesIO()
                joblib.dump(each, held)
            except dumping._UNPICKLABLE:
                continue
            yield name, held.getvalue(), lambda raw: joblib.load(io.BytesIO(raw))


def false_alarms(objects, folder, monkeypatch) -> tuple[int, list[str]]:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(folder / "data"))
    files = list(dumped(objects))
    refused = []
    with jupyter_mlsec.guard("guard"):
        for name, raw, load in files:
            try:
                load(raw)
            except Denied as denied:
                refused.append(f"{name}: {denied}")
    return len(files), refused


def test_objects_of_the_users_own_classes_load(tmp_path, monkeypatch):
    count, refused = false_alarms(honest.of_users(), tmp_path, monkeypatch)
    assert count > 200
    assert refused == []


@pytest.mark.long
def test_no_honest_file_in_a_hundred_is_refused(tmp_path, monkeypatch):
    count, refused = false_alarms(honest.corpus(), tmp_path, monkeypatch)
    assert count > 1_000
    assert len(refused) <= count / 100, refused


INSTALLED = [(name, version) for name in dumping.SAMPLES if (version := dumping.version_of(name)) is not None]


@pytest.mark.parametrize("name", ["numpy", "pandas", "scipy", "joblib", "polars", "pyarrow", "python-dateutil"])
def test_the_list_is_what_installed_libraries_write(name):
    if (name, dumping.version_of(name)) not in {(each.distribution, each.version) for each in listings().libraries}:
        pytest.skip(f"{name} is of a version that is not listed: judged by rule")
    (fresh,) = dumping.dumped([name])
    kept = next(each for each in listings().libraries if (each.distribution, each.version) == (name, fresh.version))
    assert set(fresh.free) <= set(kept.free)
    assert fresh.careful.keys() <= kept.careful.keys()


@pytest.mark.long
@pytest.mark.parametrize("name", ["scikit-learn", "xgboost", "lightgbm"])
def test_the_list_of_models_is_what_installed_libraries_write(name):
    if dumping.version_of(name) is None:
        pytest.skip(f"{name} is not installed")
    test_the_list_is_what_installed_libraries_write(name)


def test_nothing_that_runs_code_is_listed():
    known = listed()
    for module, name in known.free | known.careful.keys():
        assert module.partition(".")[0] not in ("os", "posix", "subprocess", "sys", "operator", "importlib", "types")
        assert (module, name) not in {("builtins", each) for each in ("eval", "exec", "open", "getattr", "setattr")}
