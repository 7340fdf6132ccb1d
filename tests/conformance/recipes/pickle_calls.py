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


class _Restored:
    probe: Callable[[], None]

    def __init__(self) -> None:
        self.held = 1

    def __setstate__(self, state) -> None:
        type(self).probe()


def _loads_probed(_: str, probe):
    _Restored.probe = staticmethod(probe)
    return (pickle.dumps(_Restored()),)


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
    "loads": Recipe(_pickle, "loads", lambda _: (pickle.dumps([1]),), lambda _: (b"nonsense",), _loads_probed),
}
