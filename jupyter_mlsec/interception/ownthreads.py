"""Threads whose reads and writes are not the user's: the one that folds the ledger, and those of IPython's kernel."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from jupyter_mlsec.host import io_counters
from jupyter_mlsec.host.io_counters import IoCounters

Bytes = tuple[int, int]
Seen = tuple[Bytes, tuple[tuple[bytes | None, Bytes], ...]]
"""What all of them stood at, as read and not yet added up: most cells never ask."""


class OwnThreads:
    """Their bytes, by each thread's own counters. `idents` are those at work now."""

    def __init__(self) -> None:
        self._counters: dict[int, tuple[IoCounters, Bytes]] = {}
        self._echoes: list[tuple[IoCounters, Bytes]] = []
        self._ended: Bytes = (0, 0)
        self._history: threading.Thread | None = None
        self.idents: set[int] = set()

    def history(self, thread: threading.Thread | None) -> None:
        """Which thread saves IPython's history now: it is another one after each fork. Cheap when it is the same."""
        if thread is self._history:
            return
        if self._history is not None and self._history.ident is not None:
            self._leave(self._history.ident)
        self._history = thread
        if thread is not None and thread.ident is not None and thread.native_id is not None:
            self._add(thread.ident, thread.native_id)

    def echo(self, thread: threading.Thread | None) -> None:
        """That thread, if there is one, copies what C code and child programs print, from a pipe to the front end."""
        native_id = None if thread is None else thread.native_id
        counters = None if native_id is None else io_counters.of_thread(native_id)
        if counters is not None:
            self._echoes.append((counters, counters.read() or (0, 0)))

    @contextmanager
    def here(self) -> Iterator[None]:
        """Leave out what the calling thread does within."""
        ident = threading.get_ident()
        self._add(ident, threading.get_native_id())
        try:
            yield
        finally:
            self._leave(ident)

    def _add(self, ident: int, native_id: int) -> None:
        self.idents.add(ident)
        counters = io_counters.of_thread(native_id)
        if counters is not None:
            self._counters[ident] = (counters, counters.read() or (0, 0))

    def _leave(self, ident: int) -> None:
        self.idents.discard(ident)
        counters, base = self._counters.pop(ident, (None, (0, 0)))
        if counters is not None:
            now = counters.read() or base
            self._ended = (self._ended[0] + now[0] - base[0], self._ended[1] + now[1] - base[1])
            counters.close()

    def seen(self) -> Seen:
        """Where they stand now."""
        return self._ended, tuple([(counters.raw(), base) for counters, base in list(self._counters.values())])

    def since(self, before: Seen) -> Bytes:
        """What they read and wrote since `before`; of what was printed, what nobody asked for yet."""
        read, written = _sum(self.seen())
        earlier = _sum(before)
        printed = self._printed()
        return max(0, read - earlier[0]) + printed[0], max(0, written - earlier[1]) + printed[1]

    def _printed(self) -> Bytes:
        """Whoever printed wrote as much as the copying thread then read."""
        read = written = 0
        for place, (counters, base) in enumerate(self._echoes):
            now = counters.read() or base
            self._echoes[place] = (counters, now)
            read += now[0] - base[0]
            written += now[1] - base[1] + now[0] - base[0]
        return read, written

    def forget(self) -> None:
        """After a fork: none of them is here."""
        self._counters.clear()
        self._echoes.clear()
        self.idents.clear()
        self._history = None


def _sum(seen: Seen) -> Bytes:
    (read, written), threads = seen
    for raw, base in threads:
        now = io_counters.parse(raw) or base  # a thread that has ended shows nothing any more
        read += now[0] - base[0]
        written += now[1] - base[1]
    return read, written
