"""What is seen of pyarrow beyond single calls: streams in both directions, names of places, what stays as it was."""

from __future__ import annotations

import sys
import threading

import msgspec
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pyarrow.feather
import pyarrow.fs
import pyarrow.ipc
import pyarrow.orc
import pyarrow.parquet as pq
import pytest

from jupyter_mlsec.controls.contract import Quiet
from jupyter_mlsec.interception import Interception
from jupyter_mlsec.interceptors import pyarrow as declared
from jupyter_mlsec.protocol.entries import Amended
from jupyter_mlsec.protocol.errors import Denied
from jupyter_mlsec.protocol.facts import Shape
from jupyter_mlsec.protocol.records import Finding
from tests.interception.posts import Post

TABLE = pa.table({"a": list(range(10)), "b": ["x"] * 10})
read_table = pq.read_table
read_csv = pa.csv.read_csv
"""Aliases of before: of a Python function, and of a C function in a module."""


@pytest.fixture
def watched(tmp_path, monkeypatch):
    """Starts a guard with these controls in a project of its own."""
    monkeypatch.chdir(tmp_path)
    started = []

    def start(*controls):
        post = Post(*controls, root=str(tmp_path))
        started.append(Interception([declared.LIBRARY], post))
        started[-1].install()
        assert started[-1].stood_down == {}
        return post

    yield start
    for interception in started:
        interception.uninstall()


@pytest.fixture
def post(watched):
    pq.write_table(TABLE, "t.parquet", row_group_size=4)
    return watched()


def done(post):
    return [(one.operation.function, one.operation.action, one.operation.resource.name) for one in post.recorded]


def rows(post):
    """The rows each amendment tells, in order."""
    return [fact.rows for one in post.entries if isinstance(one, Amended) for fact in one.facts if type(fact) is Shape]


def test_batches_of_a_parquet_file_complete_the_record_of_its_opening(post):
    batches = pq.ParquetFile("t.parquet").iter_batches(batch_size=3)
    assert sum(batch.num_rows for batch in batches) == 10
    assert done(post) == [("ParquetFile", "read", "t.parquet")]
    assert rows(post) == [10]


def test_row_groups_are_counted_until_the_file_is_closed(post):
    with pq.ParquetFile("t.parquet") as file:
        file.read_row_group(0)
        file.read_row_groups([1, 2])
        assert rows(post) == []
    assert rows(post) == [10]


def test_reading_a_parquet_file_whole_completes_the_record_of_its_opening(post):
    assert pq.ParquetFile("t.parquet").read().equals(TABLE)
    assert pq.ParquetDataset("t.parquet").read().equals(TABLE)
    assert [name for name, _, _ in done(post)] == ["ParquetFile", "ParquetDataset"]
    assert rows(post) == [10, 10]


def test_a_file_opened_before_the_guard_is_seen_when_it_is_read(watched):
    pq.write_table(TABLE, "t.parquet")
    opened = pq.ParquetFile("t.parquet")
    post = watched()
    opened.read()
    assert [(one.operation.function, one.operation.resource.kind) for one in post.recorded] == [
        ("ParquetFile.read", "unknown")
    ]


def test_what_a_parquet_writer_is_given_is_one_record_with_all_rows(watched):
    post = watched()
    with pq.ParquetWriter("o.parquet", TABLE.schema) as writer:
        writer.write_table(TABLE)
        writer.write_batch(TABLE.to_batches()[0])
        writer.write(TABLE)
    assert done(post) == [("ParquetWriter", "write", "o.parquet")]
    assert rows(post) == [30]
    assert pq.read_table("o.parquet").num_rows == 30


@pytest.mark.parametrize("kind", ["file", "stream"])
def test_arrow_files_and_streams_are_counted_both_ways(watched, kind):
    post = watched()
    with getattr(pa.ipc, f"new_{kind}")("o.arrow", TABLE.schema) as writer:
        writer.write_table(TABLE, max_chunksize=4)
        writer.write_batch(TABLE.to_batches()[0])
    with pa.OSFile("o.arrow") as source, getattr(pa.ipc, f"open_{kind}")(source) as reader:
        assert reader.read_all().num_rows == 20
    assert done(post) == [
        (f"RecordBatch{kind.title()}Writer", "write", "o.arrow"),
        ("OSFile", "read", "o.arrow"),
        (f"RecordBatch{kind.title()}Reader", "read", "OSFile"),
    ]
    assert rows(post) == [20, 20]


def test_batches_of_a_stream_are_counted_to_its_end(watched):
    with pa.ipc.new_stream("o.arrow", TABLE.schema) as writer:
        writer.write_table(TABLE, max_chunksize=4)
    post = watched()
    with pa.memory_map("o.arrow") as source:
        assert sum(batch.num_rows for batch in pa.ipc.open_stream(source)) == 10
    assert rows(post) == [10]


