"""The safety net of a cell: what it read, wrote, opened and started by the system's count, against what was watched."""

from __future__ import annotations

import itertools
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from jupyter_mlsec.host import inotify, io_counters
from jupyter_mlsec.interception import auditing
from jupyter_mlsec.interception.openings import MOST_NAMES, Openings, library_bytes
from jupyter_mlsec.interception.ownthreads import Bytes, OwnThreads, Seen
from jupyter_mlsec.protocol.facts import Coverage, Elsewhere

if sys.platform != "win32":
    from resource import RUSAGE_CHILDREN, getrusage

LEAST_BYTES = 64 << 10
LEAST_SHARE = 0.02
"""Unexplained bytes are said only above both."""
_LITTLE = 4096
"""Below so many bytes nobody looks whose they were."""
_MOST_OPENED = 20_000
_MOST_SPANS = 256
_NONE: Bytes = (0, 0)
_CHILDREN = frozenset({"multiprocessing workers", "process pool workers", "loky workers", "DataLoader workers"})
"""What goes to children of this process, not to another machine's."""


class Measure:
    """One cell while it runs: where everything stood when it began."""

    __slots__ = ("children", "explained", "opened", "ours", "started", "threads", "total", "watched")

    def __init__(self, tripwire: Tripwire, threads: Seen) -> None:
        self.threads = threads
        self.opened = len(tripwire._opened)
        self.started = len(tripwire._started)
        self.watched: set[str] = set()
        self.explained = tripwire._explained.total()
        self.ours = tripwire._ours.total()
        self.children = _children()
        self.total = tripwire._now()


class Spans:
    """Bytes that passed between two readings of the counters, span by span; added up only when somebody asks."""

    __slots__ = ("_spans", "_total")

    def __init__(self) -> None:
        self._spans: list[tuple[bytes | None, bytes | None]] = []
        self._total: Bytes = _NONE

    def add(self, before: bytes | None, after: bytes | None) -> None:
        """One more span, by what the counters said at both ends."""
        self._spans.append((before, after))
        if len(self._spans) > _MOST_SPANS:
            self.total()

    def total(self) -> Bytes:
        """(bytes read, bytes written) in all spans so far. A span that was not read at both ends is none."""
        spans, self._spans = self._spans, []
        for ends in spans:
            before, after = map(io_counters.parse, ends)
            if before is not None and after is not None:
                more = _minus(after, before)
                self._total = self._total[0] + more[0], self._total[1] + more[1]
        return self._total


