"""The safety net of a cell: what it read and wrote by the operating system's count, against what was watched."""

from __future__ import annotations

import itertools
import threading
from collections import Counter

from jupyter_mlsec.host import io_counters
from jupyter_mlsec.protocol.facts import Coverage, Elsewhere

LEAST_BYTES = 64 << 10
LEAST_SHARE = 0.02
"""Unexplained bytes are said only above both."""
Bytes = tuple[int, int]
"""Read and written."""
_NONE: Bytes = (0, 0)


class Measure:
    """One cell while it runs: where everything stood when it began."""

    __slots__ = ("explained", "started", "total")

    def __init__(self, total: Bytes | None, explained: Bytes, started: int) -> None:
        self.total = total
        self.explained = explained
        self.started = started


class Tripwire:
    """Counts for the running cells. Every method may be called from any thread, and none raises.

    The counters are the process's: what a background thread reads lands on the cell that is running, and is explained
    while any watched call is under way.
    """

    def __init__(self) -> None:
        self._counters = io_counters.of_process()
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._marks: dict[int, int] = {}
        """Watched calls that are under way, and the thread of each."""
        self._since: Bytes = _NONE
        self._explained: Bytes = _NONE
        self._cells: list[Measure] = []
        self._started: list[Elsewhere] = []

    # -- watched calls --------------------------------------------------------------------------------------------
    def begin(self) -> int | None:
        """A watched call begins: a mark for `explain`. None while no cell is measured."""
        if not self._cells:
            return None
        with self._lock:
            if not self._marks:
                self._since = self._now()
            mark = next(self._numbers)
            self._marks[mark] = threading.get_ident()
        return mark

    def explain(self, mark: int | None) -> None:
        """That call has ended: what was read and written in between is explained. Calls that overlap count once."""
        if mark is None:
            return
        with self._lock:
            if self._marks.pop(mark, None) is not None and not self._marks:
                self._bank()

    def notice(self, kind: str, program: str = "") -> None:
        """Something was started that cannot be seen into (`loky workers`)."""
        if self._cells:
            self._started.append(Elsewhere(kind=kind, program=program))

    # -- cells ----------------------------------------------------------------------------------------------------
    def begin_cell(self) -> Measure:
        """A cell begins; cells may nest, and run in several threads."""
        with self._lock:
            if not self._cells:
                self._forget()
            if self._marks:
                self._bank()
            measure = Measure(self._now(), self._explained, len(self._started))
            self._cells.append(measure)
        return measure

    def end_cell(self, measure: Measure) -> Coverage:
        """A cell has ended: what it did."""
        with self._lock:
            if self._marks:
                self._bank()
            now = self._now()
            if measure in self._cells:
                self._cells.remove(measure)
            explained = _minus(self._explained, measure.explained)
            total = _NONE if measure.total is None else _minus(now, measure.total)
            started = self._started[measure.started :]
        counts = Counter((each.kind, each.program) for each in started)
        return Coverage(
            read=total[0],
            written=total[1],
            read_explained=min(explained[0], total[0]),
            written_explained=min(explained[1], total[1]),
            read_unexplained=unexplained(total[0], explained[0]),
            written_unexplained=unexplained(total[1], explained[1]),
            unobserved=tuple(Elsewhere(kind=kind, program=name, count=n) for (kind, name), n in counts.items()),
            by=("counters",) if self._counters else (),
        )

    def in_child(self) -> None:
        """After a fork: the parent's cells, calls and counters are not ours."""
        self._lock = threading.Lock()
        self._counters = io_counters.of_process()
        self._cells, self._marks, self._started = [], {}, []

    def _forget(self) -> None:
        """Before the first cell: what was left open by a call that never came back, and what earlier cells started."""
        self._started = []
        if self._marks:
            here, alive = threading.get_ident(), {thread.ident for thread in threading.enumerate()}
            self._marks = {mark: each for mark, each in self._marks.items() if each != here and each in alive}

    def _bank(self) -> None:
        """What was read and written since the first of the calls under way began is explained."""
        now = self._now()
        more = _minus(now, self._since)
        self._explained = (self._explained[0] + more[0], self._explained[1] + more[1])
        self._since = now

    def _now(self) -> Bytes:
        counters = self._counters
        if counters is None:
            return _NONE
        now = counters.read()
        if now is None:  # the user closed all descriptors, ours among them
            self._counters = None
            return _NONE
        return now


def unexplained(total: int, explained: int) -> int:
    """The bytes to be said: 0 while they are few, or a small part of all."""
    rest = total - explained
    return rest if rest > LEAST_BYTES and rest > LEAST_SHARE * total else 0


def _minus(later: Bytes, earlier: Bytes) -> Bytes:
    return max(0, later[0] - earlier[0]), max(0, later[1] - earlier[1])
