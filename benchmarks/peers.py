"""What ours is compared with, side by side in one run: where it is installed, and the reason where it does not run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from importlib.metadata import distributions
from pathlib import Path

import msgspec

from benchmarks.measure import ROOT, Bench, DidNotRun, Row, Spread, take_turns

ENVIRONMENT = ROOT / ".venv-peers"
_OF_TABLES = ("dataframely", "great-expectations", "patito", "pointblank", "polars")
_OF_PERSONAL_DATA = ("depii", "datafog-core", "scrubadub", "presidio-analyzer")
NAMES = ("mlflow", "ipyflow", "wrapt", "torch", *_OF_TABLES, *_OF_PERSONAL_DATA)
ROUNDS = 7
"""Some of the peers need seconds for one call."""
MLFLOW = """
import os
os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{os.getcwd()}/mlflow.db"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = os.environ["DO_NOT_TRACK"] = "true"
import mlflow
"""
"""mlflow with a store of its own in the measured process's folder, and nothing that wants a network."""


def installed() -> dict[str, str]:
    """The peers there are, by name, with their versions. Empty before `make bench-peers`."""
    libraries = [str(one) for one in ENVIRONMENT.glob("lib/python*/site-packages")]
    found = {one.name.replace("_", "-"): one.version for one in distributions(path=libraries)} if libraries else {}
    return {name: found[name] for name in NAMES if name in found}


def python() -> Path:
    """The interpreter for every variant of a comparison: the peers' environment, ours where there is none."""
    theirs = ENVIRONMENT / "bin" / "python"
    return theirs if theirs.exists() else Path(sys.executable)


class Entrant(msgspec.Struct, frozen=True, kw_only=True):
    """One way to do the same work: the code that prepares `body()`, and how often a round calls it.

    With `ask` a round takes that expression's value instead. `peer` is who must be installed; only a peer may fail.
    """

    setup: str
    times: int = 1
    ask: str | None = None
    peer: str | None = None


class Race(msgspec.Struct, frozen=True, kw_only=True):
    """What came of some entrants that took turns: CPU seconds a call by name, and who did not run, with the reason."""

    measured: dict[str, list[float]]
    absent: dict[str, str]

    def row(self, what: str, name: str, unit: str, spread: Callable[[], Spread], **more: float | str) -> Row:
        """A row about one entrant; without figures, and with the reason, when that one did not run."""
        if name in self.absent:
            return Row(what=what, unit=unit, measured=None, note=self.absent[name])
        return msgspec.convert({"what": what, "unit": unit, "measured": spread(), **more}, Row)

    def added(self, what: str, name: str, unit: str, **more: float | str) -> Row:
        """What `name` takes more than `plain`, round by round."""
        pairs = zip(self.measured["plain"], self.measured.get(name, ()), strict=False)
        values = [(other - plain) * PER[unit] for plain, other in pairs]
        return self.row(what, name, unit, lambda: Spread.of(values), **more)

    def ratio(self, what: str, name: str, **more: float | str) -> Row:
        """What `name` takes as a multiple of `plain`, round by round."""
        pairs = zip(self.measured["plain"], self.measured.get(name, ()), strict=False)
        values = [other / plain for plain, other in pairs]
        return self.row(what, name, "x", lambda: Spread.of(values), **more)

    def taken(self, what: str, name: str, unit: str, **more: float | str) -> Row:
        """What `name` takes."""
        values = [one * PER[unit] for one in self.measured.get(name, ())]
        return self.row(what, name, unit, lambda: Spread.of(values), **more)


PER = {"s": 1.0, "ms": 1e3, "us": 1e6}


def together(races: Sequence[Race]) -> Race:
    """Races of the same entrants in processes of their own each time, as one."""
    measured = {name: [one for race in races for one in race.measured[name]] for name in races[0].measured}
    return Race(measured=measured, absent=races[0].absent)


class Contender(msgspec.Struct, frozen=True, kw_only=True):
    """One who takes turns: `begin` prepares it and gives what measures one turn. Only one with a `peer` may fail."""

    begin: Callable[[], Callable[[], float]]
    peer: str | None = None


def race(entrants: Mapping[str, Entrant], rounds: int = ROUNDS) -> Race:
    """Each entrant in a process of its own on the same interpreter, all of them taking turns."""
    with ExitStack() as stack:

        def start(entrant: Entrant) -> Contender:
            def begin() -> Callable[[], float]:
                bench = stack.enter_context(Bench(entrant.setup, python()))
                return lambda: bench.ask(entrant.ask or f"timed(body, {entrant.times})")

            return Contender(begin=begin, peer=entrant.peer)

        return contest({name: start(entrant) for name, entrant in entrants.items()}, rounds)


def contest(contenders: Mapping[str, Contender], rounds: int = ROUNDS) -> Race:
    """Let them take turns, after one turn each that does not count.

    A peer that is not installed, or does not get through that one, is left out with the reason.
    """
    there = installed()
    turns: dict[str, Callable[[], float]] = {}
    absent: dict[str, str] = {}
    for name, contender in contenders.items():
        if contender.peer and contender.peer not in there:
            absent[name] = f"{contender.peer} is not installed: make bench-peers"
            continue
        try:
            turn = contender.begin()
            turn()
            turns[name] = turn
        except DidNotRun as error:
            if not contender.peer:
                raise
            absent[name] = f"{contender.peer} did not run: {error}"
    return Race(measured=take_turns(turns, rounds, are_warm=True), absent=absent)
