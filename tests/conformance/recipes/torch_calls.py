"""torch, called for real."""

from __future__ import annotations

import os

import torch

from tests.conformance.recipes.recipe import ProbedBuffer, Recipe, loader


def _serialization():
    return torch.serialization


def _scripts():
    return torch.jit._serialization


def _script():
    return torch.jit.script(torch.nn.ReLU())


class _Model(torch.nn.Module):
    def forward(self, values, probe=lambda: None):
        probe()
        return torch.relu(values)


RECIPES = {
    "serialization:load": loader(_serialization, "load", "t.pt", lambda path: torch.save(torch.ones(3), path)),
    "serialization:save": Recipe(
        _serialization,
        "save",
        lambda folder: (torch.ones(3), os.path.join(folder, "o.pt")),
        lambda folder: (torch.ones(3), os.path.join(folder, "missing", "o.pt")),
        lambda _, probe: (torch.ones(3), ProbedBuffer(probe)),
    ),
    # The two below do their work in C++: they ask nothing of their arguments.
    "jit._serialization:load": loader(_scripts, "load", "t.ts", lambda path: torch.jit.save(_script(), path))._replace(
        probed=None
    ),
    "jit._serialization:save": Recipe(
        _scripts,
        "save",
        lambda folder: (_script(), os.path.join(folder, "o.ts")),
        lambda folder: (_script(), os.path.join(folder, "missing", "o.ts")),
    ),
    "nn.modules.module:Module._wrapped_call_impl": Recipe(
        lambda: torch.nn.Module,
        "_wrapped_call_impl",
        lambda _: (_Model(), torch.ones(3)),
        lambda _: (_Model(), "text"),
        lambda _, probe: (_Model(), torch.ones(3), probe),
    ),
}
