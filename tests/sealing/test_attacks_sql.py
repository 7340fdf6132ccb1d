"""SQL that is written as people write it: what names a file is sealed, opened or refused."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd
import pytest

from jupyter_mlsec.interception.statements import IN_SQL, read_statement
from jupyter_mlsec.protocol.errors import Denied
from tests.sealing.conftest import CANARY, Sealed

ROWS = 40
DF = pd.DataFrame({"ssn": [f"{CANARY}-{n}" for n in range(ROWS)], "n": range(ROWS)})

SEALED = {  # statement: the file it makes
    "COPY t TO 'o.csv' (HEADER, DELIMITER ';')": "o.csv",
    "COPY t TO 'it''s.csv'": "it's.csv",
    'COPY t TO "o.csv"': "o.csv",
    "COPY t TO $$o.csv$$": "o.csv",
    "COPY t TO E'o.csv'": "o.csv",
    "COPY t TO 'o.csv'; SELECT 1": "o.csv",
    "SELECT 1; COPY t TO 'o.parquet' (FORMAT parquet);": "o.parquet",
    "COPY t /* to 'x.csv' */ TO 'o.csv' -- to 'z.csv'": "o.csv",
    "COPY (SELECT *, ' to ''x.csv'' ' AS z FROM t) TO 'o.csv'": "o.csv",
    "/* a; b */ COPY t TO 'o.csv'": "o.csv",
}


@pytest.fixture
def con(house: Sealed) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.register("t", DF)
    return connection


@pytest.mark.parametrize("statement", SEALED)
def test_a_copy_is_sealed_however_it_is_spelled(
    statement: str, house: Sealed, con: duckdb.DuckDBPyConnection, written_to: list[str]
) -> None:
    con.execute(statement)
    assert [each.name for each in house.folder.iterdir()] == [SEALED[statement]]
    assert house.are_sealed()
    assert house.plain_files() == written_to == []


def test_a_statement_that_was_parsed_before_is_sealed_and_opened_too(
    house: Sealed, con: duckdb.DuckDBPyConnection
) -> None:
    for statement in con.extract_statements("COPY t TO 'o.csv'; CREATE TABLE back AS FROM 'o.csv'"):
        con.execute(statement)
    assert house.are_sealed()
    assert con.execute("SELECT count(*) FROM back").fetchone() == (ROWS,)


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("COPY t TO ?", ["o.csv"]),
        ("COPY t TO $place", {"place": "o.csv"}),
        ("COPY t TO ('o' || '.csv')", None),
        ("COPY t TO 'o.csv'; COPY t TO 'p.csv'", None),
        ("PREPARE later AS COPY t TO 'o.csv'", None),
        ("ATTACH 'o.duckdb' AS o", None),
        ("SELECT 1; ATTACH 'o.duckdb' AS o; CREATE TABLE o.t AS FROM t; SELECT 1", None),
        ("ATTACH 'o.duckdb' AS o (READ_ONLY false)", None),
    ],
)
def test_what_cannot_be_sealed_is_refused_before_a_byte_is_there(
    statement: str, values: object, house: Sealed, con: duckdb.DuckDBPyConnection
) -> None:
    with pytest.raises(Denied, match="was not saved"):
        con.execute(statement, values)
    assert list(house.folder.iterdir()) == []


def test_a_database_in_memory_is_attached_as_ever(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("ATTACH ':memory:' AS one; CREATE TABLE one.t AS FROM t")
    assert con.execute("SELECT count(*) FROM one.t").fetchone() == (ROWS,)


def test_a_value_that_reads_like_a_file_stays_a_value(house: Sealed, con: duckdb.DuckDBPyConnection) -> None:
    con.execute("COPY t TO 'o.csv'")
    found = con.execute("SELECT 'o.csv', n, '''o.csv''', 'o.csv' FROM 'o.csv' WHERE 'o.csv' <> 'x' LIMIT 1").fetchone()
    assert found == ("o.csv", 0, "'o.csv'", "o.csv")


def test_several_files_in_one_statement_are_all_opened(house: Sealed, con: duckdb.DuckDBPyConnection) -> None:
    con.execute("COPY t TO 'o.csv'")
    con.execute("COPY t TO 'it''s.parquet'")
    query = "WITH x AS (FROM \"o.csv\") SELECT count(*) FROM x a, 'it''s.parquet' b, read_csv(['o.csv', 'o.csv']) c"
    assert con.execute(query + " -- 'o.csv'").fetchone() == (ROWS * ROWS * 2 * ROWS,)


def test_of_a_statement_only_the_places_of_files_are_renamed() -> None:
    text = "SELECT 'a.csv' FROM 'a.csv' JOIN read_csv('a.csv', delim=';', names=['a.csv']) /* 'a.csv' */"
    assert IN_SQL.put(text, {"a.csv": "/m/it's.csv"}) == (
        "SELECT 'a.csv' FROM '/m/it''s.csv' JOIN read_csv('/m/it''s.csv', delim=';', names=['a.csv']) /* 'a.csv' */"
    )


@pytest.mark.parametrize("text", ["", ";", "'", '"', "$$", "/*", "((", "))", "COPY", "ATTACH", "COPY t TO", "E'\\"])
def test_what_is_no_sql_is_read_without_an_error(text: str) -> None:
    assert read_statement(text).sources == ()


def test_a_saver_that_made_nothing_is_not_taken_for_saved(house: Sealed) -> None:
    from jupyter_mlsec.controls.encryption.carriers import FolderOut
    from jupyter_mlsec.protocol.errors import VaultError

    out = FolderOut(Path("o.csv"), [house.identities.recipient()])
    with pytest.raises(VaultError, match="was not saved"):
        out.finish()
    assert not Path(out.given).parent.exists()
