"""A scan tells what files would call without loading one, and says so where it could not look."""

from __future__ import annotations

import json
import pickle
import sys

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import jupyter_mlsec
from jupyter_mlsec.cli import scanmodels
from jupyter_mlsec.controls.loading.scanning import scan
from jupyter_mlsec.protocol.errors import Denied, UsageError
from tests.controls.loading.payloads import corpus


@pytest.fixture
def models(tmp_path):
    joblib.dump(LogisticRegression().fit([[0], [1]], [0, 1]), tmp_path / "honest.joblib", compress=3)
    np.save(tmp_path / "plain.npy", np.ones(3))
    (tmp_path / "evil.bin").write_bytes(b"\x80\x04\x8c\x02os\x8c\x06system\x93.")
    (tmp_path / "notes.txt").write_text("not a model")
    return tmp_path


def test_every_payload_is_pointed_out_without_running(tmp_path):
    for payload in corpus(str(tmp_path / "ran")):
        (tmp_path / payload.name.replace("'", "")).write_bytes(payload.data)
    missed = [each.file for each in scan(tmp_path) if each.finding is None]
    assert missed == []
    assert not (tmp_path / "ran").exists()


def test_a_scan_imports_nothing_that_a_file_names(tmp_path):
    (tmp_path / "a.pkl").write_bytes(b"\x80\x04\x8c\x0bantigravity\x8c\x01x\x93.")
    assert next(scan(tmp_path)).refused == ("antigravity.x",)
    assert "antigravity" not in sys.modules


def test_only_what_would_be_refused_is_a_finding(models):
    found = {each.file.rpartition("/")[2]: each.finding for each in scan(models)}
    assert found.keys() == {"evil.bin", "honest.joblib", "plain.npy"}
    assert [name for name, finding in found.items() if finding is not None] == ["evil.bin"]


def test_the_sarif_log_names_rule_file_and_digest(models, capsys):
    assert scanmodels.scan_models(models, as_json=False, as_sarif=True) == 1
    run = json.loads(capsys.readouterr().out)["runs"][0]
    (result,) = run["results"]
    assert result["ruleId"] == "loading.runs-code"
    assert result["ruleId"] in {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("evil.bin")
    assert len(result["partialFingerprints"]["sha256/v1"]) == 64


def test_a_folder_of_honest_models_exits_with_nothing(models, capsys):
    (models / "evil.bin").unlink()
    assert scanmodels.scan_models(models, as_json=True, as_sarif=False) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["streams"] for line in lines} == {0, 1}
    with pytest.raises(UsageError):
        scanmodels.scan_models(models / "none", as_json=False, as_sarif=False)


def test_safe_load_chooses_the_loader_and_refuses_under_observe_too(models, monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(models)
    (models / "raw.pkl").write_bytes(pickle.dumps({"a": 1}))
    np.savez(models / "several.npz", a=np.array([{1}], dtype=object))
    with jupyter_mlsec.guard("observe"):
        assert jupyter_mlsec.safe_load("honest.joblib").predict([[1]]) == [1]
        assert jupyter_mlsec.safe_load("raw.pkl") == {"a": 1}
        assert jupyter_mlsec.safe_load("several.npz")["a"][0] == {1}
        with pytest.raises(Denied, match=r"os\.system"):
            jupyter_mlsec.safe_load("evil.bin")


def test_without_a_guard_safe_load_brings_one(models, monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(models)
    with pytest.raises(Denied):
        jupyter_mlsec.safe_load("evil.bin")
