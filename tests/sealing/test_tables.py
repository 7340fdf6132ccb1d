"""Tables: every saver seals without a plain byte on a disk, every loader reads that back as it would a plain file."""

from __future__ import annotations

import warnings
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pyarrow.feather
import pyarrow.json
import pyarrow.orc
import pyarrow.parquet
import pytest

from jupyter_mlsec.protocol.errors import Denied
from tests.sealing.conftest import CANARY, Sealed

ROWS = 300
DF = pd.DataFrame({"ssn": [f"{CANARY}-{n}" for n in range(ROWS)], "n": np.arange(ROWS)})
PDF = pl.from_pandas(DF)
TABLE = TABLED = pa.Table.from_pandas(DF, preserve_index=False)  # duckdb finds the second by its name


def _ipc(path: str) -> None:
    with pa.ipc.new_file(path, TABLE.schema) as writer:
        writer.write_table(TABLE)


def _parquet_writer(path: str) -> None:
    with pa.parquet.ParquetWriter(path, TABLE.schema) as writer:
        writer.write_table(TABLE.slice(0, 100))
        writer.write_table(TABLE.slice(100))


SAVERS = {
    "pandas to_csv": ("a.csv", lambda p: DF.to_csv(p, index=False)),
    "pandas to_csv.gz": ("a.csv.gz", lambda p: DF.to_csv(p, index=False)),
    "pandas to_parquet": ("a.parquet", lambda p: DF.to_parquet(p)),
    "pandas to_feather": ("a.feather", lambda p: DF.to_feather(p)),
    "pandas to_orc": ("a.orc", lambda p: DF.to_orc(p)),
    "pandas to_json": ("a.json", lambda p: DF.to_json(p)),
    "pandas to_pickle": ("a.pkl", lambda p: DF.to_pickle(p)),
    "pandas.to_pickle": ("a.pkl", lambda p: pd.to_pickle(DF, p)),
    "pandas to_excel": ("a.xlsx", lambda p: DF.to_excel(p, index=False, engine="openpyxl")),
    "pandas to_stata": ("a.dta", lambda p: DF.to_stata(p, write_index=False)),
    "pandas to_xml": ("a.xml", lambda p: DF.to_xml(p, index=False)),
    "pandas to_html": ("a.html", lambda p: DF.to_html(p, index=False)),
    "pandas to_latex": ("a.tex", lambda p: DF.style.to_latex(p)),
    "pandas to_markdown": ("a.md", lambda p: DF.to_markdown(p)),
    "pandas to_string": ("a.txt", lambda p: DF.to_string(p)),
    "pandas Styler.to_html": ("a.html", lambda p: DF.style.to_html(p)),
    "polars write_csv": ("a.csv", lambda p: PDF.write_csv(p)),
    "polars write_parquet": ("a.parquet", lambda p: PDF.write_parquet(p)),
    "polars write_ipc": ("a.arrow", lambda p: PDF.write_ipc(p)),
    "polars write_ipc_stream": ("a.arrows", lambda p: PDF.write_ipc_stream(p)),
    "polars write_json": ("a.json", lambda p: PDF.write_json(p)),
    "polars write_ndjson": ("a.ndjson", lambda p: PDF.write_ndjson(p)),
    "polars write_avro": ("a.avro", lambda p: PDF.write_avro(p)),
    "polars sink_csv": ("a.csv", lambda p: PDF.lazy().sink_csv(p)),
    "polars sink_parquet": ("a.parquet", lambda p: PDF.lazy().sink_parquet(p)),
    "polars sink_ipc": ("a.arrow", lambda p: PDF.lazy().sink_ipc(p)),
    "polars sink_ndjson": ("a.ndjson", lambda p: PDF.lazy().sink_ndjson(p)),
    "polars serialize": ("a.plbin", lambda p: PDF.serialize(p)),
    "pyarrow write_csv": ("a.csv", lambda p: pa.csv.write_csv(TABLE, p)),
    "pyarrow write_table": ("a.parquet", lambda p: pa.parquet.write_table(TABLE, p)),
    "pyarrow ParquetWriter": ("a.parquet", _parquet_writer),
    "pyarrow write_feather": ("a.feather", lambda p: pa.feather.write_feather(TABLE, p)),
    "pyarrow orc": ("a.orc", lambda p: pa.orc.write_table(TABLE, p)),
    "pyarrow ipc": ("a.arrow", _ipc),
    "duckdb write_csv": ("a.csv", lambda p: duckdb.from_arrow(TABLE).write_csv(p)),
    "duckdb write_parquet": ("a.parquet", lambda p: duckdb.from_arrow(TABLE).write_parquet(p)),
    "duckdb COPY csv": ("a.csv", lambda p: duckdb.sql(f"COPY (FROM TABLED) TO '{p}'")),
    "duckdb COPY parquet": ("a.parquet", lambda p: duckdb.execute(f"COPY (FROM TABLED) TO '{p}' (FORMAT parquet)")),
    "numpy savetxt": ("a.txt", lambda p: np.savetxt(p, DF["ssn"].to_numpy(dtype=str), fmt="%s")),
}


