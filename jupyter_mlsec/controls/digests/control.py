"""The observer of files: takes the digest of what a call read or wrote, or says why there is none."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from jupyter_mlsec.controls.contract import NOTHING, Call, Judgement, Quiet, Site
from jupyter_mlsec.controls.digests.background import Background
from jupyter_mlsec.controls.digests.files import State, digest_of, is_settled, path_of, state_of
from jupyter_mlsec.controls.digests.settings import Settings
from jupyter_mlsec.protocol.facts import AsOf, Fact, Facts, Fingerprint, SealedFor, Undigested, WhyUndigested
from jupyter_mlsec.protocol.records import Operation

SMALL = 1 << 17
"""Digested within the call, in some 100 microseconds: nothing can come between the call and the digest."""
_MOST_CALLS = 64
_MOST_WRITTEN = 256
_MOST_KNOWN = 1_024


class _File(NamedTuple):
    """A file that an operation names: which of its resources (None: the first), its path, and how the call has it."""

    name: str | None
    path: str
    is_read: bool
    is_open: bool = False
    """Whether the user handed over an open file: what is written may still be on its way when the call ends."""
    before: State | str | None = None
    """The state of one that is read, before the call."""
    as_of: AsOf = "call"


class _Written(NamedTuple):
    """A file that was written in the running cell, and its state when the call ended, if the file was complete."""

    operation: Operation
    file: _File
    state: State | str | None
    writer: Callable[[], Any]
    """Gives the user's open file while that is alive."""


