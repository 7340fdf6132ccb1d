"""csv, called for real. It asks nothing of a file before it is read from or written to, but for the dialect's name."""

from __future__ import annotations

import csv
import io

from tests.conformance.recipes.recipe import Recipe


class _Probed:
    """A dialect that looks around when it is asked for what it says."""

    def __init__(self, probe) -> None:
        self.probe = probe

    @property
    def delimiter(self) -> str:
        self.probe()
        return ","


def _csv():
    return csv


def _lines():
    return io.StringIO("a,b\n1,2\n")


def _made(kind, *args):
    """What the constructor of that class is given, the object itself first."""
    return kind.__new__(kind), *args


RECIPES = {
    "reader": Recipe(
        _csv,
        "reader",
        lambda _: (_lines(),),
        lambda _: (_lines(), "no dialect"),
        lambda _, probe: (_lines(), _Probed(probe)),
    ),
    "writer": Recipe(
        _csv,
        "writer",
        lambda _: (io.StringIO(),),
        lambda _: (io.StringIO(), "no dialect"),
        lambda _, probe: (io.StringIO(), _Probed(probe)),
    ),
    "DictReader.__init__": Recipe(
        lambda: csv.DictReader,
        "__init__",
        lambda _: _made(csv.DictReader, _lines()),
        lambda _: _made(csv.DictReader, _lines(), None, None, None, "no dialect"),
        lambda _, probe: _made(csv.DictReader, _lines(), None, None, None, _Probed(probe)),
    ),
    "DictWriter.__init__": Recipe(
        lambda: csv.DictWriter,
        "__init__",
        lambda _: _made(csv.DictWriter, io.StringIO(), ["a"]),
        lambda _: _made(csv.DictWriter, io.StringIO(), ["a"], "", "no extrasaction"),
        lambda _, probe: _made(csv.DictWriter, io.StringIO(), ["a"], "", "raise", _Probed(probe)),
    ),
}
