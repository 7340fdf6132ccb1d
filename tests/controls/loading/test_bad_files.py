"""Broken, huge and changing files: the library's own error after our look, and never more than the limits."""

from __future__ import annotations

import io
import pickle
import zlib
from pathlib import Path

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jupyter_mlsec
from jupyter_mlsec.controls.loading import containers
from jupyter_mlsec.controls.loading.containers import followed
from jupyter_mlsec.controls.loading.machine import Name
from jupyter_mlsec.controls.loading.source import Source
from jupyter_mlsec.protocol.errors import Denied
from tests.controls.loading.payloads import call, named, text, whole


@pytest.fixture
def guarded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    with jupyter_mlsec.guard("guard"):
        yield tmp_path


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_following_any_bytes_ends_and_never_raises(raw):
    followed(io.BytesIO(raw))
    followed(io.BytesIO(b"\x80\x04" + raw))


@settings(max_examples=40, deadline=None)
@given(st.recursive(st.none() | st.integers() | st.text() | st.binary(), lambda x: st.lists(x) | st.tuples(x, x)))
def test_what_pickle_writes_is_followed_to_its_end(value):
    for protocol in range(6):
        found = followed(io.BytesIO(pickle.dumps(value, protocol)))
        assert (found.unclear, found.streams, found.computed) == (None, 1, False)


@pytest.mark.parametrize("cut", [0, 1, 10, 100, -1])
def test_a_file_that_is_cut_off_raises_the_error_of_the_library(guarded, cut):
    whole_file = pickle.dumps({"a": np.arange(100)})
    Path("cut.pkl").write_bytes(whole_file[:cut])
    with pytest.raises((EOFError, pickle.UnpicklingError)), open("cut.pkl", "rb") as file:
        pickle.load(file)


def test_a_bomb_is_not_unpacked_by_us(monkeypatch):
    monkeypatch.setattr(containers, "_MOST_KEPT", 1 << 20)
    bomb = zlib.compress(b"\0" * (8 << 20))
    assert "unpacks to more" in str(followed(io.BytesIO(bomb)).unclear)


def test_packed_in_too_many_layers_is_given_up():
    raw = whole(named("os", "system"))
    for _ in range(10):
        raw = zlib.compress(raw)
    assert "too many layers" in str(followed(io.BytesIO(raw)).unclear)


def test_tuples_in_tuples_are_followed_in_little_time():
    body = b")" + b"\x94h\x00h\x00\x86" * 5000
    found = followed(io.BytesIO(whole(body + call("os", "system", b"h\x00"))))
    assert Name("os", "system") in found.uses


def test_a_file_that_changed_since_the_load_began_is_not_judged_by_what_it_is_now(tmp_path):
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps(1))
    source = Source(str(path))
    path.write_bytes(pickle.dumps(2))
    with source.content() as content:
        assert content is None
    assert source.digest() is None
    assert not source.is_unchanged()


def test_a_pipe_cannot_be_read_twice_so_careful_names_are_refused(guarded):
    class Pipe:
        def __init__(self, raw: bytes) -> None:
            self.held = io.BytesIO(raw)
            self.read, self.readline = self.held.read, self.held.readline

    assert pickle.load(Pipe(pickle.dumps([1]))) == [1]
    with pytest.raises(Denied, match="cannot be looked at"):
        pickle.load(Pipe(whole(call("functools", "partial", named("builtins", "len")))))


def test_several_pickles_in_one_file_are_each_loaded_from_where_they_begin(guarded):
    with open("many.pkl", "wb") as file:
        file.write(b"my own header\n")
        for number in range(3):
            file.write(whole(call("functools", "partial", named("builtins", "int"), text(str(number)))))
    with open("many.pkl", "rb") as file:
        file.readline()
        assert [pickle.load(file)() for _ in range(3)] == [0, 1, 2]


def test_a_library_that_catches_the_refusal_gets_it_again(guarded):
    Path("evil.npy").write_bytes(whole(call("os", "mkdir", text("ran"))))
    with pytest.raises(Denied):
        np.load("evil.npy", allow_pickle=True)  # numpy makes an UnpicklingError of any error


def test_a_file_sealed_for_us_is_judged_by_its_plain_bytes(guarded):
    jupyter_mlsec_keys(guarded)
    Path("evil.joblib").write_bytes(whole(call("os", "mkdir", text("ran"))))
    jupyter_mlsec.seal("evil.joblib")
    with pytest.raises(Denied):
        joblib.load("evil.joblib")
    assert not Path("ran").exists()


def jupyter_mlsec_keys(folder: Path) -> None:
    from jupyter_mlsec.host.places import data_folder
    from jupyter_mlsec.vault import Identities

    del folder
    Identities(data_folder()).create()
