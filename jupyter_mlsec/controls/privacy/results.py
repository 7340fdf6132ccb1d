"""What a release says: a number that knows how far off it may be, what it cost, and what is left."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, SupportsFloat

from jupyter_mlsec.controls.privacy.accounting import shown


class Release(float):
    """A released number. It can be used as any other: what is computed from it costs nothing more.

    low, high: where the same number without noise is, with 95 % certainty (of this table: not of what it is a sample
    of). error: the farther of the two. cost: the epsilon that was spent, left: what its data set has left.
    """

    what: str
    low: float
    high: float
    cost: float
    left: float

    def __new__(
        cls, value: SupportsFloat, low: float, high: float, *, what: str = "", cost: Fraction, left: Fraction
    ) -> Release:
        made = super().__new__(cls, value)
        made.what, made.low, made.high = what, float(low), float(high)
        made.cost, made.left = float(cost), float(left)
        return made

    @property
    def value(self) -> float:
        """The number alone."""
        return float(self)

    @property
    def error(self) -> float:
        """How far off it is at most, with 95 % certainty."""
        return max(self.high - self.value, self.value - self.low)

    @property
    def amount(self) -> str:
        """The number and its error bar, to as many digits as mean something."""
        digits = 0 if not 0 < self.error < math.inf else max(0, 1 - math.floor(math.log10(self.error)))
        digits = min(digits, 12)
        return f"{self.value:.{digits}f} +/- {self.error:.{digits}f}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.value, self.low, self.high, self.what, self.cost, self.left)

    def __repr__(self) -> str:
        cost, left = shown(Fraction(self.cost)), shown(Fraction(self.left))
        return f"{self.what} {self.amount} at 95 %, cost {cost}, left {left}".strip()

    __str__ = __repr__


def _again(value: float, low: float, high: float, what: str, cost: float, left: float) -> Release:
    return Release(value, low, high, what=what, cost=Fraction(cost), left=Fraction(left))


class Releases(dict[Any, Release]):
    """Several numbers released together, by key: of groups, bins or quantiles. They cost once."""

    what: str = ""

    @classmethod
    def of(cls, what: str, found: dict[Any, Release]) -> Releases:
        """With what they are."""
        made = cls(found)
        made.what = what
        return made

    @property
    def cost(self) -> float:
        """The epsilon that was spent on all together."""
        return next((each.cost for each in self.values()), 0.0)

    @property
    def left(self) -> float:
        """What the data set has left."""
        return next((each.left for each in self.values()), 0.0)

    def __repr__(self) -> str:
        lines = [f"  {key}: {each.amount}" for key, each in self.items()]
        cost, left = shown(Fraction(self.cost)), shown(Fraction(self.left))
        return "\n".join([f"{self.what} at 95 %, cost {cost}, left {left}", *lines])

    __str__ = __repr__
