"""The noise is the one that is proven to hide a row: its frequencies are those of the formulas, its draws are exact."""

from __future__ import annotations

import hashlib
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlsec.controls.privacy.noise import Dice, Gaussian, Laplace

DRAWS = 20_000
LEAST_P = 1e-3
"""The draws are made from a fixed seed: a test that passes once passes always."""


def seeded(seed: int = 0):
    """Random bytes that are the same in every run."""
    turn = 0

    def entropy(size: int) -> bytes:
        nonlocal turn
        turn += 1
        return hashlib.shake_128(f"{seed}.{turn}".encode()).digest(size)

    return entropy


def p_value(drawn: np.ndarray, chance) -> float:
    """Of a chi-square test of the draws from -8 to 8 (and beyond), for a distribution given up to a constant."""
    from scipy.stats import chi2

    weights = {k: chance(k) for k in range(-4000, 4001)}
    whole = sum(weights.values())
    expected = [DRAWS * weights[k] / whole for k in range(-8, 9)]
    seen = [int((drawn == k).sum()) for k in range(-8, 9)]
    expected.append(DRAWS - sum(expected))
    seen.append(DRAWS - sum(seen))
    cells = [(s, e) for s, e in zip(seen, expected, strict=True) if e > 5]
    return float(chi2.sf(sum((s - e) ** 2 / e for s, e in cells), len(cells) - 1))


@pytest.mark.parametrize("epsilon", [Fraction(1), Fraction(1, 10), Fraction(7, 3)])
def test_counts_get_the_discrete_laplace_of_the_formula(epsilon):
    noise = Laplace.hiding(1, epsilon)

    drawn = Dice(seeded()).draw(noise, DRAWS)

    assert p_value(drawn, lambda k: math.exp(-abs(k) * float(epsilon))) > LEAST_P


@pytest.mark.parametrize("variance", [1, 7, 100])
def test_the_gaussian_is_the_one_of_the_formula(variance):
    drawn = Dice(seeded()).draw(Gaussian(variance=variance), DRAWS)

    assert p_value(drawn, lambda k: math.exp(-k * k / (2 * variance))) > LEAST_P


def test_a_wrong_scale_would_be_noticed():
    drawn = Dice(seeded()).draw(Laplace.hiding(1, Fraction(1)), DRAWS)

    assert p_value(drawn, lambda k: math.exp(-abs(k) * 1.1)) < 1e-9


def test_wide_noise_is_as_wide_as_it_says():
    laplace, gaussian = Laplace.hiding(1 << 31, Fraction(1)), Gaussian(variance=1 << 22)

    for noise in (laplace, gaussian):
        drawn = Dice(seeded()).draw(noise, DRAWS).astype("f8")
        assert drawn.std() == pytest.approx(noise.deviation, rel=0.03)
        assert abs(drawn.mean()) < 4 * noise.deviation / DRAWS**0.5


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.integers(1, 1 << 60))
def test_every_number_below_a_bound_may_come_and_none_beyond(bound):
    drawn = Dice(seeded(bound)).below(bound, 200)

    assert drawn.min() >= 0
    assert int(drawn.max()) < bound
    assert bound == 1 or len(set(drawn.tolist())) > 1


def test_numbers_below_a_bound_are_all_as_probable():
    from scipy.stats import chisquare

    drawn = Dice(seeded()).below(11, DRAWS)

    assert chisquare(np.bincount(drawn, minlength=11)).pvalue > LEAST_P


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.integers(1, 1 << 32), st.fractions(Fraction(1, 1000), 10))
def test_a_scale_is_never_rounded_down(sensitivity, epsilon):
    noise = Laplace.hiding(sensitivity, epsilon)

    assert Fraction(noise.top, noise.bottom) >= sensitivity / epsilon
    assert Fraction(noise.top, noise.bottom) <= sensitivity / epsilon * Fraction(10_001, 10_000) + Fraction(1, 1 << 19)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.integers(1, 100), st.fractions(Fraction(1, 100), 1))
def test_a_variance_is_never_rounded_down(sensitivity, rho):
    assert Gaussian.hiding(sensitivity, rho).variance >= Fraction(sensitivity**2) / (2 * rho)


def test_noise_that_no_integer_holds_is_refused():
    with pytest.raises(OverflowError):
        Laplace.hiding(1, Fraction(1, 1 << 40))
    with pytest.raises(OverflowError):
        Gaussian.hiding(1 << 20, Fraction(1, 2))


def test_the_operating_system_is_asked_for_the_bytes():
    assert Dice().draw(Laplace(top=1 << 40), 4).tolist() != Dice().draw(Laplace(top=1 << 40), 4).tolist()