def test_orc_is_counted_both_ways(watched):
    post = watched()
    writer = pa.orc.ORCWriter("o.orc")
    writer.write(TABLE)
    writer.close()
    assert pa.orc.ORCFile("o.orc").read().num_rows == 10
    assert done(post) == [("ORCWriter", "write", "o.orc"), ("ORCFile", "read", "o.orc")]
    assert rows(post) == [10, 10]


class Refusing(Quiet):
    """Refuses the second piece of any stream."""

    name, may_deny = "refusing", True

    def __init__(self):
        self.seen = 0

    def during(self, operation, chunk, facts):
        self.seen += 1
        return [Finding(control="refusing", rule="t.no", message="no", effect="deny")] if self.seen > 1 else ()


def test_a_piece_that_is_refused_is_not_written(watched):
    watched(Refusing())
    with pq.ParquetWriter("o.parquet", TABLE.schema) as writer:
        writer.write_table(TABLE)
        with pytest.raises(Denied):
            writer.write_table(TABLE)
    assert read_table("o.parquet").num_rows == 10


def test_a_piece_that_fails_is_not_counted_and_its_error_passes(watched):
    post = watched()
    with pq.ParquetWriter("o.parquet", TABLE.schema) as writer:
        writer.write_table(TABLE)
        with pytest.raises(ValueError, match="schema"):
            writer.write_table(pa.table({"other": [1]}))
    assert rows(post) == [10]


def test_one_call_is_one_record_however_many_it_makes_itself(post):
    pq.write_to_dataset(TABLE, "folder", partition_cols=["b"])
    pq.read_table("folder")
    pa.feather.write_feather(TABLE, "t.feather")
    pa.feather.read_feather("t.feather")
    assert [(action, name) for _, action, name in done(post)] == [
        ("write", "folder"),
        ("read", "folder"),
        ("write", "t.feather"),
        ("read", "t.feather"),
    ]


def test_the_mode_of_a_file_tells_whether_it_is_read_or_written(watched):
    post = watched()
    pa.OSFile("o.bin", mode="w").close()
    pa.OSFile("o.bin").close()
    pa.create_memory_map("m.bin", 8).close()
    pa.memory_map("m.bin", "r+").close()
    assert [action for _, action, _ in done(post)] == ["write", "read", "write", "read"]


def test_a_path_on_another_file_system_is_named_with_it(watched):
    system, _ = pa.fs.FileSystem.from_uri("mock:///")
    post = watched()
    with pytest.raises((OSError, ValueError)):
        pq.read_table("bucket/t.parquet", filesystem=system)
    pq.write_table(TABLE, "o.parquet", filesystem=pa.fs.LocalFileSystem())
    assert [name for _, _, name in done(post)] == ["mock://bucket/t.parquet", "o.parquet"]


def test_neither_content_nor_passwords_are_names(watched):
    post = watched()
    secret = "hunter2"
    pa.input_stream(pa.py_buffer(f"ssn {secret}".encode())).read()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, TABLE.schema) as writer:
        writer.write_table(TABLE)
    pa.ipc.open_stream(sink.getvalue().to_pybytes()).read_all()
    for address in (f"s3://key:{secret}@bucket/t.parquet", f"s3://bucket/t.parquet?secret_key={secret}"):
        with pytest.raises((OSError, ValueError, pa.ArrowException)):
            pa.dataset.dataset(address, format=f"{secret}")
    assert len(post.recorded) == 5
    assert secret.encode() not in msgspec.json.encode(post.entries)


def test_aliases_of_before_and_threads_are_seen(post):
    pa.csv.write_csv(TABLE, "t.csv")
    read_table("t.parquet")
    sys.modules[__name__].read_csv("t.csv")
    thread = threading.Thread(target=lambda: pa.csv.read_csv("t.csv"))
    thread.start()
    thread.join()
    assert [name for name, _, _ in done(post)] == ["write_csv", "read_table", "read_csv", "read_csv"]
    assert post.recorded[-1].operation.thread.startswith("thread-")


def test_types_stay_types(watched):
    watched()
    with pa.OSFile("o.bin", "w") as file:
        assert isinstance(file, pa.OSFile)
        assert issubclass(pa.OSFile, pa.NativeFile)
    with pa.csv.CSVWriter("o.csv", TABLE.schema) as writer:
        assert isinstance(writer, pa.csv.CSVWriter)
        writer.write_table(TABLE)


def test_unloading_gives_everything_back(watched, tmp_path):
    held = [(pa, "OSFile"), (pa, "memory_map"), (pa.lib, "memory_map"), (pa.csv, "read_csv"), (pa.csv, "CSVWriter")]
    before = [getattr(module, name) for module, name in held]
    code, methods = pq.read_table.__code__, dict(vars(pa.ipc.RecordBatchFileWriter))
    interception = Interception([declared.LIBRARY], Post())
    interception.install()
    assert pa.OSFile is not before[0]
    interception.uninstall()
    assert all(getattr(module, name) is one for (module, name), one in zip(held, before, strict=True))
    assert pq.read_table.__code__ is code
    assert dict(vars(pa.ipc.RecordBatchFileWriter)) == methods
