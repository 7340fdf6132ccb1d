"""Ways of reading that go by other doors than a path: what comes back is what was saved, never sealed bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from tests.sealing.conftest import CANARY, Sealed

ROWS = 500
DF = pd.DataFrame({"ssn": [f"{CANARY}-{n}" for n in range(ROWS)], "n": range(ROWS)})
PDF = pl.from_pandas(DF)


@pytest.fixture
def files(house: Sealed) -> Sealed:
    DF.to_csv("a.csv", index=False)
    PDF.write_parquet("a.parquet")
    DF.to_json("a.json")
    np.savetxt("a.txt", DF["n"].to_numpy(), fmt="%d")
    assert house.are_sealed()
    return house


SQL: dict[str, Callable[[], pl.DataFrame]] = {
    "pl.sql": lambda: pl.sql("SELECT * FROM read_csv('a.csv')").collect(),
    "pl.sql, at once": lambda: pl.sql("SELECT * FROM read_parquet('a.parquet')", eager=True),
    "SQLContext": lambda: pl.SQLContext().execute("SELECT * FROM read_csv('a.csv')", eager=True),
    "with a table of one's own": lambda: (
        pl.SQLContext(own=PDF.lazy())
        .execute("SELECT f.* FROM read_csv('a.csv') AS f JOIN own ON f.n = own.n ORDER BY f.n")
        .collect()
    ),
}


@pytest.mark.parametrize("name", SQL)
def test_sql_of_polars_reads_the_plain_rows(name: str, files: Sealed) -> None:
    pd.testing.assert_frame_equal(SQL[name]().to_pandas(), DF, check_dtype=False)
    assert files.plain_files() == []


@pytest.mark.usefixtures("house")
def test_sql_of_polars_still_finds_the_callers_tables() -> None:
    mine = PDF.head(7)
    assert pl.sql("SELECT count(*) AS rows FROM mine").collect().item() == mine.height


OPENED: dict[str, tuple[str, Callable[..., object]]] = {
    "polars read_csv": ("a.csv", lambda f: pl.read_csv(f).height),
    "polars read_parquet": ("a.parquet", lambda f: pl.read_parquet(f, columns=["n"]).height),
    "polars scan_parquet": ("a.parquet", lambda f: pl.scan_parquet(f).collect().height),
    "numpy loadtxt": ("a.txt", lambda f: len(np.loadtxt(f))),
    "json load": ("a.json", lambda f: len(json.load(f)["n"])),
}


@pytest.mark.parametrize("name", OPENED)
def test_an_open_file_is_read_by_what_takes_paths_too(name: str, files: Sealed) -> None:
    path, load = OPENED[name]
    with Path(path).open("rb") as file:
        assert load(file) == ROWS
    assert files.plain_files() == []
