"""A table of any library is seen the same way, whatever its columns hold, and its fingerprint means its values."""

from __future__ import annotations

import datetime
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlsec import frames


class Loud:
    def __str__(self) -> str:
        raise RuntimeError("nobody may ask a stranger's object for its text")

    __repr__ = __str__


def odd_table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "mixed": pd.Series([1, "x", None], dtype=object),
            "huge": pd.Series([10**5000, 2, 3], dtype=object),
            "loud": [Loud(), Loud(), 1],
            "surrogate": pd.Series(["\ud800", "b", "c"], dtype=object),
            "lists": [[1], [2, 3], None],
            "dicts": [{"a": 1}, {"b": 2}, None],
            "category": pd.Categorical(["u", "v", None]),
            "category of two types": pd.Categorical([1, "v", None]),
            "period": pd.period_range("2020", periods=3, freq="M"),
            "interval": pd.interval_range(0, 3),
            "complex": [1j, 2j, 3j],
            "zone": pd.date_range("2020", periods=3, tz="UTC"),
            "sparse": pd.arrays.SparseArray([0, 0, 1]),
            "decimal": [Decimal(1), Decimal("2.5"), None],
            "masked": pd.array([1, None, 3], dtype="Int64"),
            "bytes": [b"a", b"\xff", None],
            "far dates": [datetime.datetime(9999, 1, 1), datetime.datetime(1, 1, 1), None],
        }
    )


def test_odd_columns_never_crash_a_view() -> None:
    frame = frames.view(odd_table())
    assert frame is not None
    types = dict(zip(frame.columns, frame.types, strict=True))
    assert types["mixed"] == types["loud"] == types["surrogate"] == "mixed"
    assert types["masked"] == types["sparse"] == "int64"
    assert all(len(frame.column(name)) == 3 for name in frame.columns)
    assert all(len(sample) == 2 for sample in frame.sample(2).values())
    assert len(frame.fingerprint()) == 32


def test_a_mixed_column_keeps_its_strings_and_hides_strange_objects() -> None:
    frame = frames.view(odd_table())
    assert frame is not None
    assert frame.column("mixed").to_pylist() == ["1", "x", None]
    assert frame.column("loud").to_pylist() == ["<Loud>", "<Loud>", "1"]


def test_repeated_and_non_string_names_become_unique_strings() -> None:
    table = pd.DataFrame([[1, 2, 3, 4]])
    table.columns = pd.Index([0, "a", "a", "a.1"], dtype=object)
    frame = frames.view(table)
    assert frame is not None
    assert frame.columns == ("0", "a", "a.2", "a.1")
    assert frame.column("a.2").to_pylist() == [3]


def test_several_header_levels_are_joined() -> None:
    frame = frames.view(pd.DataFrame({("a", 1): [1], ("b", 2): [2]}))
    assert frame is not None
    assert frame.columns == ("a/1", "b/2")


def test_numbers_of_pandas_are_not_copied() -> None:
    table = pd.DataFrame({"n": np.arange(1000)})
    frame = frames.view(table)
    assert frame is not None
    assert frame.column("n").buffers()[1].address == table["n"].to_numpy().ctypes.data


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f8", ">i4", "int8"])
def test_numbers_of_any_width_and_byte_order_are_seen_with_nan_as_missing(dtype: str) -> None:
    values = [1, 2, 3] if "i" in dtype else [1, np.nan, np.inf]
    frame = frames.view(pd.DataFrame({"n": np.array(values, dtype=dtype)}))
    assert frame is not None
    assert frame.column("n").to_pylist() == ([1, 2, 3] if "i" in dtype else [1, None, np.inf])
    assert frame.column("n").null_count == (0 if "i" in dtype else 1)


@pytest.mark.parametrize("value", [None, 3, "a,b", [{"a": 1}], {"a": [1]}, pl.LazyFrame({"a": [1]}), object()])
def test_what_is_no_table_has_no_view(value: object) -> None:
    assert frames.view(value) is None


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"x": ["a", None, "c"], "y": [1, 2, 3]}),
        pl.DataFrame({"x": ["a", None, "c"], "y": [1, 2, 3]}),
        pa.table({"x": ["a", None, "c"], "y": [1, 2, 3]}),
        pa.RecordBatch.from_pydict({"x": ["a", None, "c"], "y": [1, 2, 3]}),
    ],
    ids=["pandas", "polars", "pyarrow table", "pyarrow batch"],
)
def test_the_same_table_in_four_libraries_has_one_fingerprint(table: object) -> None:
    frame = frames.view(table)
    assert frame is not None
    assert (frame.rows, frame.columns) == (3, ("x", "y"))
    twin = frames.view(pa.table({"x": pa.array(["a", None, "c"], pa.large_string()), "y": [1, 2, 3]}))
    assert twin is not None
    assert frame.column_fingerprints() == twin.column_fingerprints()


