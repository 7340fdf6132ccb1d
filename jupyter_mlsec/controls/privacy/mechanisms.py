"""The releases themselves: a column's whole numbers and exact noise, and from these the number and its error bar.

Two tables are neighbours where one has the rows of one person more. `rows` is how many a person has at most, so a
count changes by that, and a sum by that many times its bound. Everything after the noise costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from jupyter_mlsec.controls.privacy.lattice import COARSE, Lattice, lattice, steps_of
from jupyter_mlsec.controls.privacy.noise import Dice, Gaussian, Laplace
from jupyter_mlsec.protocol.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kind = Literal["laplace", "gaussian"]
CERTAINTY = 0.95
_HALF = 0.975
"""The certainty of each of two bars that hold together with 95 %."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How something is released: at which epsilon, with which noise, and how many rows a person has at most."""

    epsilon: Fraction
    noise: Kind
    rows: int
    dice: Dice

    def part(self, share: Fraction) -> Terms:
        """With a part of the budget: so much of epsilon, or of rho, which is epsilon squared."""
        own = share if self.noise == "laplace" else Fraction(math.floor(math.isqrt(int(share * 10**18))), 10**9)
        return msgspec.structs.replace(self, epsilon=self.epsilon * own)

    def hiding(self, sensitivity: int) -> Laplace | Gaussian:
        """The noise that hides what one row can change, so many times."""
        if self.noise == "laplace":
            return Laplace.hiding(sensitivity * self.rows, self.epsilon)
        return Gaussian.hiding(sensitivity * self.rows, self.epsilon**2 / 2)

    def judge(self) -> None:
        """UsageError where there is no noise for this, before anything is spent."""
        least = Fraction(self.rows, 1000 if self.noise == "gaussian" else 1 << 31)
        if self.epsilon < least:
            raise UsageError(
                f"Nothing was spent: for {self.noise} noise and {self.rows} row{'s'[: self.rows > 1]} per person "
                f"epsilon has to be at least {float(least):.2g}."
            )


class Noisy(msgspec.Struct, frozen=True, kw_only=True):
    """A number and how far off it may be on either side, with the certainty it was asked for."""

    value: float
    low: float
    high: float


def counts(terms: Terms, true: Sequence[int], certainty: float = CERTAINTY) -> list[Noisy]:
    """Of rows that are each counted once."""
    noise = terms.hiding(1)
    reach = reach_of(noise, certainty)
    drawn = terms.dice.draw(noise, len(true)).tolist()
    found = [count + each for count, each in zip(true, drawn, strict=True)]
    return [Noisy(value=max(each, 0), low=max(each - reach, 0), high=max(each + reach, 0)) for each in found]


def grid_of(terms: Terms, low: Fraction, high: Fraction, centre: Fraction) -> Lattice:
    """The grid on which values within these bounds are summed."""
    coarser = 0 if terms.noise == "laplace" else COARSE
    return lattice(low, high, centre, terms.rows / terms.epsilon, coarser=coarser)


def sums(
    terms: Terms, groups: Sequence[NDArray[Any]], grid: Lattice, bounds: tuple[Fraction, Fraction], certainty: float
) -> list[Noisy]:
    """Of each group's values: how far they are from the grid's centre, added up."""
    noise = terms.hiding(grid.sensitivity)
    reach = reach_of(noise, certainty)
    drawn = terms.dice.draw(noise, len(groups)).tolist()
    found = []
    for values, each in zip(groups, drawn, strict=True):
        total = grid.total(steps_of(values, grid, *bounds)) + each
        low, high = below((total - reach) * grid.step), -below(-(total + reach) * grid.step)
        found.append(Noisy(value=float(total * grid.step), low=low, high=high))
    return found


def plain_sums(terms: Terms, groups: Sequence[NDArray[Any]], bounds: tuple[Fraction, Fraction]) -> list[Noisy]:
    """Of each group's values, clamped to the bounds."""
    return sums(terms, groups, grid_of(terms, *bounds, Fraction(0)), bounds, CERTAINTY)


def means(
    terms: Terms, groups: Sequence[NDArray[Any]], bounds: tuple[Fraction, Fraction], *, is_whole: bool
) -> list[Noisy]:
    """Of each group: from half the budget a sum of distances from the middle, from the other half a count."""
    half = terms.part(Fraction(1, 2))
    middle = (bounds[0] + bounds[1]) / 2
    middle = Fraction(math.floor(middle)) if is_whole else Fraction(float(middle))
    grid = grid_of(half, *bounds, middle)
    numbers = counts(half, [len(each) for each in groups], _HALF)
    totals = sums(half, groups, grid, bounds, _HALF)
    low, high, centre = below(bounds[0]), -below(-bounds[1]), float(middle)

    def within(total: float, number: float) -> float:
        return min(max(centre + total / max(number, 1.0), low), high)

    found = []
    for total, number in zip(totals, numbers, strict=True):
        if number.low <= 0:  # perhaps there is nobody
            edges = (low, high)
        else:
            corners = [within(t, n) for t in (total.low, total.high) for n in (number.low, number.high)]
            lost = math.ulp(max(map(abs, corners)))  # in the additions of doubles above
            edges = (max(min(corners) - lost, low), min(max(corners) + lost, high))
        found.append(Noisy(value=within(total.value, number.value), low=edges[0], high=edges[1]))
    return found


def sum_error(terms: Terms, bounds: tuple[Fraction, Fraction]) -> float:
    """How far off a sum may be, whatever the data."""
    grid = grid_of(terms, *bounds, Fraction(0))
    return float(reach_of(terms.hiding(grid.sensitivity), CERTAINTY) * grid.step)


def mean_error(terms: Terms, bounds: tuple[Fraction, Fraction], rows: int) -> float:
    """About how far off a mean of so many rows may be, at most: where it lies at one of the bounds."""
    half = terms.part(Fraction(1, 2))
    grid = grid_of(half, *bounds, (bounds[0] + bounds[1]) / 2)
    total = reach_of(half.hiding(grid.sensitivity), _HALF) * grid.step
    number = reach_of(half.hiding(1), _HALF)
    widest = (bounds[1] - bounds[0]) / 2
    return float(min(2 * widest, (total + widest * number) / max(rows - number, 1)))


def below(exact: Fraction | int) -> float:
    """The largest double that is not above: bars hold for numbers that no double is, too."""
    found = float(exact)
    return found if Fraction(found) <= exact else math.nextafter(found, -math.inf)


def reach_of(noise: Laplace | Gaussian, certainty: float) -> int:
    """The noise is no farther from zero than this, with that certainty."""
    if isinstance(noise, Gaussian):
        return math.ceil((1.96 if certainty <= CERTAINTY else 2.2415) * noise.deviation)
    decay = math.exp(-1 / noise.scale)
    return max(0, math.ceil(-noise.scale * math.log((1 - certainty) * (1 + decay) / 2) - 1))
