"""skops, called for real."""

from __future__ import annotations

import os

import skops.io

from tests.conformance.recipes.recipe import ProbedBuffer, Recipe

VALUE = [1, "two", 3.0]


FILE = ProbedBuffer(lambda: None, skops.io.dumps(VALUE))
"""`get_untrusted_types` takes a file by its name only."""


def _io():
    return skops.io


def _saved(folder: str, name: str = "m.skops") -> str:
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        skops.io.dump(VALUE, path)
    return path


def _file_probed(_: str, probe):
    FILE.probe = probe
    return ()


RECIPES = {
    "io:dump": Recipe(
        _io,
        "dump",
        lambda folder: (VALUE, os.path.join(folder, "o.skops")),
        lambda folder: (VALUE, os.path.join(folder, "missing", "o.skops")),
        lambda _, probe: (VALUE, ProbedBuffer(probe)),
    ),
    "io:load": Recipe(
        _io,
        "load",
        lambda folder: (_saved(folder),),
        lambda folder: (os.path.join(folder, "missing"),),
        lambda _, probe: (ProbedBuffer(probe, skops.io.dumps(VALUE)),),
    ),
    "io:get_untrusted_types": Recipe(
        _io, "get_untrusted_types", lambda _: (), lambda _: ("by position",), _file_probed, keywords={"file": FILE}
    ),
    "io:visualize": Recipe(
        _io,
        "visualize",
        lambda folder: (_saved(folder),),
        lambda folder: (os.path.join(folder, "missing"),),
        lambda folder, probe: (ProbedBuffer(probe, skops.io.dumps(VALUE)),),
    ),
}
