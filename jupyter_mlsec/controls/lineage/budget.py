"""What tracing columns may cost in one cell, and how much was left untraced because of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

ALWAYS = 4
"""Writes, and as many inputs of models, that are traced in each cell whatever that costs."""


class Budget:
    """Counts per cell; outside of cells, for the whole script. Work of a thread counts where it is done."""

    def __init__(self, milliseconds: int, megabytes: int) -> None:
        self._limit = milliseconds / 1000
        self._bytes = self._left = megabytes << 20
        self._node = -1
        self._traced: Counter[str] = Counter()
        self._spent = 0.0
        self.untraced = 0

    def allows(self, what: str, node: int) -> bool:
        """Whether one more of these may be traced in that cell (-1: in none)."""
        self._enter(node)
        if self._traced[what] >= ALWAYS and self._spent >= self._limit:
            self.untraced += 1
            return False
        self._traced[what] += 1
        return True

    def covers(self, size: int, node: int) -> bool:
        """Whether a column of that size may be digested in that cell."""
        self._enter(node)
        return size <= self._left

    def digest(self, size: int) -> None:
        """Count a column that is digested."""
        self._left -= size

    def _enter(self, node: int) -> None:
        if node != self._node:
            self._node, self._spent, self.untraced, self._left = node, 0.0, 0, self._bytes
            self._traced.clear()

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Count this thread's time inside towards the cell."""
        began = time.thread_time()
        try:
            yield
        finally:
            self._spent += time.thread_time() - began

    def left_out(self, node: int) -> int:
        """How many were not traced in that cell."""
        return self.untraced if node == self._node else 0
