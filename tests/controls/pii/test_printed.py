"""Printed tables whose columns are known: their cells are hidden, their layout stays, and nothing else is touched."""

from __future__ import annotations

import time
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlsec.controls.pii.printed import columns_hidden

KNOWN = {"ssn": "US_SSN", "who": "PERSON"}
FRAME = pd.DataFrame(
    {
        "n": [1, 2, 3],
        "ssn": [200101000, 201111001, 219345678],
        "who": ["Ann Lee", "Bo Quist", "Cy Q"],
        "late": [-1.5, 2, 3],
    }
)
WIDE = pd.concat([FRAME, pd.DataFrame({f"measure_{n}": [1, 2, 3] for n in range(300)})], axis=1)
SECRETS = ("200101000", "201111001", "219345678", "Ann", "Quist", "Cy")
LAYOUTS: dict[str, Any] = {
    "pandas": lambda: str(FRAME),
    "without index": lambda: FRAME.to_string(index=False),
    "many rows": lambda: str(pd.concat([FRAME] * 40)),
    "index": lambda: str(FRAME.set_index("ssn")),
    "levels": lambda: str(FRAME.set_index(["who", "ssn"])),
    "column": lambda: str(FRAME["ssn"]),
    "row": lambda: str(FRAME.iloc[0]),
    "turned": lambda: str(FRAME.T),
    "counts": lambda: str(FRAME["ssn"].value_counts()),
    "grouped": lambda: str(FRAME.groupby("who")["n"].sum()),
    "records": lambda: str(FRAME.to_dict("records")),
    "tuple": lambda: str(next(FRAME.itertuples())),
    "after words": lambda: f"of today: {FRAME.to_string()}",
    "after an error": lambda: f"ValueError: {FRAME.to_string()}",
    "dict of rows": lambda: str(FRAME.to_dict()),
    "dict of lists": lambda: str(FRAME.to_dict("list")),
    "json by columns": lambda: FRAME.to_json(),
    "json": lambda: FRAME.to_json(orient="records"),
    "csv": lambda: FRAME.to_csv(),
    "polars": lambda: str(pl.from_pandas(FRAME)),
    "duckdb": lambda: str(duckdb.sql("select * from FRAME")),
    "html": lambda: FRAME.to_html(),
    "html with an index": lambda: FRAME.set_index("ssn").to_html(),
    "html with levels": lambda: FRAME.set_index(["who", "n"]).to_html(sparsify=False),
    "narrow": lambda: FRAME.to_string(line_width=24),
    "wide": lambda: WIDE.to_string(),
    "wide csv": lambda: WIDE.to_csv(),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_no_cell_of_a_known_column_is_printed_and_every_place_is_kept(layout: Any) -> None:
    text = layout()
    kind = "text/html" if text.startswith("<table") else "text/plain"

    hidden = columns_hidden(kind, text, KNOWN)

    assert [secret for secret in SECRETS if secret in hidden] == []
    assert [len(line) for line in hidden.splitlines()] == [len(line) for line in text.splitlines()]
    assert "*" in hidden


@pytest.mark.parametrize("line", ["ssn  5", "  ssn  5", "| ssn | 5 |", "ssn,5", "Name: ssn, dtype: int64", "'ssn': 5,"])
def test_many_lines_take_time_in_proportion(line: str) -> None:
    def took(count: int) -> float:
        text = "\n".join([line] * count)
        began = time.process_time()
        columns_hidden("text/plain", text, KNOWN)
        return time.process_time() - began

    took(100)
    assert took(16_000) <= 48 * max(took(1_000), 0.01)


@pytest.mark.parametrize("tag", ["<table ", "<tr>", "<td ", "<td>ssn", "<table><tr><td>ssn<td>5"])
def test_many_tags_that_end_nowhere_take_time_in_proportion(tag: str) -> None:
    def took(count: int) -> float:
        text = "<table><tr><th>ssn</th></tr><tr>" + tag * count + "</table>"
        began = time.process_time()
        columns_hidden("text/html", text, KNOWN)
        return time.process_time() - began

    took(100)
    assert took(16_000) <= 48 * max(took(1_000), 0.01)


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><th>n<th>ssn<tr><td>1<td>219345678</table>",
        "<table><tr><th>ssn</th></tr><tr><td>219345678</td></tr>",
        "<table><tr><th>n</th><th>ssn</th></tr><tr><td><table><tr><td>x</td></tr></table></td><td>219345678</td></tr></table>",
        "<table><tr><td><table><tr><th>ssn</th></tr><tr><td>219345678</td></tr></table></td></tr></table>",
    ],
    ids=["ends left out", "table left open", "a table inside", "inside of a table"],
)
def test_cells_of_html_are_hidden_however_it_is_written(html: str) -> None:
    assert columns_hidden("text/html", html, KNOWN) == html.replace("219345678", "[US_SSN]*")


def test_what_csv_and_reprs_quote_ends_where_its_quotes_do() -> None:
    frame = FRAME.assign(a=["Lee, Ann", 'a "b" c', "two\nlines"])[["a", "ssn"]]
    texts = (frame.to_csv(), str({"who": 'O\'Brien "Bo" Quist'}), '{"who": "Ann \\"Bo\\" Quist"}')

    hidden = [columns_hidden("text/plain", text, KNOWN) for text in texts]

    assert [secret for secret in SECRETS if secret in hidden[0].replace("Lee, Ann", "") + hidden[1] + hidden[2]] == []
    assert list(map(len, hidden)) == list(map(len, texts))


def test_two_tables_one_after_the_other_keep_their_heads() -> None:
    hidden = columns_hidden("text/plain", f"{FRAME.head(1)}\n{FRAME.tail(1)}", KNOWN)

    assert hidden.count("ssn") == 2
    assert [secret for secret in SECRETS if secret in hidden] == []


def test_what_stands_beside_stays() -> None:
    lines = columns_hidden("text/plain", str(FRAME), KNOWN).splitlines()

    assert lines[0] == str(FRAME).splitlines()[0]
    assert [line.split()[1] for line in lines[1:]] == ["1", "2", "3"]
    assert [line.split()[-1] for line in lines[1:]] == ["-1.5", "2.0", "3.0"]


@pytest.mark.parametrize(
    "text",
    [
        "the ssn  who of\nyours is not a table",
        str(FRAME.dtypes),
        str(FRAME.rename(columns=str.upper)),
        "who: nobody in particular\n\n  ssn\n",
        "Name: ssn",
        "",
    ],
)
def test_what_is_no_such_table_is_left_alone(text: str) -> None:
    assert columns_hidden("text/plain", text, KNOWN) == text


def test_missing_values_and_types_are_no_values() -> None:
    text = str(pl.DataFrame({"ssn": [None, 219345678]}))

    hidden = columns_hidden("text/plain", text, KNOWN)

    assert hidden.count("null") == 1
    assert "i64" in hidden
    assert "219345678" not in hidden


@given(st.text(alphabet=" snwho|│,;:='\"\n<tr>/td19-", max_size=200))
def test_whatever_is_printed_keeps_its_length_in_lines(text: str) -> None:
    hidden = columns_hidden("text/plain", text, KNOWN)

    assert [len(line) for line in hidden.split("\n")] == [len(line) for line in text.split("\n")]
