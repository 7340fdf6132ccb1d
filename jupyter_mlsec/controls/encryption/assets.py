"""keras: a layer's assets (a vocabulary) pass through a temporary folder. Of what is sealed, that is in memory only."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from jupyter_mlsec.host import memory_folder

_MODULE = "keras.src.saving.saving_lib"
_lock = threading.Lock()
_folders: dict[int, list[Path]] = {}
"""Per thread that saves or loads something sealed now: the folders it was given."""
_original: Callable[[], str] | None = None


@contextlib.contextmanager
def in_memory() -> Iterator[None]:
    """Within, the calling thread's assets lie in memory. Does nothing where keras has another way to go about them."""
    module = sys.modules.get(_MODULE)
    if module is None or not hasattr(module, "get_temp_dir"):
        yield
        return
    thread = threading.get_ident()
    _install(module, thread)
    try:
        yield
    finally:
        _remove(module, thread)


def _install(module: Any, thread: int) -> None:
    global _original
    with _lock:
        _folders[thread] = []
        if _original is None:
            _original = module.get_temp_dir
            module.get_temp_dir = _get_temp_dir


def _remove(module: Any, thread: int) -> None:
    global _original
    with _lock:
        for folder in _folders.pop(thread, ()):
            memory_folder.remove(folder)
        if not _folders and _original is not None:
            module.get_temp_dir = _original
            _original = None


def _get_temp_dir() -> str:
    """In place of keras' own: in memory for the threads that asked for it, as ever for all others."""
    mine = _folders.get(threading.get_ident())
    if mine is None:
        assert _original is not None
        return _original()
    mine.append(memory_folder.create())
    return os.fspath(mine[-1])
