"""The fused verdict on polars tables, lazy ones and duckdb relations is pandera's own, in one query each."""

from __future__ import annotations

from typing import Any

import duckdb
import pandas as pd
import pandera.pandas as pandera
import pandera.polars as pandera_polars
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import event, given

from jupyter_mlsec.controls.schema.doors import validate
from jupyter_mlsec.protocol.errors import SchemaError
from tests.controls.schema.equal import BRIEF, LONG, POLARS, VALUES, Found, ours, pandas_cases, polars_cases, theirs

CASES = polars_cases()
IN_DUCKDB = polars_cases(tuple(kind for kind in POLARS if kind not in ("Categorical", "List")))
IN_DUCKDB_FOR_PANDAS = pandas_cases(tuple(kind for kind in VALUES if kind != "category"))
CONNECTION = duckdb.connect()


def check_equal(table: Any, reference: Any, schema: Any) -> None:
    expected = theirs(reference, schema)
    try:
        verdict = validate(table, schema, positions=None)
    except SchemaError:
        assert expected is None
        return
    event(verdict.by)
    if expected is not None:
        found = ours(verdict)
        if not isinstance(table, (pl.DataFrame, pl.LazyFrame)):
            found, expected = without_types(found), without_types(expected)
        assert found == expected


def without_types(found: Found) -> Found:
    """A relation's column of another type is one failure here; pandera counts the fetched values."""
    return {key: value for key, value in found.items() if key[1] != "dtype"}


def related(table: pa.Table) -> Any:
    return CONNECTION.from_arrow(table)


@BRIEF
@given(CASES)
def test_a_polars_table_is_judged_as_by_pandera(case: tuple[pl.DataFrame, Any]) -> None:
    check_equal(case[0], *case)


@BRIEF
@given(CASES)
def test_a_lazy_table_is_judged_as_its_rows_would_be(case: tuple[pl.DataFrame, Any]) -> None:
    check_equal(case[0].lazy(), *case)


@BRIEF
@given(IN_DUCKDB.filter(lambda case: case[0].width))
def test_a_relation_is_judged_as_its_polars_would_be(case: tuple[pl.DataFrame, Any]) -> None:
    relation = related(case[0].to_arrow())
    check_equal(relation, relation.pl(), case[1])


@BRIEF
@given(IN_DUCKDB_FOR_PANDAS.filter(lambda case: len(case[0].columns)))
def test_a_relation_is_judged_as_its_pandas_would_be(case: tuple[pd.DataFrame, Any]) -> None:
    relation = related(pa.Table.from_pandas(case[0], preserve_index=False))
    check_equal(relation, relation.df(), case[1])


@pytest.mark.long
@pytest.mark.timeout(3600)
@LONG
@given(CASES)
def test_polars_tables_are_judged_as_by_pandera_at_length(case: tuple[pl.DataFrame, Any]) -> None:
    check_equal(case[0], *case)


@pytest.mark.long
@pytest.mark.timeout(3600)
@LONG
@given(CASES)
def test_lazy_tables_are_judged_as_by_pandera_at_length(case: tuple[pl.DataFrame, Any]) -> None:
    check_equal(case[0].lazy(), *case)


@pytest.mark.long
@pytest.mark.timeout(3600)
@LONG
@given(IN_DUCKDB_FOR_PANDAS.filter(lambda case: len(case[0].columns)))
def test_relations_are_judged_as_by_pandera_at_length(case: tuple[pd.DataFrame, Any]) -> None:
    relation = related(pa.Table.from_pandas(case[0], preserve_index=False))
    check_equal(relation, relation.df(), case[1])


def test_a_lazy_table_is_asked_once_and_for_one_row() -> None:
    collected: list[int] = []

    def passed(batch: pl.DataFrame) -> pl.DataFrame:
        collected.append(batch.height)
        return batch

    lazy = pl.LazyFrame({"n": [1, 9, 9]}).map_batches(passed, schema={"n": pl.Int64})
    schema = pandera_polars.DataFrameSchema({"n": pandera_polars.Column(int, pandera_polars.Check.lt(3))})
    verdict = validate(lazy, schema)
    assert [(one.check, one.count, one.positions) for one in verdict.failures] == [("less_than", 2, (1, 2))]
    assert (collected, verdict.by, verdict.rows) == ([3], "fused", 3)


def test_the_rows_of_a_relation_stay_in_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    relation = CONNECTION.sql("SELECT range AS n, 'x' AS s FROM range(100000)")
    checks = [pandera.Check.lt(99_000), pandera.Check.ge(0)]
    schema = pandera.DataFrameSchema({"n": pandera.Column("int64", checks, unique=True), "s": pandera.Column("str")})
    fetched: list[int] = []
    kept = type(relation).fetchall

    def counted(self: Any) -> list[Any]:
        rows: list[Any] = kept(self)
        fetched.append(len(rows))
        return rows

    monkeypatch.setattr(type(relation), "fetchall", counted)
    verdict = validate(relation, schema)
    assert [(one.check, one.count, one.positions) for one in verdict.failures] == [("less_than", 1000, ())]
    assert (verdict.by, verdict.rows, max(fetched)) == ("fused", 100_000, 1)
