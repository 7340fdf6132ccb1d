"""numpy, called for real."""

from __future__ import annotations

import os

import numpy as np

from tests.conformance.recipes.recipe import ProbedPath, Recipe, loader

ARRAY = np.arange(6.0).reshape(2, 3)


def _numpy():
    return np


def _memmap():
    return np.memmap


def _writes_text(path: str) -> None:
    np.savetxt(path, ARRAY)


def _saver(name: str, file: str) -> Recipe:
    """A function that takes the path first, then what to save."""
    return Recipe(
        _numpy,
        name,
        good=lambda folder: (os.path.join(folder, file), ARRAY),
        bad=lambda folder: (os.path.join(folder, "missing", file), ARRAY),
        probed=lambda folder, probe: (ProbedPath(os.path.join(folder, file), probe), ARRAY),
    )


def _regex(recipe: Recipe) -> Recipe:
    """`fromregex` wants to know what to look for, too."""
    pattern = r"(\S+) (\S+) (\S+)", [("a", "f8"), ("b", "f8"), ("c", "f8")]
    assert recipe.bad is not None
    assert recipe.probed is not None
    bad, probed = recipe.bad, recipe.probed
    return recipe._replace(
        good=lambda folder: (*recipe.good(folder), *pattern),
        bad=lambda folder: (*bad(folder), *pattern),
        probed=lambda folder, probe: (*probed(folder, probe), *pattern),
    )


def _map(folder: str) -> np.memmap:
    return np.memmap(os.path.join(folder, "map.bin"), mode="w+", shape=4)


class _Closed:
    """Says it may be written, and can not be flushed any more."""

    filename, mode = "map.bin", "r+"

    @property
    def base(self):
        raise ValueError("closed")


class _WholePath(ProbedPath):
    """A map keeps the whole path of its file."""

    def resolve(self) -> str:
        return self.path


def _mapped(recipe: Recipe) -> Recipe:
    """`memmap.__new__` takes the class first."""
    assert recipe.bad is not None
    bad, first = recipe.bad, (np.memmap,) if recipe.name == "__new__" else ()
    return recipe._replace(
        good=lambda folder: (*first, *recipe.good(folder)),
        bad=lambda folder: (*first, *bad(folder)),
        probed=lambda folder, probe: (*first, _WholePath(recipe.good(folder)[0], probe)),
    )


RECIPES = {
    "load": loader(_numpy, "load", "a.npy", lambda path: np.save(path, ARRAY)),
    "loadtxt": loader(_numpy, "loadtxt", "a.txt", _writes_text),
    "genfromtxt": loader(_numpy, "genfromtxt", "a.txt", _writes_text),
    "fromregex": _regex(loader(_numpy, "fromregex", "a.txt", _writes_text)),
    "fromfile": loader(_numpy, "fromfile", "a.bin", ARRAY.tofile),
    "memmap.__new__": _mapped(loader(_memmap, "__new__", "a.bin", ARRAY.tofile)),
    "lib.format:open_memmap": _mapped(
        loader(lambda: np.lib.format, "open_memmap", "a.npy", lambda path: np.save(path, ARRAY))
    ),
    # A map is flushed by the system alone: nothing of ours is asked.
    "memmap.flush": Recipe(_memmap, "flush", lambda folder: (_map(folder),), lambda _: (_Closed(),)),
    "save": _saver("save", "o.npy"),
    "savez": _saver("savez", "o.npz"),
    "savez_compressed": _saver("savez_compressed", "o.npz"),
    "savetxt": _saver("savetxt", "o.txt"),
}
