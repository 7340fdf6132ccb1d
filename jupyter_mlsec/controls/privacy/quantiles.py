"""Quantiles from a tree of noisy counts: one release answers for all of them, each with its error bar.

The range between the bounds is cut into leaves, sixteen of which make a node, sixteen of those the next. Each row is in
one node of each level; how many lie below a cut is the sum of few nodes, and how many above the sum of others, so that
their noises are independent (Hay and others 2010, arXiv 0904.0942; without the adjustment, which bars do not need).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import msgspec

from jupyter_mlsec.controls.privacy.mechanisms import Noisy, Terms, below

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FAN = 16
_MOST = 4096
_EXACT = 1 << 52
_WIDE = {"laplace": 2.12, "gaussian": 1.96}
"""Deviations within which a sum of such noises is with 95 %: a Laplace has 2.118, a sum of several has fewer."""


class Leaves(msgspec.Struct, frozen=True, kw_only=True):
    """So many equal parts of a range; of few whole numbers each is a part of its own."""

    low: Fraction
    width: Fraction
    count: int
    is_whole: bool

    def place(self, values: NDArray[Any]) -> NDArray[Any]:
        """Which part each value is in."""
        import numpy

        found: Any
        if self.is_whole and values.dtype.kind in "iu" and abs(self.low) > _EXACT:
            found = values.astype(object) - int(self.low)
        else:
            found = numpy.floor((values.astype("f8") - float(self.low)) / float(self.width))
        placed: NDArray[Any] = numpy.clip(found, 0, self.count - 1).astype("i8")
        return placed

    def start(self, cut: float) -> Fraction:
        """The lower edge of the part behind so many; of whole numbers the number itself."""
        return self.low + Fraction(cut) * self.width


def leaves_of(bounds: tuple[Fraction, Fraction], *, is_whole: bool) -> Leaves:
    """The parts of the range between the bounds."""
    low, high = bounds
    if is_whole and math.floor(high) - math.ceil(low) < _MOST:
        first = math.ceil(low)
        return Leaves(low=Fraction(first), width=Fraction(1), count=max(1, math.floor(high) - first + 1), is_whole=True)
    return Leaves(low=low, width=(high - low) / _MOST, count=_MOST, is_whole=False)


def quantiles(terms: Terms, values: NDArray[Any], leaves: Leaves, wanted: Sequence[float]) -> list[Noisy]:
    """Each wanted quantile (from 0 to 1): a number below which that share of the values is."""
    import numpy

    depth = 1
    while _FAN**depth < leaves.count:
        depth += 1
    levels = [numpy.bincount(leaves.place(values), minlength=_FAN**depth)]
    while len(levels) < depth:
        levels.append(levels[-1].reshape(-1, _FAN).sum(axis=1))
    noise = terms.hiding(depth) if terms.noise == "laplace" else terms.part(Fraction(1, depth)).hiding(1)
    noisy = [level + terms.dice.draw(noise, len(level)) for level in levels]
    below, above, many_below, many_above = _around(noisy, leaves.count)
    found = []
    for share in wanted:
        balance = (1 - share) * below - share * above
        spread = noise.deviation * numpy.sqrt((1 - share) ** 2 * many_below + share**2 * many_above)
        found.append(_crossing(leaves, balance, _WIDE[terms.noise] * spread))
    return found


def _around(levels: Sequence[NDArray[Any]], cuts: int) -> tuple[NDArray[Any], ...]:
    """For each cut how many rows are below and above it, and how many noisy counts each of these is the sum of."""
    import numpy

    at = numpy.arange(cuts + 1)
    below, above = numpy.zeros(cuts + 1), numpy.zeros(cuts + 1)
    many_below, many_above = numpy.zeros(cuts + 1), numpy.zeros(cuts + 1)
    left, right = at, at
    for number, level in enumerate(levels):
        is_top = number == len(levels) - 1
        total = numpy.concatenate([[0], numpy.cumsum(level)])
        first = numpy.zeros_like(left) if is_top else left // _FAN * _FAN
        last = numpy.full_like(right, len(level)) if is_top else -(-right // _FAN) * _FAN
        below += total[left] - total[first]
        above += total[last] - total[right]
        many_below += left - first
        many_above += last - right
        left, right = first // _FAN, last // _FAN
    return below, above, many_below, many_above


def _crossing(leaves: Leaves, balance: NDArray[Any], reach: NDArray[Any]) -> Noisy:
    """Where the balance of what is below and above goes from negative to positive, and where it may do so."""
    import numpy

    cuts = len(balance) - 1
    fits, not_yet = balance >= 0, balance < 0
    first = int(numpy.argmax(fits[1:])) + 1 if fits[1:].any() else cuts
    last = int(numpy.flatnonzero(not_yet[:-1])[-1]) + 1 if not_yet[:-1].any() else 1
    early = balance >= -reach
    low = int(numpy.argmax(early[1:])) + 1 if early[1:].any() else cuts
    late = balance < reach
    high = int(numpy.flatnonzero(late[:-1])[-1]) + 1 if late[:-1].any() else 1
    edge = 0 if leaves.is_whole else 1
    middle = leaves.start(round((first + last) / 2) - 1 + edge / 2)
    start, end = leaves.start(min(low, high) - 1), leaves.start(max(low, high) - 1 + edge)
    return Noisy(value=float(min(max(middle, start), end)), low=below(start), high=-below(-end))
