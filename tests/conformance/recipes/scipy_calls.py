"""scipy.io, called for real."""

from __future__ import annotations

import importlib
import io
import os
import shutil

import numpy as np

from tests.conformance.recipes.recipe import ProbedBuffer, Recipe, loader

ARRAY = np.arange(6.0).reshape(2, 3)
SOUND = np.zeros(8, dtype="int16")
TABLE = "@relation r\n@attribute a numeric\n@data\n1\n2\n"


def _module(name: str = ""):
    return lambda: importlib.import_module(f"scipy.io{name}")


def _mat(path: str) -> None:
    _module()().savemat(path, {"a": ARRAY})


def _matrix(path: str) -> None:
    _module()().mmwrite(path, ARRAY)


def _sound(path: str) -> None:
    importlib.import_module("scipy.io.wavfile").write(path, 8000, SOUND)


def _table(path: str) -> None:
    with open(path, "w") as file:
        file.write(TABLE)


def _idl() -> str:
    """A file of IDL's that comes with scipy: it cannot write one."""
    return os.path.join(os.path.dirname(_module()().__file__), "tests", "data", "scalar_float32.sav")


def _copy_of_idl(path: str) -> None:
    shutil.copyfile(_idl(), path)


def _saver(module: str, name: str, file: str, *values) -> Recipe:
    return Recipe(
        _module(module),
        name,
        good=lambda folder: (os.path.join(folder, file), *values),
        bad=lambda folder: (os.path.join(folder, "missing", file), *values),
        probed=lambda _, probe: (ProbedBuffer(probe), *values),
    )


RECIPES = {
    "io:loadmat": loader(_module(), "loadmat", "a.mat", _mat),
    "io:savemat": _saver("", "savemat", "o.mat", {"a": ARRAY}),
    "io:mmread": loader(_module(), "mmread", "a.mtx", _matrix),
    "io:mmwrite": _saver("", "mmwrite", "o.mtx", ARRAY)._replace(bad=lambda _: (io.StringIO(), ARRAY)),
    "io:readsav": loader(_module(), "readsav", "a.sav", _copy_of_idl),
    "io.arff:loadarff": loader(_module(".arff"), "loadarff", "a.arff", _table),
    "io.wavfile:read": loader(_module(".wavfile"), "read", "a.wav", _sound),
    "io.wavfile:write": _saver(".wavfile", "write", "o.wav", 8000, SOUND),
}
