"""Files that live in memory only and still have a path (Linux memfd), for libraries that take nothing but paths."""

from __future__ import annotations

import os
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    _SEALS = 0
else:
    _SEALS = (
        getattr(fcntl, "F_SEAL_SHRINK", 0)
        | getattr(fcntl, "F_SEAL_GROW", 0)
        | getattr(fcntl, "F_SEAL_WRITE", 0)
        | getattr(fcntl, "F_SEAL_SEAL", 0)
    )


def is_available() -> bool:
    """Whether this system has them, and shows open files by path."""
    return hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir()


def create(name: str) -> int:
    """The descriptor of a new empty memory file. `name` is seen in /proc by this user: no path, no secret."""
    return os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)


def path_of(descriptor: int) -> str:
    """A path under which this process opens the memory file."""
    return f"/proc/self/fd/{descriptor}"


def freeze(descriptor: int) -> None:
    """Make the content unchangeable from now on. Fails while it is mapped for writing."""
    if _SEALS:
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
