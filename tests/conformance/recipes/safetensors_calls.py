"""safetensors, called for real; the flavours of libraries that are not installed say so."""

from __future__ import annotations

import importlib
import os

import numpy as np
import safetensors
import safetensors.numpy

from tests.conformance.recipes.recipe import ProbedPath, Recipe, loader, path_in

TENSORS = {"a": np.ones(3)}
RAW = safetensors.numpy._flatten(TENSORS, [])


def _safetensors():
    return safetensors


def _save(path: str) -> None:
    safetensors.numpy.save_file(TENSORS, path)


def _tensors(flavour: str):
    if flavour == "numpy":
        return TENSORS
    return {"a": importlib.import_module({"torch": "torch", "flax": "jax.numpy"}[flavour]).ones(3)}


def _flavour(flavour: str) -> dict[str, Recipe]:
    def module():
        return importlib.import_module(f"safetensors.{flavour}")

    needs = {"numpy": "numpy", "torch": "torch", "flax": "jax"}[flavour]
    return {
        f"{flavour}:load_file": loader(module, "load_file", "m.safetensors", _save)._replace(needs=needs),
        f"{flavour}:save_file": Recipe(
            module,
            "save_file",
            lambda folder: (_tensors(flavour), os.path.join(folder, "o.safetensors")),
            lambda folder: (_tensors(flavour), os.path.join(folder, "missing", "o.safetensors")),
            lambda folder, probe: (_tensors(flavour), ProbedPath(os.path.join(folder, "o.safetensors"), probe)),
            needs=needs,
        ),
    }


RECIPES = {
    "safe_open": Recipe(
        _safetensors,
        "safe_open",
        lambda folder: (path_in(folder, "m.safetensors", _save), "np"),
        lambda folder: (os.path.join(folder, "missing"), "np"),
        lambda folder, probe: (ProbedPath(path_in(folder, "m.safetensors", _save), probe), "np"),
    ),
    "serialize_file": Recipe(
        _safetensors,
        "serialize_file",
        lambda folder: (RAW, os.path.join(folder, "o.safetensors")),
        lambda folder: (RAW, os.path.join(folder, "missing", "o.safetensors")),
        lambda folder, probe: (RAW, ProbedPath(os.path.join(folder, "o.safetensors"), probe)),
    ),
    **_flavour("numpy"),
    **_flavour("torch"),
    **_flavour("flax"),
}
