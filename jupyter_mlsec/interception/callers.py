"""Whose code it is that called: the user's own, or a library's (or Python's) on its own behalf."""

from __future__ import annotations

import sysconfig

_FOLDERS = tuple({path for key in ("stdlib", "platstdlib", "purelib", "platlib") if (path := sysconfig.get_path(key))})
_known: dict[str, bool] = {}
_MOST = 10_000


def is_library(filename: str) -> bool:
    """Whether code of that file belongs to an installed library, or to Python itself."""
    found = _known.get(filename)
    if found is None:
        if len(_known) > _MOST:  # every cell is a file of its own
            _known.clear()
        found = _known[filename] = filename.startswith(_FOLDERS) or filename.startswith("<frozen ")
    return found
