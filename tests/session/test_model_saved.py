"""Saved models in a real kernel: a manifest beside them, compared when they are loaded, and cards that tell of it."""

from __future__ import annotations

import json

import pytest

from tests.session.kernels import Kernel

FIT = """
import joblib, pickle, numpy as np
from sklearn.linear_model import LogisticRegression
rng = np.random.default_rng(0)
table = rng.normal(size=(300, 2))
model = LogisticRegression().fit(table, (table[:, 0] > 0).astype(int))
print(model.score(table, (table[:, 0] > 0).astype(int)) > 0.9)
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """One guarded kernel with a fitted model."""
    folder = tmp_path_factory.mktemp("saved")
    (folder / "project" / ".git").mkdir(parents=True)
    kernel = Kernel(folder / "project", folder / "home")
    kernel.run("%load_ext jupyter_mlsec")
    assert kernel.run(FIT).text.endswith("True\n")
    yield kernel
    kernel.stop()


@pytest.mark.parametrize(
    ("save", "load"),
    [
        ("joblib.dump(model, 'a.joblib')", "joblib.load('a.joblib')"),
        ("with open('a.joblib', 'wb') as file: pickle.dump(model, file)", "pickle.load(open('a.joblib', 'rb'))"),
    ],
    ids=["by path", "by an open file"],
)
def test_a_saved_model_has_a_manifest_and_a_changed_one_is_not_loaded(running, save, load):
    running.run(save)
    assert running.run("%mlsec models verify a.joblib").text.startswith("a.joblib is what its manifest says")
    assert running.run(f"again = {load}").error == ""
    path = running.project / "a.joblib"
    path.write_bytes(path.read_bytes() + b" ")
    refused = running.run(load)
    assert refused.error == "Denied"
    assert "it changed since it was signed" in refused.traceback
    assert "is what its manifest says" not in running.run("%mlsec models verify a.joblib").text
    running.run("%mlsec models sign a.joblib")
    assert "changed since it was signed" not in running.run(load).traceback


def test_a_save_and_a_load_in_one_cell_are_no_change(running):
    for _ in range(2):
        ran = running.run(
            "model.C += 1\nwith open('b.pkl', 'wb') as file: pickle.dump(model, file)\npickle.load(open('b.pkl', 'rb'))"
        )
        assert ran.error == "", ran.traceback


def test_what_is_no_model_gets_no_manifest(running):
    running.run("pickle.dump([1, 2], open('c.pkl', 'wb'))")
    assert not (running.project / "c.pkl.sig").exists()


def test_a_card_tells_score_schema_and_where_it_was_saved(running):
    running.run("joblib.dump(model, 'd.joblib')")
    (card,) = json.loads(running.run("%mlsec models model --json").text)
    assert card["saved"]["d.joblib"] is False
    assert list(card["scores"]) == ["300 rows"]
    assert len(card["schema"]) == len(card["state"]) == 64
    assert "saved as" in running.run("%mlsec models model").text


def test_sealing_a_model_in_its_place_renews_its_manifest(running):
    running.run("%mlsec keys init --yes")
    running.run("joblib.dump(model, 'e.joblib')")
    before = (running.project / "e.joblib").read_bytes()
    running.run("%mlsec seal e.joblib")
    assert (running.project / "e.joblib").read_bytes() != before
    loaded = running.run("joblib.load('e.joblib').coef_.shape")
    assert (loaded.error, loaded.text.strip()) == ("", "(1, 2)")
