"""cloudpickle, called for real."""

from __future__ import annotations

import io

import cloudpickle

from tests.conformance.recipes.pandas_calls import FRAME
from tests.conformance.recipes.recipe import ProbedBuffer, Recipe


def _cloudpickle():
    return cloudpickle


RECIPES = {
    "dump": Recipe(
        _cloudpickle,
        "dump",
        lambda _: (FRAME, io.BytesIO()),
        lambda _: ((one for one in ()), io.BytesIO()),
        lambda _, probe: (FRAME, ProbedBuffer(probe)),
    ),
}
