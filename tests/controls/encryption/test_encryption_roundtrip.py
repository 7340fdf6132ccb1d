"""What is saved sealed reads back by itself, library by library, and its plain form never lies on a disk."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sealing_bench import CANARY, CERTAIN, Bench, holds_canary, is_age, read, write

from jupyter_mlsec.protocol.facts import SealedFor

FRAME = pd.DataFrame({"ssn": [f"{CANARY}-{n}" for n in range(500)], "n": range(500)})
DF = pd.DataFrame
CASES: dict[str, tuple[Callable[..., Any], Any, Callable[..., Any], Any, dict[str, Any]]] = {
    "rows.csv": (
        DF.to_csv,
        write("DataFrame.to_csv", "path_or_buf", format="csv", compression="compression"),
        pd.read_csv,
        read("read_csv", "filepath_or_buffer", format="csv", compression="compression"),
        {"index": False},
    ),
    "rows.parquet": (
        DF.to_parquet,
        write("DataFrame.to_parquet", "path", format="parquet"),
        pd.read_parquet,
        read("read_parquet", "path", format="parquet"),
        {},
    ),
    "rows.json": (
        DF.to_json,
        write("DataFrame.to_json", "path_or_buf", format="json", compression="compression"),
        pd.read_json,
        read("read_json", "path_or_buf", format="json", compression="compression"),
        {},
    ),
    "rows.pkl": (
        DF.to_pickle,
        write("DataFrame.to_pickle", "path", format="pickle", compression="compression"),
        pd.read_pickle,
        read("read_pickle", "filepath_or_buffer", format="pickle", compression="compression"),
        {},
    ),
    "rows.xlsx": (
        DF.to_excel,
        write("DataFrame.to_excel", "excel_writer", format="excel"),
        pd.read_excel,
        read("read_excel", "io", format="excel"),
        {"index": False},
    ),
    "rows.joblib": (
        joblib.dump,
        write("dump", "filename", value="value", format="joblib"),
        joblib.load,
        read("load", "filename", format="joblib"),
        {},
    ),
}
for ending in ("csv.gz", "csv.zip", "csv.bz2", "csv.xz", "json.gz", "pkl.gz", "joblib.gz"):
    plain = ending.split(".")[0]
    CASES[f"rows.{ending}"] = CASES[f"rows.{plain}"]


def compressed_as(path: Path, reader: Any) -> bytes:
    return reader.read(6)


@pytest.mark.parametrize("as_path", [str, Path])
@pytest.mark.parametrize("name", CASES)
def test_a_sealed_save_reads_back_and_leaves_no_plain_byte(
    name: str, as_path: type, benches: Callable[..., Bench], private_temp: Path
) -> None:
    save, saving, load, loading, options = CASES[name]
    bench = benches()
    path = bench.project / name
    given = as_path(path)
    answer = bench.call(save, saving, FRAME, given, labels=CERTAIN, **options)
    assert is_age(path)
    assert holds_canary(bench.project, private_temp) == []
    assert bench.facts.find(SealedFor).size == path.stat().st_size  # type: ignore[union-attr]
    assert answer == ([str(path)] if "joblib" in name else None)
    pd.testing.assert_frame_equal(bench.call(load, loading, given), FRAME)
    assert sorted(each.name for each in bench.project.iterdir()) == [name]


MAGIC = {"csv.gz": b"\x1f\x8b", "csv.zip": b"PK", "csv.bz2": b"BZh", "joblib.gz": b"\x1f\x8b"}


@pytest.mark.parametrize("ending", MAGIC)
def test_a_compression_guessed_from_the_ending_is_kept_inside_the_seal(
    ending: str, benches: Callable[..., Bench]
) -> None:
    bench = benches()
    save, saving, *_ = CASES[f"rows.{ending}"]
    path = bench.project / f"rows.{ending}"
    bench.call(save, saving, FRAME, str(path), labels=CERTAIN)
    from jupyter_mlsec.vault import open_sealed

    assert open_sealed(path, identities=bench.identities).read(6).startswith(MAGIC[ending])


def test_a_workbook_made_without_a_seal_in_between_is_untouched(benches: Callable[..., Bench]) -> None:
    from openpyxl.worksheet import _writer

    before = (_writer.create_temporary_file, _writer.WorksheetWriter.cleanup)
    bench = benches()
    bench.call(DF.to_excel, CASES["rows.xlsx"][1], FRAME, bench.project / "a.xlsx", labels=CERTAIN)
    assert (_writer.create_temporary_file, _writer.WorksheetWriter.cleanup) == before
    FRAME.to_excel(bench.project / "b.xlsx")
    assert len(pd.read_excel(bench.project / "b.xlsx")) == 500


def test_no_plain_sheet_is_ever_opened_in_the_temporary_folder(
    benches: Callable[..., Bench], private_temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    opened: list[str] = []
    watching = [True]

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if watching and event == "open" and str(args[0]).startswith(str(private_temp)):
            opened.append(str(args[0]))

    sys.addaudithook(hook)
    bench = benches()
    try:
        bench.call(DF.to_excel, CASES["rows.xlsx"][1], FRAME, bench.project / "a.xlsx", labels=CERTAIN)
        assert opened == []
        FRAME.to_excel(bench.project / "b.xlsx")
        assert opened, "the hook sees nothing, so the assertion above says nothing"
    finally:
        watching.clear()


def test_xlsxwriter_is_made_to_keep_its_sheets_in_memory(benches: Callable[..., Bench], private_temp: Path) -> None:
    pytest.importorskip("xlsxwriter", reason="xlsxwriter is not installed")
    bench = benches()
    path = bench.project / "a.xlsx"
    watch = CASES["rows.xlsx"][1]
    bench.call(DF.to_excel, watch, FRAME, path, engine="xlsxwriter", index=False, labels=CERTAIN)
    assert is_age(path)
    assert holds_canary(bench.project, private_temp) == []
    pd.testing.assert_frame_equal(bench.call(pd.read_excel, read("read_excel", "io", format="excel"), path), FRAME)


def test_polars_reads_what_was_sealed(benches: Callable[..., Bench]) -> None:
    bench = benches()
    frame = pl.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
    path = bench.project / "p.parquet"
    bench.call(pl.DataFrame.write_parquet, write("DataFrame.write_parquet", "file"), frame, path, labels=CERTAIN)
    assert is_age(path)
    assert bench.call(pl.read_parquet, read("read_parquet", "source"), path).equals(frame)
    path = bench.project / "p.csv"
    bench.call(pl.DataFrame.write_csv, write("DataFrame.write_csv", "file"), frame, str(path), labels=CERTAIN)
    assert is_age(path)
    assert bench.call(pl.read_csv, read("read_csv", "source"), str(path)).equals(frame)


def test_a_path_only_loader_gets_a_path_in_memory(benches: Callable[..., Bench]) -> None:
    bench = benches()
    frame = pl.DataFrame({"a": list(range(1000))})
    path = bench.project / "p.parquet"
    watch = write("DataFrame.write_parquet", "file", sealing="path")
    bench.call(pl.DataFrame.write_parquet, watch, frame, path, labels=CERTAIN)
    assert is_age(path)
    lazy = bench.call(pl.scan_parquet, read("scan_parquet", "source", sealing="path"), path)
    assert lazy.collect().equals(frame)


def test_chunks_are_read_after_the_call_returned(benches: Callable[..., Bench]) -> None:
    bench = benches()
    save, saving, load, loading, options = CASES["rows.csv"]
    path = bench.project / "rows.csv"
    bench.call(save, saving, FRAME, path, labels=CERTAIN, **options)
    with bench.call(load, loading, path, chunksize=100) as chunks:
        assert [len(chunk) for chunk in chunks] == [100] * 5


def test_pickles_in_an_open_sealed_file_come_one_after_another(benches: Callable[..., Bench]) -> None:
    from jupyter_mlsec.vault import open_sealed

    bench = benches()
    path = bench.project / "two.pkl"
    arrays = [np.arange(50_000), {"second": 2}, np.ones(9)]
    with open_sealed(path, "wb", identities=bench.identities) as file:
        for each in arrays:
            pickle.dump(each, file)
    loading = read("load", "file", format="pickle")
    with path.open("rb") as file:
        found = [bench.call(pickle.load, loading, file) for _ in arrays]
        assert found[1] == arrays[1]
        np.testing.assert_array_equal(found[0], arrays[0])
        np.testing.assert_array_equal(found[2], arrays[2])
        file.seek(0)
        np.testing.assert_array_equal(bench.call(pickle.load, loading, file), arrays[0])


def test_a_plain_file_is_read_as_ever(benches: Callable[..., Bench]) -> None:
    bench = benches()
    FRAME.to_csv(bench.project / "rows.csv", index=False)
    _, _, load, loading, _ = CASES["rows.csv"]
    pd.testing.assert_frame_equal(bench.call(load, loading, bench.project / "rows.csv"), FRAME)
    assert len(bench.facts) == 0
