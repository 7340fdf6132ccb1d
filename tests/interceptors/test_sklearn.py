"""scikit-learn beyond its recipes: one record for the outermost call, whatever works below it."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from joblib import Parallel, delayed, parallel_config
from joblib.parallel import BatchedCalls
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from jupyter_mlsec.interception import Interception
from jupyter_mlsec.interceptors import LIBRARIES
from tests.interception.posts import Post

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
Y = (X[:, 0] > 0).astype(int)


@pytest.fixture
def post():
    post = Post()
    interception = Interception(LIBRARIES, post)
    interception.install()
    yield post
    interception.uninstall()


def done(post):
    return [(entry.operation.resource.name, entry.operation.function) for entry in post.recorded]


@pytest.mark.parametrize("trees", [4, 40])
def test_a_forest_that_works_in_threads_gives_one_record_a_call(post, trees):
    forest = RandomForestClassifier(trees, n_jobs=2).fit(X, Y)
    forest.predict(X)
    assert done(post) == [("RandomForestClassifier", "fit"), ("RandomForestClassifier", "predict")]
    assert {entry.operation.thread for entry in post.recorded} == {None}


def test_what_the_user_runs_in_threads_is_recorded_each(post):
    Parallel(n_jobs=2, prefer="threads")(delayed(LogisticRegression().fit)(X, Y) for _ in range(9))
    assert done(post) == [("LogisticRegression", "fit")] * 9


def test_threads_of_a_forest_leave_those_of_the_user_watched(post):
    forest = RandomForestClassifier(40, n_jobs=2)
    other = threading.Thread(target=LogisticRegression().fit, args=(X, Y))
    other.start()
    forest.fit(X, Y)
    other.join()
    assert sorted(done(post)) == [("LogisticRegression", "fit"), ("RandomForestClassifier", "fit")]


@pytest.mark.parametrize("prefer", ["threads", None])
def test_a_grid_search_is_one_fit_also_when_workers_do_it(post, prefer):
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0, 10.0]}, cv=2, n_jobs=2)
    with parallel_config(prefer=prefer):
        search.fit(X, Y)
    search.predict(X)
    assert done(post) == [("GridSearchCV", "fit"), ("GridSearchCV", "predict")]


def test_each_fit_and_score_of_a_cross_validation_in_this_process_is_recorded(post):
    cross_val_score(LogisticRegression(), X, Y, cv=2)
    assert [function for _, function in done(post)] == ["fit", "score"] * 2


def test_a_pipelines_conditional_methods_are_recorded_as_the_pipelines(post):
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    for method in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
        getattr(pipeline, method)(X)
    pipeline.score(X, Y)
    assert {model for model, _ in done(post)} == {"Pipeline"}
    assert len(post.recorded) == 6
    assert not hasattr(make_pipeline(StandardScaler()), "predict")


def test_learning_in_parts_adds_to_what_was_learned(post):
    model = SGDClassifier()
    for part in range(3):
        model.partial_fit(X[part::3], Y[part::3], classes=[0, 1])
    assert [function for _, function in done(post)] == ["partial_fit"] * 3


def test_stages_of_an_ensemble_are_one_record_when_they_are_all_out(post):
    model = HistGradientBoostingClassifier(max_iter=5).fit(X, Y)
    stages = model.staged_predict(X)
    next(stages)
    assert done(post)[1:] == []
    list(stages)
    assert done(post)[1:] == [("HistGradientBoostingClassifier", "staged_predict")]


def test_what_the_user_does_between_stages_is_recorded_too(post):
    model = HistGradientBoostingClassifier(max_iter=3).fit(X, Y)
    for _ in model.staged_predict_proba(X):
        model.predict(X)
    functions = [function for _, function in done(post)]
    assert functions == ["fit", *["predict"] * 3, "staged_predict_proba"]


def test_a_model_that_is_not_fitted_says_so_itself(post):
    with pytest.raises(NotFittedError):
        LogisticRegression().predict_log_proba(X)
    assert [entry.outcome for entry in post.recorded] == ["failed"]


def test_every_method_is_given_back():
    methods = (SGDClassifier.fit, SGDClassifier.partial_fit, StandardScaler.transform, BatchedCalls.__call__)
    before = [method.__code__ for method in methods]
    interception = Interception(LIBRARIES, Post())
    interception.install()
    assert not any(now.__code__ is was for now, was in zip(methods, before, strict=True))
    interception.uninstall()
    assert [method.__code__ for method in methods] == before
