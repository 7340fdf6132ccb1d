"""torch, called for real."""

from __future__ import annotations

import os

import torch

from tests.conformance.recipes.recipe import ProbedBuffer, Recipe, loader, path_in, saver, unprobed


def _serialization():
    return torch.serialization


def _scripts():
    return torch.jit._serialization


def _script():
    return torch.jit.script(torch.nn.ReLU())


def _hub():
    return torch.hub


def _export():
    return torch.export


def _exported():
    return torch.export.export(torch.nn.ReLU(), (torch.ones(3),))


def _url(folder: str) -> str:
    return "file://" + path_in(folder, "w.pt", lambda path: torch.save({"a": torch.ones(3)}, path))


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
    "export:load": unprobed(loader(_export, "load", "t.pt2", lambda path: torch.export.save(_exported(), path))),
    "export:save": unprobed(saver(_export, "save", "o.pt2", _exported)),
    # A URL is text.
    "hub:load_state_dict_from_url": Recipe(
        _hub,
        "load_state_dict_from_url",
        lambda folder: (_url(folder), os.path.join(folder, "hub")),
        lambda folder: (f"file://{folder}/missing", os.path.join(folder, "hub")),
        keywords={"progress": False},
    ),
    "hub:download_url_to_file": Recipe(
        _hub,
        "download_url_to_file",
        lambda folder: (_url(folder), os.path.join(folder, "o.pt")),
        lambda folder: (f"file://{folder}/missing", os.path.join(folder, "o.pt")),
        keywords={"progress": False},
    ),
    "nn.modules.module:Module._wrapped_call_impl": Recipe(
        lambda: torch.nn.Module,
        "_wrapped_call_impl",
        lambda _: (_Model(), torch.ones(3)),
        lambda _: (_Model(), "text"),
        lambda _, probe: (_Model(), torch.ones(3), probe),
    ),
}
