"""Calls as people write them work sealed as they do plain: the same answer, the same errors, no plain byte."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq
import pytest

from tests.sealing.conftest import CANARY, Sealed

ROWS = 60
DF = pd.DataFrame({"ssn": [f"{CANARY}-{n}" for n in range(ROWS)], "n": range(ROWS)})
PDF = pl.from_pandas(DF)
TABLE = pa.Table.from_pandas(DF, preserve_index=False)
LOCAL = pa.fs.LocalFileSystem()

SAVED: dict[str, tuple[Callable[[], object], Callable[[], pd.DataFrame]]] = {
    "text mode": (lambda: DF.to_csv("a.csv", mode="wt", index=False), lambda: pd.read_csv("a.csv")),
    "text mode, new": (lambda: DF.to_csv("a.csv", mode="xt", index=False), lambda: pd.read_csv("a.csv")),
    "utf-16": (
        lambda: DF.to_csv("a.csv", encoding="utf-16", index=False),
        lambda: pd.read_csv("a.csv", encoding="utf-16"),
    ),
    "utf-32": (
        lambda: DF.to_csv("a.csv", encoding="UTF32", index=False),
        lambda: pd.read_csv("a.csv", encoding="utf-32"),
    ),
    "utf-16 and gzip": (
        lambda: DF.to_csv("a.csv.gz", encoding="utf-16", index=False),
        lambda: pd.read_csv("a.csv.gz", encoding="utf-16"),
    ),
    "stata's long strings": (
        lambda: DF.to_stata("a.dta", version=118, convert_strl=["ssn"], write_index=False),
        lambda: pd.read_stata("a.dta").astype({"n": "int64"}),
    ),
    "json by pyarrow": (
        lambda: DF.to_json("a.json", orient="records", lines=True),
        lambda: pd.read_json("a.json", lines=True, engine="pyarrow"),
    ),
    "pandas, local file system named": (
        lambda: DF.to_parquet("a.parquet", filesystem=LOCAL),
        lambda: pd.read_parquet("a.parquet", filesystem=LOCAL),
    ),
    "pyarrow, local file system named": (
        lambda: pq.write_table(TABLE, "a.parquet", filesystem=LOCAL),
        lambda: pq.read_table("a.parquet", filesystem=LOCAL).to_pandas(),
    ),
    "polars makes the folder": (
        lambda: PDF.write_parquet("new/folder/a.parquet", mkdir=True),
        lambda: pl.read_parquet("new/folder/a.parquet").to_pandas(),
    ),
    "polars' sink makes the folder": (
        lambda: PDF.lazy().sink_csv("new/folder/a.csv", mkdir=True),
        lambda: pl.read_csv("new/folder/a.csv").to_pandas(),
    ),
    "a name as long as can be": (
        lambda: DF.to_csv("日" * 83 + ".csv", index=False),
        lambda: pd.read_csv("日" * 83 + ".csv"),
    ),
}


@pytest.mark.parametrize("name", SAVED)
def test_what_works_plain_works_sealed(name: str, house: Sealed, written_to: list[str]) -> None:
    save, load = SAVED[name]
    save()
    assert house.are_sealed()
    assert house.plain_files() == written_to == []
    pd.testing.assert_frame_equal(load(), DF, check_dtype=False)
    assert house.plain_files() == written_to == []


def test_a_schema_alone_is_written_as_ever(house: Sealed) -> None:
    pq.write_metadata(TABLE.schema, "_metadata")
    assert house.are_sealed()
    assert pq.read_schema("_metadata").names == ["ssn", "n"]


def test_a_file_that_must_be_new_says_which_is_there(house: Sealed) -> None:
    DF.to_csv("a.csv")
    with pytest.raises(FileExistsError) as caught:
        DF.to_csv("a.csv", mode="x")
    assert caught.value.errno is not None
    assert Path(caught.value.filename).name == "a.csv"


@pytest.mark.usefixtures("house")
def test_a_name_that_no_file_can_have_is_the_systems_error() -> None:
    with pytest.raises(OSError, match="too long"):
        DF.to_csv("a" * 300)


@pytest.mark.usefixtures("house")
def test_what_goes_to_nowhere_is_left_alone() -> None:
    assert DF.to_csv("/dev/null") is None


def test_another_file_systems_file_is_never_mixed_up_with_a_sealed_one_of_its_name(
    house: Sealed, tmp_path: Path
) -> None:
    DF.to_parquet("a.parquet")
    house.interception.uninstall()
    (tmp_path / "elsewhere").mkdir()
    pq.write_table(TABLE.slice(0, 3), tmp_path / "elsewhere" / "a.parquet")
    house.interception.install()
    elsewhere = pa.fs.SubTreeFileSystem(str(tmp_path / "elsewhere"), LOCAL)
    assert pq.read_table("a.parquet", filesystem=elsewhere).num_rows == 3
