"""xgboost and lightgbm beyond their recipes: files by name, models by class, one record for the outermost call."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from jupyter_mlsec.interception import Interception
from jupyter_mlsec.interceptors import LIBRARIES
from tests.interception.posts import Post
from tests.interceptors.models_control import models

xgboost = pytest.importorskip("xgboost")
lightgbm = pytest.importorskip("lightgbm")
X = np.arange(80.0).reshape(-1, 2)
Y = (X[:, 0] > 40).astype(int)
QUIET = {"verbosity": -1, "objective": "binary"}


@pytest.fixture
def post(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    post = Post(models(tmp_path), root=str(tmp_path))
    interception = Interception(LIBRARIES, post)
    interception.install()
    yield post
    interception.uninstall()


def done(post):
    return [(one.action, one.function, one.resource.name) for one in (entry.operation for entry in post.recorded)]


def test_boosters_have_a_card_each_of_what_they_learned_and_were_asked(post):
    booster = xgboost.train({}, xgboost.DMatrix(X, Y), 2)
    booster.predict(xgboost.DMatrix(X))
    booster.inplace_predict(X)
    (card,) = post.gate.controls[0].cards.all
    assert (card.model, card.asked) == ("Booster", {"Booster.predict": 1, "Booster.inplace_predict": 1})
    assert [action for action, _, _ in done(post)] == ["fit", "predict", "predict"]


def test_training_that_the_user_writes_out_is_recorded_round_by_round(post):
    booster = xgboost.Booster({}, [matrix := xgboost.DMatrix(X, Y)])
    for turn in range(3):
        booster.update(matrix, turn)
    assert done(post) == [("fit", "Booster.update", "Booster")] * 3


def test_a_matrix_of_a_file_is_a_read_of_that_file(post):
    with open("d.libsvm", "w") as file:
        file.write("0 0:0.5\n1 0:1.5\n")
    xgboost.DMatrix("d.libsvm?format=libsvm")
    xgboost.DMatrix(X)
    assert done(post) == [("read", "DMatrix", "d.libsvm")]


@pytest.mark.parametrize("name", ["m.json", "m.ubj"])
def test_estimators_of_xgboost_save_and_load_under_their_own_name(post, name):
    model = xgboost.XGBClassifier(n_estimators=2).fit(X, Y)
    model.save_model(name)
    other = xgboost.XGBClassifier()
    other.load_model(name)
    assert (other.predict(X) == model.predict(X)).all()
    assert done(post) == [
        ("fit", "fit", "XGBClassifier"),
        ("write", "XGBModel.save_model", name),
        ("read", "XGBModel.load_model", name),
        *[("predict", "predict", "XGBClassifier")] * 2,
    ]


def test_a_data_set_of_a_file_trains_a_booster_that_is_saved_and_loaded(post):
    np.savetxt("d.csv", np.column_stack([Y, X]), delimiter=",")
    lightgbm.train(QUIET, lightgbm.Dataset("d.csv"), 2).save_model("m.txt")
    lightgbm.Booster(model_file="m.txt").predict(X)
    assert done(post)[-5:] == [
        ("read", "Dataset", "d.csv"),
        ("fit", "train", "Booster"),
        ("write", "Booster.save_model", "m.txt"),
        ("read", "Booster", "m.txt"),
        ("predict", "Booster.predict", "Booster"),
    ]


def test_a_booster_that_loads_no_file_is_no_record(post):
    model = lightgbm.train(QUIET, lightgbm.Dataset(X, Y), 2)
    text = model.model_to_string()
    assert (lightgbm.Booster(model_str=text).predict(X) == model.predict(X)).all()
    assert [function for _, function, _ in done(post)] == ["train", "Booster.predict", "Booster.predict"]


def test_estimators_of_lightgbm_are_one_record_a_call(post):
    model = lightgbm.LGBMClassifier(n_estimators=2, verbosity=-1, n_jobs=2).fit(X, Y)
    model.predict_proba(X)
    assert done(post) == [("fit", "fit", "LGBMClassifier"), ("predict", "predict_proba", "LGBMClassifier")]


def test_they_are_watched_when_they_are_imported_later():
    script = textwrap.dedent("""
        from tests.interception.posts import Post
        from jupyter_mlsec.interception import Interception
        from jupyter_mlsec.interceptors import LIBRARIES
        post = Post()
        interception = Interception(LIBRARIES, post)
        interception.install()
        import xgboost, lightgbm, numpy
        X, Y = numpy.arange(80.).reshape(-1, 2), numpy.arange(40) % 2
        xgboost.train({}, xgboost.DMatrix(X, Y), 1)
        lightgbm.train({"verbosity": -1}, lightgbm.Dataset(X, Y), 1)
        print(interception.stood_down, [entry.operation.library for entry in post.recorded])
    """)
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env={**os.environ})
    assert ran.stdout == "{} ['xgboost', 'lightgbm']\n"


def test_every_function_is_given_back():
    watched = (xgboost.train, xgboost.DMatrix.__init__, xgboost.Booster.predict, lightgbm.train)
    before = [function.__code__ for function in watched]
    interception = Interception(LIBRARIES, Post())
    interception.install()
    assert not any(function.__code__ is code for function, code in zip(watched, before, strict=True))
    interception.uninstall()
    assert [function.__code__ for function in watched] == before
    assert not any("__wrapped__" in vars(function) for function in (lightgbm.train, xgboost.Booster.save_model))
