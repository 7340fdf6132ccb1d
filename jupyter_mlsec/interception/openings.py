"""Which of the files that were opened are the user's, by what name, and how much of what was read is libraries' own."""

from __future__ import annotations

import functools
import os
import re
import site
import stat
import sys
from collections import Counter
from collections.abc import Iterable, Sequence

from jupyter_mlsec.protocol.resources import resource_of

MOST_NAMES = 20
_CODE = (".py", ".pyc", ".pyi", ".pyd", ".so", ".pth")
_SYSTEM = ("/proc/", "/dev/", "/sys/", "/etc/", "/run/", "/usr/share/", "/usr/lib/")
_PRIVATE = re.compile(r"/(?:\.mlsec|\.ipython|\.jupyter|\.cache|jupyter/runtime|\.config/matplotlib)/")
_LOADED = (".so", ".pyd")
_HEAD = 4096
"""Of a compiled module no more than this is read: the rest is mapped."""
_MOST_LOOKED_AT = 200
_COMPILING = re.compile(r"(\.pyc)\.\d+$")
"""Python writes bytecode beside its place first, and gives it its name when it is whole."""


class Openings:
    """Tells paths apart for one project. `private` are folders of the guard's own."""

    def __init__(self, root: str, private: Sequence[str] = ()) -> None:
        self._root = root
        self._inside = root.rstrip(os.sep) + os.sep
        self._private = tuple(folder.rstrip(os.sep) + os.sep for folder in private)

    def names(self, paths: Iterable[str], watched: Iterable[str] = ()) -> tuple[str, ...]:
        """The user's files among them as a resource is named, each once, without those in `watched`."""
        found: dict[str, None] = {}
        candidates = [path for path in dict.fromkeys(paths) if self._is_users(path)]
        for path in candidates[:_MOST_LOOKED_AT]:
            if not _is_file(path):
                continue
            resource = resource_of(path, self._root)
            if resource.kind == "file":
                found[resource.name] = None
        for name in watched:
            found.pop(name, None)
        return tuple(found)

    def _is_users(self, path: str) -> bool:
        if path.startswith((*self._private, ":")) or path.endswith(_CODE) or _COMPILING.search(path):
            return False
        if path.startswith(_SYSTEM) and not path.startswith(self._inside):
            return False
        return not (_PRIVATE.search(path) or is_library(path) or path in sys.path)


def is_library(path: str) -> bool:
    """Whether that is code, or a file that came with an installed library."""
    return path.endswith(_CODE) or path.startswith(_library_folders()) or "/site-packages/" in path


def library_bytes(paths: Iterable[str]) -> tuple[int, int]:
    """(read, written) at most when these were opened: the sizes of libraries' files, and of bytecode just compiled.

    What imports read is told by this rather than by standing around each import: nothing of ours is on the import
    path, and data that a module reads while it is imported is not taken for code.
    """
    read = written = 0
    for path, count in Counter(paths).items():
        compiled = _COMPILING.search(path)
        if compiled:
            written += count * _size(path[: compiled.end(1)])
        elif is_library(path):
            read += count * (_HEAD if path.endswith(_LOADED) else _size(path))
    return read, written


@functools.cache
def _library_folders() -> tuple[str, ...]:
    """The standard library and where packages are installed; asked for when first needed: it takes a while."""
    import sysconfig

    named = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    folders = {*filter(None, named), *site.getsitepackages(), site.getusersitepackages()}
    return tuple(sorted(folder.rstrip(os.sep) + os.sep for folder in folders))


def _is_file(path: str) -> bool:
    """Not a folder, and still there: what could not be opened is told like the rest."""
    try:
        return not stat.S_ISDIR(os.stat(path).st_mode)  # noqa: PTH116
    except (OSError, ValueError):
        return False


def _size(path: str) -> int:
    try:
        status = os.stat(path)  # noqa: PTH116  # a thousand of them after a large import
    except (OSError, ValueError):
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0
