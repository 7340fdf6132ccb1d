"""What a recipe is: how to call one watched function for real, well, badly, and with something that looks around."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Args = tuple[Any, ...]


class Recipe(NamedTuple):
    """`holder().name(*good(folder), **keywords)`, in a folder of its own; called twice, it must work twice.

    `bad` gives arguments for which the library raises; `probed` ones that call probe() in the depth of the call.
    A row without them says why in its file. `action`: what is recorded, where it is not the declaration's own.
    `needs`: a module without which the library cannot do it. `awaited`: it must be called, and waited for, in a loop.
    """

    holder: Callable[[], Any]
    name: str
    good: Callable[[str], Args]
    bad: Callable[[str], Args] | None = None
    probed: Callable[[str, Callable[[], None]], Args] | None = None
    action: str | None = None
    keywords: dict[str, Any] = {}
    needs: str | None = None
    awaited: bool = False


class ProbedPath(os.PathLike):
    """A path that looks around when it is asked for."""

    def __init__(self, path: str, probe: Callable[[], None]) -> None:
        self.path, self.probe = path, probe

    def __fspath__(self) -> str:
        self.probe()
        return self.path


class ProbedBuffer(io.BytesIO):
    """A file that looks around when it is read or written."""

    def __init__(self, probe: Callable[[], None], content: bytes = b"") -> None:
        super().__init__(content)
        self.probe = probe

    def read(self, *args):
        self.probe()
        return super().read(*args)

    def readinto(self, *args):
        self.probe()
        return super().readinto(*args)

    def readline(self, *args):
        self.probe()
        return super().readline(*args)

    def write(self, *args):
        self.probe()
        return super().write(*args)


class ProbedArray:
    """Features that look around when they are turned into an array."""

    def __init__(self, values, probe: Callable[[], None]) -> None:
        self.values, self.probe = np.asarray(values, dtype=float), probe
        self.shape = self.values.shape
        self.dtype = self.values.dtype
        self.ndim = self.values.ndim

    def __len__(self) -> int:
        return len(self.values)

    def __array__(self, dtype=None, copy=None):
        self.probe()
        return self.values if dtype is None else self.values.astype(dtype)


def path_in(folder: str, file: str, write: Callable[[str], Any]) -> str:
    """The path of that file in the folder, written first if it is not there."""
    path = os.path.join(folder, file)
    if not os.path.exists(path):
        write(path)
    return path


def loader(holder: Callable[[], Any], name: str, file: str, write: Callable[[str], Any], **keywords: Any) -> Recipe:
    """A function whose first argument is the path to read; its file is made by `write(path)`."""
    return Recipe(
        holder,
        name,
        good=lambda folder: (path_in(folder, file, write),),
        bad=lambda folder: (os.path.join(folder, "missing"),),
        probed=lambda folder, probe: (ProbedPath(path_in(folder, file, write), probe),),
        keywords=keywords,
    )


def saver(holder: Callable[[], Any], name: str, file: str, value: Callable[[], Any], **keywords: Any) -> Recipe:
    """A method of `value()`, or a function that takes it first, whose next argument is the path to write."""
    return Recipe(
        holder,
        name,
        good=lambda folder: (value(), os.path.join(folder, file)),
        bad=lambda folder: (value(), os.path.join(folder, "missing", file)),
        probed=lambda folder, probe: (value(), ProbedPath(os.path.join(folder, file), probe)),
        keywords=keywords,
    )


def unprobed(recipe: Recipe) -> Recipe:
    """The same for a library that asks nothing of its arguments while it works (its work is not Python's)."""
    return recipe._replace(probed=None)
