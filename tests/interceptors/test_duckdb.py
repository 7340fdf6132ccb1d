"""duckdb under watch: it finds the caller's variables as ever; a query is recorded by what it does to which file."""

from __future__ import annotations

import threading

import duckdb
import msgspec
import pandas as pd
import pytest

from jupyter_mlsec.interception import Interception
from jupyter_mlsec.interceptors import LIBRARIES
from tests.interception.posts import Post


@pytest.fixture
def post(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"a": [1, 2, 3]}).to_csv("t.csv", index=False)
    post = Post(root=str(tmp_path))
    interception = Interception(LIBRARIES, post)
    interception.install()
    yield post
    interception.uninstall()


def done(post):
    return [(entry.operation.action, entry.operation.resource.name) for entry in post.recorded]


WAYS = {
    "duckdb.sql": lambda: duckdb.sql,
    "duckdb.query": lambda: duckdb.query,
    "duckdb.execute": lambda: duckdb.execute,
    "connection.sql": lambda: duckdb.connect().sql,
    "connection.execute": lambda: duckdb.connect().execute,
}
every_way = pytest.mark.parametrize("way", WAYS)


@every_way
def test_a_variable_of_the_calling_function_is_found(way, post):
    frame = pd.DataFrame({"a": [1, 2]})  # noqa: F841  # read by the string below
    assert WAYS[way]()("select sum(a) from frame").fetchall() == [(3,)]


@every_way
def test_a_variable_of_an_enclosing_function_is_found_only_when_it_is_closed_over(way, post):
    frame = pd.DataFrame({"a": [1, 2]})

    def closing():
        return frame is not None and WAYS[way]()("select sum(a) from frame").fetchall()

    def not_closing(run):
        return run("select sum(a) from frame")

    assert closing() == [(3,)]
    with pytest.raises(duckdb.CatalogException):
        not_closing(WAYS[way]())


@every_way
def test_a_variable_is_found_in_a_thread(way, post):
    found = []

    def work():
        frame = pd.DataFrame({"a": [4]})  # noqa: F841
        found.extend(WAYS[way]()("select a from frame").fetchall())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [(4,)]


def test_a_file_in_a_query_is_what_is_read(post):
    assert duckdb.sql("select count(*) from 't.csv'").fetchall() == [(3,)]
    assert done(post) == [("read", "t.csv")]


def test_a_copy_writes_its_file(post):
    duckdb.execute("copy (select 1 as a) to 'o.parquet' (format parquet)")
    assert done(post) == [("write", "o.parquet")]


def test_a_relation_writes_where_it_is_told(post):
    duckdb.sql("select 1 as a").write_csv("o.csv")
    assert ("write", "o.csv") in done(post)


def test_no_literal_of_a_statement_is_kept(post):
    duckdb.sql("select '078-05-1120' as ssn, trim(both from 'John Smith') as name").fetchall()
    text = msgspec.json.encode(post.entries)
    assert not any(hidden in text for hidden in (b"078-05", b"Smith"))
