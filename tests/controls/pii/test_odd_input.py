"""Nothing a table or text can hold makes the detector raise, or take more than linear time."""

# ruff: noqa: E501, RUF001  (one odd table a line)

from __future__ import annotations

import time
from itertools import pairwise

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlsec.controls.pii import mask, scan_table, scan_text

ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.binary(max_size=40), st.text(max_size=60),
    st.text(alphabet="0123456789-. +()@:/ab", max_size=40), st.lists(st.integers(), max_size=3), st.dictionaries(st.text(max_size=3), st.text(max_size=9), max_size=2),
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.lists(ODD, max_size=30), st.text(max_size=30))
def test_mixed_objects_never_raise(values: list[object], name: str) -> None:
    scan_table(pd.DataFrame({name: pd.Series(values, dtype=object)}))


@settings(max_examples=250, deadline=None)
@given(st.one_of(st.text(max_size=300), st.text(alphabet="0123456789-. +()@:/aZé１\ud800", max_size=300)))
def test_any_text_gives_ordered_spans_inside_it(text: str) -> None:
    spans = scan_text(text)
    assert all(0 <= s.start < s.end <= len(text) for s in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"a": pa.nulls(9)}), pa.table({}), pa.table({"a": pa.array([], pa.string())}),
        pa.table({"a": pa.array([b"\xff\xfe", b"x@example.org"] * 9)}), pa.table({"a": [[1, 2], [3]], "b": [{"c": "x@example.org"}] * 2}),
        pa.table({"a": pa.array(["x@example.org"] * 20).dictionary_encode()}), pa.table({"a": pa.chunked_array([["a@example.org"], [], [None, "b@example.org"]])}),
        pa.table({"a": ["q" * 1_000_000, "1" * 1_000_000, "a@" * 500_000]}), pd.DataFrame({"a": pd.Series(["\ud800@example.org", "ok"], dtype=object)}),
        pd.DataFrame([[1, "a@example.org"]] * 9, columns=["x", "x"]), pd.DataFrame({3: ["a@example.org"] * 9}), pl.DataFrame({"a": ["a@example.org", None]}),
        [{"a": 1}, {"a": "x"}, {"b": "c@example.org"}], pd.DataFrame({"a": pd.Categorical(["u@example.org", None])}), None, 7, "text", [], {},
    ],
    ids=range(19),
)  # fmt: skip
def test_odd_tables_never_raise(table: object) -> None:
    assert isinstance(scan_table(table), dict)


@pytest.mark.parametrize(
    "kind", [pa.float16(), pa.float32(), pa.decimal128(21, 2), pa.time64("us"), pa.duration("s")], ids=str
)
def test_a_number_of_any_width_is_read_without_an_error(kind: pa.DataType) -> None:
    numbers = pa.array([1.5, 2.0, None, 4.0]) if pa.types.is_floating(kind) else pa.array([1, 2, None, 4])
    column = numbers.cast(pa.float32()).cast(kind) if kind == pa.float16() else numbers.cast(kind)
    assert scan_table(pa.table({"a": column})) == {}


def test_slices_are_read_at_their_offset() -> None:
    whole = pa.table({"a": ["nothing here"] * 50 + [f"u{i}@example.org" for i in range(50)]})
    assert scan_table(whole.slice(0, 50)) == {}
    assert scan_table(whole.slice(50))["a"][0].count == 50


@pytest.mark.parametrize(
    "unit",
    [
        "a@",
        "1-",
        "1 ",
        "0.",
        "A ",
        "Aa Bb ",
        "x=",
        "+1",
        "://",
        "eyJa.",
        "1a:",
        "Calle 1 ",
        "a.",
        "%40",
        "12 Main ",
        "(at)",
        "시도",
        "가시 ",
        "道",
        "道1",
        "token = 'db7X" + "%my" * 40 + "!Q' ",
    ],
)
def test_time_grows_with_length_only(unit: str) -> None:
    def took(size: int) -> float:
        text = unit * (size // len(unit))
        began = time.process_time()
        scan_text(text)
        return time.process_time() - began

    took(2_000)
    assert took(32_000) <= 12 * max(took(8_000), 0.02)


def test_a_text_with_very_many_values_takes_time_in_proportion() -> None:
    def took(count: int) -> float:
        text = "Anna Meier, 555-0101-2000, anna@example.org\n" * count
        began = time.process_time()
        assert len(scan_text(text)) >= 2 * count
        return time.process_time() - began

    took(100)
    assert took(8_000) <= 24 * max(took(1_000), 0.02)


@pytest.mark.parametrize(
    "address",
    ["서울특별시 강남구 테헤란로 123", "서울시강남구테헤란로 12", "서초구 시도로 1", "北京市朝阳区建国路88号"],
)
def test_addresses_of_the_east_are_told(address: str) -> None:
    assert [s.type for s in scan_text(f"- {address} -")] == ["ADDRESS"]


def test_masking_takes_out_what_was_found_and_leaves_the_rest() -> None:
    frame = pd.DataFrame(
        {
            "mail": [f"user{i}@example.org" for i in range(9)],
            "note": [f"call u{i}@example.org today please if it still rings" for i in range(9)],
            "n": range(9),
        }
    )
    masked = mask(frame)
    assert masked["mail"].tolist() == ["[EMAIL]"] * 9
    assert masked["note"][0] == "call [EMAIL] today please if it still rings"
    assert masked["n"].tolist() == list(range(9))
    assert frame["mail"][0] == "user0@example.org"
    assert scan_table(masked) == {}


def test_tokens_join_and_need_a_key() -> None:
    frame = pl.DataFrame({"mail": ["a@example.org", "b@example.org", "a@example.org"]})
    tokens = mask(frame, "token", key=b"k" * 16)["mail"].to_list()
    assert tokens[0] == tokens[2] != tokens[1]
    with pytest.raises(Exception, match="16 secret bytes"):
        mask(frame, "token", key=b"short")


def test_partial_masks_of_arrow_keep_a_hint() -> None:
    assert mask(pa.table({"mail": ["anna@example.org"]}), "partial")["mail"].to_pylist() == ["a***@***.org"]
