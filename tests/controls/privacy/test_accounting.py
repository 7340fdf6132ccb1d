"""What releases cost together is never told lower than it is, and amounts that make no sense are refused."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlsec.controls.privacy.accounting import Account, converted, cost, delta_of, epsilon_of, share_of, written
from jupyter_mlsec.protocol.errors import UsageError


def gaussian_delta(rho: float, epsilon: float) -> float:
    """The delta that Gaussian noise of that rho really has (Balle and Wang 2018): no conversion may beat it."""
    from scipy.stats import norm

    shift = math.sqrt(2 * rho)
    return float(norm.cdf(shift / 2 - epsilon / shift) - math.exp(epsilon) * norm.cdf(-shift / 2 - epsilon / shift))


@pytest.mark.parametrize("rho", [1e-4, 0.005, 0.1, 1.0, 5.0])
@pytest.mark.parametrize("delta", [1e-9, 1e-6, 1e-3])
def test_a_conversion_is_a_bound_and_not_far_from_the_truth(rho, delta):
    epsilon = float(converted(Fraction(rho), Fraction(delta)))

    assert gaussian_delta(rho, epsilon) <= delta
    assert epsilon <= rho + 2 * math.sqrt(rho * -math.log(delta)) + 1e-6
    assert gaussian_delta(rho, epsilon * 0.7) > delta


def test_a_hundred_small_releases_cost_less_by_zcdp_than_by_adding_up():
    total = Account()
    for _ in range(1000):
        total = total.plus(cost(Fraction(1, 100), is_pure=True))

    assert total.total(Fraction(0)) == 10
    assert total.total(Fraction(1, 10**6)) < Fraction(2)


def test_one_release_costs_what_it_says_also_with_a_delta():
    assert cost(Fraction(1, 2), is_pure=True).total(Fraction(1, 10**6)) == Fraction(1, 2)


@pytest.mark.parametrize("value", [0, -1, 1e-9, 1e6, math.inf, math.nan, "much", None, True, 10**400])
def test_an_epsilon_that_makes_no_sense_is_refused(value):
    with pytest.raises(UsageError):
        epsilon_of(value)


@pytest.mark.parametrize("value", [1, 2.5, -1e-9, math.nan, 1e-40])
def test_a_delta_that_makes_no_sense_is_refused(value):
    with pytest.raises(UsageError):
        delta_of(value)


def test_a_tenth_is_a_tenth():
    assert epsilon_of(0.1) == Fraction(1, 10)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.fractions(Fraction(1, 1000), 1000), st.floats(0.01, 1))
def test_a_share_is_never_more_than_its_part(left, share):
    found = share_of(left, share)

    assert 0 < found <= left
    assert found <= left * Fraction(repr(share))


@settings(deadline=None, derandomize=True, max_examples=50)
@given(st.fractions(0, 1000))
def test_amounts_are_written_without_loss(amount):
    assert Fraction(written(amount)) == amount
