"""What the sample of a large table did not show: every row searched beside the user's work, for what matters even once.

One thread, there only while there is something to search, steps back behind the user's own work. It holds no table:
between two steps only a weak reference, so that a table that is dropped is gone. What it finds is told later, with
whether the table was the same from beginning to end.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import msgspec

from jupyter_mlsec import frames
from jupyter_mlsec.controls.pii.detection import RANK, Detection

STEP = 50_000
"""Rows searched at a time; between two steps the table may go."""
SURE = frozenset(("EMAIL", "CREDENTIAL", "IBAN", "CRYPTO"))
"""What is believed of a single cell that is no sentence: chance makes none of these."""
_MOST = 16
_NICE = 10


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a search of all rows gave."""

    columns: dict[str, list[Detection]]
    """Only what the sample had not shown."""
    state: str
    """`same`, `changed` (in place, while it was searched: some of this may be of no row any more) or `dropped`."""


Done = Callable[[Found], None]


class _Task(msgspec.Struct, frozen=True, kw_only=True):
    table: Any  # Any: a weak reference to any library's table
    known: dict[str, frozenset[str]]
    done: Done


class Later:
    """Searches tables in full, in order, by one thread. In a forked child it begins anew, empty."""

    def __init__(self, apart: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        self._apart = apart
        self._begin()
        atexit.register(self.stop)

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._changed = threading.Condition()
        self._tasks: deque[_Task] = deque()
        self._busy = False
        self._stopped = False

    def look(self, table: Any, known: dict[str, frozenset[str]], done: Done) -> bool:
        """Search that table soon, for types not `known` of a column; False when it is small or always held."""
        if self._pid != os.getpid():
            self._begin()
        frame = frames.view(table)
        from jupyter_mlsec.controls.pii.table import SMALL  # the detector waits for the first table

        if frame is None or frame.rows <= SMALL:
            return False
        try:
            reference = weakref.ref(table)
        except TypeError:
            return False
        with self._changed:
            if self._stopped or len(self._tasks) >= _MOST:
                return False
            self._tasks.append(_Task(table=reference, known=known, done=done))
            if not self._busy:
                self._busy = True
                threading.Thread(target=self._work, name="mlsec-pii-later", daemon=True).start()
        return True

    def settle(self, seconds: float) -> bool:
        """Wait until all is searched, no longer than that; False if it is not."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, timeout=seconds)

    def stop(self) -> None:
        """Search no further, and wait for the step that is under way: the process is about to end."""
        if self._pid == os.getpid():
            with self._changed:
                self._stopped = True
                self._tasks.clear()
                self._changed.wait_for(lambda: not self._busy, timeout=2.0)

    def _work(self) -> None:
        if sys.platform == "linux":  # elsewhere that is of the whole process
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        with self._apart():
            while True:
                with self._changed:
                    if self._stopped or not self._tasks:
                        self._busy = False
                        self._changed.notify_all()
                        return
                    task = self._tasks.popleft()
                found = self._searched(task)
                if found is not None:
                    task.done(found)

    def _searched(self, task: _Task) -> Found | None:
        """All rows of a table, step by step; None when stopped."""
        before = _state(task.table())
        found: dict[str, dict[str, Detection]] = {}
        for name, start in _steps(task.table()):
            if self._stopped:
                return None
            table = task.table()
            if table is None:
                return Found(columns=_sorted(found), state="dropped")
            held = found.setdefault(name, {})
            for one in _of_step(table, name, start, task.known.get(name, frozenset()) | set(held)):
                held[one.type] = one
            del table
        after = _state(task.table())
        state = "dropped" if after is None else "same" if after == before else "changed"
        return Found(columns=_sorted(found), state=state)


def _sorted(found: dict[str, dict[str, Detection]]) -> dict[str, list[Detection]]:
    return {name: sorted(held.values(), key=lambda d: RANK[d.type]) for name, held in found.items() if held}


def _steps(table: Any) -> list[tuple[str, int]]:
    """The text columns of a table, and where each step begins."""
    frame = None if table is None else frames.view(table)
    if frame is None:
        return []
    texts = [name for name, kind in zip(frame.columns, frame.types, strict=True) if "str" in kind or kind == "mixed"]
    return [(name, start) for name in texts for start in range(0, frame.rows, STEP)]


def _of_step(table: Any, name: str, start: int, known: frozenset[str]) -> list[Detection]:
    """What single cells of these rows hold, of types not known of the column."""
    frame = frames.view(table)
    if frame is None or name not in frame.columns or start >= frame.rows:
        return []
    from jupyter_mlsec.controls.pii.cells import read_cells
    from jupyter_mlsec.controls.pii.column import CRITICAL, as_detections, judge_rare
    from jupyter_mlsec.controls.pii.headers import read
    from jupyter_mlsec.controls.pii.table import is_prose

    cells = read_cells(frame.column(name).slice(start, STEP))
    if cells is None or cells.kind != "text":
        return []
    believed = CRITICAL if is_prose(cells) else SURE
    found = judge_rare(cells, read(name), known | (CRITICAL - believed))
    rows = min(STEP, frame.rows - start)
    said = as_detections(found, rows, cells)
    return [msgspec.structs.replace(d, share=round(d.count / frame.rows, 6)) for d in said]


def _state(table: Any) -> tuple[Any, ...] | None:
    """What tells that a table was changed in place: its columns, its rows and where they lie. None when it is gone."""
    frame = None if table is None else frames.view(table)
    if frame is None:
        return None
    places = []
    for name, kind in zip(frame.columns, frame.types, strict=True):
        column = frame.column(name) if "str" in kind else None
        chunks = [] if column is None else getattr(column, "chunks", [column])
        places.append(tuple(buffer.address for chunk in chunks for buffer in chunk.buffers() if buffer is not None))
    return (frame.rows, frame.columns, tuple(places))
