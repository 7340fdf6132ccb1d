"""The smallest change that admits a table: it does, it gives up nothing else, and it takes over no personal value."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlsec import frames
from jupyter_mlsec.controls.schema import relax
from jupyter_mlsec.controls.schema.checks import STATISTICS
from jupyter_mlsec.controls.schema.fused import judge
from jupyter_mlsec.controls.schema.spec import Check, Column, Schema, document, from_document


def schema_of(*columns: Column, **more: Any) -> Schema:
    return Schema(resource="t", columns=columns, **more)


def changes(table: Any, schema: Schema, **more: Any) -> tuple[relax.Change, ...]:
    frame = frames.view(table)
    assert frame is not None
    return relax.changes(frame, schema, judge(frame, schema), **more)


def bounded(name: str, **statistics: Any) -> Column:
    return Column(name="n", type="integer", nulls=0.0, checks=(Check(name=name, statistics=statistics),))


@pytest.mark.parametrize(
    ("check", "values", "wider"),
    [
        (bounded("less_than_or_equal_to", max_value=50), [1, 99], {"max_value": 99}),
        (bounded("less_than", max_value=50), [1, 99], {"max_value": 100}),
        (bounded("greater_than", min_value=0), [-3, 7], {"min_value": -4}),
        (bounded("less_than_or_equal_to", max_value=50), [1, 123456], {"max_value": 124000}),
        (bounded("in_range", min_value=0, max_value=50), [1, 99], {"min_value": 0, "max_value": 99}),
    ],
)
def test_a_bound_moves_to_the_next_one_that_admits(check: Column, values: list[int], wider: dict[str, int]) -> None:
    (change,) = changes(pa.table({"n": values}), schema_of(check))
    assert change.value == wider


def test_a_set_grows_by_codes_and_is_given_up_for_free_text() -> None:
    column = Column(name="s", type="text", checks=(Check(name="isin", statistics={"allowed_values": ["a", "b"]}),))
    (grown,) = changes(pd.DataFrame({"s": ["a", "c"]}), schema_of(column))
    assert grown.value == {"allowed_values": ["a", "b", "c"]}
    (gone,) = changes(pd.DataFrame({"s": ["a", "Dear Ms Smith, your token is 12345"]}), schema_of(column))
    assert (gone.key, gone.value) == ("isin", None)


def test_no_value_of_a_labelled_column_is_taken_over() -> None:
    column = bounded("less_than_or_equal_to", max_value=50)
    (change,) = changes(pa.table({"n": [99]}), schema_of(column), labelled={"n"})
    assert (change.key, change.value) == ("less_than_or_equal_to", None)


def test_columns_types_gaps_and_repeats_are_given_up_one_by_one() -> None:
    table = pd.DataFrame({"a": ["x", None], "k": [1, 1], "more": [1, 2]})
    columns = (Column(name="a", type="integer", nulls=0.0), Column(name="k", unique=True), Column(name="gone"))
    found = {(one.column, one.key) for one in changes(table, schema_of(*columns, strict=True))}
    assert found == {("a", "dtype"), ("a", "nullable"), ("k", "unique"), ("gone", "required"), ("", "strict")}


_VALUES = st.one_of(
    st.lists(st.integers(-(10**12), 10**12), min_size=1),
    st.lists(st.floats(-1e12, 1e12), min_size=1),
    st.lists(st.one_of(st.none(), st.text("abc é", max_size=5)), min_size=1),
    st.lists(st.datetimes(), min_size=1),
)
_CHECKS = st.sampled_from(
    [
        bounded("greater_than", min_value=3),
        bounded("in_range", min_value=-1, max_value=1, include_min=False, include_max=False),
        bounded("isin", allowed_values=["a", "b"]),
        bounded("str_length", max_value=2),
        bounded("str_matches", pattern="a+"),
        bounded("equal_to", value=4),
        bounded("less_than", max_value="2020-01-01 00:00:00"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(_VALUES, _CHECKS, st.sampled_from(["integer", "number", "text", "time"]), st.booleans())
def test_what_was_refused_is_admitted_by_the_change_as_made_and_as_written(
    values: list[Any], column: Column, kind: Any, unique: bool
) -> None:
    column = Column(name="n", type=kind, nulls=0.0, unique=unique, checks=column.checks)
    schema, frame = schema_of(column), frames.view(pa.table({"n": values}))
    assert frame is not None
    made = relax.changes(frame, schema, judge(frame, schema))
    assert judge(frame, relax.applied(schema, made)).ok
    rewritten = from_document(relax.amended(document(schema), made), STATISTICS, "t")
    assert judge(frame, rewritten).ok
