"""The digest of what a model learned: the same wherever that model is, another once it learned another thing."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from jupyter_mlsec.controls.models import state

LIMIT = 1 << 26
AGAIN = """
import pickle, sys
from jupyter_mlsec.controls.models import state
for model in pickle.loads(sys.stdin.buffer.read()):
    print(state.digest(model, 1 << 26))
"""


def fitted(seed: int = 0) -> list[Any]:
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(60, 3))
    classes = (table[:, 0] > 0).astype(int)
    makers = (
        LogisticRegression(),
        KNeighborsClassifier(algorithm="kd_tree"),
        RandomForestClassifier(3, random_state=0),
    )
    return [model.fit(table, classes) for model in (*makers, make_pipeline(StandardScaler(), LogisticRegression()))]


def test_a_model_has_the_same_digest_in_another_process() -> None:
    models = fitted()
    ran = subprocess.run([sys.executable, "-c", AGAIN], input=pickle.dumps(models), capture_output=True, check=True)

    assert ran.stdout.decode().split() == [state.digest(model, LIMIT) for model in models]


def test_asking_a_model_changes_no_digest() -> None:
    for model in fitted():
        before = state.digest(model, LIMIT)
        model.predict(np.zeros((3, 3)))
        assert state.digest(model, LIMIT) == before


def test_other_data_gives_another_digest() -> None:
    for one, other in zip(fitted(0), fitted(1), strict=True):
        assert state.digest(one, LIMIT) != state.digest(other, LIMIT)


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_what_a_library_keeps_in_c_counts(library: str) -> None:
    module = pytest.importorskip(library)
    table = np.random.default_rng(0).normal(size=(200, 3))
    kind = module.XGBClassifier if library == "xgboost" else module.LGBMClassifier
    more = {} if library == "xgboost" else {"verbose": -1}
    one = kind(n_estimators=3, n_jobs=1, **more).fit(table, (table[:, 0] > 0).astype(int))
    other = kind(n_estimators=3, n_jobs=1, **more).fit(table, (table[:, 1] > 0).astype(int))

    assert state.digest(pickle.loads(pickle.dumps(one)), LIMIT) == state.digest(one, LIMIT)
    assert state.digest(one, LIMIT) != state.digest(other, LIMIT)


def test_one_changed_number_changes_the_digest() -> None:
    model = fitted()[0]
    before = state.digest(model, LIMIT)
    model.coef_[0, 0] += 1e-9

    assert state.digest(model, LIMIT) != before


def test_a_model_larger_than_allowed_has_no_digest() -> None:
    with pytest.raises(state.TooLarge):
        state.digest(fitted()[0], 16)


class Odd:
    """A model of a user's that must not be run to be looked at."""

    def __init__(self) -> None:
        self.weights = np.ones(3)
        self.itself = self

    def __reduce__(self) -> Any:
        return self.__reduce__()

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("compared")

    __hash__ = object.__hash__


def test_no_code_of_a_users_class_runs_and_a_circle_ends() -> None:
    one, other = Odd(), Odd()
    same = state.digest(one, LIMIT) == state.digest(other, LIMIT)
    other.weights[0] = 2

    assert same
    assert state.digest(one, LIMIT) != state.digest(other, LIMIT)


def test_an_attribute_that_is_set_changes_the_stamp() -> None:
    model = fitted()[0]
    before = state.stamp(model)
    model.coef_ = model.coef_ * 2

    assert state.stamp(model) != before
