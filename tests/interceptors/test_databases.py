"""Databases under watch: what a statement does is recorded, and how many rows came; never a value, never a password."""

from __future__ import annotations

import contextlib
import sqlite3

import duckdb
import msgspec
import pandas as pd
import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from jupyter_mlsec.interception import Interception
from jupyter_mlsec.interceptors import LIBRARIES
from jupyter_mlsec.protocol.entries import Amended
from tests.interception.posts import Post

SECRET = "hunter2"
TABLE = sa.Table("users", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String))


class User:
    """What is mapped to a row of users."""


orm.registry().map_imperatively(User, TABLE)


@pytest.fixture
def post(tmp_path, monkeypatch):
    """A guard at work in a folder; what it recorded holds no secret."""
    monkeypatch.chdir(tmp_path)
    post = Post(root=str(tmp_path))
    interception = Interception(LIBRARIES, post)
    interception.install()
    yield post
    interception.uninstall()
    assert SECRET.encode() not in msgspec.json.encode(post.entries)


@pytest.fixture
def engine(post):
    """An engine over a database of two users, nothing of how it was made among the entries."""
    engine = sa.create_engine("sqlite:///t.db")
    TABLE.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(TABLE.insert(), [{"name": SECRET}, {"name": "Ann"}])
    post.entries.clear()
    return engine


def done(post):
    return [(entry.operation.action, entry.operation.resource.name) for entry in post.recorded]


def rows(post):
    """How each stream ended, and the rows that came of it."""
    return [(one.outcome, *(fact.rows for fact in one.facts)) for one in post.entries if isinstance(one, Amended)]


def test_sqlite3_is_recorded_by_its_file_whatever_names_it(post):
    sqlite3.connect("t.db").close()
    sqlite3.connect(f"file:t.db?mode=ro&key={SECRET}", uri=True).close()
    sqlite3.connect(":memory:").close()
    assert done(post) == [("connect", "t.db"), ("connect", "t.db"), ("connect", "in memory")]


def test_a_database_that_another_library_opens_for_itself_is_not_the_users(post, engine):
    with engine.connect():
        pass
    assert [entry.operation.library for entry in post.recorded] == ["SQLAlchemy"]


def test_a_connection_reads_and_writes_by_its_statements(post, engine):
    with engine.begin() as connection:
        connection.execute(sa.text(f"update users set name = '{SECRET}' where id = 1"))
        connection.exec_driver_sql("delete from users where id = 2")
    assert done(post) == [
        ("connect", "t.db"),
        ("write", "update users set name = ? where id = ?"),
        ("write", "delete from users where id = ?"),
    ]


WAYS = {
    "all": lambda result: result.all(),
    "a loop": list,
    "one by one": lambda result: [*iter(result.fetchone, None)],
    "many by many": lambda result: list(result.partitions(1)),
    "scalars": lambda result: result.scalars().all(),
    "mappings": lambda result: list(result.mappings()),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_record_of_a_query_is_complete_when_its_rows_have_come(way, post, engine):
    with engine.connect() as connection:
        result = connection.execute(sa.select(TABLE))
        assert rows(post) == []
        assert len(WAYS[way](result)) == 2
    assert rows(post) == [("done", 2)]


def test_a_session_gives_one_record_for_a_query_and_one_for_what_it_flushes(post, engine):
    with orm.Session(engine) as session:
        found = session.scalars(sa.select(User).where(User.name == SECRET)).all()
        user = User()
        user.name = SECRET
        session.add(user)
        session.commit()
    assert len(found) == 1
    assert [action for action, _ in done(post)] == ["read", "write"]
    assert done(post)[1] == ("write", "users")
    assert rows(post) == [("done", 1)]


def test_a_session_with_nothing_to_write_writes_nothing(post, engine):
    with orm.Session(engine) as session:
        session.commit()
    assert done(post) == []


def test_pandas_through_an_engine_is_one_record_of_pandas(post, engine):
    pd.read_sql("select * from users", engine)
    assert [entry.operation.library for entry in post.recorded] == ["pandas"]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (
            f"postgresql+psycopg2://me:{SECRET}@db.invalid:5/shop?sslkey={SECRET}",
            "postgresql+psycopg2://db.invalid:5/shop",
        ),
        (f"mysql://me:12/{SECRET}@db.invalid/shop", "mysql://db.invalid/shop"),
        (f"postgresql://me:12@{SECRET}@db.invalid/shop", "postgresql://db.invalid/shop"),
        (f"mssql+pyodbc:///?odbc_connect=PWD%3D{SECRET}", "mssql+pyodbc://"),
    ],
)
def test_an_engine_is_named_without_who_connects(url, name, post):
    with contextlib.suppress(ImportError):  # no driver here: the call is recorded all the same
        sa.create_engine(url)
    assert done(post) == [("connect", name)]


@pytest.mark.parametrize(
    "statement",
    [
        f"attach 'postgres:host=h password={SECRET}' as p (type postgres)",
        f"create secret (type s3, key_id '{SECRET}', secret '{SECRET}')",
        f"select * from postgres_scan('host=h password={SECRET}.{SECRET}', 's', 't')",
        f"select * from 'https://me:{SECRET}@host.invalid/t.parquet?sig={SECRET}.{SECRET}'",
        f"copy (select 1) to 's3://bucket/t.parquet?token={SECRET}'",
    ],
)
def test_duckdb_keeps_no_secret_of_a_statement_that_fails(statement, post):
    with pytest.raises(duckdb.Error):
        duckdb.connect().execute(statement)
    assert post.recorded[-1].outcome == "failed"


def test_duckdb_keeps_no_token_of_a_database_elsewhere(post):
    with pytest.raises(duckdb.Error):
        duckdb.connect(f"nowhere/missing/t.duckdb?token={SECRET}")
    assert done(post)[0][0] == "connect"


def test_everything_is_given_back(tmp_path):
    before = sqlite3.connect, sa.Connection.execute.__code__, duckdb.DuckDBPyConnection.execute, duckdb.connect
    interception = Interception(LIBRARIES, Post())
    interception.install()
    during = sqlite3.connect, sa.Connection.execute.__code__, duckdb.DuckDBPyConnection.execute, duckdb.connect
    interception.uninstall()
    after = sqlite3.connect, sa.Connection.execute.__code__, duckdb.DuckDBPyConnection.execute, duckdb.connect
    assert not any(one is other for one, other in zip(before, during, strict=True))
    assert all(one is other for one, other in zip(before, after, strict=True))
