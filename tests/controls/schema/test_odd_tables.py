"""Tables that are no neat tables: each is judged as pandera would, or it is said that pandera did."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pandera
import pandera.polars as pandera_polars
import polars as pl
import pyarrow as pa
import pytest
from pandas.api.extensions import ExtensionArray, ExtensionDtype, register_extension_dtype

from jupyter_mlsec.controls.schema.doors import validate
from jupyter_mlsec.protocol.errors import SchemaError
from tests.controls.schema.equal import ours, theirs

CHECK = pandera.Check
NUMBERS = pandera.DataFrameSchema({"n": pandera.Column(checks=CHECK.lt(3), unique=True)})
FAR = np.array(["9999-01-01", "0001-01-01"], dtype="datetime64[s]")
ZONED = pd.date_range("2020-01-01", periods=2, tz="Asia/Tokyo")
COLUMNS: dict[str, Any] = {
    "nothing": [None, None],
    "all NaN": [np.nan, np.nan],
    "mixed": [1, "x"],
    "lists": [[1], [2]],
    "structs": [{"a": 1}, {"a": 2}],
    "decimals": [Decimal(1), Decimal(9)],
    "dates": [datetime.date(2020, 1, 1), None],
    "far dates": FAR,
    "zoned dates": ZONED,
    "categories of numbers": pd.Categorical([1, 9]),
    "categories of text": pd.Categorical(["a", "b"]),
    "masked": pd.array([1, None], dtype="Int64"),
    "masked fractions": pd.array([1.5, None], dtype="Float64"),
    "arrow": pd.array([1, 9], dtype=pd.ArrowDtype(pa.int64())),
    "arrow lists": pd.array([[1], [9]], dtype=pd.ArrowDtype(pa.list_(pa.int64()))),
    "half": np.array([1, 9], dtype="float16"),
    "complex": np.array([1j, 2j]),
    "big endian": np.array([1, 9], dtype=">i4"),
    "large": np.array([2**64 - 1, 1], dtype="uint64"),
    "bytes": [b"a", b"b"],
    "periods": pd.period_range("2020", periods=2, freq="M"),
    "intervals": pd.interval_range(0, 2),
    "sparse": pd.arrays.SparseArray([0, 9]),
    "spans": pd.to_timedelta([1, 2], unit="s"),
}


@pytest.mark.parametrize(
    "check", [CHECK.lt(3), CHECK.isin([1]), CHECK.str_matches("^a"), CHECK.ge(pd.Timestamp("2020"))]
)
@pytest.mark.parametrize("name", COLUMNS)
def test_an_odd_column_is_judged_as_by_pandera(name: str, check: Any) -> None:
    table = pd.DataFrame({"n": COLUMNS[name]})
    schema = pandera.DataFrameSchema({"n": pandera.Column(checks=check)})
    expected = theirs(table, schema)
    if expected is None:
        with pytest.raises(SchemaError, match="pandera gave up"):
            validate(table, schema)
    else:
        assert ours(validate(table, schema, positions=None)) == expected


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame([[1, 2], [9, 9]], columns=["n", "n"]),
        pd.DataFrame({"n": pd.Series([], dtype="int64")}),
        pd.DataFrame(),
        pd.DataFrame(index=range(3)),
        pd.DataFrame({"n": [1, 9]}, index=[5, 5]),
        pd.DataFrame({1: [1, 9], "n": [1, 9]}),
    ],
    ids=["names repeat", "no rows", "nothing", "no columns", "labels repeat", "a number for a name"],
)
def test_an_odd_table_is_judged_as_by_pandera(table: pd.DataFrame) -> None:
    expected = theirs(table, NUMBERS)
    assert expected is not None
    found = ours(validate(table, NUMBERS, positions=None))
    assert {key: count for key, (count, _) in found.items()} == {key: count for key, (count, _) in expected.items()}


def test_columns_of_several_levels_are_reached_by_their_labels() -> None:
    table = pd.DataFrame({("a", "x"): [1, 9], ("a", "y"): [1, 2]})
    schema = pandera.DataFrameSchema({("a", "x"): pandera.Column("int64", CHECK.lt(3))})
    verdict = validate(table, schema)
    assert [(one.column, one.check, one.count, one.positions) for one in verdict.failures] == [
        ("a/x", "less_than", 1, (1,))
    ]
    assert verdict.by == "fused"


def test_five_thousand_columns_are_judged() -> None:
    table = pd.DataFrame(np.zeros((3, 5000)), columns=[f"c{number}" for number in range(5000)])
    schema = pandera.DataFrameSchema({"c.*": pandera.Column("float64", CHECK.ge(0), regex=True)}, strict=True)
    verdict = validate(table, schema)
    assert (verdict.ok, verdict.by) == (True, "fused")


@register_extension_dtype
class Strange(ExtensionDtype):
    """A type that a stranger brought."""

    name, type, kind = "strange", object, "O"

    @classmethod
    def construct_array_type(cls) -> Any:
        return StrangeArray


class StrangeArray(ExtensionArray):
    """Numbers that say they are something else."""

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)

    @classmethod
    def _from_sequence(cls, scalars: Any, *, dtype: Any = None, copy: bool = False) -> StrangeArray:
        return cls(scalars)

    def __getitem__(self, item: Any) -> Any:
        found = self.values[item]
        return found if np.isscalar(found) else StrangeArray(found)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def dtype(self) -> Any:
        return Strange()

    def isna(self) -> Any:
        return np.zeros(len(self), dtype=bool)

    def copy(self) -> StrangeArray:
        return StrangeArray(self.values.copy())


def test_a_type_that_is_not_known_is_said_and_never_passed_over() -> None:
    table = pd.DataFrame({"n": pd.Series(StrangeArray(np.array([1, 9])))})
    verdict = validate(table, pandera.DataFrameSchema({"n": pandera.Column(checks=CHECK.lt(3))}))
    assert (verdict.ok, verdict.by) == (False, "fused+pandera")
    assert verdict.reasons == ("n not_nullable, less_than: a type of column that is not known here",)


def test_a_changed_schema_is_read_anew() -> None:
    table, schema = pd.DataFrame({"n": [1, 5]}), pandera.DataFrameSchema({"n": pandera.Column(checks=CHECK.lt(9))})
    assert validate(table, schema).ok
    schema.columns["n"].checks.append(CHECK.lt(3))
    assert not validate(table, schema).ok
    schema.columns["n"].checks.pop()
    assert validate(table, schema).ok
    schema.columns["n"].nullable, schema.strict = True, True
    assert not validate(table.assign(m=1), schema).ok


@pytest.mark.parametrize("ending", ["yaml", "json"])
@pytest.mark.parametrize("library", [pandera, pandera_polars], ids=["pandas", "polars"])
def test_a_file_of_panderas_is_a_schema(tmp_path: Path, library: Any, ending: str) -> None:
    schema = library.DataFrameSchema({"n": library.Column(int, library.Check.lt(3))})
    path = tmp_path / f"schema.{ending}"
    path.write_text(schema.to_yaml() if ending == "yaml" else schema.to_json())
    table = pl.DataFrame({"n": [1, 9]})
    assert [(one.column, one.check, one.count) for one in validate(table, path).failures] == [("n", "less_than", 1)]


def test_a_file_that_is_no_schema_is_named(tmp_path: Path) -> None:
    path = tmp_path / "schema.yaml"
    path.write_text("columns: [")
    with pytest.raises(SchemaError, match=r"schema\.yaml was not understood"):
        validate(pd.DataFrame(), path)


def test_an_index_that_came_along_in_arrow_is_no_column() -> None:
    table = pa.Table.from_pandas(pd.DataFrame({"n": [1, 9]}, index=pd.Index(["a", "b"], name="key")))
    schema = pandera.DataFrameSchema(
        {"n": pandera.Column("int64")}, index=pandera.Index("str", name="key"), strict=True
    )
    assert validate(table, schema).ok


def test_what_one_part_makes_of_a_column_the_others_judge() -> None:
    table = pd.DataFrame({"ab": [1.5, -6.0]})
    parts = {"ab": pandera.Column("str", coerce=True), "a.*": pandera.Column(checks=CHECK.ge(0), regex=True)}
    for made in (table, pa.Table.from_pandas(table)):
        verdict = validate(made, pandera.DataFrameSchema(parts), positions=None)
        assert ours(verdict) == theirs(table, pandera.DataFrameSchema(parts)) == {("ab", CHECK.ge(0).name): (1, ())}
