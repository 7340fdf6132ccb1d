"""Calls that are made again and again in one cell: the first is recorded, those like it are counted."""

from __future__ import annotations

import threading

from jupyter_mlsec.gate.journal import Journal
from jupyter_mlsec.protocol.entries import Amended
from jupyter_mlsec.protocol.facts import Fact, Repeats
from jupyter_mlsec.protocol.records import Decision, Operation

_SIMILAR = 50
"""So many calls of one function on one resource in one cell are recorded though their facts differ."""
_MOST = 4096
"""Different calls that are remembered; then what was counted is written, and counting starts anew."""
_COUNTED = frozenset({"read", "connect", "predict", "transform"})
"""What may be counted. Whatever changes something, a file or a model, is recorded each time."""
Key = tuple[int, str, str, str, str | None]


Learned = tuple[Decision, tuple[Fact, ...]]


class Series:
    """Calls of one function on one resource in one cell: the last that was recorded, and those like it since."""

    __slots__ = ("count", "differing", "id", "learned", "micros", "recorded")

    def __init__(self, id: str, learned: Learned) -> None:
        self.id = id
        self.learned = learned
        self.recorded = 1
        self.count = 0
        self.micros = 0
        self.differing = False


class Counting:
    """The series of the running cells. Only calls that were permitted, done and found nothing to tell are counted."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._series: dict[Key, Series] = {}
        self._lock = threading.Lock()
        self._is_child = False

    def is_repeat(self, operation: Operation, decision: Decision, facts: tuple[Fact, ...], micros: int) -> bool:
        """Whether this call is like one recorded already in its cell: then it is counted, not to be recorded.

        Outside of cells, in a script or a worker, every call is recorded: nobody could say when counting is over.
        """
        if (
            operation.action not in _COUNTED
            or self._is_child
            or not operation.cell.execution
            or decision.obligations
            or any(f.level != "note" for f in decision.findings)
        ):
            return False
        key = _key(operation)
        with self._lock:
            series = self._series.get(key)
            if series is None:
                if len(self._series) >= _MOST:
                    self._write()
                self._series[key] = Series(operation.id, (decision, facts))
                return False
            is_alike = (decision, facts) == series.learned
            if not is_alike and series.recorded < _SIMILAR:
                series.recorded += 1
                if not series.count:
                    series.id, series.learned = operation.id, (decision, facts)
                return False
            series.count += 1
            series.micros += micros
            series.differing |= not is_alike
            return True

    def is_not(self, operation: Operation, micros: int) -> None:
        """One that was counted turns out to differ, by what came of it later: it is recorded after all."""
        with self._lock:
            series = self._series.get(_key(operation))
            if series is not None and series.count:
                series.count -= 1
                series.micros -= micros

    def settle(self) -> None:
        """A cell, or the run, is over: write what was counted."""
        if self._series:
            with self._lock:
                self._write()

    def in_child(self) -> None:
        """After a fork: what the parent counted is the parent's to write, and its lock may be held for ever."""
        self._lock = threading.Lock()
        self._series = {}
        self._is_child = True

    def _write(self) -> None:
        for series in self._series.values():
            if series.count:
                fact = Repeats(count=series.count, micros=series.micros, differing=series.differing)
                self._journal.write(Amended, amends=series.id, control="gate", facts=(fact,))
        self._series.clear()


def _key(operation: Operation) -> Key:
    return (
        operation.cell.execution,
        operation.action,
        operation.function,
        operation.resource.name,
        operation.thread,
    )
