"""Files as edges between cells: one cell wrote it, a later one read it, whether or not the call was watched."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Any

_MOST = 64
_COARSE = 20_000_000
"""Nanoseconds by which a file's time may lie before the clock's."""
_LISTING = frozenset({"glob", "rglob", "iglob", "listdir", "iterdir", "walk", "scandir"})
_State = tuple[int, int, int]


def state_of(path: str) -> _State | None:
    """What tells a file from its later self: time, size and inode. None if there is no such file."""
    try:
        found = os.stat(path)  # noqa: PTH116  # a Path per candidate would cost more than the call
    except (OSError, ValueError):
        return None
    return None if (found.st_mode & 0o170000) == 0o040000 else (found.st_mtime_ns, found.st_size, found.st_ino)


def place_of(resource: Any) -> str | None:
    """The absolute path a call's resource names, or None for a buffer, URL or connection."""
    if isinstance(resource, PurePath):
        resource = str(resource)
    if type(resource) is not str or "://" in resource:
        return None
    return _absolute(resource)


def _absolute(text: str) -> str | None:
    try:
        return os.path.abspath(Path(text).expanduser())  # noqa: PTH100  # links stay as the user named them
    except (RuntimeError, ValueError, OSError):
        return None


class Candidates:
    """Paths a cell's text and variables name, and the state of those files before it ran."""

    __slots__ = ("_before", "_began", "opened")

    def __init__(self, texts: Iterable[str]) -> None:
        self._began = time.time_ns() - _COARSE
        self._before: dict[str, _State | None] = {}
        self.opened: list[str] = []
        """Files the cell was seen to open, also by names made up while it ran."""
        for text in texts:
            if len(self._before) >= _MOST:
                break
            path = _absolute(text)
            if path is not None and path not in self._before:
                self._before[path] = state_of(path)

    def sorted_out(self, known: dict[str, _State]) -> tuple[list[str], list[str]]:
        """(read, written): files that were there and are the same, and those that have other content than before.

        `known` are states in which files were left by earlier cells. Of a file that was opened by a name nobody knew
        before, the time it was last written decides.
        """
        read: list[str] = []
        written: list[str] = []
        for path in dict.fromkeys((*self._before, *self.opened)):
            now = state_of(path)
            if now is None:
                continue
            before = self._before[path] if path in self._before else known.get(path)
            is_new = now[0] >= self._began if before is None and path not in self._before else now != before
            (written if is_new else read).append(path)
            if is_new or path in known:
                known[path] = now
        return read, written


def lists_folders(attributes: Iterable[str]) -> bool:
    """Whether code with these attributes may read any file there is."""
    return not _LISTING.isdisjoint(attributes)
