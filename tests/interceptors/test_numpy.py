"""What is seen of numpy beyond single calls: archives, maps, text that comes from nowhere, dispatchers."""

from __future__ import annotations

import functools
import pickle
import threading

import msgspec
import numpy as np
import pytest

from jupyter_mlsec.controls.contract import Quiet
from jupyter_mlsec.interception import Interception
from jupyter_mlsec.interceptors import numpy as declared
from tests.interception.posts import Post

ARRAY = np.arange(6.0).reshape(2, 3)
save, load, fromfile = np.save, np.load, np.fromfile
"""Aliases of before: of a dispatcher, of a Python function, of a C function in a module."""


class Looking(Quiet):
    """Remembers which pieces of streams it was shown."""

    name = "looking"

    def __init__(self):
        self.seen = []

    def during(self, operation, chunk, facts):
        self.seen.append(chunk.shape)
        return ()


@pytest.fixture
def looking():
    return Looking()


@pytest.fixture
def post(tmp_path, monkeypatch, looking):
    monkeypatch.chdir(tmp_path)
    post = Post(looking, root=str(tmp_path))
    interception = Interception([declared.LIBRARY], post)
    interception.install()
    assert interception.stood_down == {}
    yield post
    interception.uninstall()


def done(post):
    return [(one.operation.function, one.operation.action, one.operation.resource.name) for one in post.recorded]


def test_the_arrays_of_an_archive_are_seen_when_they_are_taken_out(post, looking):
    np.savez("a.npz", x=ARRAY, y=ARRAY[0])
    with np.load("a.npz") as archive:
        assert looking.seen == []
        assert archive["x"].sum() == archive["y"].sum() * 5
    assert looking.seen == [(2, 3), (3,)]
    assert done(post) == [("savez", "write", "a.npz"), ("load", "read", "a.npz")]


def test_a_map_is_read_or_written_as_its_mode_says(post):
    np.memmap("m.bin", mode="w+", shape=4)
    np.memmap("m.bin", mode="r")
    np.memmap("m.bin")
    np.lib.format.open_memmap("m.npy", mode="w+", shape=(2,))
    np.load("m.npy", mmap_mode="r")
    assert [(action, name) for _, action, name in done(post)] == [
        ("write", "m.bin"),
        ("read", "m.bin"),
        ("read", "m.bin"),
        ("write", "m.npy"),
        ("read", "m.npy"),
    ]
    assert {name for name, _, _ in done(post)} == {"memmap", "open_memmap", "load"}


def test_flushing_a_map_writes_its_file_unless_it_can_not(post):
    written = np.memmap("m.bin", mode="w+", shape=4)
    written[:] = 7
    written.flush()
    written[1:].flush()
    np.memmap("m.bin", mode="r").flush()
    assert [name for name, _, _ in done(post)] == ["memmap", "memmap.flush", "memmap.flush", "memmap"]
    assert {name for _, _, name in done(post)} == {"m.bin"}


def test_lines_in_memory_come_from_nowhere_and_are_never_named(post):
    secret = "4711.5"
    assert np.loadtxt([secret, secret]).tolist() == [4711.5, 4711.5]
    assert np.genfromtxt([secret]).tolist() == 4711.5
    np.savetxt("a.txt", [float(secret)], header=secret)
    assert done(post) == [("savetxt", "write", "a.txt")]
    assert secret.encode() not in msgspec.json.encode(post.entries)


def test_the_address_of_a_download_is_named_without_its_password(post):
    with pytest.raises(OSError, match="not found"):
        np.loadtxt("none://me:hunter2@host.invalid/a.txt?token=hunter2")
    assert [name for _, _, name in done(post)] == ["none://host.invalid/a.txt"]
    assert b"hunter2" not in msgspec.json.encode(post.entries)


def test_aliases_of_before_partials_and_threads_are_seen(post):
    save("a.npy", ARRAY)
    functools.partial(load, "a.npy")()
    thread = threading.Thread(target=lambda: np.fromfile("a.npy"))
    thread.start()
    thread.join()
    assert [name for name, _, _ in done(post)] == ["save", "load", "fromfile"]
    assert post.recorded[-1].operation.thread.startswith("thread-")


def test_a_dispatcher_still_dispatches(post):
    class Mine:
        def __array_function__(self, function, types, args, kwargs):
            return function.__name__

    assert np.save("a.npy", Mine()) == "save"
    assert done(post) == []


def test_a_subclass_of_a_map_is_one_and_errors_are_numpys_own(post):
    class Mine(np.memmap):
        pass

    mine = Mine("m.bin", mode="w+", shape=4)
    assert type(mine) is Mine
    assert pickle.loads(pickle.dumps(np.asarray(mine))).shape == (4,)
    with pytest.raises(ValueError, match="mode must be one of"):
        np.memmap("m.bin", mode="x")
    assert [(one.outcome, one.error) for one in post.recorded] == [("done", None), ("failed", "ValueError")]


def test_unloading_gives_everything_back():
    interception = Interception([declared.LIBRARY], Post())
    codes = [one.__code__ for one in (np.load, np.save._implementation, np.memmap.__new__)]
    interception.install()
    assert type(np.fromfile).__name__ == type(fromfile).__name__ == "StandIn"
    interception.uninstall()
    assert [one.__code__ for one in (np.load, np.save._implementation, np.memmap.__new__)] == codes
    assert type(np.fromfile).__name__ == "builtin_function_or_method"