class Digests(Quiet):
    """Never denies and never changes a call. A digest is of the bytes as they were when the call ended, or it is none.

    What is written through an open file is complete only later: it is digested when its cell ends, and so is what
    was changed again after it was written. The record says so.
    """

    name = "digests"
    may_deny = False

    def __init__(self, site: Site) -> None:
        self._site = site
        self._settings: Settings = site.settings
        self._limit = self._settings.megabytes << 20
        self._background = Background(site.apart)
        self._calls: dict[str, tuple[_File, ...]] = {}
        self._written: dict[str, _Written] = {}
        self._known: dict[str, tuple[State, str]] = {}
        self._asked: set[tuple[Any, ...]] = set()
        self._pid = os.getpid()

    # -- asked by the gate ------------------------------------------------------------------------------------
    def before(self, operation: Operation, call: Call, facts: Facts) -> Iterable[Judgement]:
        del facts
        if operation.action in ("read", "write") and self._settings.on:
            files = self._files(operation, call)
            if files:
                while len(self._calls) >= _MOST_CALLS:  # of calls that raised, which we do not hear of
                    self._calls.pop(next(iter(self._calls)), None)
                self._calls[operation.id] = files
        return NOTHING

    def after(self, operation: Operation, call: Call, value: Any, facts: Facts) -> Iterable[Judgement]:
        del value
        if operation.action == "execute":
            self._end_cell(operation.cell.execution)
            return NOTHING
        files = self._calls.pop(operation.id, ())
        sealed = facts.find(SealedFor)
        if not files or (sealed is not None and sealed.digest):
            return NOTHING  # the bytes on disk are named already
        looked = [(file, state_of(file.path)) for file in files]
        if not files[0].is_read:
            state = self._wrote(operation, call, *looked.pop(0))
            if state is not None:
                looked.insert(0, (files[0], state))
        self._look(operation, looked, facts)
        return NOTHING

    def _files(self, operation: Operation, call: Call) -> tuple[_File, ...]:
        named = path_of(call.resource)
        found = []
        for place, resource in enumerate((operation.resource, *operation.others)):
            if resource.kind != "file":
                continue
            if place == 0 and named is not None:
                path, is_open = named
            elif resource.name.startswith(".../"):
                continue  # outside of the project, and named in a list or a statement
            else:
                path, is_open = f"{self._site.project()}/{resource.name}", False
            is_read = bool(place) or operation.action == "read"
            before = state_of(path) if is_read else None
            found.append(_File(resource.name if place else None, path, is_read, is_open, before))
        return tuple(found)

    # -- digests ----------------------------------------------------------------------------------------------
    def _look(
        self, operation: Operation, files: Sequence[tuple[_File, State | str | None]], facts: Facts | None
    ) -> None:
        """Take the digests of these files in the states they are in: now where that is quick, else soon.

        What is known at once of the first goes into `facts`; all else into an entry of its own.
        """
        learned: list[Fact] = []
        later: list[tuple[_File, State]] = []
        for file, state in files:
            fact = self._quickly(file, state)
            if fact is not None and facts is not None and file.name is None:
                facts.add(fact)
            elif fact is not None:
                learned.append(fact)
            elif isinstance(state, State):
                later.append((file, state))
        if (learned or later) and not self._is_asked(operation, later, learned):
            self._tell(operation, tuple(learned), later)

    def _tell(self, operation: Operation, learned: tuple[Fact, ...], later: list[tuple[_File, State]]) -> None:
        def task(goes_on: Callable[[], bool]) -> None:
            told = [self._slowly(file, state, goes_on) for file, state in later]
            self._site.amend(operation, facts=(*learned, *told))

        if not later:
            self._site.amend(operation, facts=learned)
        elif not self._background.add(task):
            missed = [_none(file, "too many") for file, _ in later]
            self._site.amend(operation, facts=(*learned, *missed))

    def _is_asked(self, operation: Operation, later: Sequence[Any], learned: Sequence[Fact]) -> bool:
        """Whether the same was asked in this cell: the gate counts reads that are alike, and amends only the first."""
        if operation.action != "read" or not operation.cell.execution:
            return False
        key = (operation.function, operation.thread, *later, *learned)
        if key in self._asked:
            return True
        self._asked.add(key)
        return False

    def _quickly(self, file: _File, state: State | str | None) -> Fact | None:
        """What can be said without reading much: None where there is a digest to be taken, or nothing to say."""
        if state is None:
            return None
        if file.is_read and state != file.before:
            return _none(file, "changed")
        if not isinstance(state, State):
            return _none(file, "folder")
        known = self._known.get(file.path)
        if known is not None and known[0] == state:
            return _digest(file, state, known[1])
        if state.size > self._limit:
            return _none(file, "too large")
        if state.size > SMALL:
            return None
        with self._site.ours():
            return self._slowly(file, state, lambda: True)

    def _slowly(self, file: _File, state: State, goes_on: Callable[[], bool]) -> Fact:
        is_sure = is_settled(state)
        try:
            digest = digest_of(file.path, state, goes_on)
        except FileNotFoundError:
            return _none(file, "changed")
        except OSError:
            return _none(file, "unreadable")
        if digest is None:
            return _none(file, "changed" if goes_on() else "not finished")
        if is_sure:
            while len(self._known) >= _MOST_KNOWN:
                self._known.pop(next(iter(self._known)), None)
            self._known[file.path] = (state, digest)
        return _digest(file, state, digest)

    # -- what is written --------------------------------------------------------------------------------------
    def _wrote(self, operation: Operation, call: Call, file: _File, state: State | str | None) -> State | str | None:
        """Remember that file until its cell ends; its state, if it is complete, so that it can be digested now."""
        is_complete = not file.is_open and call.watch.finished_by is None
        if len(self._written) < _MOST_WRITTEN or file.path in self._written:
            writer = _reference(call.resource) if file.is_open else _nothing
            self._written[file.path] = _Written(operation, file, state if is_complete else None, writer)
        return state if is_complete else None

    def _end_cell(self, execution: int) -> None:
        """Of each file written in the cell that ended: its digest if it has none yet, or is another by now."""
        self._asked.clear()
        for path, written in list(self._written.items()):
            if written.operation.cell.execution <= execution:
                self._written.pop(path, None)
                self._finish(written)

    def _finish(self, written: _Written) -> None:
        file = written.file._replace(as_of="cell")
        state = state_of(file.path)
        if state is None or state == written.state:
            return
        writer = written.writer()
        if writer is not None and not getattr(writer, "closed", True):
            self._site.amend(written.operation, facts=(_none(file, "still open"),))
        else:
            self._look(written.operation, [(file, state)], None)

    def settle(self, seconds: float, *, last: bool = False) -> None:
        """Wait for digests that are under way; when it is the last time, say of which files there will be none."""
        if self._pid != os.getpid():
            return  # a forked child: what was under way is its parent's
        for path in list(self._written) if last else ():
            written = self._written.pop(path, None)
            if written is not None:
                self._finish(written)
        self._background.settle(seconds, last=last)


def _digest(file: _File, state: State, digest: str) -> Fingerprint:
    return Fingerprint(
        algorithm="sha256", digest=digest, of="resource", size=state.size, resource=file.name, as_of=file.as_of
    )


def _none(file: _File, why: WhyUndigested) -> Undigested:
    return Undigested(resource=file.name, why=why, as_of=file.as_of)


def _nothing() -> None:
    return None


def _reference(thing: Any) -> Callable[[], Any]:
    """A way to see whether it is closed that does not keep it alive."""
    try:
        return weakref.ref(thing)
    except TypeError:
        return _nothing
