"""xgboost, called for real."""

from __future__ import annotations

from typing import Any

import numpy as np
import xgboost

from tests.conformance.recipes.recipe import ProbedArray, ProbedPath, Recipe, path_in, saver

X = np.array([[0.0], [1.0], [2.0], [3.0]])
Y = np.array([0, 0, 1, 1])
QUICK = {"num_boost_round": 2}


class ProbedParameters(dict):
    """Parameters that look around when they are copied."""

    probe: Any = None

    def copy(self):
        self.probe()
        return dict(self)

    def keys(self):
        self.probe()
        return super().keys()

    def items(self):
        self.probe()
        return super().items()

    def __iter__(self):
        self.probe()
        return super().__iter__()


def probed_parameters(probe: Any) -> ProbedParameters:
    parameters = ProbedParameters(max_depth=1)
    parameters.probe = probe
    return parameters


def matrix() -> xgboost.DMatrix:
    return xgboost.DMatrix(X, Y)


def booster() -> xgboost.Booster:
    return xgboost.train({}, matrix(), 2)


def regressor() -> xgboost.XGBRegressor:
    return xgboost.XGBRegressor(n_estimators=2).fit(X, Y)


def trainer(name: str) -> Recipe:
    return Recipe(
        lambda: xgboost,
        name,
        lambda _: ({"max_depth": 1}, matrix()),
        lambda _: ({"max_depth": 1}, "text"),
        lambda _, probe: (probed_parameters(probe), matrix()),
        keywords=QUICK,
    )


def method(name: str, good: Any, bad: Any, probed: Any) -> Recipe:
    return Recipe(lambda: xgboost.Booster, name, lambda _: good(), lambda _: bad(), probed)


def libsvm(path: str) -> None:
    with open(path, "w") as file:
        file.write("0 0:0.5\n1 0:1.5\n")


def writer(holder: Any, name: str, value: Any) -> Recipe:
    # An error of xgboost's own begins with the time: the bad call is one that Python refuses.
    return saver(lambda: holder, name, "m.json", value)._replace(bad=lambda _: (value(), 42))


class Looking(ProbedArray):
    """What numpy's protocol tells of an array, told aloud."""

    @property
    def flags(self):
        return self.values.flags

    @property
    def __array_interface__(self):
        self.probe()
        return self.values.__array_interface__


def reader(holder: Any, empty: Any) -> Recipe:
    return Recipe(
        lambda: holder,
        "load_model",
        lambda folder: (empty(), path_in(folder, "m.json", lambda path: regressor().save_model(path))),
        lambda _: (empty(), 42),
        lambda folder, probe: (
            empty(),
            ProbedPath(path_in(folder, "m.json", lambda path: regressor().save_model(path)), probe),
        ),
    )


RECIPES = {
    "core:DMatrix.__init__": Recipe(
        lambda: xgboost.DMatrix,
        "__init__",
        lambda folder: (blank(), path_in(folder, "d.libsvm", libsvm) + "?format=libsvm"),
        lambda folder: (blank(), path_in(folder, "d.libsvm", libsvm) + "?format=libsvm", "labels"),
        lambda folder, probe: (
            blank(),
            ProbedPath(path_in(folder, "d.libsvm", libsvm) + "?format=libsvm", probe),
        ),
    ),
    "core:DMatrix.save_binary": writer(xgboost.DMatrix, "save_binary", matrix),
    "training:train": trainer("train"),
    "training:cv": trainer("cv"),
    "core:Booster.update": method(
        "update",
        lambda: (booster(), matrix(), 3),
        lambda: (booster(), "text", 3),
        lambda _, probe: (booster(), matrix(), 3, lambda margin, _: (probe(), (margin, np.ones_like(margin)))[1]),
    ),
    # What a DMatrix holds is xgboost's own: nothing of the user's is asked while it is predicted for.
    "core:Booster.predict": method("predict", lambda: (booster(), matrix()), lambda: (booster(), X), None),
    "core:Booster.inplace_predict": method(
        "inplace_predict",
        lambda: (booster(), X),
        lambda: (booster(), "text"),
        lambda _, probe: (booster(), Looking(X, probe)),
    ),
    "core:Booster.load_model": reader(xgboost.Booster, xgboost.Booster),
    "core:Booster.save_model": writer(xgboost.Booster, "save_model", booster),
    "core:Booster.dump_model": saver(lambda: xgboost.Booster, "dump_model", "m.txt", booster),
    "sklearn:XGBModel.load_model": reader(xgboost.XGBModel, xgboost.XGBRegressor),
    "sklearn:XGBModel.save_model": writer(xgboost.XGBModel, "save_model", regressor),
}


def blank() -> xgboost.DMatrix:
    return xgboost.DMatrix.__new__(xgboost.DMatrix)
