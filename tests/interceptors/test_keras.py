"""keras under watch, on its torch backend: one record a call, and models that come back as they were."""

from __future__ import annotations

import os

import numpy as np
import pytest

from jupyter_mlsec.interception import Interception
from jupyter_mlsec.interceptors import LIBRARIES
from tests.interception.posts import Post
from tests.interceptors.models_control import models

os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras")
X, Y = np.ones((6, 3), "float32"), np.ones(6, "float32")


@pytest.fixture
def post(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    post = Post(models(tmp_path), root=str(tmp_path))
    interception = Interception(LIBRARIES, post)
    interception.install()
    yield post
    interception.uninstall()


def network():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2, "relu"), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def done(post):
    return [(one.action, one.resource.name) for one in (entry.operation for entry in post.recorded)]


def test_learning_and_answering_are_one_record_each_and_on_one_card(post):
    model = network()
    model.fit(X, Y, epochs=2, verbose=0)
    model.predict(X, verbose=0)
    model.evaluate(X, Y, verbose=0)
    model.train_on_batch(X, Y)
    assert [action for action, _ in done(post)] == ["fit", "predict", "predict", "fit"]
    assert post.gate.controls[0].cards.all[0].rows == 12


def test_training_comes_out_the_same(post):
    post.scope.active = False
    plain = network()
    plain.fit(X, Y, epochs=3, verbose=0)
    post.scope.active = True
    watched = network()
    watched.fit(X, Y, epochs=3, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(plain.get_weights(), watched.get_weights(), strict=True))


def test_a_model_and_its_weights_are_saved_and_loaded(post):
    model = network()
    model.save("m.keras")
    loaded = keras.models.load_model("m.keras")
    model.save_weights("w.weights.h5")
    loaded.load_weights("w.weights.h5")
    assert done(post) == [
        ("write", "m.keras"),
        ("read", "m.keras"),
        ("write", "w.weights.h5"),
        ("read", "w.weights.h5"),
    ]


def test_the_users_error_passes(post):
    with pytest.raises(ValueError, match="File not found"):
        keras.models.load_model("missing.keras")
    assert [entry.outcome for entry in post.recorded] == ["failed"]


def test_every_method_is_given_back():
    before = [keras.Model.fit.__code__, keras.Model.predict.__code__, keras.models.load_model.__code__]
    interception = Interception(LIBRARIES, Post())
    interception.install()
    assert keras.Model.fit.__code__ is not before[0]
    interception.uninstall()
    assert [keras.Model.fit.__code__, keras.Model.predict.__code__, keras.models.load_model.__code__] == before
