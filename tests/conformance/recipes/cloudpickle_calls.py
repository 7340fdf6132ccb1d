"""cloudpickle, called for real."""

from __future__ import annotations

import io
from collections.abc import Callable

import cloudpickle

from tests.conformance.recipes.pandas_calls import FRAME
from tests.conformance.recipes.recipe import ProbedBuffer, Recipe


def _cloudpickle():
    return cloudpickle


class _Probed:
    probe: Callable[[], None]

    def __reduce__(self):
        type(self).probe()
        return (int, ())


def _dumps_probed(_: str, probe):
    _Probed.probe = staticmethod(probe)
    return (_Probed(),)


RECIPES = {
    "dump": Recipe(
        _cloudpickle,
        "dump",
        lambda _: (FRAME, io.BytesIO()),
        lambda _: ((one for one in ()), io.BytesIO()),
        lambda _, probe: (FRAME, ProbedBuffer(probe)),
    ),
    "dumps": Recipe(_cloudpickle, "dumps", lambda _: (FRAME,), lambda _: ((one for one in ()),), _dumps_probed),
}
