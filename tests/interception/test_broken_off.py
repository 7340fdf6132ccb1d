"""Calls that end in the middle: an interrupt in our own frames, a stream that is left, objects that refuse."""

from __future__ import annotations

import asyncio
import importlib
import io
import sys
import textwrap

import pandas as pd
import pytest

from jupyter_mlsec.controls.contract import Quiet
from jupyter_mlsec.gate.scope import inside
from jupyter_mlsec.interception import Interception, Library, reads
from jupyter_mlsec.interceptors import LIBRARIES
from jupyter_mlsec.protocol.records import Obligation
from tests.interception.posts import Post


class Interrupted(Quiet):
    """Ctrl-C arrives while this control is being asked."""

    name = "interrupted"

    def __init__(self, where):
        self.where = where

    def before(self, operation, call, facts):
        if self.where == "before":
            raise KeyboardInterrupt
        return ()

    def after(self, operation, call, value, facts):
        if self.where == "after":
            raise KeyboardInterrupt
        return ()


class Seals(Quiet):
    """Begins one deed and notes how it ends."""

    name = "seals"

    def __init__(self):
        self.log = []

    def before(self, operation, call, facts):
        return [
            Obligation(control="seals", deed="open", on="call"),
            Obligation(control="breaks", deed="seal", on="call"),
        ]

    def fulfil(self, obligation, operation, call, facts):
        return self

    def complete(self, value):
        self.log.append("complete")
        return value

    def abandon(self, error=None):
        self.log.append("abandon")


class Breaks(Quiet):
    name = "breaks"

    def fulfil(self, obligation, operation, call, facts):
        raise KeyboardInterrupt


@pytest.fixture
def guarded():
    made = []

    def make(*controls, libraries=LIBRARIES, raise_ours=True):
        post = Post(*controls, raise_ours=raise_ours)
        made.append(Interception(libraries, post))
        made[-1].install()
        return post

    yield make
    for interception in made:
        interception.uninstall()
    assert not inside.get()


@pytest.fixture
def toy(tmp_path, monkeypatch):
    (tmp_path / "toystream.py").write_text(
        textwrap.dedent("""
        __version__ = "1.0"
        def load(path):
            return len(list(lines(path)))
        def lines(path):
            yield path
            yield path.upper()
        async def later(path):
            import asyncio
            await asyncio.sleep(60)
        """)
    )
    monkeypatch.syspath_prepend(tmp_path)
    watches = tuple(reads(name, resource="path") for name in ("load", "lines", "later"))
    yield Library(name="toy", module="toystream", versions=("1", "2"), watches=watches)
    sys.modules.pop("toystream", None)


@pytest.mark.parametrize("where", ["before", "after"])
def test_an_interrupt_in_a_control_is_the_users_and_the_next_call_is_watched(guarded, where, tmp_path):
    control = Interrupted(where)
    post = guarded(control)
    with pytest.raises(KeyboardInterrupt):
        pd.DataFrame({"a": [1]}).to_csv(tmp_path / "a.csv")
    control.where = "nowhere"
    pd.DataFrame({"a": [1]}).to_csv(tmp_path / "a.csv")
    assert [(entry.outcome, entry.error) for entry in post.recorded] == [
        ("interrupted", "KeyboardInterrupt"),
        ("done", None),
    ]


def test_a_deed_begun_is_undone_when_an_interrupt_comes_before_the_call(guarded, tmp_path):
    seals = Seals()
    post = guarded(seals, Breaks())
    with pytest.raises(KeyboardInterrupt):
        pd.DataFrame({"a": [1]}).to_csv(tmp_path / "a.csv")
    assert seals.log == ["abandon"]
    assert [entry.outcome for entry in post.recorded] == ["interrupted"]
    assert not (tmp_path / "a.csv").exists()


def test_a_stream_left_half_way_is_recorded_as_such_and_frees_nobody_from_watching(guarded, toy):
    post = guarded(libraries=[toy])
    toystream = importlib.import_module("toystream")
    stream = toystream.lines("a")
    next(stream)
    inside.set(True)  # garbage is collected in the middle of a watched call
    stream.close()
    assert inside.get()
    inside.set(False)
    assert [(entry.outcome, entry.error) for entry in post.recorded] == [("interrupted", "GeneratorExit")]


def test_controls_are_not_watched_themselves_at_the_end_of_a_stream(guarded, toy):
    seen = []

    class Looks(Quiet):
        name = "looks"

        def after(self, operation, call, value, facts):
            seen.append(inside.get())
            return ()

    guarded(Looks(), libraries=[toy])
    toystream = importlib.import_module("toystream")
    assert list(toystream.lines("a")) == ["a", "A"]
    assert toystream.load("a") == 2
    assert seen == [True, True]


def test_a_task_that_is_cancelled_is_recorded_as_interrupted(guarded, toy):
    post = guarded(libraries=[toy])
    toystream = importlib.import_module("toystream")

    async def cancelled():
        task = asyncio.create_task(toystream.later("a"))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not inside.get()

    asyncio.run(cancelled())
    assert [(entry.outcome, entry.error) for entry in post.recorded] == [("interrupted", "CancelledError")]


def test_an_object_that_refuses_to_say_its_name_is_watched_all_the_same(guarded):
    class Refuses(io.StringIO):
        @property
        def name(self):
            raise RuntimeError("no")

    post = guarded()
    assert len(pd.read_csv(Refuses("a\n1\n"))) == 1
    assert [(entry.operation.resource.kind, entry.outcome) for entry in post.recorded] == [("unknown", "done")]


def test_a_listener_that_breaks_is_noted_once_and_breaks_no_call(guarded, tmp_path):
    post = guarded(raise_ours=False)

    def listener(entry):
        raise RuntimeError("ours")

    post.journal.listen(listener)
    for _ in range(3):
        pd.DataFrame({"a": [1]}).to_csv(tmp_path / "a.csv")
    assert [type(entry).__name__ for entry in post.entries] == ["Recorded", "Troubled", "Recorded", "Recorded"]


def test_a_keeper_that_breaks_breaks_no_call(guarded, tmp_path):
    post = guarded(raise_ours=False)

    def keeper(entry):
        raise PermissionError("the ledger cannot be written")

    post.journal._keep = keeper
    pd.DataFrame({"a": [1]}).to_csv(tmp_path / "a.csv")
    assert len(pd.read_csv(tmp_path / "a.csv")) == 1
