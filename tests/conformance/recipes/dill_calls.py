"""dill, called for real."""

from __future__ import annotations

import importlib
import io
import os
import pathlib

from tests.conformance.recipes.recipe import ProbedBuffer, Recipe


def _dill():
    return importlib.import_module("dill")


def _session(folder: str) -> str:
    path = os.path.join(folder, "session.pkl")
    _dill().dump_module(path, module="colorsys")
    return path


RECIPES = {
    "dump": Recipe(
        _dill,
        "dump",
        lambda _: ([1, 2], io.BytesIO()),
        lambda _: ((one for one in ()), io.BytesIO()),
        lambda _, probe: ([1, 2], ProbedBuffer(probe)),
    ),
    "load": Recipe(
        _dill,
        "load",
        lambda _: (io.BytesIO(_dill().dumps([1])),),
        lambda _: (io.BytesIO(b"nonsense"),),
        lambda _, probe: (ProbedBuffer(probe, _dill().dumps([1])),),
    ),
    "dump_module": Recipe(
        _dill,
        "dump_module",
        lambda folder: (os.path.join(folder, "o.pkl"), "colorsys"),
        lambda folder: (os.path.join(folder, "missing", "o.pkl"), "colorsys"),
        lambda _, probe: (ProbedBuffer(probe), "colorsys"),
    ),
    "load_module": Recipe(
        _dill,
        "load_module",
        lambda folder: (_session(folder), "colorsys"),
        lambda folder: (os.path.join(folder, "missing"), "colorsys"),
        lambda folder, probe: (ProbedBuffer(probe, pathlib.Path(_session(folder)).read_bytes()), "colorsys"),
    ),
    "load_module_asdict": Recipe(
        _dill,
        "load_module_asdict",
        lambda folder: (_session(folder),),
        lambda folder: (os.path.join(folder, "missing"),),
        lambda folder, probe: (ProbedBuffer(probe, pathlib.Path(_session(folder)).read_bytes()),),
    ),
}
