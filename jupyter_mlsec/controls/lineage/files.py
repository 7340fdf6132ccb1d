"""Files as edges between cells: one cell wrote it, a later one read it, whether or not the call was watched."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Any

_MOST = 64
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

    __slots__ = ("_before",)

    def __init__(self, texts: Iterable[str]) -> None:
        self._before: dict[str, _State | None] = {}
        for text in texts:
            if len(self._before) >= _MOST:
                break
            path = _absolute(text)
            if path is not None and path not in self._before:
                self._before[path] = state_of(path)

    def written(self) -> list[str]:
        """Those that are another file, or have other content, than before."""
        return [path for path, state in self._before.items() if (now := state_of(path)) is not None and now != state]

    def untouched(self) -> list[str]:
        """Those that were there and are the same."""
        return [path for path, state in self._before.items() if state is not None and state_of(path) == state]


def lists_folders(attributes: Iterable[str]) -> bool:
    """Whether code with these attributes may read any file there is."""
    return not _LISTING.isdisjoint(attributes)
