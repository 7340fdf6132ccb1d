"""Masked copies: what is hidden, what still joins, and what a table keeps of itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from jupyter_mlsec.controls.pii import mask, scan_table, unmask
from jupyter_mlsec.controls.pii.dates import Calendar
from jupyter_mlsec.protocol.errors import UsageError

KEY = b"k" * 32
OTHER = b"o" * 32
MAILS = [f"anna{number}@example.org" for number in range(12)]


def _people() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "pid": [number // 3 for number in range(12)],
            "mail": MAILS,
            "born": pd.to_datetime([f"19{60 + number}-03-14" for number in range(12)]),
            "seen": [f"{10 + number}.03.2021" for number in range(12)],
            "age": [20 + 3 * number for number in range(12)],
            "plz": [f"{10115 + 7 * number}" for number in range(12)],
        }
    )


def test_a_masked_table_keeps_its_types_order_and_index() -> None:
    frame = _people().set_index(pd.Index(range(100, 112), name="row"))
    frame["kind"] = pd.Categorical(["x@example.org", "y@example.org"] * 6)

    masked = mask(frame)

    assert list(masked.columns) == list(frame.columns)
    assert masked.index.equals(frame.index)
    assert masked.dtypes["mail"] == frame.dtypes["mail"]
    assert (str(masked.dtypes["age"]), str(masked.dtypes["kind"])) == ("int64", "category")
    assert frame["mail"].tolist() == MAILS


def test_what_an_index_holds_is_masked_too() -> None:
    masked = mask(_people().set_index("mail"))

    assert set(masked.index) == {"[EMAIL]"}
    assert masked.index.name == "mail"


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "arrow"])
def test_tokens_join_whichever_library_made_the_table(kind: Any) -> None:
    masked = mask(kind({"mail": MAILS}), "token", key=KEY)
    records = mask([{"mail": mail} for mail in MAILS], "token", key=KEY)

    assert type(masked) is type(kind({"mail": MAILS}))
    assert list(pa.array(masked["mail"]).to_pylist()) == [row["mail"] for row in records]
    assert len({row["mail"] for row in records}) == len(MAILS)
    assert mask([{"mail": MAILS[0]}] * 3, "token", key=OTHER)[0] != records[0]


def test_reversible_names_join_and_open_with_their_key_alone() -> None:
    frame = pd.DataFrame(
        {"mail": MAILS, "note": [f"please write to {mail} as soon as you can today" for mail in MAILS]}
    )

    names = mask(frame, "reversible", key=KEY)

    assert not names["mail"].str.contains("anna").any()
    assert scan_table(names) == {}
    assert unmask(names, KEY).equals(frame)
    with pytest.raises(UsageError, match="none of the"):
        unmask(names, OTHER)


def test_a_reversible_name_that_was_changed_stays_as_it_is() -> None:
    name = mask([{"mail": MAILS[0]}] * 3, "reversible", key=KEY)[0]["mail"]
    forged = name[:-1] + ("A" if name[-1] != "A" else "B")

    assert unmask(f"{name} {forged}", KEY) == f"{MAILS[0]} {forged}"


def test_dates_of_one_person_move_by_the_same_days_and_keep_their_form() -> None:
    frame = _people()

    moved = mask(frame, "shift", key=KEY, person="pid")

    days = (moved["born"] - frame["born"]).dt.days
    seen = pd.to_datetime(moved["seen"], format="%d.%m.%Y") - pd.to_datetime(frame["seen"], format="%d.%m.%Y")
    assert (days == seen.dt.days).all()
    assert days.groupby(frame["pid"]).nunique().max() == 1
    assert days.nunique() > 1
    assert days.abs().between(1, 365).all()
    assert moved["born"].dtype == frame["born"].dtype


def test_what_is_coarse_is_shared_by_more() -> None:
    coarse = mask(_people(), "generalise")

    assert coarse["age"].tolist()[:4] == ["20-29", "20-29", "20-29", "20-29"]
    assert set(coarse["plz"]) == {"101**"}
    assert coarse["born"].dt.day.unique().tolist() == [1]
    assert set(coarse["seen"]) == {"2021-03"}
    assert set(coarse["mail"]) == {"[EMAIL]"}


def test_each_column_and_type_can_go_its_own_way() -> None:
    masked = mask(_people(), {"EMAIL": "partial", "born": "shift", "plz": "generalise"}, key=KEY)

    assert masked["mail"][0] == "a***@***.org"
    assert masked["born"][0] != _people()["born"][0]
    assert masked["plz"][0] == "101**"
    assert masked["age"].equals(_people()["age"])


@pytest.mark.parametrize(
    ("text", "later"),
    [
        ("1980-03-14", "1980-03-15"),
        ("1980-03-14T10:00:00Z", "1980-03-15T10:00:00Z"),
        ("19800314", "19800315"),
        ("14.3.1980", "15.3.1980"),
        (dt.date(1980, 3, 14), dt.date(1980, 3, 15)),
        ("spring", None),
        ("1980-13-14", None),
        ("9999-12-31", None),
        (12345, None),
    ],
)
def test_a_moved_date_is_written_as_it_was(text: Any, later: Any) -> None:
    assert Calendar([text]).moved(text, 1) == later


def test_other_cells_tell_whether_the_month_comes_first() -> None:
    assert Calendar(["03/04/1980", "03/25/1980"]).moved("03/04/1980", 30) == "04/03/1980"
    assert Calendar(["03/04/1980", "25/03/1980"]).moved("03/04/1980", 30) == "03/05/1980"


def test_odd_cells_are_masked_without_a_crash() -> None:
    cells = [
        "anna@example.org",
        b"bob@example.org",
        None,
        float("nan"),
        "\udcff c@example.org",
        {"to": ["d@example.org"]},
        pd.NA,
    ]

    masked = mask(pd.DataFrame({"mail": pd.Series(cells * 5, dtype=object)}), columns=["mail"])

    assert not masked["mail"].astype(str).str.contains("example").any()
    assert masked["mail"].isna().sum() == 15


@pytest.mark.parametrize(
    "table",
    [
        pl.LazyFrame({"mail": MAILS}),
        pl.Series("mail", MAILS),
        pd.Series(MAILS),
        pa.chunked_array([MAILS, MAILS]),
        pa.table({"mail": MAILS * 3}).slice(3, 9),
        pa.table({"mail": pa.array(MAILS).dictionary_encode()}),
        pd.DataFrame([[mail, mail, 1] for mail in MAILS], columns=["mail", "mail", "n"]),
        pd.DataFrame([[mail, 1] for mail in MAILS], columns=pd.MultiIndex.from_tuples([("a", "mail"), ("b", "n")])),
        pl.DataFrame({"all": [{"mail": mail, "n": 1} for mail in MAILS], "more": [[mail, mail] for mail in MAILS]}),
        pl.DataFrame({"mail": pl.Series(MAILS, dtype=pl.Enum(MAILS))}),
    ],
    ids=[
        "lazy",
        "polars column",
        "pandas column",
        "chunked",
        "sliced",
        "dictionary",
        "twice",
        "levels",
        "nested",
        "enum",
    ],
)
def test_whatever_holds_the_values_they_are_masked(table: Any) -> None:
    masked = mask(table)

    shown = masked.values.tolist() if isinstance(masked, pd.DataFrame | pd.Series) else masked
    rows = getattr(shown, "to_pylist", None) or getattr(shown, "rows", None) or getattr(shown, "to_list", None)
    assert "anna" not in str(shown if rows is None else rows())


def test_what_is_no_table_is_said() -> None:
    with pytest.raises(UsageError, match="is not a pandas"):
        mask({"mail": "a@example.org"})
    with pytest.raises(UsageError, match="how is one of"):
        mask(_people(), "hide")
    with pytest.raises(UsageError, match="there is no column"):
        mask(_people(), "shift", key=KEY, person="nobody")
