"""What is told of a network's activations is what they held."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from jupyter_mlsec.controls.models.layers import activations_of

RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(80, 4))
CLASSES = (TABLE[:, 0] > 0).astype(int)
SMALL: dict[str, Any] = {"hidden_layer_sizes": (6, 5), "max_iter": 5, "random_state": 0}

pytestmark = pytest.mark.filterwarnings("ignore")


def no_digest(values: Any) -> None:
    return None


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic"])
def test_the_last_layer_holds_the_answer(activation: str) -> None:
    model = MLPClassifier(activation=activation, **SMALL).fit(TABLE, CLASSES)

    found = activations_of(model, TABLE, no_digest)
    assert found is not None
    assert [layer.layer for layer in found.layers] == ["hidden 1", "hidden 2", "output"]
    assert found.layers[-1].after.mean == pytest.approx(model.predict_proba(TABLE)[:, 1].mean())
    assert found.layers[0].before.minimum == pytest.approx((TABLE @ model.coefs_[0] + model.intercepts_[0]).min())


def test_a_network_behind_a_scaler_and_a_regressor_are_looked_into() -> None:
    model = make_pipeline(StandardScaler(), MLPRegressor(**SMALL)).fit(TABLE, TABLE[:, 0])

    found = activations_of(model, TABLE, no_digest)
    assert found is not None
    assert found.layers[-1].after.mean == pytest.approx(model.predict(TABLE).mean())


def test_a_step_of_somebody_elses_is_not_run_again() -> None:
    class Mine(TransformerMixin, BaseEstimator):
        def fit(self, X: Any, y: Any = None) -> Any:
            return self

        def transform(self, X: Any) -> Any:
            return X

    model = make_pipeline(Mine(), MLPRegressor(**SMALL)).fit(TABLE, TABLE[:, 0])

    assert activations_of(model, TABLE, no_digest) is None


def test_a_step_that_is_a_function_of_the_users_is_not_run_again() -> None:
    ran: list[int] = []
    step = FunctionTransformer(lambda rows: ran.append(len(rows)) or rows)
    model = make_pipeline(step, MLPRegressor(**SMALL)).fit(TABLE, TABLE[:, 0])
    before = list(ran)

    assert activations_of(model, TABLE, no_digest) is None
    assert ran == before


@pytest.mark.parametrize("make", [pd.DataFrame, sparse.csr_matrix, np.ndarray.tolist], ids=["table", "sparse", "list"])
def test_any_form_of_input_is_the_same(make: Any) -> None:
    model = MLPClassifier(**SMALL).fit(TABLE, CLASSES)
    plain, other = (activations_of(model, given, no_digest) for given in (TABLE, make(TABLE)))

    assert plain is not None
    assert other is not None
    assert other.layers[0].before.mean == pytest.approx(plain.layers[0].before.mean)


@pytest.mark.parametrize("given", [iter([1]), [["a"]], None, np.ones((3, 9))], ids=["iterator", "text", "none", "wide"])
def test_an_odd_input_is_not_looked_at(given: Any) -> None:
    model = MLPClassifier(**SMALL).fit(TABLE, CLASSES)

    assert activations_of(model, given, no_digest) is None
