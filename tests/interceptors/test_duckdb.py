"""duckdb under watch: it finds the caller's variables as ever; a query is recorded by what it does to which file."""

from __future__ import annotations

import threading

import duckdb
import msgspec
import pandas as pd
import pytest

from jupyter_mlsec.interception import Interception
from jupyter_mlsec.interceptors import LIBRARIES
from jupyter_mlsec.protocol.entries import Amended
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


@pytest.mark.parametrize("way", ["connection.sql", "connection.execute"])
def test_a_connection_that_looks_in_all_frames_finds_what_its_callers_hold(way, post):
    frame = pd.DataFrame({"a": [1, 2]})  # noqa: F841

    def not_closing():
        con = duckdb.connect(config={"python_scan_all_frames": True})
        return getattr(con, way.partition(".")[2])("select sum(a) from frame").fetchall()

    assert not_closing() == [(3,)]


@every_way
def test_no_variable_of_ours_is_ever_found(way, post):
    for name in ("args", "kwargs", "passage", "value", "error", "handler"):
        with pytest.raises(duckdb.CatalogException):
            WAYS[way]()(f"select * from {name}")


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


def rows(post):
    return [(one.outcome, *(fact.rows for fact in one.facts)) for one in post.entries if isinstance(one, Amended)]


ENDS = {
    "fetchall": lambda relation: relation.fetchall(),
    "df": lambda relation: relation.df(),
    "pl": lambda relation: relation.pl(),
    "to_arrow_table": lambda relation: relation.to_arrow_table(),
    "iter_rows": lambda relation: list(relation.iter_rows()),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_relations_record_is_complete_when_its_rows_have_come(end, post):
    relation = duckdb.read_csv("t.csv")
    assert rows(post) == []
    ENDS[end](relation)
    assert (done(post), rows(post)) == ([("read", "t.csv")], [("done", 3)])


def test_a_relation_derived_from_another_reads_its_files_when_it_is_run(post):
    relation = duckdb.read_csv("t.csv").filter("a > 1")
    assert len(relation.df()) == 2
    assert done(post) == [("read", "t.csv")] * 2


def test_a_relation_over_memory_leaves_no_record(post):
    duckdb.from_df(pd.DataFrame({"a": [1]})).filter("a > 0").df()
    assert done(post) == []


def test_rows_fetched_from_a_connection_are_counted_and_what_is_left_says_so(post):
    con = duckdb.connect()
    con.execute("select * from 't.csv'").fetchone()
    con.fetchall()
    left = con.sql("select * from 't.csv'").iter_rows()
    next(left)
    left.close()
    assert rows(post) == [("done", 3), ("interrupted", 1)]


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
