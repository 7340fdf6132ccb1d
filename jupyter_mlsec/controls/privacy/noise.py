"""Noise without floating point: the discrete Laplace and the discrete Gaussian, drawn exactly, many at a time.

After Canonne, Kamath and Steinke, "The Discrete Gaussian for Differential Privacy" (arXiv 2004.00010), algorithms 1 to
3. Every draw is of integers and every comparison exact, so the noise is the one the proof speaks of; the low bits of
floating point noise tell what was hidden (Mironov 2012; Haney and others, arXiv 2207.13793). Random bytes come from
the operating system. How long a draw takes depends on what was drawn: this is no defence against who measures that.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from fractions import Fraction
from math import isqrt
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from numpy.typing import NDArray

Entropy = Callable[[int], bytes]
"""Gives so many random bytes."""
FINE = 1 << 20
"""Parts of one that the scale of a discrete Laplace is rounded up to."""
_WIDEST = 1 << 52
_FARTHEST = 1 << 19
_MOST_VARIANCE = 1 << 24


class Laplace(msgspec.Struct, frozen=True, kw_only=True):
    """P(k) is proportional to exp(-|k| / scale), for all integers k. `scale` is `top / bottom`, exactly."""

    top: int
    bottom: int = 1

    @classmethod
    def hiding(cls, sensitivity: int, epsilon: Fraction) -> Laplace:
        """What hides a change of so much, for this epsilon: the scale is rounded up, never down.

        Raises OverflowError where the noise would be wider than 2**32 (times 2**20 for a large sensitivity).
        """
        bottom = 1 if sensitivity >= FINE else FINE
        top = -((-sensitivity * bottom) // epsilon)
        if not 0 < top <= _WIDEST:
            raise OverflowError("no noise is that wide")
        return cls(top=int(top), bottom=bottom)

    @property
    def scale(self) -> float:
        return self.top / self.bottom

    @property
    def deviation(self) -> float:
        """An upper bound of the standard deviation."""
        return 2**0.5 * self.scale


class Gaussian(msgspec.Struct, frozen=True, kw_only=True):
    """P(k) is proportional to exp(-k**2 / (2 variance)), for all integers k."""

    variance: int

    @classmethod
    def hiding(cls, sensitivity: int, rho: Fraction) -> Gaussian:
        """What hides a change of so much (L2 norm) at rho of zero-concentrated differential privacy.

        Raises OverflowError where the variance would be over 2**24: the lattice is to be coarser then.
        """
        variance = -(-(sensitivity**2) // (2 * rho))
        if not 0 < variance <= _MOST_VARIANCE:
            raise OverflowError("the lattice is too fine for this noise")
        return cls(variance=int(variance))

    @property
    def deviation(self) -> float:
        """An upper bound of the standard deviation."""
        return float(self.variance**0.5)


class Dice:
    """Draws. `entropy` stands in for the operating system's randomness in tests only."""

    def __init__(self, entropy: Entropy = secrets.token_bytes) -> None:
        import numpy

        self._numpy: Any = numpy
        self._entropy = entropy

    def draw(self, noise: Laplace | Gaussian, size: int) -> NDArray[Any]:
        """So many independent draws, as 64-bit integers."""
        pieces, missing = [], size
        while missing:
            tries = missing + missing // 2 + 8
            tried = self._laplace(noise, tries) if isinstance(noise, Laplace) else self._gaussian(noise, tries)
            found = tried[:missing]
            pieces.append(found)
            missing -= len(found)
        numpy = self._numpy
        drawn: NDArray[Any] = numpy.concatenate(pieces) if pieces else numpy.empty(0, "i8")
        return drawn

    def below(self, bound: int, size: int) -> NDArray[Any]:
        """Integers from 0 on, less than the bound, all as probable: what is too large is thrown away."""
        numpy = self._numpy
        found = numpy.zeros(size, "i8")
        width = (bound - 1).bit_length()
        if not width:
            return found  # type: ignore[no-any-return]
        octets = next(each for each in (1, 2, 4, 8) if 8 * each >= width)
        done = 0
        while done < size:
            wanted = (size - done) * 2 if bound & (bound - 1) else size - done
            drawn = numpy.frombuffer(self._entropy(wanted * octets), f"<u{octets}") >> (8 * octets - width)
            good = drawn[drawn < bound][: size - done]
            found[done : done + len(good)] = good
            done += len(good)
        return found  # type: ignore[no-any-return]

    def survives(self, top: NDArray[Any], bottom: int) -> NDArray[Any]:
        """True with probability exp(-top / bottom) for each top, none of which is over the bottom (algorithm 1)."""
        numpy = self._numpy
        ended, alive, turn = numpy.zeros(len(top), "i8"), numpy.arange(len(top)), 1
        while len(alive):
            goes_on = self.below(bottom * turn, len(alive)) < top[alive]
            ended[alive[~goes_on]] = turn
            alive = alive[goes_on]
            turn += 1
        return ended % 2 == 1  # type: ignore[no-any-return]

    def runs(self, size: int) -> NDArray[Any]:
        """How often in a row something of probability exp(-1) came about."""
        numpy = self._numpy
        found, alive = numpy.zeros(size, "i8"), numpy.arange(size)
        while len(alive):
            alive = alive[self.survives(numpy.ones(len(alive), "i8"), 1)]
            found[alive] += 1
        return found  # type: ignore[no-any-return]

    def _laplace(self, noise: Laplace, tries: int) -> NDArray[Any]:
        """Algorithm 2: fewer draws than tries."""
        rest = self.below(noise.top, tries)
        rest = rest[self.survives(rest, noise.top)]
        found = (rest + noise.top * self.runs(len(rest))) // noise.bottom
        is_negative = self.below(2, len(found)) == 1
        found = self._numpy.where(is_negative, -found, found)
        return found[~(is_negative & (found == 0))]  # type: ignore[no-any-return]

    def _gaussian(self, noise: Gaussian, tries: int) -> NDArray[Any]:
        """Algorithm 3: fewer draws than tries."""
        variance = noise.variance
        near = isqrt(variance) + 1
        found = self._laplace(Laplace(top=near), tries)
        if (
            len(found) and int(abs(found).max()) > _FARTHEST
        ):  # at less than 2**-180: nothing, rather than what overflowed
            raise OverflowError("a draw left the range of 64 bits")
        squared, unit = (abs(found) * near - variance) ** 2, 2 * variance * near**2
        stays = self.runs(len(found)) >= squared // unit
        stays &= self.survives(squared % unit, unit)
        return found[stays]
