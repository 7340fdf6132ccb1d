"""Databases: sealed ones open for reading, in memory; what would make or change a plain one is refused under strict."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import sqlalchemy

from jupyter_mlsec.protocol.errors import Denied
from jupyter_mlsec.vault.files import seal_file
from tests.sealing.conftest import CANARY, Sealed

DF = pd.DataFrame({"ssn": [f"{CANARY}-{n}" for n in range(20)]})


@pytest.fixture
def sqlite(tmp_path: Path, house: Sealed) -> str:
    """A sealed SQLite database, made outside of the guard's sight."""
    house.interception.uninstall()
    with sqlite3.connect("a.db") as connection:
        DF.to_sql("people", connection, index=False)
    connection.close()
    seal_file("a.db", identities=house.identities)
    house.interception.install()
    return "a.db"


def test_a_sealed_sqlite_database_is_read_from_memory_and_nothing_lands_in_the_root_folder(
    sqlite: str, house: Sealed, written_to: list[str]
) -> None:
    connection = sqlite3.connect(sqlite)
    assert pd.read_sql("SELECT * FROM people", connection).equals(DF)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM people")
    assert house.plain_files() == written_to == []
    assert house.are_sealed()


def test_a_table_is_not_written_into_a_plain_database(house: Sealed) -> None:
    with pytest.raises(Denied, match="was not"):
        sqlite3.connect("new.db")
    engine = sqlalchemy.create_engine("sqlite:///other.db")
    with pytest.raises(Denied):
        DF.to_sql("people", engine)
    assert house.plain_files() == []


def test_a_database_in_memory_is_left_alone(house: Sealed) -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE t (x)")
    assert duckdb.connect().execute("CREATE TABLE t (x INT)").execute("SELECT count(*) FROM t").fetchone() == (0,)


@pytest.fixture
def duck(house: Sealed) -> str:
    """A sealed DuckDB database, made outside of the guard's sight."""
    house.interception.uninstall()
    with duckdb.connect("a.duckdb") as connection:
        connection.execute("CREATE TABLE people AS SELECT * FROM DF")
    seal_file("a.duckdb", identities=house.identities)
    house.interception.install()
    return "a.duckdb"


def test_a_sealed_duckdb_database_opens_read_only(duck: str, house: Sealed, written_to: list[str]) -> None:
    with pytest.raises(Denied, match="in place"):
        duckdb.connect(duck)
    connection = duckdb.connect(duck, read_only=True)
    assert connection.sql("FROM people").df().equals(DF)
    connection.close()
    assert house.plain_files() == written_to == []


def test_a_duckdb_database_that_would_stay_plain_is_refused(house: Sealed) -> None:
    with pytest.raises(Denied):
        duckdb.connect("new.duckdb")
    assert list(house.folder.iterdir()) == []


def test_duckdbs_way_with_buffers_makes_no_plain_file(house: Sealed) -> None:
    relation = duckdb.from_df(DF)
    with pytest.raises(Denied, match="no file object"):
        relation.write_csv(io.BytesIO())  # duckdb would make a file that is named after the object
    assert list(house.folder.iterdir()) == []
