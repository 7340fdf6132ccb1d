"""Savers that take more after they were made: what they were given is in the file, sealed, however they end."""

from __future__ import annotations

import contextlib
import gc
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jupyter_mlsec.protocol.errors import Denied
from tests.sealing.conftest import CANARY, Sealed

DF = pd.DataFrame({"ssn": [f"{CANARY}-{n}" for n in range(60)], "n": range(60)})
TABLE = pa.Table.from_pandas(DF, preserve_index=False)
ENGINES = ["openpyxl", "xlsxwriter"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_workbook_of_several_sheets_keeps_them_all(engine: str, house: Sealed, written_to: list[str]) -> None:
    with pd.ExcelWriter("a.xlsx", engine=engine) as writer:  # type: ignore[abstract]
        DF.to_excel(writer, sheet_name="one", index=False)
        DF.head(3).to_excel(writer, sheet_name="two", index=False)
    assert house.are_sealed()
    assert house.plain_files() == written_to == []
    found = pd.read_excel("a.xlsx", sheet_name=None)
    assert {name: len(sheet) for name, sheet in found.items()} == {"one": 60, "two": 3}


def test_a_workbook_whose_block_fails_holds_what_it_had_as_ever(house: Sealed) -> None:
    with contextlib.suppress(KeyError), pd.ExcelWriter("a.xlsx", engine="openpyxl") as writer:  # type: ignore[abstract]
        DF.to_excel(writer, index=False)
        raise KeyError("the user's own")
    assert house.are_sealed()
    assert len(pd.read_excel("a.xlsx")) == 60


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # openpyxl tries once more
def test_a_workbook_without_sheets_is_the_engines_error_and_leaves_nothing(house: Sealed) -> None:
    writer = pd.ExcelWriter("a.xlsx", engine="openpyxl")  # type: ignore[abstract]
    with pytest.raises(IndexError):
        writer.close()
    assert list(house.folder.iterdir()) == []


def test_sheets_are_not_added_to_a_workbook_in_place(house: Sealed) -> None:
    DF.to_excel("a.xlsx")
    before = Path("a.xlsx").read_bytes()
    with pytest.raises(Denied):
        pd.ExcelWriter("a.xlsx", engine="openpyxl", mode="a")  # type: ignore[abstract]
    assert Path("a.xlsx").read_bytes() == before


def test_a_writer_made_before_the_guard_takes_nothing_under_strict(house: Sealed) -> None:
    house.interception.uninstall()
    writer = pd.ExcelWriter("a.xlsx", engine="xlsxwriter")  # type: ignore[abstract]
    house.interception.install()
    with pytest.raises(Denied, match="ExcelWriter"):
        DF.to_excel(writer)
    writer.close()
    assert house.plain_files() == []


def test_a_styled_table_is_sealed(house: Sealed, written_to: list[str]) -> None:
    DF.style.to_excel("a.xlsx", index=False)
    assert house.are_sealed()
    assert written_to == []
    pd.testing.assert_frame_equal(pd.read_excel("a.xlsx"), DF)


def test_a_parquet_writer_that_is_dropped_writes_its_file_at_once(house: Sealed) -> None:
    writer = pq.ParquetWriter("a.parquet", TABLE.schema)
    writer.write_table(TABLE)
    del writer  # pyarrow closes it
    assert house.are_sealed()
    assert pq.read_table("a.parquet").num_rows == 60


def test_a_writer_of_arrow_that_is_dropped_leaves_no_file_and_no_temp(house: Sealed) -> None:
    writer = pa.ipc.new_file("a.arrow", TABLE.schema)
    writer.write_table(TABLE)
    del writer
    gc.collect()
    assert list(house.folder.iterdir()) == []


def test_a_parquet_writer_whose_block_fails_ends_its_file_as_ever(house: Sealed) -> None:
    with contextlib.suppress(KeyError), pq.ParquetWriter("a.parquet", TABLE.schema) as writer:
        writer.write_table(TABLE)
        raise KeyError("the user's own")
    assert house.are_sealed()
    assert pq.read_table("a.parquet").num_rows == 60


def test_lightgbms_binary_data_is_in_the_sealed_file(house: Sealed) -> None:
    names = [f"{CANARY}{number}" for number in range(3)]
    x = np.random.default_rng(0).random((200, 3))
    data = lightgbm.Dataset(x, (x[:, 0] > 0.5) * 1, feature_name=names, params={"verbose": -1})
    data.save_binary("d.bin")
    assert house.are_sealed()
    assert lightgbm.Dataset("d.bin", params={"verbose": -1}).construct().num_data() == 200
