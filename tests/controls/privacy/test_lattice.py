"""What a row can change is known from the bounds alone, and sums are exact however large the numbers."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlsec.controls.privacy.lattice import COARSE, lattice, steps_of

NUMBERS = st.floats(-1e12, 1e12)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=20), NUMBERS, st.floats(1e-3, 1e9))
def test_no_row_changes_a_sum_by_more_than_the_bounds_say(values, low, width):
    bounds = (Fraction(low), Fraction(low + width))
    grid = lattice(*bounds, Fraction(0), Fraction(10))

    steps = steps_of(np.array(values), grid, *bounds)

    assert int(abs(steps).max()) <= grid.sensitivity
    assert grid.sensitivity * grid.step <= max(map(abs, bounds)) + grid.step


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.lists(st.floats(-100, 100), min_size=1, max_size=20))
def test_what_is_within_the_bounds_is_kept_to_a_billionth(values):
    bounds = (Fraction(-100), Fraction(100))
    grid = lattice(*bounds, Fraction(0), Fraction(1))

    total = grid.total(steps_of(np.array(values), grid, *bounds)) * grid.step

    assert float(total) == pytest.approx(math.fsum(values), abs=1e-5)


@pytest.mark.parametrize("kind", ["i8", "u8"])
def test_integers_beyond_what_a_double_holds_are_added_exactly(kind):
    values = np.array([2**60 + 1, 2**60 + 3, 2**60 + 7], kind)
    bounds = (Fraction(2**60), Fraction(2**60 + 8))
    grid = lattice(*bounds, Fraction(2**60), Fraction(1))

    assert grid.total(steps_of(values, grid, *bounds)) * grid.step == 11


@pytest.mark.parametrize(
    "values",
    [
        np.array([-(2**63), 2**63 - 1], "i8"),
        np.array([0, 2**64 - 1], "u8"),
        np.array([-128, 127], "i1"),
        np.array([True, False]),
        np.array([-1e308, 1e308]),
        np.array([5e-324, -5e-324]),
        np.array([], "f8"),
    ],
    ids=lambda values: str(values.dtype),
)
@pytest.mark.parametrize("bounds", [(-(2**63), 2**64), (0, 1), (-1e-300, 1e-300), (-1e280, 1e280), (-3.5, 2**62)])
def test_extremes_stay_within_the_bounds(values, bounds):
    low, high = map(Fraction, bounds)
    grid = lattice(low, high, Fraction(0), Fraction(4))

    steps = steps_of(values, grid, low, high)

    assert all(abs(each) <= grid.sensitivity for each in steps.tolist())


def test_a_total_that_is_rounded_changes_by_one_step_more():
    fine = lattice(Fraction(0), Fraction(100), Fraction(0), Fraction(10))
    coarse = lattice(Fraction(0), Fraction(100), Fraction(0), Fraction(10), coarser=COARSE)

    assert coarse.sensitivity == math.ceil(fine.sensitivity / 2**COARSE) + 1
    assert abs(coarse.total(np.array([fine.high])) - coarse.total(np.array([], "i8"))) <= coarse.sensitivity


def test_many_large_rows_do_not_overflow():
    grid = lattice(Fraction(0), Fraction(1), Fraction(0), Fraction(1, 1000))
    steps = np.full(100_000, grid.high)

    assert grid.total(steps) == 100_000 * grid.high
