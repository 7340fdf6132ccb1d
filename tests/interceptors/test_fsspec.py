"""What is seen of fsspec: the user's own use of it, however it gets there, and nobody else's."""

from __future__ import annotations

import importlib.util
import sys
import threading

import fsspec
import msgspec
import pandas as pd
import pytest

from jupyter_mlsec.interception import Interception
from jupyter_mlsec.interceptors import fsspec as declared
from tests.interception.posts import Post


@pytest.fixture
def post(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pipe_file("/t.csv", b"a\n1\n")
    post = Post(root=str(tmp_path))
    interception = Interception([declared.LIBRARY], post)
    interception.install()
    assert interception.stood_down == {}
    yield post
    interception.uninstall()


def done(post):
    return [(one.operation.function, one.operation.action, one.operation.resource.name) for one in post.recorded]


def test_opening_reads_or_writes_as_its_mode_says(post):
    with fsspec.open("memory://t.csv") as file:
        assert file.read() == b"a\n1\n"
    with fsspec.open("memory://o.csv", "w") as file:
        file.write("b")
    fsspec.open("file://o.txt", "wb").open().close()
    assert done(post) == [
        ("OpenFile.__enter__", "read", "memory://t.csv"),
        ("OpenFile.__enter__", "write", "memory://o.csv"),
        ("OpenFile.__enter__", "write", "o.txt"),
    ]


def test_files_fetched_and_sent_are_named_where_they_are(post):
    memory = fsspec.filesystem("memory")
    memory.get("/t.csv", "t.csv")
    memory.put("t.csv", "/sent.csv")
    memory.pipe({"/x": b"1", "/y": b"2"})
    memory.copy("/x", "/z")
    assert [(action, name) for _, action, name in done(post)] == [
        ("read", "memory://t.csv"),
        ("write", "memory://sent.csv"),
        ("write", "memory://x"),
        ("write", "memory://z"),
    ]
    assert [one.name for one in post.recorded[2].operation.others] == ["memory://y"]


def test_its_own_short_cuts_count_as_the_users_own(post):
    memory = fsspec.filesystem("memory")
    assert memory.read_text("/t.csv") == "a\n1\n"
    assert memory.head("/t.csv", 1) == b"a"
    memory.write_text("/o.txt", "b")
    assert [(action, name) for _, action, name in done(post)] == [
        ("read", "memory://t.csv"),
        ("read", "memory://t.csv"),
        ("write", "memory://o.txt"),
    ]


def test_what_another_library_fetches_is_its_own_affair(post):
    assert pd.read_csv("memory://t.csv").a.tolist() == [1]
    assert post.entries == []


def test_a_module_of_the_users_in_a_thread_is_the_users(post, tmp_path):
    (tmp_path / "mine.py").write_text("import fsspec\ndef go():\n    fsspec.filesystem('memory').cat('/t.csv')\n")
    spec = importlib.util.spec_from_file_location("mine", tmp_path / "mine.py")
    mine = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(mine)
    thread = threading.Thread(target=mine.go)
    thread.start()
    thread.join()
    assert done(post) == [("AbstractFileSystem.cat", "read", "memory://t.csv")]
    assert "mine" not in sys.modules


def test_passwords_and_keys_are_nowhere_in_the_record(post):
    def ask(address, **options):
        with fsspec.open(address, **options):
            pass

    with pytest.raises(OSError):  # noqa: PT011  # however this machine says that nobody answers there
        ask("ftp://me:hunter2@127.0.0.1:9/t.csv", timeout=1)
    with pytest.raises(FileNotFoundError):
        ask("simplecache::memory://me:hunter2@bucket/missing?key=hunter2")
    assert b"hunter2" not in msgspec.json.encode(post.entries)


def test_unloading_gives_everything_back(tmp_path):
    system = fsspec.AbstractFileSystem
    before = [system.open.__code__, fsspec.core.OpenFile.__enter__.__code__, system.get.__code__]
    interception = Interception([declared.LIBRARY], Post())
    interception.install()
    assert system.open.__code__ is not before[0]
    interception.uninstall()
    assert [system.open.__code__, fsspec.core.OpenFile.__enter__.__code__, system.get.__code__] == before
