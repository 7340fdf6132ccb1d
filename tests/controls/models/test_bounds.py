"""Rules on answers speak where an answer is not what the fit or the policy lets expect, and are silent else."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from jupyter_mlsec.controls.models import bounds
from jupyter_mlsec.controls.models.settings import AnswerRule
from tests.controls.models.test_models_control import operation_on

RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(1000, 4))
CLASSES = (TABLE[:, 0] + RNG.normal(size=1000) > 0).astype(int)
NUMBERS = TABLE @ [3.0, 1.0, 0.5, 0.0] + RNG.normal(size=1000)


def expected_of(model: Any, given: Any, target: Any) -> bounds.Expected:
    operation = operation_on("fit", "fit", type(model).__name__)
    expected = bounds.learned(model, given, target, operation)
    bounds.settle(expected, model)
    return expected


def rules(expected: bounds.Expected, function: str, value: Any, rule: AnswerRule | None = None) -> list[str]:
    return [each.rule.partition(".")[2] for each in bounds.problems(expected, rule, function, value, 10**6)]


@pytest.fixture(scope="module")
def classifier() -> tuple[Any, bounds.Expected]:
    model = LogisticRegression().fit(TABLE, CLASSES)
    return model, expected_of(model, TABLE, CLASSES)


@pytest.fixture(scope="module")
def regressor() -> tuple[Any, bounds.Expected]:
    model = LinearRegression().fit(TABLE, NUMBERS)
    return model, expected_of(model, TABLE, NUMBERS)


@pytest.mark.parametrize("make", [LogisticRegression, DecisionTreeClassifier])
def test_honest_answers_to_rows_never_seen_are_not_spoken_of(make: Any) -> None:
    known, fresh, target, _ = train_test_split(TABLE, CLASSES, random_state=1)
    model = make().fit(known, target)
    expected = expected_of(model, known, target)

    assert rules(expected, "predict", model.predict(fresh)) == []
    assert rules(expected, "predict_proba", model.predict_proba(fresh)) == []


@pytest.mark.parametrize("rows", [3, 500])
def test_rows_that_do_not_sum_to_one_are_told(classifier: Any, rows: int) -> None:
    model, expected = classifier
    answer = model.predict_proba(TABLE[:rows])
    answer[1] *= 0.5

    (found,) = bounds.problems(expected, None, "predict_proba", answer, 10**6)
    assert (found.rule, found.count, found.total) == ("models.not-probabilities", 1, rows)


def test_several_labels_need_not_sum_to_one() -> None:
    both = np.column_stack([CLASSES, 1 - CLASSES * (TABLE[:, 1] > 0)])
    model = MLPClassifier((3,), max_iter=400, random_state=0).fit(TABLE[:200], both[:200])

    assert rules(expected_of(model, TABLE[:200], both[:200]), "predict_proba", model.predict_proba(TABLE)) == []
    assert rules(bounds.of_stranger(model), "predict_proba", model.predict_proba(TABLE)) == []


@pytest.mark.parametrize("rows", [5, 500])
def test_a_class_never_fitted_is_told(classifier: Any, rows: int) -> None:
    model, expected = classifier
    answer = model.predict(TABLE[:rows])
    answer[0] = 7

    assert "unknown-class" in rules(expected, "predict", answer)


@pytest.mark.parametrize("rows", [5, 150])
def test_answers_far_beyond_the_targets_are_told(regressor: Any, rows: int) -> None:
    model, expected = regressor

    assert rules(expected, "predict", model.predict(TABLE[:rows])) == []
    assert rules(expected, "predict", model.predict(TABLE[:rows] * 1000)) == ["out-of-range"]


def test_what_the_policy_declares_holds_too(classifier: Any, regressor: Any) -> None:
    narrow = AnswerRule(low=0, classes=())
    listed = AnswerRule(classes=(1,))

    assert rules(regressor[1], "predict", np.array([-0.5, 1.0]), narrow) == ["out-of-range"]
    assert rules(classifier[1], "predict", np.array([0, 1]), listed) == ["unknown-class"]


@pytest.mark.parametrize(
    "answer",
    [np.array([[0.5], [7.0]]), [0.5, 7.0], [[0.5], [7.0]], np.array([0.5, np.nan]), np.r_[np.zeros(10**6), 0.5, 7.0]],
    ids=["a column", "a list", "a list of rows", "NaN", "very many"],
)
def test_what_is_declared_holds_for_every_value_of_an_answer_of_any_form(answer: Any) -> None:
    bounded = AnswerRule(low=0, high=1)
    listed = AnswerRule(classes=(0.0, 0.5))
    nothing = bounds.Expected(is_one_label=False)

    assert rules(nothing, "predict", answer, bounded) == ["out-of-range"]
    assert rules(nothing, "predict", answer, listed) == ["unknown-class"]


def test_the_same_answer_to_all_rows_is_told_if_answers_differed(classifier: Any, regressor: Any) -> None:
    for model, expected in (classifier, regressor):
        same = np.repeat(TABLE[:1], 100, axis=0)
        assert rules(expected, "predict", model.predict(same)) == ["constant-answer"]
        assert rules(expected, "predict", model.predict(same[:10])) == []


def test_another_population_is_told(classifier: Any, regressor: Any) -> None:
    for (model, expected), far in ((classifier, 1.2), (regressor, 2.5)):
        moved = TABLE[:400] + np.array([far, 0, 0, 0])
        assert rules(expected, "predict", model.predict(moved)) == ["answer-drift"]


def test_a_model_with_a_users_function_is_not_asked_again() -> None:
    asked: list[int] = []
    step = FunctionTransformer(lambda rows: asked.append(len(rows)) or rows)
    model = make_pipeline(StandardScaler(), step, LogisticRegression()).fit(TABLE, CLASSES)
    before = list(asked)

    assert expected_of(model, TABLE, CLASSES).shares is None
    assert asked == before


def test_a_users_function_that_a_library_was_handed_is_not_run_again() -> None:
    said: list[str] = []
    words = TfidfVectorizer(tokenizer=lambda text: said.append(text) or text.split(), token_pattern=None)
    table = pd.DataFrame({"text": ["good day", "bad night"] * 150, "n": range(300)})
    model = make_pipeline(ColumnTransformer([("words", words, "text")]), LogisticRegression())
    model.fit(table, table.n % 2)
    before = len(said)

    assert expected_of(model, table, table.n % 2).shares is None
    assert len(said) == before


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("raises", ["warn", "raise"])
def test_what_a_model_says_when_only_we_ask_it_reaches_nobody(raises: Any) -> None:
    model = LinearRegression().fit(pd.DataFrame(TABLE, columns=list("abcd")), NUMBERS)
    model.coef_ = np.full(4, 1e308)
    del model.feature_names_in_  # of which scikit-learn warns, too

    with np.errstate(all=raises):
        expected = expected_of(model, pd.DataFrame(TABLE * 1e3, columns=list("abcd")), NUMBERS)
    assert expected.sample is None


class Liar(LogisticRegression):
    """An estimator of a user's that says anything of itself."""

    n_features_in_ = -3
    classes_ = property(lambda self: 1 / 0)  # type: ignore[assignment]


@pytest.mark.parametrize("answer", [None, [], [None], "text", np.array(3), np.empty((0, 2)), iter([1]), [[1], [2, 3]]])
def test_odd_answers_are_no_trouble(answer: Any, classifier: Any) -> None:
    for function in ("predict", "predict_proba"):
        assert rules(classifier[1], function, answer) == []


def test_a_table_as_answer_is_looked_at_as_an_array_is(classifier: Any) -> None:
    answer = pd.DataFrame(classifier[0].predict_proba(TABLE)) * 2

    assert rules(classifier[1], "predict_proba", answer) == ["not-probabilities"]


def test_an_estimator_that_lies_of_itself_is_expected_nothing_of() -> None:
    expected = bounds.of_stranger(Liar())
    started = time.perf_counter()

    assert rules(expected, "predict", np.array([9])) == []
    assert bounds.is_quick(Liar(), 10) is False
    assert time.perf_counter() - started < 5
