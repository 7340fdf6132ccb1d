"""Keeps a process that holds keys out of core dumps and away from debuggers of the same user, where it can."""

from __future__ import annotations

import ctypes
import sys

try:
    import resource
except ImportError:  # Windows
    HAS_LIMITS = False
else:
    HAS_LIMITS = True

_PR_GET_DUMPABLE, _PR_SET_DUMPABLE = 3, 4


def harden() -> tuple[str, ...]:
    """Do what this system lets us do to this process; what was done, in words."""
    done = []
    if HAS_LIMITS:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        done.append("no core dumps")
    if sys.platform == "linux" and _prctl(_PR_SET_DUMPABLE, 0) == 0:
        done.append("not dumpable")
    return tuple(done)


def is_dumpable() -> bool | None:
    """Whether others of the same user may read this process's memory; None where the system does not say."""
    return _prctl(_PR_GET_DUMPABLE, 0) == 1 if sys.platform == "linux" else None


def _prctl(option: int, value: int) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    return int(library.prctl(option, value, 0, 0, 0))
