"""Private answers: noise per value beside numpy's (which is not private), a release, and what a spend costs."""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.measure import Row, Spread, cpu_seconds, take_turns
from jupyter_mlsec.controls.privacy.accounting import cost
from jupyter_mlsec.controls.privacy.budget import Budget
from jupyter_mlsec.controls.privacy.columns import Columns
from jupyter_mlsec.controls.privacy.handle import Block, Private
from jupyter_mlsec.controls.privacy.noise import Dice, Gaussian, Laplace
from jupyter_mlsec.frames import view

_DRAWS = 100_000
_SPENDS = 20


def rows() -> list[Row]:
    """Microseconds of CPU time a value, milliseconds a release and a spend."""
    random, dice = np.random.default_rng(0), Dice()
    table = pd.DataFrame({"age": random.integers(18, 90, 1_000_000), "income": random.lognormal(10, 1, 1_000_000)})
    wide, narrow = Laplace.hiding(1 << 30, Fraction(1)), Laplace.hiding(1, Fraction(1))
    view_of = _private(table)
    with tempfile.TemporaryDirectory() as name:
        budget = Budget(lambda: Path(name) / "privacy", lambda *_: None, lambda *_: {})
        variants = {
            "laplace": _timed(lambda: dice.draw(wide, _DRAWS), _DRAWS),
            "counts": _timed(lambda: dice.draw(narrow, _DRAWS), _DRAWS),
            "gaussian": _timed(lambda: dice.draw(Gaussian(variance=1 << 21), _DRAWS), _DRAWS),
            "numpy": _timed(lambda: random.laplace(size=_DRAWS), _DRAWS),
            "mean": _timed(lambda: view_of.mean("income", epsilon=0.1), 1),
            "quantiles": _timed(lambda: view_of.quantiles("income", epsilon=0.1), 1),
            "spend": _timed(lambda: [_spend(budget) for _ in range(_SPENDS)], _SPENDS),
        }
        gc.collect()
        measured = {what: Spread.of(values) for what, values in take_turns(variants).items()}
    return [
        _row("exact Laplace on a lattice, a value", "us", measured["laplace"], 1e6, 1.5),
        _row("exact Laplace for counts, a value", "us", measured["counts"], 1e6, 1.5),
        _row("exact Gaussian, a value", "us", measured["gaussian"], 1e6),
        _row("numpy's Laplace, a value", "us", measured["numpy"], 1e6, note="not private: its low bits leak"),
        _row("mean of 1,000,000 rows", "ms", measured["mean"], 1e3),
        _row("three quantiles of 1,000,000 rows", "ms", measured["quantiles"], 1e3),
        _row("a spend", "ms", measured["spend"], 1e3, note="CPU time; it also waits for the disk"),
    ]


def _private(table: pd.DataFrame) -> Private:
    bounds = {"age": (0, 120), "income": (0, 200_000)}
    block = Block(epsilon=Fraction(10**9), share=0.25, rows=1, noise="laplace", bounds=bounds, sets=("people",))
    return Private(Columns(view(table), "refuse"), block, lambda *_: Fraction(1))


def _spend(budget: Budget) -> None:
    little = Fraction(1, 10**6)
    budget.spend(("people",), cost(little, is_pure=True), little, "count", (Fraction(1), Fraction(0)))


def _timed(body: Callable[[], object], parts: int) -> Callable[[], float]:
    def once() -> float:
        return cpu_seconds(body, 1) / parts

    return once


def _row(what: str, unit: str, measured: Spread, times: float, goal: float | None = None, note: str = "") -> Row:
    scaled = Spread(low=measured.low * times, median=measured.median * times, high=measured.high * times)
    return Row(what=what, unit=unit, measured=scaled, goal=goal, note=note)
