"""Locks on open files. Where the system has none, a lock is never granted to a second holder we could disturb."""

from __future__ import annotations

try:
    import fcntl
except ImportError:  # Windows
    HAS_LOCKS = False
else:
    HAS_LOCKS = True


def try_lock(descriptor: int) -> bool:
    """Take the whole file for this process and its forks until it is closed. False: another holds it, or no locks."""
    if not HAS_LOCKS:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
