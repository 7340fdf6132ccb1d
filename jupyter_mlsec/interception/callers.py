"""Whose code it is that called: the user's own, or a library's (or Python's) on its own behalf."""

from __future__ import annotations

import os

_PYTHON = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120  # a prefix of file names, as code objects spell them
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_known: dict[str, bool] = {}
_MOST = 10_000


def is_library(filename: str) -> bool:
    """Whether code of that file belongs to an installed library, or to Python itself."""
    found = _known.get(filename)
    if found is None:
        if len(_known) > _MOST:  # every cell is a file of its own
            _known.clear()
        found = filename.startswith((_PYTHON, "<frozen ")) or any(folder in filename for folder in _INSTALLED)
        _known[filename] = found
    return found
