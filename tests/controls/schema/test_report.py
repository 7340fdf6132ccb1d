"""What failed is reported as pandera would: check, count, positions, and examples that give no value away."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlsec import frames
from jupyter_mlsec.controls.schema import report
from jupyter_mlsec.controls.schema.fused import judge
from jupyter_mlsec.controls.schema.spec import Check, Column, Schema


def reported(table: object, *columns: Column, **more: object) -> tuple[report.Case, ...]:
    frame = frames.view(table)
    assert frame is not None
    schema = Schema(resource="t", columns=columns)
    return report.cases(frame, schema, judge(frame, schema), **more)


def at_most(bound: int) -> Check:
    return Check(name="less_than_or_equal_to", statistics={"max_value": bound})


@given(st.lists(st.integers(0, 9), min_size=1, max_size=200), st.integers(0, 9))
def test_the_positions_are_those_of_the_rows_that_fail(values: list[int], bound: int) -> None:
    wrong = [row for row, value in enumerate(values) if value > bound]
    found = reported(pa.table({"n": values}), Column(name="n", type="integer", checks=(at_most(bound),)))
    assert [(one.count, list(one.rows)) for one in found] == ([(len(wrong), wrong[:5])] if wrong else [])


def test_gaps_repeats_and_types_have_their_rows() -> None:
    table = pd.DataFrame({"gap": [1.0, None, 3.0], "key": ["a", "b", "a"], "kind": ["x", "y", "z"]})
    found = reported(
        table,
        Column(name="gap", type="number", nulls=0.0),
        Column(name="key", type="text", unique=True),
        Column(name="kind", type="integer"),
    )
    assert [(one.column, one.rows) for one in found] == [("gap", (1,)), ("key", (0, 2)), ("kind", (0, 1, 2))]


def test_pandera_names_the_same_rows() -> None:
    pandera = pytest.importorskip("pandera.pandas")
    table = pd.DataFrame({"n": [1, 99, 2, 98]})
    schema = pandera.DataFrameSchema({"n": pandera.Column("int64", pandera.Check.le(50))})
    with pytest.raises(pandera.errors.SchemaErrors) as raised:
        schema.validate(table, lazy=True)
    (ours,) = reported(table, Column(name="n", type="integer", checks=(at_most(50),)))
    assert list(ours.rows) == raised.value.failure_cases["index"].tolist()


def test_examples_show_a_form_and_no_value() -> None:
    table = pd.DataFrame({"name": ["Zoë Wilhelmina-Smith", "219-09-9999", "Ωmega 7"]})
    (one,) = reported(table, Column(name="name", checks=(Check(name="str_length", statistics={"max_value": 3}),)))
    assert one.such_as == ("Xxx Xxxxxxxxxx-Xxxxx", "###-##-####", "Xxxxx #")
    (hidden,) = reported(
        table,
        Column(name="name", checks=(Check(name="str_length", statistics={"max_value": 3}),)),
        labelled={"name"},
    )
    assert hidden.such_as == ()
    assert hidden.rows == (0, 1, 2)


@given(st.text(max_size=40))
def test_no_letter_and_no_digit_passes_the_mask(text: str) -> None:
    assert set(filter(str.isalnum, report.masked(text))) <= {"x", "X"} or not text
