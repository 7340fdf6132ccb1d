"""lightgbm, called for real."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np

from tests.conformance.recipes.recipe import ProbedArray, Recipe, path_in
from tests.conformance.recipes.xgboost_calls import ProbedParameters

X = np.arange(40.0).reshape(-1, 1)
Y = (X[:, 0] > 20).astype(int)
QUIET = {"verbosity": -1, "objective": "binary", "min_data_in_leaf": 2}


class Looking(type(Path())):
    """A path that looks around when its text is asked for."""

    probe: Any = None

    def __str__(self):
        if self.probe is not None:
            self.probe()
        return super().__str__()


def looking(path: str, probe: Any) -> Path:
    found = Looking(path)
    str(found)
    found.probe = probe
    return found


def parameters(probe: Any) -> ProbedParameters:
    found = ProbedParameters(QUIET)
    found.probe = probe
    return found


def data() -> lightgbm.Dataset:
    return lightgbm.Dataset(X, Y, params=QUIET, free_raw_data=False)


def booster() -> lightgbm.Booster:
    return lightgbm.train(QUIET, data(), 2)


def table(path: str) -> None:
    np.savetxt(path, np.column_stack([Y, X]), delimiter=",")


def looking_objective(probe: Any) -> Any:
    def objective(margin, _):
        probe()
        return margin, np.ones_like(margin)

    return objective


def trainer(name: str) -> Recipe:
    return Recipe(
        lambda: lightgbm,
        name,
        lambda _: (dict(QUIET), data(), 2),
        lambda _: ({**QUIET, "objective": "none such"}, data(), 2),
        lambda _, probe: ({**QUIET, "objective": looking_objective(probe)}, data(), 2),
    )


def method(name: str, good: Any, bad: Any, probed: Any) -> Recipe:
    return Recipe(lambda: lightgbm.Booster, name, lambda _: good(), lambda _: bad(), probed)


def trainable() -> lightgbm.Booster:
    return lightgbm.Booster(QUIET, data())


RECIPES = {
    # A Dataset keeps the path it is given for later.
    "basic:Dataset.__init__": Recipe(
        lambda: lightgbm.Dataset,
        "__init__",
        lambda folder: (lightgbm.Dataset.__new__(lightgbm.Dataset), path_in(folder, "d.csv", table)),
    ),
    "basic:Dataset.save_binary": Recipe(
        lambda: lightgbm.Dataset,
        "save_binary",
        lambda folder: (data(), os.path.join(folder, f"d{len(os.listdir(folder))}.bin")),
        lambda folder: (data(), os.path.join(folder, "missing", "d.bin")),
        lambda folder, probe: (data(), looking(os.path.join(folder, f"d{len(os.listdir(folder))}.bin"), probe)),
    ),
    "engine:train": trainer("train"),
    "engine:cv": trainer("cv"),
    "basic:Booster.update": method(
        "update",
        lambda: (trainable(),),
        lambda: (trainable(), "text"),
        lambda _, probe: (
            lightgbm.Booster({**QUIET, "objective": "none"}, data()),
            None,
            looking_objective(probe),
        ),
    ),
    "basic:Booster.refit": method(
        "refit",
        lambda: (booster(), X, Y),
        lambda: (booster(), X, "text"),
        lambda _, probe: (booster(), ProbedArray(X, probe), Y),
    ),
    "basic:Booster.predict": method(
        "predict",
        lambda: (booster(), X),
        lambda: (booster(), "missing"),
        lambda _, probe: (booster(), ProbedArray(X, probe)),
    ),
    "basic:Booster.__init__": Recipe(
        lambda: lightgbm.Booster,
        "__init__",
        lambda folder: (blank(), None, None, path_in(folder, "m.txt", lambda path: booster().save_model(path))),
        lambda folder: (blank(), None, None, os.path.join(folder, "missing")),
        lambda folder, probe: (
            blank(),
            None,
            None,
            looking(path_in(folder, "m.txt", lambda path: booster().save_model(path)), probe),
        ),
    ),
    "basic:Booster.save_model": Recipe(
        lambda: lightgbm.Booster,
        "save_model",
        lambda folder: (booster(), os.path.join(folder, "m.txt")),
        lambda folder: (booster(), os.path.join(folder, "missing", "m.txt")),
        lambda folder, probe: (booster(), looking(os.path.join(folder, "m.txt"), probe)),
    ),
}


def blank() -> lightgbm.Booster:
    return lightgbm.Booster.__new__(lightgbm.Booster)
