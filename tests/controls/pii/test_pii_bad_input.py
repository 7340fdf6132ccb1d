"""Odd tables as users have them, by the public door: what is in them is found all the same, and nothing else is."""

# ruff: noqa: E501, RUF001  (letters of other scripts; one odd table a line)

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import jupyter_mlsec as mlsec

MAILS = [f"user{n}@example.org" for n in range(40)]
CARDS = [4111111111111111, 5555555555554444, 378282246310005, 6011111111111117, 4012888888881881] * 8


def _types(table: Any, column: str = "a", **how: Any) -> set[str]:
    return {one.type for one in mlsec.scan_table(table, **how).get(column, [])}


HOLDERS: dict[str, Any] = {
    "numbers, nothing and text mixed": pd.DataFrame({"a": pd.Series([1, None, 2.5, *MAILS, object, {}], dtype=object)}),
    "bytes": pd.DataFrame({"a": [mail.encode() for mail in MAILS]}),
    "bytes in Arrow": pa.table({"a": [mail.encode() for mail in MAILS]}),
    "invalid UTF-8 in Arrow": pa.table({"a": [b"\xff\xfe" + mail.encode() for mail in MAILS]}),
    "lone surrogates": pd.DataFrame({"a": pd.Series([f"\ud800 {mail}" for mail in MAILS], dtype=object)}),
    "lists": pa.table({"a": [[mail, "x"] for mail in MAILS]}),
    "structs": pa.table({"a": [{"to": {"mail": mail}} for mail in MAILS]}),
    "dicts in pandas": pd.DataFrame({"a": [{"to": [mail]} for mail in MAILS]}),
    "JSON in strings": pd.DataFrame({"a": [json.dumps({"to": {"mail": mail}}) for mail in MAILS]}),
    "lists in polars": pl.DataFrame({"a": [[mail] for mail in MAILS]}),
    "categories": pd.DataFrame({"a": pd.Categorical(MAILS)}),
    "categories in polars": pl.DataFrame({"a": pl.Series(MAILS, dtype=pl.Categorical)}),
    "a dictionary in Arrow": pa.table({"a": pa.array(MAILS).dictionary_encode()}),
    "many chunks, some empty": pa.table({"a": pa.chunked_array([[], MAILS[:3], [], [None], MAILS[3:]], pa.string())}),
    "a slice": pa.table({"a": ["nothing"] * 99 + MAILS}).slice(99),
    "mostly nothing": pd.DataFrame({"a": [*MAILS, *[None] * 4000]}),
    "right to left": pd.DataFrame({"a": [f"שלח אל {mail} בבקשה" for mail in MAILS]}),
    "Arabic with marks": pd.DataFrame({"a": [f"\u202bاكتب إلى \u200f{mail}\u202c" for mail in MAILS]}),
    "Chinese": pd.DataFrame({"a": [f"请写信给{mail}谢谢" for mail in MAILS]}),
    "wide letters": pd.DataFrame({"a": ["".join(chr(ord(c) + 0xFEE0) for c in mail) for mail in MAILS]}),
    "records": [{"a": mail, "b": n} for n, mail in enumerate(MAILS)],
    "a column called by a number": pd.DataFrame({0: MAILS}).rename(columns={0: "a"}),
}


@pytest.mark.parametrize("table", HOLDERS.values(), ids=HOLDERS)
def test_addresses_are_found_in_whatever_holds_them(table: Any) -> None:
    assert _types(table) == {"EMAIL"}


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"a": [None] * 50}), pa.table({"a": pa.nulls(50)}), pl.DataFrame({"a": [None] * 50}),
        pd.DataFrame({"a": ["", " ", "n/a", "-", "NULL"] * 9}), pd.DataFrame({"a": []}), pd.DataFrame(),
        pd.DataFrame({"a": [float("nan"), float("inf"), -float("inf")] * 9}), pd.DataFrame({"a": [True, False] * 20}),
    ],
    ids=["pandas", "Arrow", "polars", "fillers", "no rows", "no columns", "no numbers", "truths"],
)  # fmt: skip
def test_what_holds_nothing_is_nothing(table: Any) -> None:
    assert mlsec.scan_table(table) == {}


def test_a_cell_of_a_megabyte_is_read_at_its_beginning() -> None:
    long = "word " * 200_000
    assert _types(pd.DataFrame({"a": [f"{mail} {long}" for mail in MAILS[:3]]})) == {"EMAIL"}
    assert _types(pd.DataFrame({"a": [f"{long} {mail}" for mail in MAILS[:3]]})) == set()


def test_one_of_four_hundred_columns_is_found() -> None:
    numbers = np.arange(400 * 40).reshape(40, 400)
    table = pd.DataFrame(numbers, columns=[f"c{n}" for n in range(400)]).assign(c217=MAILS)
    assert {column: {one.type for one in found} for column, found in mlsec.scan_table(table).items()} == {
        "c217": {"EMAIL"}
    }


def test_numbers_that_were_read_as_floats_are_found() -> None:
    assert _types(pd.DataFrame({"a": [float(card) for card in CARDS]})) == {"CREDIT_CARD"}
    assert _types(pd.DataFrame({"a": [float(card) for card in CARDS] + [None] * 5})) == {"CREDIT_CARD"}


def test_numbers_that_lost_their_leading_zeros_are_found_by_their_column_s_name() -> None:
    """A Dutch number of eight digits has lost its zero."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2)
    bodies = [f"0{n:07d}" for n in range(1_234_567, 1_299_999, 97)]
    numbers = [int(b + str(c)) for b in bodies if (c := sum(w * int(d) for w, d in zip(weights, b, strict=True)) % 11) < 10]  # fmt: skip
    assert _types(pd.DataFrame({"bsn": numbers}), "bsn") == {"NATIONAL_ID"}


def test_columns_of_one_name_are_told_without_an_error() -> None:
    table = pd.DataFrame([[mail, n] for n, mail in enumerate(MAILS)], columns=["a", "a"])
    assert "EMAIL" in _types(table)


def test_a_text_of_anything_is_no_error() -> None:
    for odd in ("", "\x00", "\ud800" * 50, "\u202e" * 50, "é" * 50_000, "@" * 50_000, "a@b." * 9_000):
        assert all(0 <= span.start < span.end <= len(odd) for span in mlsec.scan_text(odd))
