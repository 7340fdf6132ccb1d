"""Ctrl-C put off for a moment: what is made, and who will take it away again, are known together or not at all."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any


class postponed:  # noqa: N801  # used as a block, like contextlib's
    """Within the block an interrupt waits; it is raised when the block ends. For blocks of a few milliseconds.

    Python raises KeyboardInterrupt between any two instructions of the main thread, so also between a file that was
    made and the name it is kept under. In other threads, and where nothing of Python's handles the signal, the block
    runs as it is.
    """

    __slots__ = ("_came", "_handler")

    def __init__(self) -> None:
        self._came: tuple[int, FrameType | None] | None = None
        self._handler: Any = None

    def __enter__(self) -> None:
        handler = signal.getsignal(signal.SIGINT)
        if not callable(handler):
            return
        try:
            # Set first: the very next instruction may already be the interrupt that is to wait.
            self._handler = handler
            signal.signal(signal.SIGINT, self._wait)
        except ValueError:  # not the main thread: interrupts are not raised here
            self._handler = None

    def _wait(self, number: int, frame: FrameType | None) -> None:
        self._came = (number, frame)

    def __exit__(self, *error: object) -> None:
        if self._handler is None:
            return
        signal.signal(signal.SIGINT, self._handler)
        if self._came is not None:
            self._handler(*self._came)
