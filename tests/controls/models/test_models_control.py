"""A card per model: what it learned from, what it is asked, what it answers."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from jupyter_mlsec.controls.contract import Call, Site
from jupyter_mlsec.controls.models import RULES, parameters
from jupyter_mlsec.controls.models.control import Models
from jupyter_mlsec.controls.models.settings import AnswerRule, Settings
from jupyter_mlsec.protocol.errors import UsageError
from jupyter_mlsec.protocol.facts import Facts, Label, Labels, ModelFacts, Origin
from jupyter_mlsec.protocol.records import Cell, Operation, Resource, Subject
from jupyter_mlsec.protocol.watch import Watch


def call_of(
    control: Models, action: str, function: str, model: Any, value: Any, facts: Facts | None = None
) -> tuple[Facts, list[str]]:
    """One watched call as the gate makes it; the rules that spoke."""
    facts = facts or Facts()
    operation = Operation(
        id=f"op-{function}",
        action=action,  # type: ignore[arg-type]
        subject=Subject(name="tester"),
        resource=Resource(kind="model", name=type(model).__name__),
        cell=Cell(execution=4),
        library="scikit-learn",
        function=function,
        at=0,
    )
    call = Call(
        Watch(target=function, action=action, resource="self", value="X"), (model, value), {}, {"self": 0, "X": 1}
    )  # type: ignore[arg-type]
    said = list(control.before(operation, call, facts))
    answer = model if action == "fit" else getattr(model, function)(value)
    said += control.after(operation, call, answer, facts)
    return facts, [each.rule for each in said]  # type: ignore[union-attr]


@pytest.fixture
def control(tmp_path: Path) -> Models:
    return Models(site_of(tmp_path, Settings()))


def site_of(folder: Path, settings: Settings) -> Site:
    """A place to work, all of it in one folder."""
    return Site(
        settings=settings,
        profile="guard",
        project=lambda: folder,
        state=lambda: folder,
        data=lambda: folder,
        amend=lambda operation, **learned: None,
        record=lambda verb, subject, details: None,
    )


@pytest.fixture
def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({"a": rng.normal(size=50), "b": rng.normal(size=50)})


def fitted(table: Any) -> LinearRegression:
    return LinearRegression().fit(table, np.arange(len(table)))


def test_a_fit_is_recorded_with_its_form(control: Models, table: pd.DataFrame) -> None:
    model = fitted(table)
    facts, said = call_of(control, "fit", "fit", model, table)

    found = facts.find(ModelFacts)
    assert found is not None
    assert (found.model, found.rows, found.features, found.training) == ("LinearRegression", 50, 2, ("op-fit",))
    assert said == []


def test_a_prediction_names_the_fit_it_comes_from(control: Models, table: pd.DataFrame) -> None:
    model = fitted(table)
    call_of(control, "fit", "fit", model, table)

    facts, said = call_of(control, "predict", "predict", model, table[:7])

    found = facts.find(ModelFacts)
    assert found is not None
    assert (found.rows, found.training, found.outputs) == (7, ("op-fit",), "float64 (7,)")
    assert said == []


def test_swapped_columns_are_pointed_out(control: Models, table: pd.DataFrame) -> None:
    model = fitted(table.to_numpy())  # numpy: the library itself cannot notice
    call_of(control, "fit", "fit", model, table)

    _, said = call_of(control, "predict", "predict", model, Swapped(table))

    assert said == ["models.feature-mismatch"]


class Swapped:
    """A table whose columns stand in another order, as an array to the library."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.columns = table.columns[::-1]
        self.shape = table.shape
        self._values = table.to_numpy()

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self._values


def test_another_number_of_columns_is_pointed_out_before_the_library_raises(
    control: Models, table: pd.DataFrame
) -> None:
    model = fitted(table.to_numpy())
    call_of(control, "fit", "fit", model, table.to_numpy())

    with pytest.raises(ValueError, match="features"):
        call_of(control, "predict", "predict", model, np.ones((3, 5)))
    assert control.cards.all[0].mismatches == 1