class Tripwire:
    """Counts for the running cells. Every method may be called from any thread, and none raises.

    The counters are the process's: what a background thread reads lands on the cell that is running, and is explained
    while any watched call is under way.
    """

    def __init__(self, root: str = "/", private: Sequence[str] = ()) -> None:
        """`root` is the project's, for names; `private` are folders of our own."""
        self._counters = io_counters.of_process()
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._marks: dict[int, int] = {}
        """Watched calls that are under way, and the thread of each."""
        self._deeds = 0
        """Deeds of our own that are under way."""
        self._since: bytes | None = None
        self._explained = Spans()
        self._ours = Spans()
        self._cells: list[Measure] = []
        self._started: list[Elsewhere] = []
        self._opened: list[str] = []
        self._openings = Openings(root, private)
        self._inotify: inotify.Inotify | None = None
        self.threads = OwnThreads()
        self.listens = self.measures = False
        """Whether what is opened, and what is started, is to be told now: the audit hook asks."""
        self.joined: Callable[[], int] | None = None
        """How many children loaded the guard since `welcome`; None where none are asked to."""
        self.welcome: Callable[[], None] | None = None
        self._family = self._processes = 0

    def install(self) -> None:
        """Listen to what is opened and started."""
        auditing.listen(self)

    def uninstall(self) -> None:
        """Listen no more."""
        auditing.stop(self)
        self.listens = self.measures = False
        self.hear_folders(False)

    def hear_folders(self, on: bool) -> None:
        """Whether files are named that anybody opens in this folder, and in those where watched files lie."""
        if on and self._inotify is None:
            self._inotify = inotify.new()
            if self._inotify is not None:
                self._inotify.watch(".")
        elif not on and self._inotify is not None:
            self._inotify.close()
            self._inotify = None

    # -- watched calls --------------------------------------------------------------------------------------------
    def begin(self) -> int | None:
        """A watched call begins: a mark for `explain`. None while no cell is measured."""
        if not self._cells:
            return None
        with self._lock:
            if not self._marks:
                if self._deeds:
                    self._turn()
                self._since = self._raw()
                if self._inotify is not None:
                    self._hear_folders()
            mark = next(self._numbers)
            self._marks[mark] = threading.get_ident()
            self.listens = False
        return mark

    def explain(self, mark: int | None) -> None:
        """That call has ended: what was read and written in between is explained. Calls that overlap count once."""
        if mark is None:
            return
        with self._lock:
            if len(self._marks) == 1 and mark in self._marks:
                self._turn()
                if self._inotify is not None:
                    self._inotify.drain()
            self._marks.pop(mark, None)
            self._attend()

    def notice(self, kind: str, program: str = "") -> None:
        """Something was started that cannot be seen into (`loky workers`)."""
        self.started(Elsewhere(kind=kind, program=program))

    def watched(self, name: str, folder: str | None = None) -> None:
        """A watched call had to do with that file (a resource's name): who opens it in this cell is known.

        `folder` is where it lies.
        """
        for cell in self._cells:
            cell.watched.add(name)
        if self._inotify is not None and folder:
            self._inotify.watch(folder)

    @contextmanager
    def ours(self) -> Iterator[None]:
        """What the calling thread does within is the guard's own deed, and in nobody's figures."""
        with self._lock:
            self._turn()
            self._since = self._raw()
            self._deeds += 1
            self._attend()
        try:
            yield
        finally:
            with self._lock:
                self._turn()
                self._deeds -= 1
                self._attend()

    # -- what the audit hook tells --------------------------------------------------------------------------------
    def opened(self, path: str) -> None:
        """Python opened that file outside of watched calls."""
        if len(self._opened) < _MOST_OPENED and threading.get_ident() not in self.threads.idents:
            self._opened.append(path if path.startswith(("/", ":")) else os.path.abspath(path))  # noqa: PTH100

    def started(self, what: Elsewhere) -> None:
        """Something was started that cannot be seen into."""
        self._processes += what.kind == "process"
        if self._cells:
            self._started.append(what)

    # -- cells ----------------------------------------------------------------------------------------------------
    def begin_cell(self) -> Measure:
        """A cell begins; cells may nest, and run in several threads."""
        with self._lock:
            if not self._cells:
                self._forget()
            self._turn()
            measure = Measure(self, self.threads.seen())
            self._cells.append(measure)
            self._attend()
        return measure

    def end_cell(self, measure: Measure) -> Coverage:
        """A cell has ended: what it did."""
        now = self._now()
        with self._lock:
            self._turn()
            self._hear_folders()
            if measure in self._cells:
                self._cells.remove(measure)
            self._attend()
            explained = _minus(self._explained.total(), measure.explained)
            ours = _minus(self._ours.total(), measure.ours)
            opened = self._opened[measure.opened :]
            started = self._unguarded(self._started[measure.started :])
        total = _minus(_minus(now, measure.total), ours)
        if max(_minus(total, explained)) > _LITTLE:
            total = _minus(total, self.threads.since(measure.threads))
            if max(_minus(total, explained)) > LEAST_BYTES:
                total = _minus(total, library_bytes(opened))
                if not started and _children() != measure.children:
                    started.append(Elsewhere(kind="child that ended"))
        return self._coverage(total, explained, self._openings.names(opened, measure.watched), started)

    def drop(self, measure: Measure) -> None:
        """A cell that nobody will ask about any more."""
        with self._lock:
            if measure in self._cells:
                self._cells.remove(measure)
            self._attend()

    def _coverage(
        self, total: Bytes, explained: Bytes, names: tuple[str, ...], started: Sequence[Elsewhere]
    ) -> Coverage:
        counts: Counter[tuple[str, str]] = Counter()
        for each in started:
            counts[each.kind, each.program] += each.count
        return Coverage(
            read=total[0],
            written=total[1],
            read_explained=min(explained[0], total[0]),
            written_explained=min(explained[1], total[1]),
            read_unexplained=unexplained(total[0], explained[0]),
            written_unexplained=unexplained(total[1], explained[1]),
            opened=names[:MOST_NAMES],
            opened_more=max(0, len(names) - MOST_NAMES),
            unobserved=tuple([Elsewhere(kind=kind, program=name, count=n) for (kind, name), n in counts.items()]),
            by=self._by(),
        )

    def _by(self) -> tuple[str, ...]:
        at_work = (self._counters is not None, auditing.is_heard(self), self._inotify is not None)
        return _BY[at_work]

    def in_child(self) -> None:
        """After a fork: the parent's cells, calls, threads and descriptors are not ours."""
        self._lock = threading.Lock()
        self._counters = io_counters.of_process()
        self._cells, self._marks, self._started, self._opened = [], {}, [], []
        self._deeds = 0
        self._inotify = None
        self.threads.forget()
        self.joined = self.welcome = None
        self._attend()

    def _forget(self) -> None:
        """Before the first cell: what was left open by a call that never came back, and what earlier cells told."""
        self._started, self._opened = [], []
        if self.joined is not None and self.welcome is not None:
            self._family += self.joined()
            self.welcome()
        if self._marks:
            here, alive = threading.get_ident(), {thread.ident for thread in threading.enumerate()}
            self._marks = {mark: each for mark, each in self._marks.items() if each != here and each in alive}
        if self._inotify is not None:
            self._inotify.drain()

    def _attend(self) -> None:
        self.measures = bool(self._cells) and not self._deeds
        self.listens = self.measures and not self._marks

    def _unguarded(self, started: list[Elsewhere]) -> list[Elsewhere]:
        """Without the processes that loaded the guard too: they tell themselves what they do."""
        if self.joined is None or not started:
            return started
        arrived = self.joined()
        all_joined = self._processes <= self._family + arrived
        left = []
        for each in started:
            may_join = each.kind == "process" or (each.kind == "subprocess" and each.program.startswith("python"))
            if may_join and arrived:
                arrived -= 1
            elif not (all_joined and each.kind in _CHILDREN):
                left.append(each)
        return left

    def _turn(self) -> None:
        """Whoever is at work, if anybody, gets what was read and written since the last turn."""
        if self._marks or self._deeds:
            before, self._since = self._since, self._raw()
            (self._explained if self._marks else self._ours).add(before, self._since)

    def _hear_folders(self) -> None:
        """What was opened in watched folders since the last time, while no watched call was under way."""
        if self._inotify is not None and not self._marks:
            self._opened.extend(self._inotify.drain())

    def _raw(self) -> bytes | None:
        return None if self._counters is None else self._counters.raw()

    def _now(self) -> Bytes:
        counters = self._counters
        if counters is None:
            return _NONE
        now = counters.read()
        if now is None:  # the user closed all descriptors, ours among them
            self._counters = None
            return _NONE
        return now


_BY = {
    (counters, audit, names): ("counters",) * counters + ("audit",) * audit + ("inotify",) * names
    for counters in (False, True)
    for audit in (False, True)
    for names in (False, True)
}


def unexplained(total: int, explained: int) -> int:
    """The bytes to be said: 0 while they are few, or a small part of all."""
    rest = total - explained
    return rest if rest > LEAST_BYTES and rest > LEAST_SHARE * total else 0


def _children() -> tuple[float, int] | None:
    """Changes whenever a child process was waited for: the system adds what it read and wrote to ours then."""
    if sys.platform == "win32":
        return None
    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime, usage.ru_minflt


def _minus(later: Bytes, earlier: Bytes) -> Bytes:
    return max(0, later[0] - earlier[0]), max(0, later[1] - earlier[1])
