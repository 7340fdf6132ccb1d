"""Work that must not hold up a call: done in order by one thread, which is there only while there is some."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager

_MOST = 256
_PAUSE = 0.01
"""Seconds between what a call asks for and its being done: the call shall be over, and recorded, before it is."""
_NICE = 10
"""How far the thread steps back, where a thread can: the user's own work goes first."""
Task = Callable[[Callable[[], bool]], None]
"""Gets a function that says whether to go on."""


class Background:
    """A queue of tasks, none of which may raise. In a forked child it begins anew, empty."""

    def __init__(self, apart: Callable[[], AbstractContextManager[None]]) -> None:
        """`apart`: within it the thread's reads are taken for ours."""
        self._apart = apart
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._changed = threading.Condition()
        self._tasks: deque[tuple[float, Task]] = deque()
        """Each with the moment from which on it may be done."""
        self._busy = False
        self._given_up = False

    def add(self, task: Task) -> bool:
        """Have it done soon; False when there is too much to do already."""
        if self._pid != os.getpid():
            self._begin()
        with self._changed:
            if len(self._tasks) >= _MOST or self._given_up:
                return False
            self._tasks.append((time.monotonic() + _PAUSE, task))
            if not self._busy:
                self._busy = True
                threading.Thread(target=self._work, name="jupyter-mlsec-digests", daemon=True).start()
            return True

    def settle(self, seconds: float, *, last: bool = False) -> bool:
        """Wait until all is done, no longer than that; False if it is not. `last`: then give up what is left."""
        if self._pid != os.getpid():
            return True
        deadline = time.monotonic() + seconds
        with self._changed:
            while self._busy and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)
            done = not self._busy
            if last and not done:
                self._given_up = True  # each task left is still called, and told not to go on
                self._changed.wait_for(lambda: not self._busy, timeout=1.0)
            return done

    def _goes_on(self) -> bool:
        return not self._given_up

    def _work(self) -> None:
        if sys.platform == "linux":  # elsewhere that is of the whole process
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        with self._apart():
            while True:
                with self._changed:
                    if not self._tasks:
                        self._busy = False
                        self._changed.notify_all()
                        return
                    ready, task = self._tasks.popleft()
                time.sleep(max(0.0, ready - time.monotonic()))
                task(self._goes_on)