def test_a_model_fitted_on_labelled_columns_is_noted(control: Models, table: pd.DataFrame) -> None:
    facts = Facts()
    facts.add(Labels(labels=(Label(column="a", type="US_SSN", score=0.9),)))
    facts.add(Origin(operations=("op-1",), resources=("people.csv",)))

    _, said = call_of(control, "fit", "fit", fitted(table), table, facts)

    assert said == ["models.trained-on-personal"]
    assert control.cards.all[0].resources == ("people.csv",)


def test_an_answer_that_is_not_finite_is_counted(control: Models, table: pd.DataFrame) -> None:
    model = fitted(table)
    model.coef_ = np.array([np.nan, 1.0])

    _, said = call_of(control, "predict", "predict", model, table)

    assert said == ["models.nonfinite-output"]
    assert control.cards.all[0].nonfinite == 50


def test_a_model_is_not_kept_alive(control: Models, table: pd.DataFrame) -> None:
    model = fitted(table)
    call_of(control, "fit", "fit", model, table)
    gone = weakref.ref(model)
    del model
    gc.collect()

    assert gone() is None
    assert control.cards.all[0].training == ("op-fit",)


@pytest.mark.parametrize("value", [[[1.0, 2.0]], (), None, iter([1]), object(), {"a": 1}])
def test_an_input_of_any_form_is_described(control: Models, value: Any) -> None:
    from jupyter_mlsec.controls.models.cards import features_of

    assert features_of(value).names is None


def test_equal_parameters_have_equal_digests() -> None:
    first, second = RandomForestClassifier(n_estimators=5), RandomForestClassifier(n_estimators=5)

    assert parameters.digest(first) == parameters.digest(second)
    assert parameters.digest(first) != parameters.digest(RandomForestClassifier(n_estimators=6))


def test_a_parameter_of_a_step_changes_the_digest_of_the_pipeline() -> None:
    one = make_pipeline(StandardScaler(), LogisticRegression(C=1.0))
    two = make_pipeline(StandardScaler(), LogisticRegression(C=2.0))

    assert parameters.digest(one) != parameters.digest(two)


def test_a_model_whose_parameters_raise_has_no_digest() -> None:
    class Broken:
        def get_params(self, deep: bool = True) -> dict[str, Any]:
            raise ValueError("no")

    assert parameters.digest(Broken()) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_any_parameter_value_has_a_stable_digest(value: Any) -> None:
    class Estimator:
        def get_params(self, deep: bool = True) -> dict[str, Any]:
            return {"value": value}

    assert parameters.digest(Estimator()) == parameters.digest(Estimator())


def test_the_verb_lists_fits_and_predictions(control: Models, table: pd.DataFrame) -> None:
    model = fitted(table)
    call_of(control, "fit", "fit", model, table)
    call_of(control, "predict", "predict", model, table)
    (verb,) = control.verbs()

    answer = verb.run(["m"], {"m": model})

    assert answer.data[0]["asked"] == {"predict": 1}
    assert answer.data[0]["columns"] == ["a", "b"]
    assert "fitted on 50 rows x 2 columns" in answer.text
    with pytest.raises(UsageError):
        verb.run(["nobody"], {})


def test_every_rule_says_how_to_mend_and_how_to_go_on() -> None:
    for rule in RULES:
        assert rule.id.startswith("models.")
        assert rule.fix
        assert rule.way_on


def test_a_model_served_elsewhere_has_one_card_under_its_name(control: Models) -> None:
    for prompt in (["one"], ["one", "two"]):
        operation = operation_on("predict", "create", "gpt-9")
        call = Call(
            Watch(target="create", action="predict", resource="model", value="messages"),
            (),
            {"model": "".join(("gpt", "-9")), "messages": prompt},
            {},
        )
        control.after(operation, call, object(), Facts())
    assert [(card.model, card.asked, card.rows) for card in control.cards.all] == [("gpt-9", {"create": 2}, 3)]


