"""polars beyond its recipes: plans, however they are run, name what they scan; tables in memory leave no record."""

from __future__ import annotations

import asyncio
import functools
import gc
import io
import threading

import msgspec
import polars as pl
import pytest
from polars import read_csv as earlier_read_csv

from jupyter_mlsec.interception import Interception
from jupyter_mlsec.interceptors import LIBRARIES
from jupyter_mlsec.protocol.entries import Amended
from tests.conformance.recipes.pandas_calls import sql
from tests.interception.posts import Post

FRAME = pl.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
A = pl.col("a")


@pytest.fixture
def post(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in "tuv":
        FRAME.write_csv(f"{name}.csv")
    for part in "12":
        FRAME.write_parquet(f"hive/part={part}/t.parquet", mkdir=True)
    post = Post(root=str(tmp_path))
    interception = Interception(LIBRARIES, post)
    interception.install()
    yield post
    interception.uninstall()


def done(post):
    return [(one.operation.action, one.operation.function, names(one)) for one in post.recorded]


def names(entry):
    """What one call acted on, the main resource first."""
    return ", ".join(one.name for one in (entry.operation.resource, *entry.operation.others))


def rows(post):
    """What was learned of each stream: how many rows came."""
    return [fact.rows for entry in post.entries if isinstance(entry, Amended) for fact in entry.facts]


async def _awaited(plan):
    return await plan.collect_async()


RUNS = {
    "collect": lambda plan: plan.collect(),
    "streaming": lambda plan: plan.collect(engine="streaming"),
    "collect_async": lambda plan: asyncio.run(_awaited(plan)),
    "collect_batches": lambda plan: pl.concat(plan.collect_batches(chunk_size=2)),
    "background": lambda plan: plan.collect(background=True).fetch_blocking(),
}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.filterwarnings("ignore:.*unstable")
def test_a_scan_that_is_run_is_one_record_completed_when_its_rows_flowed(post, run):
    assert len(run(pl.scan_csv("t.csv"))) == 3
    gc.collect()
    pl.read_csv("t.csv")  # what nobody holds any more is settled by the next read
    assert done(post) == [("read", "scan_csv", "t.csv"), ("read", "read_csv", "t.csv")]
    assert rows(post) == [3]


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.filterwarnings("ignore:.*unstable")
def test_a_plan_over_a_scan_names_its_file_however_it_is_run(post, run):
    plan = pl.scan_csv("t.csv").filter(A > 1)
    post.entries.clear()
    assert len(run(plan)) == 2
    ((action, _, name),) = done(post)
    assert (action, name) == ("read", "t.csv")


def test_a_scan_that_is_run_again_is_recorded_again(post):
    plan = pl.scan_csv("t.csv")
    plan.collect()
    plan.collect()
    assert done(post) == [("read", "scan_csv", "t.csv"), ("read", "LazyFrame.collect", "t.csv")]


SCANS = {
    "join": (lambda: pl.scan_csv("t.csv").join(pl.scan_csv("u.csv"), on="a"), "t.csv, u.csv"),
    "concat": (lambda: pl.concat([pl.scan_csv("t.csv"), pl.scan_csv("v.csv")]), "t.csv, v.csv"),
    "twice": (lambda: pl.concat([pl.scan_csv("t.csv"), pl.scan_csv("t.csv")]), "t.csv"),
    "glob": (lambda: pl.scan_csv("*.csv").filter(A > 1), "t.csv, 2 other sources"),
    "list": (lambda: pl.scan_csv(["u.csv", "t.csv", "v.csv"]).filter(A > 1), "u.csv, 2 other sources"),
    "hive": (lambda: pl.scan_parquet("hive").filter(A > 1), "hive/part=1/t.parquet, hive/part=2/t.parquet"),
    "bytes": (lambda: pl.scan_csv(io.BytesIO(b"a\n1\n")).filter(A > 1), "4 in-mem bytes"),
    "sql": (lambda: pl.sql("select * from read_csv('t.csv')").filter(A > 1), "t.csv"),
}


@pytest.mark.parametrize(("plan", "named"), SCANS.values(), ids=SCANS)
def test_a_plan_names_all_it_scans(post, plan, named):
    made = plan()
    post.entries.clear()
    made.collect()
    assert done(post) == [("read", "LazyFrame.collect", named)]


def test_sql_over_files_that_is_run_at_once_is_recorded(post):
    context = pl.SQLContext(t=pl.scan_csv("t.csv").filter(A > 1), eager=True)
    post.entries.clear()
    assert len(context.execute("select * from t")) == 2
    assert done(post) == [("read", "LazyFrame.collect", "t.csv")]


def test_several_plans_run_at_once_are_one_record(post):
    plans = [pl.scan_csv("t.csv").filter(A > 1), FRAME.lazy(), pl.scan_csv("u.csv").filter(A > 1)]
    post.entries.clear()
    pl.collect_all(plans)
    assert done(post) == [("read", "collect_all", "t.csv, u.csv")]


@pytest.mark.parametrize("look", ["describe", "show"])
def test_looking_at_a_plan_reads_its_file(post, look, capsys):
    plan = pl.scan_csv("t.csv").filter(A > 1)
    post.entries.clear()
    getattr(plan, look)()
    assert done(post) == [("read", "LazyFrame.collect", "t.csv")]


def test_a_sink_names_what_it_writes_and_what_it_reads_for_that(post):
    plan = pl.scan_csv("t.csv").filter(A > 1)
    post.entries.clear()
    plan.sink_parquet("o.parquet")
    plan.sink_csv(pl.PartitionBy("parts", key="b"), mkdir=True)
    assert done(post) == [
        ("write", "LazyFrame.sink_parquet", "o.parquet, t.csv"),
        ("write", "LazyFrame.sink_csv", "parts, t.csv"),
    ]


def test_tables_in_memory_leave_no_record(post):
    FRAME.filter(A > 1).with_columns(c=A * 2).group_by("b").agg(A.sum()).sort("b")
    FRAME.lazy().filter(A > 1).collect()
    FRAME.sql("select count(*) from self")
    FRAME.lazy().filter(pl.col("b") == "Csv SCAN [t.csv]").collect()
    assert done(post) == []


def test_a_database_is_read_in_batches_as_one_record(post, tmp_path):
    query, engine = sql(str(tmp_path))
    with engine.connect() as connection:
        post.entries.clear()
        pieces = list(pl.read_database(query, connection, iter_batches=True, batch_size=2))
    assert sum(map(len, pieces)) == 3
    assert done(post) == [("read", "read_database", "select * from t")]
    assert rows(post) == [3]


def test_names_imported_and_partials_made_before_are_watched_in_threads(post):
    for call in (earlier_read_csv, functools.partial(pl.read_csv)):
        thread = threading.Thread(target=call, args=("t.csv",))
        thread.start()
        thread.join()
    assert done(post) == [("read", "read_csv", "t.csv")] * 2


def test_a_plan_over_a_missing_file_fails_as_it_does_unguarded(post):
    plan = pl.scan_csv("missing.csv").filter(A > 1)
    with pytest.raises(FileNotFoundError, match=r"missing.csv"):
        plan.collect()
    with pytest.raises(FileNotFoundError, match=r"missing.csv"):
        plan.sink_csv("o.csv")
    assert [one.outcome for one in post.recorded[1:]] == ["failed", "failed"]
    assert [name for _, _, name in done(post)[1:]] == ["LazyFrame", "o.csv"]


def test_no_secret_of_a_url_a_connection_or_a_query_is_recorded(post, tmp_path):
    address = "http://ann:hunter2@127.0.0.1:9/t.parquet?sig=hunter2"
    plan = pl.scan_parquet(address, storage_options={"max_retries": 0, "token": "hunter2"}, schema={"a": pl.Int64})
    for run in (plan.collect, plan.filter(A > 1).collect):
        with pytest.raises(OSError):  # noqa: PT011  # nobody answers there; how that is told differs
            run()
    _, engine = sql(str(tmp_path))
    pl.read_database("select * from t where b = 'hunter2'", engine)
    assert len(post.recorded) >= 3
    assert b"hunter2" not in b"".join(map(msgspec.json.encode, post.entries))


def test_everything_is_given_back():
    watched = [pl.read_csv, pl.LazyFrame.collect, pl.DataFrame.write_csv]
    plain = [function.__code__ for function in watched]
    interception = Interception(LIBRARIES, Post())
    interception.install()
    assert all("__tracebackhide__" in function.__code__.co_varnames for function in watched)
    interception.uninstall()
    assert [function.__code__ for function in watched] == plain
