"""A spool: one process's own file of entries, one JSON line each, not yet in the tree.

An entry is on the page cache when `write` returns, so `kill -9` does not lose it. The writer holds the file's flock
as long as it lives: a spool whose lock is free is an orphan. A forked child opens a spool of its own. Where the
system has no flock, no spool is ever taken for an orphan; its whole lines are folded all the same.
"""

from __future__ import annotations

import os
import secrets
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from jupyter_mlsec.host.locks import try_lock
from jupyter_mlsec.vault.atomic import sync_folder

PATTERN = "spool-*.jsonl"
CHUNK = 1 << 20
_PLAIN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_STALE_SECONDS = 3600


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a spool: its whole lines, and where the next piece starts. `torn` is what is no line."""

    start: int
    end: int
    lines: tuple[bytes, ...] = ()
    torn: bytes = b""


class Spool:
    """This process's writing end. Every method may be called from any thread."""

    def __init__(self, folder: Path, *, is_durable: bool = False) -> None:
        """`is_durable`: wait for the disk at every entry, and for the folder at every new file."""
        self._folder = folder
        self._is_durable = is_durable
        self._lock = threading.RLock()
        self._file: int | None = None
        self.name: str | None = None
        """The file's name while there is one."""

    def write(self, entry: bytes) -> None:
        """Append one entry with one write(2). Raises OSError; then the spool is as it was before.

        Only where the disk took it and then does not confirm it, it may be there all the same.
        """
        line = entry + b"\n"
        with self._lock:
            file = self._open() if self._file is None else self._file
            written = os.write(file, line)
            if written != len(line):
                os.ftruncate(file, os.fstat(file).st_size - written)
                raise OSError("the disk took only a part of the entry")
            if self._is_durable:
                os.fsync(file)

    def _open(self) -> int:
        """Make, lock and only then name a new spool, so that nobody meets it unlocked."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = f"spool-{os.getpid()}-{secrets.token_hex(8)}.jsonl"
        # Where an open file cannot be renamed there is no flock either, so nobody takes it for an orphan meanwhile.
        hidden = self._folder / (name if os.name == "nt" else f".{name}")
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | _PLAIN
        file = os.open(hidden, flags, 0o600)
        try:
            try_lock(file)
            hidden.rename(self._folder / name)
        except OSError:
            os.close(file)
            hidden.unlink(missing_ok=True)
            raise
        self._file, self.name = file, name
        if self._is_durable:
            sync_folder(self._folder)
        return file

    def pieces(self, start: int) -> Iterator[Lines]:
        """What was written from that offset on, read through our own handle even if the file's name is gone."""
        with self._lock:
            if self._file is None:
                return
            file = os.dup(self._file)  # so that writers need not wait for the reader
        try:
            yield from _pieces(file, start, is_orphan=False)
        finally:
            os.close(file)

    def retire(self, folded: int, at_least: int = 0) -> None:
        """Remove the file if all of it (and at least so many bytes) is folded; the next write makes a new one."""
        with self._lock:
            if self._file is None or self.name is None:
                return
            status = os.fstat(self._file)
            is_gone = status.st_nlink == 0
            if status.st_size == folded and (is_gone or folded >= at_least):
                path = self._folder / self.name
                self._close()
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file; what is not folded stays in it for whoever folds next."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
        self._file = self.name = None

    def forget(self) -> None:
        """In a forked child: the parent's handle is not ours; the parent's lock is not touched."""
        self._lock = threading.RLock()
        self._close()


class Foreign:
    """Another process's spool, or an orphan (`is_orphan`: then we hold its lock until `close`)."""

    def __init__(self, path: Path) -> None:
        """Raises OSError when it is not a plain file that we may read."""
        self.path = path
        self._file = os.open(path, os.O_RDONLY | _PLAIN | getattr(os, "O_NONBLOCK", 0))
        if not stat.S_ISREG(os.fstat(self._file).st_mode):
            os.close(self._file)
            raise OSError("not a plain file")
        self.is_orphan = try_lock(self._file)

    def pieces(self, start: int) -> Iterator[Lines]:
        """Its whole lines from that offset on; of an orphan also the torn end."""
        yield from _pieces(self._file, start, is_orphan=self.is_orphan)

    def remove(self, folded: int) -> None:
        """Delete an orphan of which everything is folded."""
        if self.is_orphan and os.fstat(self._file).st_size == folded:
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file and, of an orphan, its lock."""
        os.close(self._file)


def others(folder: Path, own: str | None) -> list[Path]:
    """The spools of other processes in that folder, in a stable order."""
    return sorted(path for path in folder.glob(PATTERN) if path.name != own)


def sweep(folder: Path) -> None:
    """Remove what a process left that was killed before it could name its spool: no entry was ever in it."""
    for path in folder.glob(f".{PATTERN}"):
        status = path.lstat()
        if status.st_size == 0 and time.time() - status.st_mtime > _STALE_SECONDS:
            path.unlink(missing_ok=True)


def _pieces(file: int, start: int, *, is_orphan: bool) -> Iterator[Lines]:
    while chunk := _read_at(file, start):
        whole = chunk.rfind(b"\n") + 1
        if whole:
            lines = tuple(chunk[: whole - 1].split(b"\n"))
            yield Lines(start=start, end=start + whole, lines=lines)
            start += whole
        elif is_orphan or len(chunk) == CHUNK:
            yield Lines(start=start, end=start + len(chunk), torn=chunk)
            start += len(chunk)
        else:
            return


def _read_at(file: int, start: int) -> bytes:
    if hasattr(os, "pread"):
        return os.pread(file, CHUNK, start)
    os.lseek(file, start, os.SEEK_SET)
    return os.read(file, CHUNK)
