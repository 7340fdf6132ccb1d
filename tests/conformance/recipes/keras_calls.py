"""keras, called for real, on its torch backend. It makes tensors of all it is given: nothing is probed."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np

from tests.conformance.recipes.recipe import Recipe, loader

X, Y = np.zeros((4, 2), "float32"), np.zeros((4, 1), "float32")


def _model() -> keras.Model:
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    return model


def _saving():
    return keras.src.saving.saving_api


def _of_model(name: str, good, bad=None, **keywords) -> Recipe:
    return Recipe(lambda: keras.Model, name, good, bad, keywords=keywords)


def _weights(folder: str) -> str:
    path = os.path.join(folder, "w.weights.h5")
    _model().save_weights(path, overwrite=True)
    return path


RECIPES = {
    "src.saving.saving_api:load_model": loader(
        _saving, "load_model", "m.keras", lambda path: _model().save(path)
    )._replace(probed=None),
    "src.models.model:Model.save": _of_model(
        "save",
        lambda folder: (_model(), os.path.join(folder, "o.keras")),
        lambda folder: (_model(), os.path.join(folder, "o.unknown")),
    ),
    "src.models.model:Model.save_weights": _of_model(
        "save_weights",
        lambda folder: (_model(), os.path.join(folder, "o.weights.h5")),
        lambda folder: (_model(), os.path.join(folder, "o.unknown")),
    ),
    "src.models.model:Model.load_weights": _of_model(
        "load_weights",
        lambda folder: (_model(), _weights(folder)),
        lambda folder: (_model(), os.path.join(folder, "missing.weights.h5")),
    ),
    "src.models.model:Model.fit": _of_model("fit", lambda _: (_model(), X, Y), lambda _: (_model(), "x"), verbose=0),
    "src.models.model:Model.predict": _of_model(
        "predict", lambda _: (_model(), X), lambda _: (_model(), X[0]), verbose=0
    ),
    "src.models.model:Model.train_on_batch": _of_model(
        "train_on_batch", lambda _: (_model(), X, Y), lambda _: (_model(), X[0])
    ),
    "src.models.model:Model.predict_on_batch": _of_model(
        "predict_on_batch", lambda _: (_model(), X), lambda _: (_model(), X[0])
    ),
    "src.models.model:Model.test_on_batch": _of_model(
        "test_on_batch", lambda _: (_model(), X, Y), lambda _: (_model(), X[0])
    ),
    "src.models.model:Model.evaluate": _of_model(
        "evaluate", lambda _: (_model(), X, Y), lambda _: (_model(), "x"), verbose=0
    ),
}
