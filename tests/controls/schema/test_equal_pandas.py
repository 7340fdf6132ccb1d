"""The fused verdict on pandas, pyarrow and eager polars tables is pandera's own: column, check, count and rows."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pandera.pandas as pandera
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import event, given

from jupyter_mlsec.controls.schema.doors import validate
from jupyter_mlsec.protocol.errors import SchemaError
from tests.controls.schema.equal import BRIEF, LONG, Found, ours, pandas_cases, theirs

CASES = pandas_cases()


def check_equal(table: Any, reference: pd.DataFrame, schema: Any) -> None:
    before, expected = reference.copy(), theirs(reference, schema)
    try:
        verdict = validate(table, schema, positions=None)
    except SchemaError:
        assert expected is None
        return
    event(verdict.by)
    if expected is not None:
        assert ours(verdict) == expected
        assert verdict.ok == (not expected) or not any(one.count for one in verdict.failures)
    pd.testing.assert_frame_equal(reference, before)


@BRIEF
@given(CASES)
def test_a_pandas_table_is_judged_as_by_pandera(case: tuple[pd.DataFrame, Any]) -> None:
    check_equal(case[0], *case)


@BRIEF
@given(CASES)
def test_an_arrow_table_is_judged_as_its_pandas_would_be(case: tuple[pd.DataFrame, Any]) -> None:
    table = pa.Table.from_pandas(case[0], preserve_index=False)
    check_equal(table, table.to_pandas(), case[1])


@BRIEF
@given(CASES)
def test_a_polars_table_is_judged_as_its_pandas_would_be(case: tuple[pd.DataFrame, Any]) -> None:
    table = pl.from_pandas(case[0])
    check_equal(table, table.to_pandas(), case[1])


@pytest.mark.long
@pytest.mark.timeout(3600)
@LONG
@given(CASES)
def test_pandas_tables_are_judged_as_by_pandera_at_length(case: tuple[pd.DataFrame, Any]) -> None:
    check_equal(case[0], *case)


@pytest.mark.long
@pytest.mark.timeout(3600)
@LONG
@given(CASES)
def test_arrow_tables_are_judged_as_by_pandera_at_length(case: tuple[pd.DataFrame, Any]) -> None:
    table = pa.Table.from_pandas(case[0], preserve_index=False)
    check_equal(table, table.to_pandas(), case[1])


def indexed(*levels: Any, names: list[Any]) -> pd.DataFrame:
    index = pd.Index(levels[0], name=names[0]) if len(levels) == 1 else pd.MultiIndex.from_arrays(levels, names=names)
    return pd.DataFrame({"n": range(len(levels[0]))}, index=index)


SINGLE = pandera.Index("int64", pandera.Check.ge(0), name="i", unique=True)
SEVERAL = pandera.MultiIndex([pandera.Index("int64", pandera.Check.ge(0), name="i"), pandera.Index("str", name="s")])


@pytest.mark.parametrize(
    ("table", "index"),
    [
        (indexed([1, 2, 3], names=["i"]), SINGLE),
        (indexed([1, 2, 2], names=["i"]), SINGLE),
        (indexed([1, -2, 3], names=["i"]), SINGLE),
        (indexed([1, 2, 3], names=["j"]), SINGLE),
        (indexed(["a", "b"], names=["i"]), SINGLE),
        (indexed([1, 2], ["a", "b"], names=["i", "s"]), SINGLE),
        (indexed([1, 1, 2], ["a", "b", "a"], names=["i", "s"]), SEVERAL),
        (indexed([1, -1, -1], ["a", "b", "c"], names=["i", "s"]), SEVERAL),
        (indexed([1, 2], ["a", None], names=["i", "s"]), SEVERAL),
        (indexed([1, 2], ["a", "b"], names=["s", "i"]), SEVERAL),
        (indexed([1, 2], names=["i"]), SEVERAL),
    ],
    ids=[
        "fits",
        "repeats",
        "negative",
        "name",
        "type",
        "levels",
        "fits-2",
        "negative-2",
        "gap-2",
        "names-2",
        "level-2",
    ],
)
def test_an_index_is_judged_as_by_pandera(table: pd.DataFrame, index: Any) -> None:
    schema = pandera.DataFrameSchema({"n": pandera.Column("int64")}, index=index)
    expected = theirs(table, schema)
    verdict = validate(table, schema, positions=None)
    assert expected is not None
    assert verdict.ok == (not expected)
    assert counts(ours(verdict)) == counts(expected)
    assert verdict.by == ("fused" if verdict.ok else "fused+pandera")


def counts(found: Found) -> dict[tuple[str, str], int]:
    """Rows of a table whose labels repeat, or have levels, are told by none."""
    return {key: count for key, (count, _) in found.items()}
