"""scikit-learn, called for real."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.cluster import DBSCAN
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDRegressor
from sklearn.neighbors import KernelDensity, NearestNeighbors
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


class Resampler(BaseEstimator):
    """A method that imbalanced-learn's estimators have, and none of scikit-learn's own."""

    def fit_resample(self, X, y):
        return np.asarray(X, dtype=float)[::2], y[::2]


RECIPES = {
    "fit": model(LogisticRegression, "fit", supervised=True),
    "partial_fit": model(SGDRegressor, "partial_fit", supervised=True),
    "fit_transform": model(StandardScaler, "fit_transform"),
    "fit_predict": model(DBSCAN, "fit_predict"),
    "fit_resample": model(Resampler, "fit_resample", supervised=True),
    "predict": model(LogisticRegression, "predict", fitted=True),
    "predict_proba": model(LogisticRegression, "predict_proba", fitted=True),
    "predict_log_proba": model(LogisticRegression, "predict_log_proba", fitted=True),
    "decision_function": model(LogisticRegression, "decision_function", fitted=True),
    "staged_predict": model(HistGradientBoostingRegressor, "staged_predict", fitted=True),
    "staged_predict_proba": model(HistGradientBoostingClassifier, "staged_predict_proba", fitted=True),
    "staged_decision_function": model(HistGradientBoostingClassifier, "staged_decision_function", fitted=True),
    "score": model(LogisticRegression, "score", supervised=True, fitted=True),
    "score_samples": model(KernelDensity, "score_samples", fitted=True),
    "apply": model(RandomForestClassifier, "apply", fitted=True),
    "kneighbors": model(lambda: NearestNeighbors(n_neighbors=2), "kneighbors", fitted=True),
    "transform": model(StandardScaler, "transform", fitted=True),
    "inverse_transform": model(StandardScaler, "inverse_transform", fitted=True),
}
