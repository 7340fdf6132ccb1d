"""The bytes a load reads, seen again by us: the very same ones, or none."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import IO, Any, NamedTuple

from jupyter_mlsec.host.behind import path_behind, path_text

_MOST_HELD = 1 << 30
"""Of an open file that is none on disk, so much is read again."""
_COARSE = 5
"""CLOCK_REALTIME_COARSE: Linux takes files' times from it."""
_PATIENCE = 0.02


class State(NamedTuple):
    """What changes when a file does. The last, the time its inode was changed, nobody can set back."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int


def state_of(path: str) -> State | None:
    """The state of a regular file; None for anything else."""
    try:
        return _state(os.stat(path))  # noqa: PTH116  # the hot path: no Path objects
    except (OSError, ValueError):
        return None


def _state_of_open(file: Any) -> State | None:
    try:
        return _state(os.fstat(file.fileno()))
    except (AttributeError, OSError, ValueError, TypeError):
        return None


def _state(found: os.stat_result) -> State | None:
    if not stat.S_ISREG(found.st_mode):
        return None
    return State(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


class Source:
    """What one call loads from, as it was when the call began."""

    def __init__(self, resource: Any) -> None:  # Any: whatever the call was given
        self._resource = resource
        self.start = 0
        if isinstance(resource, str | os.PathLike):
            self.state = state_of(os.path.expanduser(resource))  # noqa: PTH111
        else:
            self.start = _position(resource)
            self.state = _state_of_open(resource)
        if self.state is not None:
            _settle(self.state)

    @cached_property
    def path(self) -> str | None:
        """The file's absolute path; None for what is no file on this machine's disks."""
        return path_of(self._resource)

    @contextmanager
    def content(self) -> Iterator[tuple[IO[bytes], int] | None]:
        """The bytes and where in them the load began; None when they cannot be had a second time."""
        if self.path is not None:
            with self._on_disk() as file:
                yield None if file is None else (file, self.start)
            return
        held = self._again()
        yield None if held is None else (held, 0)

    @contextmanager
    def _on_disk(self) -> Iterator[IO[bytes] | None]:
        try:
            file = open(str(self.path), "rb")  # noqa: PTH123, SIM115  # closed below
        except OSError:
            yield None
            return
        with file:
            yield file if self.state is not None and _state(os.fstat(file.fileno())) == self.state else None

    def is_unchanged(self) -> bool:
        """Whether what was looked at in `content` is still what the load reads."""
        return self.path is None or (self.state is not None and state_of(self.path) == self.state)

    def _again(self) -> io.BytesIO | None:
        found = self._resource
        if isinstance(found, bytes | bytearray | memoryview):
            return io.BytesIO(found)
        try:
            here = found.tell()
            found.seek(self.start)
            try:
                held = found.read(_MOST_HELD)
            finally:
                found.seek(here)
        except (AttributeError, OSError, ValueError, TypeError):
            return None  # a pipe, a socket, an object with no more than `read`
        return io.BytesIO(held) if isinstance(held, bytes) and len(held) < _MOST_HELD else None

    def digest(self) -> str | None:
        """SHA-256 (hex) of the whole file, or of the bytes; None when they cannot be had."""
        with self.content() as found:
            if found is None:
                return None
            file, _ = found
            file.seek(0)
            sha = hashlib.sha256()
            while piece := file.read(1 << 20):
                sha.update(piece)
        return sha.hexdigest() if self.is_unchanged() else None

    def now(self, resource: Any) -> Source:
        """The same load from what it was handed instead: the plain bytes of a sealed file."""
        if resource is self._resource:
            return self
        replaced = Source(resource)
        replaced.start = 0
        return replaced


def path_of(resource: Any) -> str | None:
    """The absolute path behind a path or an open file; None for what is no file on this machine's disks."""
    resource = path_text(resource)
    if isinstance(resource, str):
        return None if "://" in resource or "\0" in resource else os.path.abspath(os.path.expanduser(resource))  # noqa: PTH100, PTH111
    return path_behind(resource)


def _position(resource: Any) -> int:
    try:
        return int(resource.tell())
    except (AttributeError, OSError, ValueError, TypeError):
        return 0


def _settle(state: State) -> None:
    """Wait until a later change is sure to show in the file's times: a few milliseconds, after a write just now."""
    if sys.platform != "linux":
        return
    until = time.monotonic() + _PATIENCE
    latest = max(state.modified, state.changed)
    while latest >= time.clock_gettime_ns(_COARSE) and time.monotonic() < until:
        time.sleep(0.001)
