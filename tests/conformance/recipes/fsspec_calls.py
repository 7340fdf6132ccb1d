"""fsspec, called for real, on files in memory and of the folder."""

from __future__ import annotations

import os

from fsspec.core import OpenFile
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.spec import AbstractFileSystem

from tests.conformance.recipes.recipe import Recipe


class ProbedSystem(MemoryFileSystem):
    """Files in memory that look around when one of them is looked for."""

    cachable = False
    probe = staticmethod(lambda: None)

    def _open(self, *args, **kwargs):
        self.probe()
        return super()._open(*args, **kwargs)

    def info(self, *args, **kwargs):
        self.probe()
        return super().info(*args, **kwargs)

    def cat_file(self, *args, **kwargs):
        self.probe()
        return super().cat_file(*args, **kwargs)

    def pipe_file(self, *args, **kwargs):
        self.probe()
        return super().pipe_file(*args, **kwargs)


def _system(probe=None) -> ProbedSystem:
    system = ProbedSystem()
    system.pipe_file("/t.txt", b"text")
    if probe is not None:
        system.probe = probe
    return system


def _abstract():
    return AbstractFileSystem


def _local(folder: str) -> str:
    path = os.path.join(folder, "t.txt")
    with open(path, "w") as file:
        file.write("text")
    return path


def _asks(name: str, *arguments, missing: str = "/missing") -> Recipe:
    """A method of a file system, asked about a file in memory."""
    return Recipe(
        _abstract,
        name,
        good=lambda folder: (_system(), "/t.txt", *(one.format(folder=folder) for one in arguments)),
        bad=lambda folder: (_system(), missing, *(one.format(folder=folder) for one in arguments)),
        probed=lambda folder, probe: (_system(probe), "/t.txt", *(one.format(folder=folder) for one in arguments)),
    )


def _opened(system: AbstractFileSystem, path: str) -> tuple[OpenFile]:
    return (OpenFile(system, path),)


RECIPES = {
    "core:OpenFile.__enter__": Recipe(
        lambda: OpenFile,
        "__enter__",
        lambda folder: _opened(LocalFileSystem(), _local(folder)),
        lambda _: _opened(_system(), "/missing"),
        lambda _, probe: _opened(_system(probe), "/t.txt"),
    ),
    "spec:AbstractFileSystem.open": _asks("open"),
    "spec:AbstractFileSystem.get": _asks("get", "{folder}/got.txt"),
    "spec:AbstractFileSystem.get_file": _asks("get_file", "{folder}/got.txt"),
    "spec:AbstractFileSystem.cat": _asks("cat"),
    "spec:AbstractFileSystem.cat_file": _asks("cat_file"),
    "spec:AbstractFileSystem.put": Recipe(
        _abstract,
        "put",
        lambda folder: (_system(), _local(folder), "/put.txt"),
        lambda folder: (_system(), os.path.join(folder, "missing"), "/put.txt"),
        lambda folder, probe: (_system(probe), _local(folder), "/put.txt"),
    ),
    "spec:AbstractFileSystem.put_file": Recipe(
        _abstract,
        "put_file",
        lambda folder: (_system(), _local(folder), "/put.txt"),
        lambda folder: (_system(), os.path.join(folder, "missing"), "/put.txt"),
        lambda folder, probe: (_system(probe), _local(folder), "/put.txt"),
    ),
    "spec:AbstractFileSystem.pipe": Recipe(
        _abstract,
        "pipe",
        lambda _: (_system(), "/piped.txt", b"text"),
        lambda _: (_system(), 7, b"text"),
        lambda _, probe: (_system(probe), "/piped.txt", b"text"),
    ),
    "spec:AbstractFileSystem.copy": _asks("copy", "/copy.txt"),
}
