"""The audit catches what leaks, and lets our own releases pass: those are run through it here, bit by bit."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from jupyter_mlsec.controls.privacy.audit import audit, bound, clopper_pearson, low_bits
from jupyter_mlsec.controls.privacy.columns import Columns
from jupyter_mlsec.controls.privacy.handle import Block, Private
from jupyter_mlsec.controls.privacy.noise import Dice
from jupyter_mlsec.frames import view
from jupyter_mlsec.protocol.errors import UsageError
from tests.controls.privacy.test_noise import seeded

RUNS = 1_000
PEOPLE = pd.DataFrame({"x": [0.3, 0.9, 0.1, 0.7] * 5, "n": [3, 9, 1, 7] * 5, "kind": list("abab") * 5})
ONE_MORE = pd.concat([PEOPLE, pd.DataFrame({"x": [1.0], "n": [10], "kind": ["a"]})])


def views(noise: str = "laplace"):
    """The private views of two tables that differ by a row."""
    dice = Dice(seeded(11))
    block = Block(
        epsilon=Fraction(10**9),
        share=0.25,
        rows=1,
        noise=noise,
        bounds={"x": (0, 1), "n": (0, 12)},
        sets=("x",),  # type: ignore[arg-type]
    )
    return [
        Private(Columns(view(table), "refuse"), block, lambda *_: Fraction(0), dice) for table in (PEOPLE, ONE_MORE)
    ]


@pytest.mark.parametrize(
    "ask",
    [
        lambda one: one.count(epsilon=1),
        lambda one: one.sum("x", epsilon=1),
        lambda one: one.mean("x", epsilon=1),
        lambda one: one.median("n", epsilon=1),
        lambda one: one.histogram("x", 4, epsilon=1)[0.75, 1.0],
        lambda one: one.groupby("kind", ["a", "b"]).sum("x", epsilon=1)["a"],
    ],
    ids=["count", "sum", "mean", "median", "histogram", "groups"],
)
def test_our_own_releases_pass(ask):
    found = audit(ask, *views(), 1.0, runs=RUNS)

    assert found.holds, found.said("it")


def test_half_the_noise_that_is_due_is_caught():
    found = audit(lambda one: one.count(epsilon=2), *views(), 1.0, runs=RUNS)

    assert not found.holds
    assert found.bound > 1.2


def test_a_row_that_is_not_hidden_at_all_is_caught():
    found = audit(lambda one: float(len(one._columns.frame.column("x"))), *views(), 1.0, runs=RUNS)

    assert not found.holds


def test_floating_point_laplace_is_caught_by_its_low_bits_alone():
    random = np.random.default_rng(0)

    found = audit(lambda true: true + random.laplace(), 0.0, 1.0, 1.0, runs=4_000)

    assert not found.holds
    assert found.bound > 4
    assert "something below 2**" in found.by


def test_the_lowest_bit_of_a_double_is_found():
    values = np.array([0.75, 3.0, 4.0, -0.5, 5e-324, 0.0, np.inf, 1 + 2**-52])

    assert low_bits(values).tolist() == [-2, 0, 2, -1, -1074, 2048, 2048, -52]


@pytest.mark.parametrize(("hits", "runs"), [(0, 50), (1, 50), (25, 50), (50, 50), (3, 10_000), (9_990, 10_000)])
def test_the_intervals_are_clopper_and_pearsons(hits, runs):
    low, high = clopper_pearson(hits, runs)

    assert low == pytest.approx(0 if hits == 0 else beta.ppf(0.025, hits, runs - hits + 1), rel=1e-6)
    assert high == pytest.approx(1 if hits == runs else beta.ppf(0.975, hits + 1, runs - hits), rel=1e-6)


def test_no_difference_is_no_leak():
    assert bound(500, 500, 1_000) < 0
    assert audit(lambda true: true * 0, 0.0, 1.0, 1.0, runs=200).holds


@pytest.mark.parametrize("function", [lambda x: "text", lambda: 0.0, lambda x: float("nan")])
def test_what_gives_no_numbers_is_told_so(function):
    with pytest.raises(UsageError):
        audit(function, 0.0, 1.0, 1.0, runs=200)
