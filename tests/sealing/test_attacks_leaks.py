"""What loads leave behind: no descriptor, no pile of folders, nothing that others may read; many files at once work."""

from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

from jupyter_mlsec.host import memory_folder
from tests.sealing.conftest import CANARY, Sealed

DF = pd.DataFrame({"ssn": [f"{CANARY}-{n}" for n in range(5)], "n": range(5)})
PDF = pl.from_pandas(DF)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def in_memory() -> int:
    own = memory_folder.create()
    memory_folder.remove(own)
    return sum(1 for _ in own.parent.rglob("*"))


LOADS = {
    "pandas": lambda: pd.read_csv("a.csv"),
    "pandas, a piece": lambda: next(iter(pd.read_csv("a.csv", chunksize=2))),
    "polars": lambda: pl.read_parquet("a.parquet"),
    "polars lazy": lambda: pl.scan_parquet("a.parquet").collect(),
    "polars glob": lambda: pl.read_parquet("*.parquet"),
    "pyarrow mapped": lambda: pq.read_table("a.parquet", memory_map=True),
    "a writer": lambda: pq.ParquetWriter("w.pq", pq.read_schema("a.parquet")).close(),
}


@pytest.mark.parametrize("name", LOADS)
def test_a_load_that_is_repeated_leaves_no_more_behind(name: str, house: Sealed) -> None:
    DF.to_csv("a.csv")
    DF.to_parquet("a.parquet")
    for _ in range(3):
        LOADS[name]()
    open_before, kept_before = descriptors(), in_memory()
    for _ in range(20):
        LOADS[name]()
    assert descriptors() <= open_before + 5  # a library may open one of its own meanwhile
    assert in_memory() <= kept_before + 5


def test_more_files_than_a_process_has_descriptors_are_read_as_one(house: Sealed) -> None:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    Path("many").mkdir()
    for number in range(260):
        PDF.write_csv(f"many/{number}.csv")
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors() + 200, limits[1]))
    try:
        found = pl.scan_csv("many/*.csv").collect()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert found.height == 260 * 5
    assert house.plain_files() == []


def test_what_lies_in_memory_is_this_users_alone(house: Sealed) -> None:
    DF.to_csv("a.csv")
    plan = pl.scan_csv("*.csv")
    own = memory_folder.create().parent
    modes = {stat.S_IMODE(each.lstat().st_mode) & 0o077 for each in own.glob("*") if not each.is_symlink()}
    assert stat.S_IMODE(own.stat().st_mode) == 0o700
    assert modes == {0}
    assert plan.collect().height == 5


@pytest.mark.parametrize("named", ["many", "many/*.csv"])
def test_of_a_large_folder_no_file_is_left_out(named: str, house: Sealed) -> None:
    house.interception.uninstall()
    Path("many").mkdir()
    for number in range(2_100):
        Path(f"many/{number}.csv").write_text(f"n\n{number}\n")
    house.interception.install()
    pl.DataFrame({"n": [2_100]}).write_csv("many/sealed.csv")
    assert pl.scan_csv(named).collect()["n"].sum() == sum(range(2_101))


def test_a_data_set_that_is_sent_to_another_process_reads_the_same_file_there(house: Sealed) -> None:
    PDF.write_parquet("a.parquet")
    data = pyarrow.dataset.dataset("a.parquet")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(pyarrow.dataset.Dataset.count_rows, (data,)) == 5
