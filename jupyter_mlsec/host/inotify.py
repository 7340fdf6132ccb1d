"""Names of files that were opened or written in watched folders, by whatever means: Linux's inotify(7), without ctypes
being imported before it is used. Tells nothing of who opened them: other processes' files are among them."""

from __future__ import annotations

import os
import struct
import sys
from typing import Any

_OPEN, _CLOSE_WRITE, _ISDIR = 0x20, 0x8, 0x4000_0000
_ONLYDIR, _EXCL_UNLINK = 0x0100_0000, 0x0400_0000
_HEAD = struct.Struct("iIII")
_MOST_FOLDERS = 64
_PIECE = 1 << 16


class Inotify:
    """Watches folders, not what is below them. `new` gives one, or None where the system has none."""

    def __init__(self, library: Any, file: int) -> None:  # Any: ctypes gives C functions no type
        self._library = library
        self._file = file
        self._folders: dict[int, str] = {}

    def watch(self, folder: str) -> None:
        """Hear of that folder too; one that cannot be watched, or is one too many, is passed over."""
        folder = os.path.realpath(folder)
        if folder in self._folders.values() or len(self._folders) >= _MOST_FOLDERS:
            return
        mask = _OPEN | _CLOSE_WRITE | _ONLYDIR | _EXCL_UNLINK
        number = self._library.inotify_add_watch(self._file, os.fsencode(folder), mask)
        if number >= 0:
            self._folders[number] = folder

    def drain(self) -> tuple[str, ...]:
        """The paths that were opened or written since the last time, each once, in order."""
        found: dict[str, None] = {}
        while self._is_ours() and (piece := self._next()):
            at = 0
            while at < len(piece):
                number, mask, _, length = _HEAD.unpack_from(piece, at)
                name = piece[at + _HEAD.size : at + _HEAD.size + length].rstrip(b"\0")
                at += _HEAD.size + length
                if name and number in self._folders and not mask & _ISDIR:
                    found[f"{self._folders[number]}/{os.fsdecode(name)}"] = None
        return tuple(found)

    def _next(self) -> bytes:
        try:
            return os.read(self._file, _PIECE)
        except OSError:  # nothing there
            return b""

    def _is_ours(self) -> bool:
        """Whether the descriptor still is what we opened: another's would lose what we read from it."""
        try:
            return os.readlink(f"/proc/self/fd/{self._file}") == "anon_inode:inotify"  # noqa: PTH115  # no Path objects
        except OSError:
            return False

    def close(self) -> None:
        """Watch nothing more."""
        if self._is_ours():
            os.close(self._file)


def new() -> Inotify | None:
    """A watch on no folder yet; None where there is no inotify, or no more of it for this user."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    library = ctypes.CDLL(None)
    if not hasattr(library, "inotify_init1"):
        return None
    file = library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    return Inotify(library, file) if file >= 0 else None
