"""joblib, called for real."""

from __future__ import annotations

import os

import joblib

from tests.conformance.recipes.pandas_calls import FRAME
from tests.conformance.recipes.recipe import ProbedBuffer, Recipe, loader


def _joblib():
    return joblib


RECIPES = {
    "load": loader(_joblib, "load", "m.joblib", lambda path: joblib.dump(FRAME, path)),
    "dump": Recipe(
        _joblib,
        "dump",
        lambda folder: (FRAME, os.path.join(folder, "o.joblib")),
        lambda folder: (FRAME, os.path.join(folder, "missing", "o")),
        lambda folder, probe: (FRAME, ProbedBuffer(probe)),
    ),
}
