"""sqlite3, called for real."""

from __future__ import annotations

import os
import sqlite3

from tests.conformance.recipes.recipe import ProbedPath, Recipe

RECIPES = {
    "connect": Recipe(
        lambda: sqlite3,
        "connect",
        lambda folder: (os.path.join(folder, "t.db"),),
        lambda folder: (os.path.join(folder, "missing", "t.db"),),
        lambda folder, probe: (ProbedPath(os.path.join(folder, "t.db"), probe),),
    ),
}
