"""A few pages of memory that a process shares with its children: what it shows them, and which of them joined it.

Without a file only forked children see it. With one, any process of this user that knows the path can open it; the
file is this user's alone, and goes with the process that made it.
"""

from __future__ import annotations

import mmap
import os
import secrets
import stat
import tempfile
import zlib
from pathlib import Path

from jupyter_mlsec.host.locks import try_lock

_HEAD = 8
_SHOWN = 1024
_SIZE = 8192
_TRIES = 50
_PREFIX = "jupyter-mlsec-board-"


class Board:
    """What is shown is short and changes often; one process writes it, the others read."""

    def __init__(self, memory: mmap.mmap, path: Path | None = None, file: int | None = None) -> None:
        self._memory = memory
        self._file = file
        self._last = b""
        self._maker = os.getpid()
        self.path = path

    def show(self, text: bytes) -> None:
        """Show that, no more than 1,016 bytes of it, in place of what was shown before."""
        text = text[: _SHOWN - _HEAD]
        head = zlib.crc32(text).to_bytes(4, "big") + len(text).to_bytes(4, "big")
        self._memory[: _HEAD + len(text)] = head + text

    def shown(self) -> bytes:
        """What is shown; what was shown the last time, while it is being changed."""
        for _ in range(_TRIES):
            whole = self._memory[:_SHOWN]
            text = whole[_HEAD : _HEAD + int.from_bytes(whole[4:8], "big")]
            if zlib.crc32(text) == int.from_bytes(whole[:4], "big"):
                self._last = text
                break
        return self._last

    def join(self, pid: int) -> None:
        """A child says that it is there."""
        self._memory[_SHOWN + pid % (_SIZE - _SHOWN)] = 1

    def joined(self) -> int:
        """How many did since `welcome`, or some fewer: two in 7,168 may share a place."""
        return self._memory[_SHOWN:].count(1)

    def welcome(self) -> None:
        """Count those who join from now on."""
        self._memory[_SHOWN:] = bytes(_SIZE - _SHOWN)

    def close(self) -> None:
        """Take the file's name away, if this is the process that made it; whoever has it open keeps it."""
        if self._file is not None and self._maker == os.getpid():
            os.close(self._file)
            self._file = None
            if self.path is not None:
                self.path.unlink(missing_ok=True)


def new() -> Board:
    """A board for forked children."""
    return Board(mmap.mmap(-1, _SIZE))


def new_file() -> Board:
    """A board that other programs may open by its path. Raises OSError where no file can be made."""
    shared = Path("/dev/shm")  # noqa: S108  # memory, where there is such a place; the name cannot be guessed
    folder = shared if os.access(shared, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())
    _sweep(folder)
    token = secrets.token_hex(16)
    path, hidden = folder / f"{_PREFIX}{token}", folder / f".{_PREFIX}{token}"
    file = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    os.ftruncate(file, _SIZE)
    try_lock(file)  # held while this process or a fork of it lives; named only then, so that nobody sweeps it before
    hidden.rename(path)
    return Board(mmap.mmap(file, _SIZE), path, file)


def open_file(path: Path) -> Board:
    """The board another process made. Raises OSError when there is none, or it is not this user's alone."""
    file = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    try:
        status = os.fstat(file)
        is_private = stat.S_ISREG(status.st_mode) and not status.st_mode & 0o077 if os.name == "posix" else True
        is_own = not hasattr(os, "getuid") or status.st_uid == os.getuid()
        if not (is_private and is_own and status.st_size == _SIZE):
            raise OSError("the board is not this user's own")
        return Board(mmap.mmap(file, _SIZE))
    finally:
        os.close(file)


def _sweep(folder: Path) -> None:
    """Remove what processes left that were killed: nobody holds its lock."""
    for path in folder.glob(f"{_PREFIX}*"):
        try:
            file = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
        except OSError:
            continue
        try:
            if try_lock(file):
                path.unlink(missing_ok=True)
        finally:
            os.close(file)
