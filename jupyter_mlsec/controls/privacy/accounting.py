"""What several releases cost together: by adding up, and by zero-concentrated differential privacy (zCDP).

A data set's budget is (epsilon, delta). A release is granted while one of two filters holds, both of which admit
releases chosen by what earlier ones said: the epsilons of pure releases add up to no more than epsilon; or the rhos of
all add up to no more than what zCDP turns into (epsilon, delta). A release of pure epsilon is of rho epsilon**2 / 2
(Bun and Steinke, arXiv 1605.02065, proposition 1.4); rhos add up also when chosen adaptively (Whitehouse and others,
arXiv 2203.05481). A run that passes the first filter never had a loss over epsilon, one that passes the second has it
with no more than delta: so does their union. Amounts are exact fractions.
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import msgspec

from jupyter_mlsec.protocol.errors import UsageError

LEAST, MOST = Fraction(1, 10**6), Fraction(1000)
"""What an epsilon may be at all."""
_GRAIN = 10**9


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What was spent: the sum of epsilons (None once there was a release that has none), and the sum of rhos."""

    epsilon: Fraction | None = Fraction(0)
    rho: Fraction = Fraction(0)
    releases: int = 0

    def plus(self, other: Account) -> Account:
        """Both together."""
        pure = None if self.epsilon is None or other.epsilon is None else self.epsilon + other.epsilon
        return Account(epsilon=pure, rho=self.rho + other.rho, releases=self.releases + other.releases)

    def most(self, other: Account) -> Account:
        """The greater of each: two records of the same releases, of which either may have lost some."""
        pure = None if self.epsilon is None or other.epsilon is None else max(self.epsilon, other.epsilon)
        return Account(epsilon=pure, rho=max(self.rho, other.rho), releases=max(self.releases, other.releases))

    def total(self, delta: Fraction) -> Fraction:
        """The epsilon all this amounts to, at this delta (0: pure). Infinite totals are told as MOST * 1000."""
        ways = [] if self.epsilon is None else [self.epsilon]
        if delta > 0:
            ways.append(converted(self.rho, delta))
        return min(ways, default=MOST * 1000)


def cost(epsilon: Fraction, *, is_pure: bool) -> Account:
    """One release: pure, or of Gaussian noise, which costs the rho that a pure one of this epsilon would."""
    return Account(epsilon=epsilon if is_pure else None, rho=epsilon**2 / 2, releases=1)


def converted(rho: Fraction, delta: Fraction) -> Fraction:
    """An epsilon such that rho-zCDP is (epsilon, delta)-DP, rounded up.

    The least of Canonne, Kamath and Steinke (arXiv 2004.00010, proposition 12) over some orders; each order is a bound.
    """
    if not rho:
        return Fraction(0)
    concentrated, log = float(rho), -math.log(float(delta))
    near = 1 + math.sqrt(log / concentrated)
    found = math.inf
    for step in range(-40, 41):
        order = 1 + (near - 1) * 2 ** (step / 20)
        bound = concentrated * order + (log - math.log(order)) / (order - 1) + math.log1p(-1 / order)
        found = min(found, bound)
    simple = concentrated + 2 * math.sqrt(concentrated * log)
    return Fraction(max(0.0, min(found, simple)) * (1 + 1e-9) + 1e-12)


def epsilon_of(value: object, what: str = "epsilon") -> Fraction:
    """A number as an exact epsilon: 0.1 is one tenth. Raises UsageError for none, or one that protects nobody."""
    found = _exact(value, what)
    if not LEAST <= found <= MOST:
        raise UsageError(f"{what} is {value}: it has to be from 0.000001 to 1000 (mostly 0.01 to 10).")
    return found


def delta_of(value: object) -> Fraction:
    """A number as an exact delta: 0, or less than one (sensibly far less than one by the number of people)."""
    found = _exact(value, "delta")
    if not 0 <= found < 1 or 0 < found < Fraction(1, 10**30):
        raise UsageError(f"delta is {value}: it has to be 0, or between 1e-30 and 1 (mostly 1e-6 or less).")
    return found


def share_of(left: Fraction, share: float) -> Fraction:
    """A part of what is left, on a grid that keeps fractions short; UsageError when that is nothing."""
    found = Fraction(math.floor(left * Fraction(repr(share)) * _GRAIN), _GRAIN)
    if found < LEAST:
        raise UsageError("The block has nothing left to spend. Say epsilon= for a block with more.")
    return found


def shown(amount: Fraction) -> str:
    """An amount for people and for records."""
    return f"{float(amount):.4g}"


def written(amount: Fraction) -> str:
    """An amount without loss: as a decimal where it is one."""
    with localcontext() as context:
        context.prec = 120
        decimal = Decimal(amount.numerator) / Decimal(amount.denominator)
    return f"{decimal.normalize():f}" if Fraction(decimal) == amount else str(amount)


def _exact(value: object, what: str) -> Fraction:
    if isinstance(value, Fraction):
        return value
    try:
        number = float(value)  # type: ignore[arg-type]  # whatever is no number raises
    except (TypeError, ValueError, OverflowError):
        raise UsageError(f"{what} is to be a number.") from None
    if isinstance(value, bool) or not math.isfinite(number):
        raise UsageError(f"{what} is {value}: it has to be a finite number.")
    return Fraction(Decimal(repr(number)))
