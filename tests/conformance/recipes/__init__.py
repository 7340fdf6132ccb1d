"""How to call each watched function for real: a file per library, a recipe per declaration."""

from __future__ import annotations

import importlib
import importlib.util

from tests.conformance.recipes.recipe import Recipe


def is_installed(module: str) -> bool:
    """Whether the library is there to be called."""
    return importlib.util.find_spec(module.partition(".")[0]) is not None


def recipes_of(library: str) -> dict[str, Recipe]:
    """The recipes of the library of that name, by target."""
    name = library.replace("-", "_").replace(" ", "_").lower()
    return importlib.import_module(f"tests.conformance.recipes.{name}_calls").RECIPES
