"""Whose a file is and who may read it, as far as the system can say."""

from __future__ import annotations

import os
import stat

PRIVATE = 0o600
PRIVATE_FOLDER = 0o700


def own_user(status: os.stat_result) -> bool:
    """Whether the file is this user's (on systems without users: yes)."""
    return not hasattr(os, "getuid") or status.st_uid == os.getuid()


def exposure(status: os.stat_result, *, any_mode: bool = False) -> str | None:
    """Why a file that holds a secret is not safe as it lies, as half a sentence; None if it is.

    any_mode: only what it is counts, not whose it is or who may read it.
    """
    if not stat.S_ISREG(status.st_mode):
        return "it is not a regular file"
    if any_mode or not hasattr(os, "getuid"):
        return None  # Windows: the profile folder's access list guards it
    if not own_user(status):
        return "it belongs to another user"
    if status.st_mode & 0o077:
        return f"others can read or change it (mode {stat.S_IMODE(status.st_mode):04o})"
    return None
