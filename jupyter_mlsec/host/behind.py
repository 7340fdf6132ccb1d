"""The file behind what a call was given: a path in any spelling, or a file that is open."""

from __future__ import annotations

import os
from typing import Any


def path_text(value: Any) -> Any:  # Any: whatever a user's call names
    """What a PathLike gives; None where it gives nothing (pandas' ExcelFile of an open file); else the value."""
    if type(value) is str or not isinstance(value, os.PathLike):
        return value
    try:
        return os.fspath(value)
    except TypeError:
        return None


def path_behind(file: Any) -> str | None:
    """The absolute path of an open file, if what stands there now is still that file.

    None for a member of an archive, a buffer with a name, a pipe, a file that is gone or closed.
    """
    name = getattr(file, "name", None)
    if not isinstance(name, str) or not callable(getattr(file, "fileno", None)):
        return None
    try:
        path = os.path.abspath(name)  # noqa: PTH100  # the hot path: no Path objects
        mine, there = os.fstat(file.fileno()), os.stat(path)  # noqa: PTH116
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    return path if (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino) else None
