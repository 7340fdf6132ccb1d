"""scikit-learn, called for real."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.cluster import DBSCAN
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from tests.conformance.recipes.recipe import ProbedArray, Recipe

X = [[0.0], [1.0], [2.0], [3.0]]
Y = [0, 0, 1, 1]


def model(make: Callable[[], Any], name: str, *, supervised: bool = False, fitted: bool = False) -> Recipe:
    """A method of an estimator, asked about X (and y)."""

    def arguments(values: Any) -> tuple[Any, ...]:
        estimator = make()
        if fitted:
            estimator.fit(X, Y)
        return (estimator, values, Y) if supervised else (estimator, values)

    return Recipe(
        holder=lambda: type(make()),
        name=name,
        good=lambda _: arguments(X),
        bad=lambda _: arguments([["text"]]),
        probed=lambda _, probe: arguments(ProbedArray(X, probe)),
    )


RECIPES = {
    "fit": model(LogisticRegression, "fit", supervised=True),
    "fit_transform": model(StandardScaler, "fit_transform"),
    "fit_predict": model(DBSCAN, "fit_predict"),
    "predict": model(LogisticRegression, "predict", fitted=True),
    "predict_proba": model(LogisticRegression, "predict_proba", fitted=True),
    "transform": model(StandardScaler, "transform", fitted=True),
}
