"""Whose code it is that called: the user's own, or a library's (or Python's) on its own behalf."""

from __future__ import annotations

import os
import sys
from types import FrameType

_PYTHON = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120  # a prefix of file names, as code objects spell them
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_known: dict[str, bool] = {}
_MOST = 10_000


def is_users(frame: FrameType | None, own: str) -> bool:
    """Whether the call that runs in that frame was the user's, perhaps by way of the library's `own` files."""
    while frame is not None and frame.f_code.co_filename.startswith((own, "<importlib._bootstrap:")):
        frame = frame.f_back
    return frame is not None and not is_library(frame.f_code.co_filename)


def own_files(module: str) -> str:
    """How the names of a module's files begin: its folder, or its one file."""
    found = sys.modules.get(module)
    folders = getattr(found, "__path__", None)
    return f"{folders[0]}{os.sep}" if folders else getattr(found, "__file__", None) or "<none>"


def is_library(filename: str) -> bool:
    """Whether code of that file belongs to an installed library, or to Python itself."""
    found = _known.get(filename)
    if found is None:
        if len(_known) > _MOST:  # every cell is a file of its own
            _known.clear()
        found = filename.startswith((_PYTHON, "<frozen ")) or any(folder in filename for folder in _INSTALLED)
        _known[filename] = found
    return found
