"""Atomic writes: a temp beside the target, fsync, rename, fsync of the folder. The target is always whole."""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from jupyter_mlsec.host.interrupts import postponed
from jupyter_mlsec.host.locks import HAS_LOCKS, try_lock
from jupyter_mlsec.host.modes import PRIVATE, own_user

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_SUFFIX = ".mlsec-tmp"
_TRIES = 20
"""After so many temps that could not be locked, the file system has no locks: then nobody sweeps either."""
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class _Hashed(io.RawIOBase):
    """A raw file that counts and digests what passes to it, in order.

    Once let go it takes and drops everything: a buffer that is flushed late, when the number of its descriptor may
    belong to another file already, must never reach that one.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor
        self.digest = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        with memoryview(data) as given, given.cast("B") as view:
            if self._descriptor is None:
                return len(view)
            written = os.write(self._descriptor, view)
            self.digest.update(view[:written])
            self.size += written
        return written

    def sync(self) -> None:
        """Wait until all of it is on the disk."""
        if self._descriptor is not None:
            os.fsync(self._descriptor)

    def let_go(self) -> None:
        """Close the descriptor."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


class Replacement:
    """A new content for `path`, written to `sink`, that takes its place at `commit` or leaves no trace at `discard`.

    A symbolic link stays: what it points at is replaced. A new file has mode 0600, a replaced one keeps its mode.
    Of a file with several hard links only this name gets the new content.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.target = Path(os.path.realpath(os.fspath(path)))
        self._over = True
        sweep(self.target.parent)
        try:
            with postponed():
                self._make()
        except BaseException:  # an interrupt that waited comes when all is made
            self.discard()
            raise

    def _make(self) -> None:
        try:
            self._temp, descriptor = _make_temp(self.target)
        except OSError as error:  # named after what was asked for, not after the temp
            raise type(error)(error.errno, error.strerror, os.fspath(self.target)) from None
        self._raw = _Hashed(descriptor)
        self._over = False
        self.sink: BinaryIO = cast(BinaryIO, io.BufferedWriter(self._raw, buffer_size=1 << 18))
        _inherit_mode(self.target, descriptor, self._temp)

    @property
    def digest(self) -> str:
        """The SHA-256 of what was written, complete after `commit`."""
        return self._raw.digest.hexdigest()

    @property
    def size(self) -> int:
        """How many bytes were written, complete after `commit`."""
        return self._raw.size

    def reread(self) -> BinaryIO:
        """What was written so far, to be compared before `commit`."""
        self.sink.flush()
        return self._temp.open("rb")

    def commit(self) -> None:
        """Put the new content in the target's place, durably. On any error the old one stays."""
        try:
            self.sink.flush()
            self._raw.sync()
            self._temp.replace(self.target)
        except BaseException:
            self.discard()
            raise
        self._over = True
        self._raw.let_go()
        sync_folder(self.target.parent)

    def discard(self) -> None:
        """Leave the target as it was, and no temp."""
        if self._over:
            return
        self._over = True
        self._temp.unlink(missing_ok=True)
        self._raw.let_go()


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A sink whose content takes the place of `path` when the block ends well; otherwise nothing changes."""
    replacement = Replacement(path)
    try:
        yield replacement.sink
    except BaseException:
        replacement.discard()
        raise
    replacement.commit()


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` durable, where the system lets folders be synced."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sweep(folder: Path) -> int:
    """Remove temps of ours in `folder` whose writer is gone (killed); how many. Temps in use are locked and stay."""
    removed = 0
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        for entry in found:
            if entry.name.endswith(_SUFFIX) and entry.name.startswith("."):
                removed += _sweep_one(Path(entry.path))
    return removed


def _sweep_one(temp: Path) -> bool:
    flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(temp, flags)
    except OSError:
        return False
    try:
        status = os.fstat(descriptor)
        ours = stat.S_ISREG(status.st_mode) and own_user(status)
        if not ours or not try_lock(descriptor):
            return False
        temp.unlink(missing_ok=True)
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _make_temp(target: Path) -> tuple[Path, int]:
    """A new locked temp beside the target. Whoever sweeps may lock or remove it before us: then the next."""
    short = os.fsencode(target.name)[:80].decode(errors="ignore")  # a name is limited in bytes
    for attempt in itertools.count():
        temp = target.parent / f".{short}.{secrets.token_hex(6)}{_SUFFIX}"
        descriptor = os.open(temp, _FLAGS, PRIVATE)
        is_locked = try_lock(descriptor) or not HAS_LOCKS or attempt >= _TRIES
        try:
            if is_locked and os.path.samestat(temp.stat(), os.fstat(descriptor)):
                return temp, descriptor
        except FileNotFoundError:
            pass
        os.close(descriptor)
        temp.unlink(missing_ok=True)
    raise AssertionError("itertools.count does not end")


def _inherit_mode(target: Path, descriptor: int, temp: Path) -> None:
    """Give the temp the mode (and, where we may, the owner) of the file it replaces."""
    try:
        old = target.stat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(old.st_mode):
        raise IsADirectoryError(f"{target.name} is not a file that can be replaced")
    if not os.access(target, os.W_OK):
        raise PermissionError(f"{target.name} is not writable")
    if hasattr(os, "fchown"):
        now = os.fstat(descriptor)
        if (old.st_uid, old.st_gid) != (now.st_uid, now.st_gid):
            with contextlib.suppress(PermissionError):
                os.fchown(descriptor, old.st_uid, old.st_gid)
    temp.chmod(stat.S_IMODE(old.st_mode))