def scan(frame: pl.LazyFrame) -> pd.DataFrame:
    return frame.filter(pl.col("n") >= 0).collect().to_pandas()


LOADERS = {
    "csv": {
        "pandas read_csv": lambda p: pd.read_csv(p),
        "pandas read_csv chunks": lambda p: pd.concat(pd.read_csv(p, chunksize=100)),
        "pandas read_csv pyarrow": lambda p: pd.read_csv(p, engine="pyarrow"),
        "pandas read_csv mapped": lambda p: pd.read_csv(p, memory_map=True),
        "pandas read_table": lambda p: pd.read_table(p, sep=","),
        "polars read_csv": lambda p: pl.read_csv(p).to_pandas(),
        "polars scan_csv": lambda p: scan(pl.scan_csv(p)),
        "pyarrow read_csv": lambda p: pa.csv.read_csv(p).to_pandas(),
        "pyarrow open_csv": lambda p: pa.csv.open_csv(p).read_all().to_pandas(),
        "pyarrow dataset": lambda p: pa.dataset.dataset(p, format="csv").to_table().to_pandas(),
        "duckdb read_csv": lambda p: duckdb.read_csv(p).filter("n >= 0").df(),
        "duckdb FROM": lambda p: duckdb.sql(f"SELECT * FROM '{p}' WHERE n >= 0").df(),
        "duckdb read_csv()": lambda p: duckdb.execute(f"SELECT * FROM read_csv('{p}')").df(),
    },
    "parquet": {
        "pandas read_parquet": lambda p: pd.read_parquet(p),
        "polars read_parquet": lambda p: pl.read_parquet(p).to_pandas(),
        "polars scan_parquet": lambda p: scan(pl.scan_parquet(p)),
        "pyarrow read_table": lambda p: pa.parquet.read_table(p).to_pandas(),
        "pyarrow ParquetFile": lambda p: pa.parquet.ParquetFile(p).read().to_pandas(),
        "pyarrow ParquetDataset": lambda p: pa.parquet.ParquetDataset(p).read().to_pandas(),
        "pyarrow dataset": lambda p: pa.dataset.dataset(p).to_table().to_pandas(),
        "duckdb read_parquet": lambda p: duckdb.read_parquet(p).df(),
        "duckdb FROM": lambda p: duckdb.sql(f"FROM '{p}'").df(),
    },
    "feather": {
        "pandas read_feather": lambda p: pd.read_feather(p),
        "polars read_ipc": lambda p: pl.read_ipc(p).to_pandas(),
        "polars scan_ipc": lambda p: scan(pl.scan_ipc(p)),
        "pyarrow read_table": lambda p: pa.feather.read_table(p).to_pandas(),
        "pyarrow read_feather": lambda p: pa.feather.read_feather(p),
        "pyarrow memory_map": lambda p: pa.ipc.open_file(pa.memory_map(p)).read_pandas(),
        "pyarrow ipc": lambda p: pa.ipc.open_file(p).read_pandas(),
    },
    "orc": {
        "pandas read_orc": lambda p: pd.read_orc(p),
        "pyarrow read_table": lambda p: pa.orc.read_table(p).to_pandas(),
    },
    "pkl": {"pandas read_pickle": lambda p: pd.read_pickle(p)},
    "xlsx": {"pandas read_excel": lambda p: pd.read_excel(p), "pandas ExcelFile": lambda p: pd.ExcelFile(p).parse()},
    "dta": {"pandas read_stata": lambda p: pd.read_stata(p)},
    "xml": {"pandas read_xml": lambda p: pd.read_xml(p)},
    "html": {"pandas read_html": lambda p: pd.read_html(p)[0]},
    "json": {"pandas read_json": lambda p: pd.read_json(p)},
    "ndjson": {
        "pandas read_json lines": lambda p: pd.concat(pd.read_json(p, lines=True, chunksize=100)),
        "polars read_ndjson": lambda p: pl.read_ndjson(p).to_pandas(),
        "polars scan_ndjson": lambda p: scan(pl.scan_ndjson(p)),
        "pyarrow read_json": lambda p: pa.json.read_json(p).to_pandas(),
    },
    "avro": {"polars read_avro": lambda p: pl.read_avro(p).to_pandas()},
    "plbin": {"polars deserialize": lambda p: pl.DataFrame.deserialize(p).to_pandas()},
}
MAKERS = {  # who makes the file that the loaders of that ending are given
    "csv": "pandas to_csv",
    "parquet": "pandas to_parquet",
    "feather": "pandas to_feather",
    "orc": "pandas to_orc",
    "pkl": "pandas to_pickle",
    "xlsx": "pandas to_excel",
    "dta": "pandas to_stata",
    "xml": "pandas to_xml",
    "html": "pandas to_html",
    "json": "pandas to_json",
    "ndjson": "polars write_ndjson",
    "avro": "polars write_avro",
    "plbin": "polars serialize",
}


