"""A folder in memory for what insists on a named path: private, gone with the process, swept if that was killed."""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import shutil
import tempfile
import threading
from pathlib import Path

from jupyter_mlsec.host import mounts
from jupyter_mlsec.host.locks import try_lock
from jupyter_mlsec.host.modes import own_user

_PREFIX = "mlsec-memory-"
_LOCK = ".lock"
_lock = threading.RLock()
_numbers = itertools.count(1)
_base: tuple[int, Path, int] | None = None
"""This process's folder: who made it (a fork makes its own), where it is, the descriptor that holds its lock."""


def root() -> Path | None:
    """Where this system keeps files in memory only, if it does and we may write there."""
    for place in (Path("/dev/shm"), Path(os.environ.get("XDG_RUNTIME_DIR") or "/dev/shm")):  # noqa: S108
        if mounts.kind_of(place) in ("tmpfs", "ramfs") and os.access(place, os.W_OK | os.X_OK):
            return place
    return None


def is_available() -> bool:
    """Whether there can be such a folder."""
    return root() is not None


def create() -> Path:
    """A new empty folder, for this user only. Raises OSError where the system keeps no files in memory."""
    with _lock:
        folder = _own() / str(next(_numbers))
        folder.mkdir(mode=0o700)
        return folder


def remove(folder: Path) -> None:
    """Take away such a folder and what is in it, if it still is there."""
    shutil.rmtree(folder, ignore_errors=True)


def _own() -> Path:
    global _base
    if _base is not None and _base[0] == os.getpid() and _base[1].is_dir():
        return _base[1]
    place = root()
    if place is None:
        raise OSError("this system keeps no files in memory that have a name")
    sweep(place)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try_lock(descriptor)
    if _base is None:
        atexit.register(_leave)
    _base = (os.getpid(), folder, descriptor)
    return folder


def _leave() -> None:
    if _base is not None and _base[0] == os.getpid():
        remove(_base[1])


def sweep(place: Path) -> int:
    """Remove the folders of this user's processes that were killed; how many. One in use is locked and stays."""
    removed = 0
    for folder in place.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            removed += _sweep_one(folder)
    return removed


def _sweep_one(folder: Path) -> bool:
    if folder.is_symlink() or not own_user(folder.lstat()):
        return False
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if not try_lock(descriptor):
            return False
        shutil.rmtree(folder, ignore_errors=True)
        return True
    finally:
        os.close(descriptor)
