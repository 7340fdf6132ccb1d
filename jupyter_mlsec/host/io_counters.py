"""What the operating system counts of a process's, or one thread's, reads and writes: bytes, by whatever way.

Linux's `/proc/PID/io` (proc(5)): `rchar` and `wchar` count what passes read(2), write(2) and their kin, from the page
cache too, with what waited children did; mapped memory and sockets' send and recv are not in them.
"""

from __future__ import annotations

import os

_HEAD = b"rchar: "
_ENOUGH = 64
"""Bytes of the file that surely hold its first two lines."""


class IoCounters:
    """Reads one pair of counters, through a descriptor that is kept open. A forked child must open its own."""

    __slots__ = ("_file",)

    def __init__(self, file: int) -> None:
        self._file = file

    def raw(self) -> bytes | None:
        """The counters' text, for `parse`; None when they cannot be read any more."""
        try:
            return os.pread(self._file, _ENOUGH, 0)
        except OSError:
            return None

    def read(self) -> tuple[int, int] | None:
        """(bytes read, bytes written) so far; None when they cannot be read any more."""
        return parse(self.raw())

    def close(self) -> None:
        """Let go of the descriptor, if it still is ours."""
        if self.read() is not None:
            os.close(self._file)


def parse(raw: bytes | None) -> tuple[int, int] | None:
    """(bytes read, bytes written) in a counters' text; None for any other: somebody may have closed our descriptor."""
    if raw is None or not raw.startswith(_HEAD):
        return None
    words = raw.split(None, 4)
    try:
        return int(words[1]), int(words[3])
    except (IndexError, ValueError):
        return None


def of_process() -> IoCounters | None:
    """This process's counters; None where there are none."""
    return _open("/proc/self/io")


def of_thread(native_id: int) -> IoCounters | None:
    """One thread's counters (threading.get_native_id); None where there are none, or the thread has ended."""
    return _open(f"/proc/self/task/{native_id}/io")


def _open(path: str) -> IoCounters | None:
    try:
        counters = IoCounters(os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0)))
    except OSError:
        return None
    return None if counters.read() is None else counters  # some containers let it be opened and not read
