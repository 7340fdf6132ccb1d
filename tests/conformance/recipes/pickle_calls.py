"""pickle, called for real."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable

from tests.conformance.recipes.pandas_calls import FRAME
from tests.conformance.recipes.recipe import ProbedBuffer, Recipe


class _Probed:
    probe: Callable[[], None]

    def __reduce__(self):
        type(self).probe()
        return (int, ())


def _dump_probed(_: str, probe):
    _Probed.probe = staticmethod(probe)
    return _Probed(), io.BytesIO()


def _pickle():
    return pickle


RECIPES = {
    "dump": Recipe(
        _pickle, "dump", lambda _: (FRAME, io.BytesIO()), lambda _: (lambda: None, io.BytesIO()), _dump_probed
    ),
    "load": Recipe(
        _pickle,
        "load",
        lambda _: (io.BytesIO(pickle.dumps([1])),),
        lambda _: (io.BytesIO(b"nonsense"),),
        lambda _, probe: (ProbedBuffer(probe, pickle.dumps([1])),),
    ),
}
