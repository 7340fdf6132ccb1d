"""Put before all else on a test kernel's path: takes away what only Linux has. No /proc, no memfd, no inotify."""

import builtins
import ctypes
import errno
import io
import os

_FIRST = ("/proc", "/dev/shm")  # what is hidden


def _without(function):
    def hiding(path, *args, **kwargs):
        if not isinstance(path, int) and str(os.fspath(path)).startswith(_FIRST):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return function(path, *args, **kwargs)

    return hiding


class _Library(ctypes.CDLL):
    def __getattr__(self, name):
        if name.startswith("inotify"):
            raise AttributeError(name)
        return super().__getattr__(name)


del os.memfd_create
for _name in ("open", "stat", "lstat", "scandir", "listdir", "readlink", "access", "mkdir"):
    setattr(os, _name, _without(getattr(os, _name)))
builtins.open = io.open = _without(io.open)
ctypes.CDLL = _Library