def test_what_a_training_function_returns_is_the_model_it_made(control: Models) -> None:
    made = LogisticRegression()
    watch = Watch(target="train", action="fit", value="data", kind="model")
    control.after(operation_on("fit", "train", "Booster"), Call(watch, ([[1.0]],), {}, {"data": 0}), made, Facts())
    card = control.cards.of(made)
    assert card is not None
    assert (card.model, card.training) == ("Booster", ("op-train",))


def operation_on(action: str, function: str, model: str) -> Operation:
    return Operation(
        id=f"op-{function}",
        action=action,  # type: ignore[arg-type]
        subject=Subject(name="tester"),
        resource=Resource(kind="model", name=model),
        cell=Cell(execution=1),
        library="served",
        function=function,
        at=0,
    )


def test_what_is_larger_than_allowed_is_said_to_be_cut(tmp_path: Path, table: pd.DataFrame) -> None:
    control = Models(site_of(tmp_path, Settings(digest_megabytes=0)))
    facts, _ = call_of(control, "fit", "fit", fitted(table), table)

    found = facts.find(ModelFacts)
    assert found is not None
    assert (found.state, found.cut) == (None, ("state", "input"))


def test_no_digest_is_taken_where_none_is_wanted(tmp_path: Path, table: pd.DataFrame) -> None:
    control = Models(site_of(tmp_path, Settings(digests=False)))
    facts, _ = call_of(control, "fit", "fit", fitted(table), table)

    found = facts.find(ModelFacts)
    assert found is not None
    assert (found.state, found.input, found.target) == (None, None, None)
    assert not (tmp_path / "models").exists()


def test_of_many_calls_in_a_cell_some_are_digested_and_of_every_call_all(tmp_path: Path, table: pd.DataFrame) -> None:
    for settings, wanted in ((Settings(), [1, 2, 4, 8]), (Settings(every_call=True), list(range(1, 10)))):
        control, model = Models(site_of(tmp_path, settings)), fitted(table)
        told = [call_of(control, "predict", "predict", model, table)[0].find(ModelFacts) for _ in range(9)]
        assert [number for number, each in enumerate(told, 1) if each is not None and each.input] == wanted


def test_a_prompt_has_a_digest_and_is_not_in_the_record(control: Models) -> None:
    facts = Facts()
    watch = Watch(target="create", action="predict", resource="model", value="messages")
    call = Call(watch, (), {"model": "gpt-9", "messages": [{"content": "a secret"}]}, {})
    control.after(operation_on("predict", "create", "gpt-9"), call, {"choices": ["an answer"]}, facts)

    found = facts.find(ModelFacts)
    assert found is not None
    assert None not in (found.input, found.output)
    assert "secret" not in repr(found)


def test_a_fit_in_a_loop_is_asked_again_only_if_it_is_still_there(control: Models) -> None:
    rng = np.random.default_rng(0)
    given = pd.DataFrame({"a": rng.normal(size=300), "b": rng.normal(size=300)})
    watch = Watch(target="fit", action="fit", resource="self", value="X")
    for model in (gone := LinearRegression().fit(given, given.a), kept := LinearRegression().fit(given, given.a)):
        call = Call(watch, (model, given, given.a), {}, {"self": 0, "X": 1, "y": 2})
        control.after(operation_on("fit", "fit", "LinearRegression"), call, model, Facts())
    del gone, model, call
    gc.collect()
    control.after(operation_on("execute", "run", "cell"), Call(watch, (), {}, {}), None, Facts())

    first, second = (card.expected for card in control.cards.all)
    assert (first.usual, first.sample, second.sample) == (None, None, None)
    assert second.usual is not None
    assert kept is not None


def test_what_the_policy_withholds_is_withheld_also_where_nothing_is_learned_from_fits(
    tmp_path: Path, table: pd.DataFrame
) -> None:
    rule = AnswerRule(high=10, deny=True)
    control = Models(site_of(tmp_path, Settings(bounds=False, answers=(rule,))))
    model = fitted(table)
    call_of(control, "fit", "fit", model, table)

    assert call_of(control, "predict", "predict", model, table * 1000)[1] == ["models.out-of-range"]
