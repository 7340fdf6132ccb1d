"""json, called for real."""

from __future__ import annotations

import io
import json

from tests.conformance.recipes.recipe import Recipe


class _ProbedText(io.StringIO):
    """Text that looks around when it is read or written."""

    def __init__(self, probe, content: str = "") -> None:
        super().__init__(content)
        self.probe = probe

    def read(self, *args):
        self.probe()
        return super().read(*args)

    def write(self, *args):
        self.probe()
        return super().write(*args)


def _json():
    return json


RECIPES = {
    "load": Recipe(
        _json,
        "load",
        lambda _: (io.StringIO('{"a": 1}'),),
        lambda _: (io.StringIO("nonsense"),),
        lambda _, probe: (_ProbedText(probe, "[1]"),),
    ),
    "dump": Recipe(
        _json,
        "dump",
        lambda _: ([1], io.StringIO()),
        lambda _: (object(), io.StringIO()),
        lambda _, probe: ([1], _ProbedText(probe)),
    ),
}
