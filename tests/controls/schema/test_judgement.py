"""The fused verdict is pandera's, fresh samples are accepted, corruptions are caught."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pandera
import pandera.polars as pandera_polars
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlsec import frames
from jupyter_mlsec.controls.schema.doors import infer_schema, validate
from jupyter_mlsec.controls.schema.fused import judge
from jupyter_mlsec.controls.schema.learn import learn
from jupyter_mlsec.controls.schema.spec import Schema
from jupyter_mlsec.controls.schema.verdict import Verdict
from jupyter_mlsec.protocol.errors import SchemaError


def test_ordinary_schemas_really_take_the_fused_way() -> None:
    table = pd.DataFrame({"n": [1, 2, 3], "s": ["a", "b", None]})
    schema = pandera.DataFrameSchema(
        {
            "n": pandera.Column("int64", [pandera.Check.in_range(0, 5), pandera.Check.isin([1, 2, 3])], unique=True),
            "s": pandera.Column("str", pandera.Check.str_matches("^[ab]"), nullable=True),
        }
    )
    assert validate(table, schema) == Verdict(ok=True, by="fused", rows=3)
    assert validate(pd.DataFrame({"n": [9], "s": ["z"]}), schema).by == "fused"


@pytest.mark.parametrize(
    "schema",
    [
        pandera.DataFrameSchema({"n": pandera.Column(checks=pandera.Check(lambda column: column < 3))}),
        pandera.DataFrameSchema({"n": pandera.Column(checks=pandera.Check(lambda n: n < 3, element_wise=True))}),
        pandera.DataFrameSchema({"n": pandera.Column(checks=pandera.Check(lambda c: c < 3, name="isin"))}),
        pandera.DataFrameSchema(checks=pandera.Check(lambda table: table["n"] < 3)),
        pandera.DataFrameSchema({"n": pandera.Column("str")}),
        pandera.DataFrameSchema({"n": pandera.Column()}, index=pandera.Index("str")),
        pandera.DataFrameSchema({"n": pandera.Column()}, unique=["n"]),
    ],
    ids=["custom", "element-wise", "custom with a known name", "table check", "dtype", "index", "joint"],
)
def test_what_cannot_be_compiled_is_judged_by_pandera_and_says_so(schema: pandera.DataFrameSchema) -> None:
    verdict = validate(pd.DataFrame({"n": [1, 2, 3, 3]}), schema)
    assert (verdict.ok, verdict.by) == (False, "fused+pandera")
    assert len(verdict.reasons) == 1


def test_a_schema_that_changes_the_table_first_is_panderas_own() -> None:
    schema = pandera.DataFrameSchema({"n": pandera.Column(checks=pandera.Check.lt(3), default=9, nullable=True)})
    verdict = validate(pd.DataFrame({"n": [1.0, None]}), schema)
    assert (verdict.ok, verdict.by) == (False, "pandera")
    assert verdict.reasons == ("the default of column n is filled in by pandera",)


def test_models_and_other_libraries_are_checked() -> None:
    class Model(pandera.DataFrameModel):
        n: int = pandera.Field(lt=3)

    inner = pandera_polars.DataFrameSchema({"n": pandera_polars.Column(int, pandera_polars.Check.lt(3))})
    for wrong in (pd.DataFrame({"n": [1, 9]}), pl.DataFrame({"n": [1, 9]}), pa.table({"n": [1, 9]})):
        assert not validate(wrong, Model).ok
        assert not validate(wrong, inner).ok
    for right in (pd.DataFrame({"n": [1, 2]}), pl.DataFrame({"n": [1, 2]}), pa.table({"n": [1, 2]})):
        assert validate(right, Model).ok
        assert validate(right, inner).ok


def test_a_lazy_frame_never_passes_unseen() -> None:
    for library in (pandera, pandera_polars):
        schema = library.DataFrameSchema({"n": library.Column(checks=library.Check.gt(1))})
        verdict = validate(pl.LazyFrame({"n": [1, 2]}), schema)
        assert [(one.check, one.count) for one in verdict.failures] == [("greater_than", 1)]


def test_what_is_no_table_or_no_schema_is_refused() -> None:
    with pytest.raises(SchemaError, match="no table"):
        validate([1], pandera.DataFrameSchema())
    with pytest.raises(SchemaError, match="no pandera schema"):
        validate(pd.DataFrame(), "schema")


def test_failures_hold_no_values() -> None:
    schema = pandera.DataFrameSchema({"n": pandera.Column(checks=pandera.Check.isin(["secret-one"]))})
    odd = pandera.DataFrameSchema({"n": pandera.Column(checks=pandera.Check(lambda c: c == "secret-one"))})
    for verdict in (validate(pd.DataFrame({"n": ["secret-two"]}), one) for one in (schema, odd)):
        assert "secret" not in repr(verdict)


def draw(chance: np.random.Generator, rows: int) -> pd.DataFrame:
    seconds = chance.integers(0, 365 * 86400, rows)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(chance.integers(0, 365, rows), unit="D")
    return pd.DataFrame(
        {
            "id": np.arange(rows),
            "token": chance.choice(10**9, rows, replace=False),
            "age": chance.integers(18, 90, rows),
            "normal": chance.normal(2, 0.7, rows),
            "price": chance.lognormal(3, 1, rows),
            "wait": chance.exponential(5, rows),
            "heavy": chance.standard_cauchy(rows),
            "visits": chance.poisson(1, rows),
            "constant": 5,
            "flag": chance.random(rows) < 0.3,
            "group": chance.choice(["red", "green", "blue", "rare"], rows, p=[0.6, 0.3, 0.098, 0.002]),
            "gaps": np.where(chance.random(rows) < 0.2, np.nan, chance.normal(0, 1, rows)),
            "few gaps": np.where(chance.random(rows) < 0.005, np.nan, chance.random(rows)),
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(seconds, unit="s"),
            "day": days.strftime("%Y-%m-%d"),
        }
    )


def taught(rows: int, seed: int) -> Schema:
    frame = frames.view(draw(np.random.default_rng(seed), rows))
    assert frame is not None
    return learn(frame, "table")


def verdict_on(table: Any, schema: Schema) -> Verdict:
    frame = frames.view(table)
    assert frame is not None
    return judge(frame, schema)


@pytest.mark.parametrize("rows", [60, 300, 2000])
def test_at_most_one_fresh_sample_in_a_hundred_is_rejected(rows: int) -> None:
    rejected = 0
    for seed in range(30):
        schema, chance = taught(rows, seed), np.random.default_rng(seed + 1000)
        rejected += sum(not verdict_on(draw(chance, rows), schema).ok for _ in range(4))
    assert rejected <= 1


CORRUPTIONS = {
    "type change": ("age", lambda table: table.assign(age=table["age"].astype(str) + " years")),
    "number as text": ("wait", lambda table: table.assign(wait=table["wait"].astype(str))),
    "unit x100": ("age", lambda table: table.assign(age=table["age"] * 100)),
    "unit x1000": ("normal", lambda table: table.assign(normal=table["normal"] * 1000)),
    "fractions": ("age", lambda table: table.assign(age=table["age"] / 7)),
    "out of range": ("age", lambda table: table.assign(age=table["age"].where(table.index != 3, -999))),
    "null burst": ("age", lambda table: table.assign(age=table["age"].where(table.index > 500))),
    "new category": ("group", lambda table: table.assign(group=table["group"].where(table.index > 100, "violet"))),
    "swapped columns": ("group", lambda table: table.rename(columns={"group": "day", "day": "group"})),
    "lost column": ("age", lambda table: table.drop(columns="age")),
    "shifted dates": ("when", lambda table: table.assign(when=table["when"] - pd.Timedelta(days=3650))),
    "other date format": ("day", lambda table: table.assign(day=pd.to_datetime(table["day"]).dt.strftime("%d.%m.%Y"))),
    "duplicated rows": ("id", lambda table: pd.concat([table, table.head(50)], ignore_index=True)),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corruption_is_caught_in_its_column(name: str) -> None:
    column, corrupt = CORRUPTIONS[name]
    for seed in range(5):
        fresh = draw(np.random.default_rng(seed + 50), 2000)
        verdict = verdict_on(corrupt(fresh), taught(2000, seed))
        assert column in {failure.column for failure in verdict.failures}


@pytest.mark.parametrize(
    "make", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas], ids=["pandas", "polars", "pyarrow"]
)
def test_a_schema_learned_from_one_library_judges_another(make: Any) -> None:
    chance = np.random.default_rng(9)
    assert verdict_on(make(draw(chance, 300)), taught(300, 1)).ok


def test_integers_that_became_floats_through_a_gap_are_still_integers() -> None:
    schema = taught(300, 1)
    table = draw(np.random.default_rng(2), 300)
    table["age"] = table["age"].where(table.index != 7)
    assert verdict_on(table, schema).ok


def test_odd_tables_are_learned_and_judged_without_a_crash() -> None:
    odd = pd.DataFrame(
        {
            "nothing": [None] * 30,
            "lists": [[1]] * 30,
            "mixed": [1, "x", 2.5] * 10,
            "infinite": [np.inf, -np.inf, 1.0] * 10,
            "complex": [1j] * 30,
            "zone": pd.date_range("2020", periods=30, tz="Asia/Tokyo"),
            "category": pd.Categorical(["u", "v", None] * 10),
            "period": pd.period_range("2020", periods=30, freq="M"),
        }
    )
    odd = pd.concat([odd, odd[["lists", "mixed"]]], axis=1)
    frame = frames.view(odd)
    assert frame is not None
    assert verdict_on(odd, learn(frame, "odd")).ok


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_a_table_satisfies_the_pandera_schema_inferred_from_it(seed: int) -> None:
    table = draw(np.random.default_rng(seed), 120)
    schema = infer_schema(table)
    schema.validate(table)
    assert validate(table, schema).ok


def test_an_inferred_schema_accepts_fresh_samples_that_exact_bounds_would_reject() -> None:
    schema = infer_schema(draw(np.random.default_rng(0), 2000).drop(columns=["id", "few gaps"]))
    fresh = draw(np.random.default_rng(1), 2000).drop(columns=["id", "few gaps"])
    assert validate(fresh, schema).ok
    with pytest.raises(pandera.errors.SchemaErrors):
        pandera.infer_schema(draw(np.random.default_rng(0), 2000)).validate(fresh, lazy=True)


def test_names_that_repeat_cannot_be_a_pandera_schema() -> None:
    with pytest.raises(SchemaError, match="repeat"):
        infer_schema(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_nothing_heavy_is_imported_with_the_control() -> None:
    code = (
        "import sys, jupyter_mlsec.controls.schema, jupyter_mlsec.controls.schema.control, jupyter_mlsec.policy\n"
        "print([m for m in ('pandas', 'polars', 'pyarrow', 'numpy', 'pandera', 'yaml') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
