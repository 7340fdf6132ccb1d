"""Masks on tables as odd as users make them: nothing personal comes through, nothing breaks, nothing is lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from jupyter_mlsec.controls.pii import mask
from jupyter_mlsec.controls.pii.obliged import carry_out, chosen, plan_for
from jupyter_mlsec.controls.pii.settings import MaskRule, Settings
from jupyter_mlsec.protocol.errors import UsageError

MAILS = [f"anna{number}@example.org" for number in range(12)]
FRAME = pd.DataFrame({"mail": MAILS, "n": range(12)})
ARROW = pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))
TEXT = pd.ArrowDtype(pa.string())
TABLES: dict[str, Any] = {
    "columns twice": lambda: pd.concat([FRAME, FRAME], axis=1),
    "columns in levels": lambda: pd.concat({"a": FRAME, "b": FRAME}, axis=1),
    "rows in levels": lambda: FRAME.set_index(["mail", "n"]),
    "index as a column": lambda: FRAME.set_index("mail", drop=False),
    "categories in the index": lambda: FRAME.astype({"mail": "category"}).set_index("mail"),
    "ordered categories": lambda: FRAME.assign(mail=pd.Categorical(MAILS, ordered=True)),
    "nullable": lambda: FRAME.assign(mail=pd.array([*MAILS[:-1], pd.NA], dtype="string")),
    "Arrow inside": lambda: FRAME.convert_dtypes(dtype_backend="pyarrow"),
    "Arrow's dictionary": lambda: pd.DataFrame(
        {"mail": pd.array(MAILS, dtype=pd.ArrowDtype(pa.string())).astype(ARROW)}
    ),
    "sparse": lambda: pd.DataFrame({"mail": pd.arrays.SparseArray(MAILS)}),
    "names that are no text": lambda: pd.DataFrame({None: MAILS, (1, 2): range(12)}),
    "sets": lambda: pd.DataFrame({"mail": [{mail} for mail in MAILS]}),
    "bytes that change": lambda: pd.DataFrame({"mail": [bytearray(mail.encode()) for mail in MAILS]}),
    "mixed": lambda: pd.DataFrame({"mail": pd.Series([1, "x", *[{"to": [mail]} for mail in MAILS]], dtype=object)}),
    "long cells": lambda: pd.DataFrame({"note": ["word " * 2000 + mail for mail in MAILS]}),
    "structs": lambda: pl.DataFrame({"who": [{"mail": mail, "deep": [{"x": mail}]} for mail in MAILS]}),
    "lists of one length": lambda: pl.DataFrame(
        {"who": pl.Series([[m, m] for m in MAILS], dtype=pl.Array(pl.String, 2))}
    ),
    "objects": lambda: pl.DataFrame({"who": pl.Series([[mail] for mail in MAILS], dtype=pl.Object)}),
    "binary": lambda: pl.DataFrame({"who": [mail.encode() for mail in MAILS]}),
    "maps": lambda: pa.table({"who": pa.array([[("mail", m)] for m in MAILS], pa.map_(pa.string(), pa.string()))}),
    "views": lambda: pa.table({"who": pa.array(MAILS, pa.string_view())}),
    "Arrow twice": lambda: pa.Table.from_arrays([pa.array(MAILS)] * 2, names=["a", "a"]),
    "a batch": lambda: pa.RecordBatch.from_pydict({"a": MAILS}),
    "400 columns": lambda: pd.DataFrame({f"c{place}": MAILS for place in range(400)}),
    "no UTF-8": lambda: pa.table({"a": _not_utf8()}),
    "no UTF-8 inside": lambda: pd.DataFrame({"a": pd.array(pa.chunked_array([_not_utf8()]), dtype=TEXT)}),
    "JSON": lambda: pd.DataFrame({"a": [f'{{"to": "{mail}", "n": 1}}' for mail in MAILS]}),
    "right to left": lambda: pd.DataFrame({"a": [f"שלום {mail} עולם" for mail in MAILS]}),
    "Japanese": lambda: pd.DataFrame({"メール": [f"連絡先は{mail}です。" for mail in MAILS]}),
    "lone surrogates": lambda: pd.DataFrame({"a": pd.Series([f"\udcff {mail}" for mail in MAILS], dtype=object)}),
    "a slice": lambda: pa.table({"a": MAILS * 3}).slice(5, 9),
    "array": lambda: np.array(MAILS),
    "matrix": lambda: np.array([[mail, "x"] for mail in MAILS], dtype=object),
    "fields": lambda: np.array(list(zip(MAILS, range(12), strict=True)), dtype=[("mail", "U30"), ("n", "i8")]),
}


def _not_utf8() -> pa.Array:
    raw = pa.array([b"\xff\xfe " + mail.encode() for mail in MAILS], pa.binary())
    return pa.Array.from_buffers(pa.string(), len(raw), raw.buffers())


def _text(table: Any) -> str:
    if isinstance(table, pd.DataFrame):
        return str(table.reset_index(allow_duplicates=True).to_numpy().tolist())
    rows = getattr(table, "to_pylist", None) or getattr(table, "rows", None) or table.tolist
    return str(rows())


@pytest.mark.parametrize("make", TABLES.values(), ids=TABLES.keys())
def test_however_odd_the_table_nothing_comes_through(make: Any) -> None:
    table = make()

    masked = mask(table)

    assert "anna" not in _text(masked)
    assert type(masked) is type(table)
    assert getattr(masked, "shape", None) == getattr(table, "shape", None)


@pytest.mark.parametrize("name", ["columns twice", "mixed", "structs", "maps", "matrix", "fields", "sets"])
def test_the_users_own_table_is_not_changed(name: str) -> None:
    table = TABLES[name]()
    before = _text(table)

    mask(table)

    assert _text(table) == before


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame(),
        FRAME.iloc[:0],
        pl.DataFrame(),
        pa.table({}),
        [],
        pd.DataFrame({"mail": [None] * 5}),
        np.array([]),
        np.arange(6.0).reshape(2, 3),
    ],
    ids=["nothing", "no rows", "polars", "arrow", "list", "nulls", "array", "matrix"],
)
@pytest.mark.parametrize("how", ["redact", "generalise"])
def test_what_is_empty_stays_empty(table: Any, how: str) -> None:
    masked = mask(table, how)

    assert type(masked) is type(table)
    assert len(masked) == len(table)


def test_two_numbers_that_pandas_takes_for_a_range_are_masked_as_an_index() -> None:
    frame = pd.DataFrame({"ssn": [200101000, 201111001], "n": [1, 2]}).set_index("ssn")

    assert list(mask(frame, columns=["ssn"]).index) == ["[PERSONAL]"] * 2


def test_numbers_that_were_read_as_floats_are_masked_as_numbers() -> None:
    masked = mask(pd.DataFrame({"ssn": [200101000.0, float("nan")]}), {"ssn": "partial"})

    assert masked["ssn"][0] == "***1000"
    assert masked["ssn"].isna().tolist() == [False, True]


def test_a_misspelt_column_is_said_and_not_left_plain() -> None:
    for named in ({"columns": ["mial"]}, {"how": {"mial": "redact"}}):
        with pytest.raises(UsageError, match="there is no column mial"):
            mask(FRAME, **named)  # type: ignore[arg-type]


def test_a_matrix_of_numbers_takes_no_mask_in_one_column() -> None:
    with pytest.raises(UsageError, match="Make it a table first"):
        mask(np.arange(40).reshape(10, 4) + 10**9, columns=["1"])


def _rule(**more: Any) -> MaskRule:
    return MaskRule(on="save", **more)


def test_a_policy_that_names_columns_which_are_not_there_masks_nothing_and_claims_nothing() -> None:
    assert plan_for([_rule(columns=("nope",), types=("IBAN",))], FRAME) is None


def test_a_column_that_the_policy_names_is_masked_whatever_it_holds() -> None:
    plan = plan_for([_rule(columns=("n",), types=("IBAN",))], FRAME)

    assert plan is not None
    masked = carry_out(plan, FRAME)
    assert masked["mail"].tolist() == MAILS
    assert set(masked["n"].astype(str)) == {"[PERSONAL]"}


@pytest.mark.parametrize(
    ("rules", "way"),
    [
        ([_rule(how="token"), _rule(how="redact")], "redact"),
        ([_rule(how="token", types=("EMAIL",)), _rule(how="redact")], "token"),
        ([_rule(how="redact", types=("EMAIL",)), _rule(how="partial", columns=("mail",))], "partial"),
        ([_rule(how="partial", columns=("mail",)), _rule(how="redact", columns=("mail",))], "redact"),
    ],
    ids=["stricter", "by type", "by column", "both by column"],
)
def test_of_two_masks_for_a_column_the_more_special_goes_then_the_stricter(rules: list[MaskRule], way: str) -> None:
    plan = plan_for(rules, FRAME)

    assert plan is not None
    assert plan.ways == (way,)
    assert chosen(rules[::-1], plan.found, ("mail", "n")).ways == (way,)  # type: ignore[union-attr]


def test_a_milder_rule_of_an_unapproved_project_counts_as_loosening() -> None:
    base = Settings(mask=(_rule(how="redact"),))

    assert Settings(mask=(*base.mask, _rule(how="reversible", columns=("mail",)))).loosened(base) == ("mask",)
    assert Settings(mask=(*base.mask, _rule(how="redact", columns=("n",)))).loosened(base) == ()