def test_the_sample_takes_one_row_of_each_stratum_and_the_same_rows_for_all_columns() -> None:
    chunks = pa.chunked_array([range(333), range(333, 1000)])
    frame = frames.view(pa.table({"n": chunks, "same": chunks}))
    assert frame is not None
    sample = frame.sample(100, seed=7)
    rows = sample["n"].to_pylist()
    assert rows == sample["same"].to_pylist()
    assert [row // 10 for row in rows] == list(range(100))
    assert rows != frame.sample(100, seed=8)["n"].to_pylist()


def test_empty_tables_have_views() -> None:
    for table in (pd.DataFrame(), pd.DataFrame(index=range(3)), pd.DataFrame({"a": []}), pa.table({})):
        frame = frames.view(table)
        assert frame is not None
        assert sum(batch.num_rows for batch in frame.batches()) == 0
        assert all(len(values) == 0 for values in frame.sample(5).values())
        assert len(frame.fingerprint()) == 32


def test_batches_hold_every_row_once() -> None:
    frame = frames.view(pl.DataFrame({"n": range(1000)}))
    assert frame is not None
    pieces = list(frame.batches(size=300))
    assert max(piece.num_rows for piece in pieces) <= 300
    assert [value for piece in pieces for value in piece.column("n").to_pylist()] == list(range(1000))


def test_looking_at_a_value_imports_no_data_library() -> None:
    code = (
        "import sys; from jupyter_mlsec import frames; frames.view({'a': [1]});"
        "print([m for m in ('pandas', 'polars', 'pyarrow', 'numpy') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


COLUMN_TYPES = [
    (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    (pa.float64(), st.floats(allow_nan=False)),
    (pa.string(), st.text(max_size=5)),
    (pa.bool_(), st.booleans()),
    (pa.timestamp("us", "UTC"), st.integers(0, 2**50)),
    (pa.decimal128(10, 2), st.integers(0, 10**6).map(lambda n: Decimal(n) / 100)),
    (pa.list_(pa.string()), st.lists(st.text(max_size=3), max_size=3)),
    (
        pa.struct([("a", pa.int8()), ("b", pa.string())]),
        st.fixed_dictionaries({"a": st.integers(0, 9), "b": st.text(max_size=2)}),
    ),
    (pa.map_(pa.string(), pa.int8()), st.just([("k", 1)])),
]


@st.composite
def columns(draw: st.DrawFn) -> pa.Array:
    kind, values = draw(st.sampled_from(COLUMN_TYPES))
    return pa.array(draw(st.lists(st.none() | values, max_size=20)), kind)


def digest(array: pa.Array | pa.ChunkedArray) -> str:
    frame = frames.view(array)
    assert frame is not None
    return frame.fingerprint()


@settings(max_examples=300, deadline=None)
@given(columns(), st.data())
def test_chunks_slices_and_offsets_do_not_change_a_fingerprint(array: pa.Array, data: st.DataObject) -> None:
    first, second = sorted(data.draw(st.tuples(*[st.integers(0, len(array))] * 2)))
    rebuilt = pa.array(array.to_pylist(), array.type)
    part = pa.array(array.to_pylist()[first:second], array.type)
    assert digest(pa.chunked_array([array[:first], array[first:second], array[second:]])) == digest(rebuilt)
    assert digest(array.slice(first, second - first)) == digest(part)


@settings(max_examples=300, deadline=None)
@given(columns(), st.data())
def test_a_changed_value_changes_the_fingerprint(array: pa.Array, data: st.DataObject) -> None:
    other = data.draw(columns().filter(lambda drawn: drawn.type == array.type))
    is_same = repr(array.to_pylist()) == repr(other.to_pylist())  # repr tells 0.0 from -0.0, as bits do
    assert (digest(array) == digest(other)) == is_same


def test_what_lies_under_a_null_does_not_count() -> None:
    clean = pa.array([1, None, 3], pa.int64())
    dirty = pa.Array.from_buffers(pa.int64(), 3, [clean.buffers()[0], pa.py_buffer(np.array([1, 99, 3]).tobytes())])
    assert digest(clean) == digest(dirty)


def test_moving_a_boundary_between_two_strings_changes_the_fingerprint() -> None:
    assert digest(pa.array(["ab", "c"])) != digest(pa.array(["a", "bc"]))


def test_renaming_or_reordering_columns_changes_only_the_table() -> None:
    table = pa.table({"a": [1], "b": [2]})
    frame, swapped = frames.view(table), frames.view(table.select(["b", "a"]))
    assert frame is not None
    assert swapped is not None
    assert frame.column_fingerprints() == swapped.column_fingerprints()
    assert frame.fingerprint() != swapped.fingerprint()
