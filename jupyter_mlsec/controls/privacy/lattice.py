"""A column's values as whole numbers on a grid of a power of two, bounded, so that sums and noise are exact.

What each row can change is known from the bounds alone: values are rounded to the grid first and clamped to whole
numbers afterwards, and the sensitivity is taken of those, rounding included. Nothing here depends on the data.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEPTH = 30
"""The noise is 2**30 to 2**31 steps wide: what rounding each of a million values can add up to is nothing beside it."""
COARSE = 20
"""By so many powers of two a total is rounded for Gaussian noise, whose variance has to be a small whole number."""
_WIDE = 1 << 62


class Lattice(msgspec.Struct, frozen=True, kw_only=True):
    """Steps of `2**exponent` from `centre`; `low` and `high` are the bounds in steps from it.

    Totals are rounded to `2**coarser` steps.
    """

    exponent: int
    centre: Fraction
    low: int
    high: int
    coarser: int = 0

    @property
    def sensitivity(self) -> int:
        """How many (coarse) steps one row can change a total by, the rounding of the total included."""
        reach = max(abs(self.low), abs(self.high))
        return -(-reach >> self.coarser) + 1 if self.coarser else reach

    @property
    def step(self) -> Fraction:
        """A (coarse) step."""
        return Fraction(2) ** (self.exponent + self.coarser)

    def total(self, steps: NDArray[Any]) -> int:
        """The sum, exactly, in (coarse) steps."""
        low = int((steps & 0xFFFF).sum())
        whole = (int((steps >> 16).sum()) << 16) + low
        return (whole + (1 << self.coarser >> 1)) >> self.coarser


def lattice(low: Fraction, high: Fraction, centre: Fraction, widths: Fraction, *, coarser: int = 0) -> Lattice:
    """The grid for values within the bounds, where the noise is `widths` times as wide as what a row can change."""
    reach = max(abs(low - centre), abs(high - centre))
    exponent = _log2(reach * widths) - DEPTH
    step = Fraction(2) ** exponent
    return Lattice(
        exponent=exponent,
        centre=centre,
        low=math.floor((low - centre) / step),
        high=math.ceil((high - centre) / step),
        coarser=coarser,
    )


def steps_of(values: NDArray[Any], grid: Lattice, low: Fraction, high: Fraction) -> NDArray[Any]:
    """Each value (numbers, none missing) as whole steps from the centre, within the grid's bounds. Clamps first."""
    import numpy

    if values.dtype.kind == "f":
        bounded = numpy.clip(values.astype("f8"), _inward(low), -_inward(-high))
        found = numpy.rint(numpy.ldexp(bounded - float(grid.centre), -grid.exponent))
    else:
        found = _whole(values, grid, math.ceil(low), math.floor(high))
    return numpy.clip(found, grid.low, grid.high).astype("i8")  # type: ignore[no-any-return]


def _whole(values: NDArray[Any], grid: Lattice, low: int, high: int) -> NDArray[Any]:
    """The same of integers, exactly, however large: as Python's own where 64 bits may not do."""
    import numpy

    if values.dtype.kind == "b":
        values = values.astype("i8")
    centre = round(grid.centre)
    is_wide = max(abs(low), abs(high), abs(centre), 1 << abs(grid.exponent)) >= _WIDE
    values = values.astype(object) if values.dtype == "u8" or is_wide else values.astype("i8")
    found = numpy.minimum(numpy.maximum(values, low), max(low, high)) - centre
    if grid.exponent <= 0:
        few = _few(grid)
        return numpy.minimum(numpy.maximum(found, -few), few) * (1 << -grid.exponent)  # type: ignore[no-any-return]
    return (found + (1 << (grid.exponent - 1))) >> grid.exponent  # type: ignore[no-any-return]


def _few(grid: Lattice) -> int:
    """No value within the bounds is farther from the centre; what is shifted by the exponent stays in 64 bits."""
    return (max(abs(grid.low), abs(grid.high)) >> -grid.exponent) + 1


def _inward(low: Fraction) -> float:
    """The smallest double that is not below."""
    found = float(low)
    return found if Fraction(found) >= low else math.nextafter(found, math.inf)


def _log2(value: Fraction) -> int:
    """The exponent of the highest power of two that is not above."""
    found = value.numerator.bit_length() - value.denominator.bit_length()
    return found if Fraction(2) ** found <= value else found - 1
