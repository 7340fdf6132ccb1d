"""What a model was fitted on is what it is asked about: types, ranges, categories, gaps; else it is said, once."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.controls.schema import inputs, questions
from jupyter_mlsec.protocol.facts import Facts, Label, Labels, SchemaVerdict
from jupyter_mlsec.protocol.records import Cell, Operation, Resource, Subject
from jupyter_mlsec.protocol.watch import Watch
from tests.controls.schema.test_control import Place, rules


class Model:
    """Anything that can be referred to weakly."""


def numbers(rows: int = 200, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(50, 10, (rows, 3))


def people(rows: int = 200, seed: int = 0, **changed: Any) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    columns = {
        "age": chance.integers(18, 90, rows),
        "site": chance.choice(["north", "south"], rows),
        "dose": chance.normal(5, 1, rows),
        "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(chance.integers(0, 99, rows), "D"),
        "smoker": chance.choice([True, False], rows),
    }
    return pd.DataFrame({**columns, **changed})


def found(fitted: Any, asked: Any, **more: Any) -> set[tuple[str, str, int]]:
    """What differs between what a model was fitted on and what it is asked about."""
    learned = inputs.learned(fitted, **more)
    assert learned is not None
    return {(one.column, one.check, one.count) for one in questions.differences(learned, asked)}


def test_a_fresh_sample_is_what_the_model_knows() -> None:
    assert found(numbers(), numbers(seed=1)) == set()
    assert found(people(), people(seed=1)) == set()
    assert found(pl.from_pandas(people()), pl.from_pandas(people(seed=1))) == set()


@pytest.mark.parametrize(
    "as_given", [np.asarray, pd.DataFrame, lambda table: pl.DataFrame(table, schema=["0", "1", "2"])]
)
def test_another_unit_and_a_gap_are_found_in_their_columns(as_given: Any) -> None:
    odd = numbers(seed=1)
    odd[:, 1] *= 1000
    odd[3, 2] = np.nan
    name = "#{}" if as_given is np.asarray else "{}"
    assert found(as_given(numbers()), as_given(odd)) == {
        (name.format(1), "range", 200),
        (name.format(2), "not_nullable", 1),
    }


@pytest.mark.parametrize("rows", [1, 200])
@pytest.mark.parametrize("library", [pd.DataFrame, pl.from_pandas])
def test_categories_types_and_gaps_of_a_mixed_table_are_found_in_one_row_and_in_many(rows: int, library: Any) -> None:
    fitted = library(people())
    assert found(fitted, library(people(rows, seed=1))) == set()
    assert found(fitted, library(people(rows, site="moon"))) == {("site", "isin", rows)}
    assert found(fitted, library(people(rows, age=9000))) == {("age", "range", rows)}
    assert found(fitted, library(people(rows, dose="five"))) == {("dose", "dtype number", rows)}
    assert found(fitted, library(people(rows, dose=np.nan))) == {("dose", "not_nullable", rows)}


def test_gaps_that_were_there_at_the_fit_are_expected() -> None:
    known, asked = numbers(), numbers(seed=1)
    known[:5, 0] = np.nan
    asked[:, 0] = np.nan
    assert found(known, asked) == set()


def test_a_few_rows_or_a_labelled_column_teach_no_values() -> None:
    assert found(people(10), people(site="moon", age=9000)) == set()
    assert found(people(), people(site="Zoe"), labelled={"site"}) == set()


def test_a_column_of_one_value_does_not_forbid_the_others() -> None:
    known = numbers()
    known[:, 0] = 0.0
    asked = numbers(seed=1)
    asked[:, 0] = 3.0
    assert found(known, asked) == set()


def test_text_where_numbers_were_is_found_in_an_array() -> None:
    assert found(numbers(), numbers().astype("U8")) == {("", "dtype str256", 600)}


@pytest.mark.parametrize(
    "odd",
    [
        np.zeros((0, 3)),
        np.zeros(3),
        np.zeros((2, 2, 2)),
        np.array([[1, "a", None]], dtype=object),
        np.array([[1 + 2j, 2, 3]]),
        np.ma.masked_array(np.zeros((2, 3))),
        [[1.0, 2.0, 3.0]],
        "text",
        None,
        pd.DataFrame(),
        pd.Series([1, 2, 3]),
        pd.DataFrame([[1, 2, 3, 4]]),
        pd.DataFrame({"a": [[1], {}, None]}),
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])),
        pd.DataFrame({"a": pd.array([1, None], "Int64")}),
        pd.DataFrame({"a": pd.Categorical(["x", None])}),
        pl.DataFrame({"a": [[1], [2]]}),
    ],
)
def test_no_input_breaks_learning_or_asking(odd: Any) -> None:
    for fitted in (numbers(), people(), pd.DataFrame(numbers())):
        learned = inputs.learned(fitted)
        assert learned is not None
        assert isinstance(questions.differences(learned, odd, columns=True), tuple)
    itself = inputs.learned(odd)
    if itself is not None:
        assert questions.differences(itself, odd, columns=True) == ()


def test_a_partial_fit_widens_what_is_known() -> None:
    first = inputs.learned(numbers())
    second = inputs.learned(numbers() + 10_000, earlier=first)
    assert second is not None
    assert questions.differences(second, numbers(seed=1)) == ()
    assert questions.differences(second, numbers(seed=1) + 10_000) == ()


def test_a_model_is_not_kept_alive_and_its_successor_is_a_stranger() -> None:
    fitted, model, learned = inputs.Fitted(), Model(), inputs.learned(numbers())
    assert learned is not None
    assert fitted.put(model, learned)
    assert fitted.of(model) is learned
    del model
    gc.collect()
    assert fitted._by_id == {}
    assert not fitted.put((1, 2), learned)


def ask(place: Place, action: Any, function: str, model: Any, table: Any, facts: Facts | None = None) -> list[str]:
    """What the control says of a call of a model."""
    operation = Operation(
        id="1",
        action=action,
        subject=Subject(name="someone"),
        resource=Resource(kind="model", name="Model"),
        cell=Cell(execution=1),
        library="scikit-learn",
        function=function,
        at=0,
    )
    call = Call(
        Watch(target=function, action=action, resource="self", value="X"), (model, table), {}, {"self": 0, "X": 1}
    )
    facts = Facts() if facts is None else facts
    before = list(place.control.before(operation, call, facts))
    place.said = before
    return rules([*before, *place.control.after(operation, call, model, facts)])


def test_a_model_that_is_asked_about_what_it_does_not_know_is_a_finding_without_a_value(tmp_path: Path) -> None:
    place, model, facts = Place(tmp_path), Model(), Facts()
    assert ask(place, "fit", "fit", model, people(), facts) == []
    verdict = facts.find(SchemaVerdict)
    assert verdict is not None
    assert len(verdict.digest or "") == 64
    assert ask(place, "predict", "predict", model, people(seed=1)) == []
    assert ask(place, "predict", "predict", model, people(site="moon")) == ["schema.input-differs"]
    (finding,) = place.said
    assert (
        finding.message
        == "Model is asked about what it was not fitted on: column site: isin failed for 200 of 200 rows."
    )
    assert (finding.effect, finding.level) == ("permit", "warning")
    assert ask(place, "predict", "predict", model, people(site="moon")) == ["schema.input-differs"]
    assert place.said[0].level == "note", "in a loop it is said once"
    assert ask(place, "transform", "inverse_transform", model, people(site="moon")) == []


def test_a_policy_can_refuse_or_leave_inputs_alone(tmp_path: Path) -> None:
    strict, lax = Place(tmp_path, inputs="deny"), Place(tmp_path, inputs="off")
    assert strict.control.may_deny
    for place in (strict, lax):
        place.model = Model()
        ask(place, "fit", "fit", place.model, people())
    assert ask(strict, "predict", "predict", strict.model, people(age=9000)) == ["schema.input-differs"]
    assert (strict.said[0].effect, strict.said[0].level) == ("deny", "error")
    assert "was not asked" in strict.said[0].message
    swapped = people()[["site", "age", "dose", "when", "smoker"]]
    assert ask(strict, "predict", "predict", strict.model, swapped) == ["schema.input-differs"]
    assert ask(strict, "predict", "predict", strict.model, people().drop(columns="dose")) == ["schema.input-differs"]
    assert ask(lax, "predict", "predict", lax.model, people(age=9000)) == []
    observing = Place(tmp_path, "observe", inputs="deny")
    assert not observing.control.may_deny


def test_categories_of_a_labelled_column_are_not_learned_at_a_fit(tmp_path: Path) -> None:
    place, model, facts = Place(tmp_path), Model(), Facts()
    facts.add(Labels(labels=(Label(column="site", type="PERSON", score=1.0),)))
    ask(place, "fit", "fit", model, people(), facts)
    assert ask(place, "predict", "predict", model, people(site="moon")) == []