@pytest.mark.parametrize("name", SAVERS)
def test_a_saver_leaves_no_plain_byte_on_a_disk(name: str, house: Sealed, written_to: list[str]) -> None:
    file, save = SAVERS[name]
    save(file)
    assert house.are_sealed()
    assert house.plain_files() == []
    assert [each for each in written_to if CANARY not in each] == []
    assert [record[1] for record in house.records if record[0] == "sealed"] == [file]


@pytest.mark.parametrize(("ending", "name"), [(ending, name) for ending, names in LOADERS.items() for name in names])
def test_a_loader_reads_what_was_sealed(ending: str, name: str, house: Sealed, written_to: list[str]) -> None:
    file, save = SAVERS[MAKERS[ending]]
    save(file)
    assert house.are_sealed()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = LOADERS[ending][name](file)
    found = found[["ssn", "n"]].reset_index(drop=True).astype({"ssn": object, "n": "int64"})
    pd.testing.assert_frame_equal(found, DF.astype({"ssn": object}), check_dtype=False)
    assert house.plain_files() == []
    assert written_to == []


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_saved_file_is_read_by_other_loaders_whoever_saved_it(ending: str, house: Sealed) -> None:
    for name, (file, save) in SAVERS.items():
        if file == f"a.{ending}":
            save(file)
            assert house.are_sealed(), name
            assert len(pd.read_csv(file) if ending == "csv" else pd.read_parquet(file)) == ROWS, name
            Path(file).unlink()


def parts() -> pd.DataFrame:
    return DF.assign(part=[f"p{n % 3}" for n in range(ROWS)])


def _back(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[["ssn", "n"]].sort_values("n").reset_index(drop=True)


FOLDERS = {
    "pandas": lambda: parts().to_parquet("people", partition_cols=["part"]),
    "polars": lambda: pl.from_pandas(parts()).write_parquet("people", partition_by="part", mkdir=True),
    "pyarrow": lambda: pa.dataset.write_dataset(
        pa.Table.from_pandas(parts()), "people", format="parquet", partitioning=["part"], partitioning_flavor="hive"
    ),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_of_parts_is_sealed_part_by_part_and_read_as_one(
    name: str, house: Sealed, written_to: list[str]
) -> None:
    FOLDERS[name]()
    assert house.are_sealed()
    assert len(list(house.folder.rglob("*.parquet"))) == 3
    for found in (
        pd.read_parquet("people", partitioning=None),
        pl.read_parquet("people/**/*.parquet").to_pandas(),
        scan(pl.scan_parquet("people/*/*.parquet")),
        pa.parquet.read_table("people", partitioning=None).to_pandas(),
        pa.dataset.dataset("people").to_table().to_pandas(),
        duckdb.read_parquet("people/*/*.parquet").df(),
        duckdb.sql("FROM 'people/*/*.parquet'").df(),
        pl.read_parquet([str(path) for path in sorted(house.folder.rglob("*.parquet"))]).to_pandas(),
    ):
        assert _back(found)["ssn"].tolist() == DF["ssn"].tolist()
    assert house.plain_files() == written_to == []


def test_a_folder_that_is_there_already_is_not_written_into(house: Sealed) -> None:
    FOLDERS["pandas"]()
    with pytest.raises(Denied, match="there already"):
        FOLDERS["pandas"]()


def test_a_folder_where_one_part_is_sealed_and_another_is_not(house: Sealed) -> None:
    FOLDERS["pandas"]()
    house.interception.uninstall()
    Path("people/part=p9").mkdir()
    DF.head(2).assign(n=[1000, 1001]).to_parquet("people/part=p9/plain.parquet")
    house.interception.install()
    assert len(pd.read_parquet("people")) == ROWS + 2
