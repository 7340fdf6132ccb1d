"""Equal columns have equal fingerprints, however they are chunked, sliced, encoded, and whoever keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlsec.frames import view

_WHOLE = st.integers(-(2**53), 2**53)
_REAL = st.floats(allow_nan=False, width=64)
_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
_MOMENT = st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1))
KINDS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "whole": (pa.int64(), _WHOLE),
    "real": (pa.float64(), _REAL),
    "truth": (pa.bool_(), st.booleans()),
    "text": (pa.string(), _TEXT),
    "moment": (pa.timestamp("us"), _MOMENT),
    "moment there": (pa.timestamp("us", "UTC"), _MOMENT.map(lambda each: each.replace(tzinfo=UTC))),
    "day": (pa.date32(), st.dates(date(1, 1, 1), date(9999, 1, 1))),
    "span": (pa.duration("us"), st.timedeltas(timedelta(days=-9000), timedelta(days=9000))),
    "list": (pa.list_(pa.int64()), st.lists(_WHOLE, max_size=3)),
}


def ways(values: list[Any], kind: pa.DataType) -> Iterator[tuple[str, Any]]:
    """The same values kept in other ways."""
    plain = pa.array(values, kind)
    yield "arrow", pa.table({"c": plain})
    middle = len(values) // 2
    yield "two chunks", pa.table({"c": pa.chunked_array([plain[:middle], plain[middle:]])})
    yield (
        "slice",
        pa.table({"c": pa.array([*values[:1], *values, *values[:2]], kind)[1 if values else 0 :][: len(values)]}),
    )
    yield "polars", pl.DataFrame({"c": pl.from_arrow(plain)})
    frame = pl.DataFrame({"c": pl.from_arrow(plain)})
    yield "polars chunks", pl.concat([frame[:middle], frame[middle:]], rechunk=False)
    yield "pandas over arrow", pd.DataFrame({"c": pd.Series(plain, dtype=pd.ArrowDtype(kind))})
    if kind == pa.string():
        yield "large", pa.table({"c": plain.cast(pa.large_string())})
        yield "view", pa.table({"c": plain.cast(pa.string_view())})
        yield "dictionary", pa.table({"c": plain.dictionary_encode()})
        yield "objects", pd.DataFrame({"c": pd.Series(values, dtype=object)})
        yield "category", pd.DataFrame({"c": pd.Series(values, dtype="category")})
        yield "polars category", frame.with_columns(pl.col("c").cast(pl.Categorical))
    if kind == pa.timestamp("us"):
        yield "nanoseconds", pa.table({"c": plain.cast(pa.timestamp("ns"))})
        yield "pandas", pd.DataFrame({"c": pd.Series(values, dtype="datetime64[us]")})
    if kind == pa.duration("us"):
        yield "nanoseconds", pa.table({"c": plain.cast(pa.duration("ns"))})
    masked = {pa.int64(): "Int64", pa.float64(): "Float64", pa.bool_(): "boolean"}.get(kind)
    if masked is not None:
        yield "masked", pd.DataFrame({"c": pd.array(values, dtype=masked)})
    if kind == pa.float64():
        yield "numbers", pd.DataFrame({"c": pd.Series(values, dtype="float64")})
        yield (
            "NaN",
            pl.DataFrame(
                {"c": pl.Series([float("nan") if each is None else each for each in values], dtype=pl.Float64)}
            ),
        )
        yield "signs", pa.table({"c": pa.array([-0.0 if each == 0 else each for each in values], kind)})


def prints(table: Any) -> str:
    found = view(table)
    assert found is not None
    return found.column_fingerprints()["c"]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_equal_columns_have_one_fingerprint(kind: str, data: st.DataObject) -> None:
    arrow, values = KINDS[kind]
    column = data.draw(st.lists(st.none() | values, max_size=9))

    found = {name: prints(table) for name, table in ways(column, arrow)}

    assert len(set(found.values())) == 1, found


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_changed_value_changes_it(kind: str, data: st.DataObject) -> None:
    arrow, values = KINDS[kind]
    column = data.draw(st.lists(st.none() | values, min_size=1, max_size=9))
    other, place = data.draw(st.none() | values), data.draw(st.integers(0, len(column) - 1))
    changed = [*column[:place], other, *column[place + 1 :]]

    same = prints(pa.table({"c": pa.array(column, arrow)})) == prints(pa.table({"c": pa.array(changed, arrow)}))

    assert same == (column == changed)


def test_order_and_names_count() -> None:
    one = pa.table({"a": [1, 2], "b": [1, 2]})

    prints = {view(each).fingerprint() for each in (one, one.select(["b", "a"]), one.rename_columns(["a", "c"]))}  # type: ignore[union-attr]

    assert len(prints) == 3


@pytest.mark.parametrize("one", [pa.int32(), pa.int64(), pa.float64(), pa.string()])
@pytest.mark.parametrize("other", [pa.int32(), pa.int64(), pa.float64(), pa.string()])
def test_a_column_of_another_type_is_another_unless_it_holds_nothing(one: pa.DataType, other: pa.DataType) -> None:
    full = [prints(pa.table({"c": pa.array(["1", "2"]).cast(kind)})) for kind in (one, other)]
    empty = [prints(pa.table({"c": pa.nulls(2, kind)})) for kind in (one, other)]

    assert (full[0] == full[1]) == (one == other)
    assert empty[0] == empty[1]
