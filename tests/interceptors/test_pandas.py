"""pandas beyond its recipes: chunks, workbooks, stores, Series, names without secrets, and everything given back."""

from __future__ import annotations

import gc
import io
import threading
from functools import partial

import msgspec
import pandas as pd
import pytest
from pandas import read_csv as earlier_read_csv
from pandas.core.generic import NDFrame
from pandas.io.parsers import TextFileReader
from pandas.io.pytables import TableIterator

from jupyter_mlsec.interception import Interception
from jupyter_mlsec.interceptors import LIBRARIES
from jupyter_mlsec.protocol.entries import Amended
from tests.conformance.recipes.pandas_calls import XPORT, sql
from tests.interception.posts import Post

FRAME = pd.DataFrame({"a": range(10), "b": list("abcdefghij")})


@pytest.fixture
def post(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, save in {"t.csv": "to_csv", "t.txt": "to_string", "t.dta": "to_stata", "t.xlsx": "to_excel"}.items():
        getattr(FRAME, save)(name)
    FRAME.to_json("t.jsonl", orient="records", lines=True)
    (tmp_path / "t.xpt").write_bytes(XPORT)
    post = Post(root=str(tmp_path))
    interception = Interception(LIBRARIES, post)
    interception.install()
    yield post
    interception.uninstall()


def done(post):
    return [(one.operation.action, one.operation.function, one.operation.resource.name) for one in post.recorded]


def rows(post):
    """What was learned of each stream: how many rows came."""
    return [fact.rows for entry in post.entries if isinstance(entry, Amended) for fact in entry.facts]


CHUNKED = {
    "read_csv": ("t.csv", {}, 10),
    "read_table": ("t.csv", {}, 10),
    "read_fwf": ("t.txt", {}, 10),
    "read_json": ("t.jsonl", {"lines": True}, 10),
    "read_stata": ("t.dta", {}, 10),
    "read_sas": ("t.xpt", {"format": "xport", "encoding": "latin-1"}, 3),
}


@pytest.mark.parametrize("name", CHUNKED)
def test_a_chunked_reader_is_one_record_completed_when_its_rows_flowed(post, name):
    file, options, length = CHUNKED[name]
    pieces = list(getattr(pd, name)(file, chunksize=2, **options))
    assert sum(map(len, pieces)) == length
    assert done(post) == [("read", name, file)]
    assert rows(post) == [length]


def test_concat_over_a_chunked_reader_reads_all_of_it(post):
    joined = pd.concat(pd.read_csv("t.csv", chunksize=3))
    assert len(joined) == 10
    assert (done(post), rows(post)) == ([("read", "read_csv", "t.csv")], [10])


def test_a_reader_that_is_closed_early_tells_what_came(post):
    with pd.read_csv("t.csv", iterator=True) as reader:
        reader.get_chunk(4)
    assert rows(post) == [4]


def test_a_reader_that_is_left_behind_tells_what_came(post):
    reader = pd.read_csv("t.csv", iterator=True)
    reader.get_chunk(3)
    del reader
    gc.collect()
    pd.read_csv("t.csv")
    assert rows(post) == [3]


def test_a_query_in_chunks_is_completed_when_its_rows_flowed(post, tmp_path):
    query, engine = sql(str(tmp_path))
    post.entries.clear()
    pieces = list(pd.read_sql(query, engine, chunksize=2))
    assert [len(piece) for piece in pieces] == [2, 1]
    assert done(post) == [("read", "read_sql", "select * from t")]
    assert rows(post) == [3]


def test_a_workbook_used_directly_is_named_wherever_it_is_read(post):
    with pd.ExcelFile("t.xlsx") as workbook:
        pd.read_excel(workbook)
    assert done(post) == [("connect", "ExcelFile", "t.xlsx"), ("read", "read_excel", "t.xlsx")]


def test_a_workbook_written_sheet_by_sheet_is_named_in_each_record(post):
    with pd.ExcelWriter("o.xlsx") as writer:
        FRAME.to_excel(writer, sheet_name="one")
        FRAME["a"].to_excel(writer, sheet_name="two")
    assert done(post) == [
        ("write", "ExcelWriter", "o.xlsx"),
        ("write", "DataFrame.to_excel", "o.xlsx"),
        ("write", "DataFrame.to_excel", "o.xlsx"),
    ]


def test_a_store_answers_with_the_callers_variables_and_one_record_a_read(post):
    pytest.importorskip("tables")
    FRAME.to_hdf("t.h5", key="t", format="table", data_columns=True)
    post.entries.clear()
    limit = 6  # noqa: F841  # read by the strings below
    assert len(pd.read_hdf("t.h5", "t", where="a > limit")) == 3
    with pd.HDFStore("t.h5") as store:
        assert len(store.select("t", where="a > limit")) == 3
        assert sum(map(len, store.select("t", chunksize=4))) == 10
    reads = [("read", "TableIterator.get_result", "t.h5")]
    assert done(post) == [*reads, ("connect", "HDFStore", "t.h5"), *reads, *reads]
    assert rows(post) == [10]


@pytest.mark.parametrize("name", ["to_csv", "to_json", "to_pickle", "to_excel"])
def test_a_series_is_written_under_watch_too(post, name):
    getattr(FRAME["a"], name)("o.xlsx")
    assert done(post) == [("write", f"DataFrame.{name}", "o.xlsx")]


def test_text_that_is_only_given_back_is_no_record(post):
    for give in (FRAME.to_string, FRAME.to_html, FRAME.to_latex, FRAME.to_xml, FRAME["a"].to_string):
        give()
    repr(FRAME)
    assert done(post) == []


def test_names_imported_and_partials_made_before_are_watched_in_threads(post):
    threads = [threading.Thread(target=call, args=("t.csv",)) for call in (earlier_read_csv, partial(pd.read_csv))]
    for thread in threads:
        thread.start()
        thread.join()
    assert done(post) == [("read", "read_csv", "t.csv")] * 2


def test_files_and_buffers_are_named_by_what_is_known_of_them(post):
    with open("t.csv") as file:
        pd.read_csv(file)
    pd.read_csv(io.StringIO("a\n1\n"))
    assert [name for _, _, name in done(post)] == ["t.csv", "StringIO"]


def test_no_secret_of_a_url_query_or_header_is_recorded(post, tmp_path):
    with pytest.raises(OSError):  # noqa: PT011  # nobody answers there; how that is told differs
        pd.read_csv("http://ann:hunter2@localhost:1/t.csv?sig=hunter2", storage_options={"X-Key": "hunter2"})
    _, engine = sql(str(tmp_path))
    pd.read_sql("select * from t where b = 'hunter2'", engine)
    assert len(post.recorded) >= 2
    assert b"hunter2" not in b"".join(map(msgspec.json.encode, post.entries))


def test_an_error_of_pandas_passes_untouched(post):
    with pytest.raises(FileNotFoundError) as caught:
        pd.read_csv("missing.csv")
    assert (caught.value.filename, post.recorded[-1].outcome) == ("missing.csv", "failed")


def test_everything_is_given_back():
    watched = [pd.read_csv, NDFrame.to_csv, pd.ExcelFile.__init__, TextFileReader.read, TableIterator.__iter__]
    plain = [function.__code__ for function in watched]
    interception = Interception(LIBRARIES, Post())
    interception.install()
    assert all("__tracebackhide__" in function.__code__.co_varnames for function in watched)
    interception.uninstall()
    assert [function.__code__ for function in watched] == plain
