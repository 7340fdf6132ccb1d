"""A file's state, by which it is told from its later self, and the digest of what it held in that state."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from jupyter_mlsec.host.behind import path_behind, path_text

_PIECE = 1 << 20
_PLAIN = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_COARSE = 5 if sys.platform == "linux" else None
"""CLOCK_REALTIME_COARSE, which Linux takes files' times from: a change within its tick may leave them as they were."""
_COARSEST = 2_000_000_000
"""What is allowed for elsewhere: FAT counts in steps of two seconds."""


class State(NamedTuple):
    """What changes when a file does: which one it is, its length, and when its content and its inode were changed."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int


def state_of(path: str) -> State | str | None:
    """The state of a regular file; `folder` for a folder, None for what is neither, or is not there."""
    try:
        found = os.stat(path)  # noqa: PTH116  # the hot path: no Path objects
    except (OSError, ValueError):
        return None
    if stat.S_ISREG(found.st_mode):
        return _state(found)
    return "folder" if stat.S_ISDIR(found.st_mode) else None


def _state(found: os.stat_result) -> State:
    return State(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def is_settled(state: State) -> bool:
    """Whether a later change is sure to show in the state: the clock has moved on since the last one."""
    latest = max(state.modified, state.changed)
    return latest < (time.time_ns() - _COARSEST if _COARSE is None else time.clock_gettime_ns(_COARSE))


def digest_of(path: str, state: State, goes_on: Callable[[], bool] = lambda: True) -> str | None:
    """SHA-256 (hex) of the file in that state; None when it is in another one before, while or after it is read.

    `goes_on` is asked at each megabyte; False ends it with None. Raises OSError for a file that cannot be read.
    """
    file = os.open(path, _PLAIN)
    try:
        if _state(os.fstat(file)) != state:
            return None
        sha, left = hashlib.sha256(), state.size
        while left > 0 and (piece := os.read(file, min(left, _PIECE))) and goes_on():
            sha.update(piece)
            left -= len(piece)
        is_whole = not left and not os.read(file, 1)  # files that the system makes up have more than their length says
        return sha.hexdigest() if is_whole and _state(os.fstat(file)) == state else None
    finally:
        os.close(file)


def path_of(resource: Any) -> tuple[str, bool] | None:
    """The absolute path behind what a call named, and whether that is an open file. None for anything else."""
    resource = path_text(resource)
    if isinstance(resource, bytes):
        resource = os.fsdecode(resource)
    if isinstance(resource, str):
        return _absolute(resource)
    path = path_behind(resource)
    return None if path is None else (path, True)


def _absolute(text: str) -> tuple[str, bool] | None:
    if ":/" in text or "\n" in text or len(text) > 1_024:
        return None  # a URL, or text
    try:
        return os.path.abspath(os.path.expanduser(text) if text[:1] == "~" else text), False  # noqa: PTH100, PTH111
    except (OSError, ValueError):
        return None
