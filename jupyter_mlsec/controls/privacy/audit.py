"""A lower bound on what a function leaks, from running it: on two inputs that differ by one person, many times.

For some set of outputs E, epsilon is at least log(P(f(a) in E) / P(f(b) in E)). The set is chosen on one half of the
runs, the bound taken on the other, with 95 % certainty (Clopper and Pearson 1934; after Bichsel and others, DP-Sniper,
2021). Sets are of outputs beyond a value, and of outputs with certain low bits: these are what floating point noise
gives away (Mironov 2012). A function that passes is not proven private: nothing was found in so many runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from jupyter_mlsec.protocol.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CERTAINTY = 0.95
_LEAST_RUNS, _MOST_RUNS = 200, 1_000_000
_CUTS = 64
_NO_BIT = 2048


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """What was found: a bound under which epsilon is not, and the outputs that show it."""

    claimed: float
    bound: float
    by: str
    seen: tuple[int, int]
    """How often such an output came of the one input, and of the other, in `half` runs each."""
    half: int

    @property
    def holds(self) -> bool:
        """Whether the claim was not shown to be wrong."""
        return self.bound <= self.claimed

    def said(self, name: str) -> str:
        """In words."""
        one, other = self.seen
        shown = f"{self.by} came {one} times of the one input and {other} of the other, in {self.half} runs each"
        least = f"epsilon is at least {max(self.bound, 0.0):.2f} (claimed {self.claimed:g}), with 95 % certainty"
        if self.holds:
            return f"{name} was not caught: {least}. That is no proof. Most telling: {shown}."
        return f"{name} LEAKS MORE THAN IT CLAIMS: {least}: {shown}."

    def data(self) -> dict[str, Any]:
        """For `--json`."""
        return {**msgspec.structs.asdict(self), "holds": self.holds}


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A set of outputs: those whose value (or lowest bit) is at least so much, or less, or just that."""

    of: Literal["value", "low bit"]
    how: Literal["least", "under", "equal"]
    much: float

    def hits(self, outputs: NDArray[Any]) -> int:
        """How many of these outputs are in it."""
        feature = outputs if self.of == "value" else low_bits(outputs)
        if self.how == "equal":
            return int((feature == self.much).sum())
        least = int((feature >= self.much).sum())
        return least if self.how == "least" else len(outputs) - least

    def __str__(self) -> str:
        if self.of == "low bit":
            return f"an output with {'nothing' if self.how == 'least' else 'something'} below 2**{self.much:.0f}"
        said = {"least": "an output of {} or more", "under": "an output under {}", "equal": "an output of {}"}[self.how]
        return said.format(f"{self.much:.6g}")


def audit(function: Callable[[Any], Any], one: Any, other: Any, claimed: float, *, runs: int = 20_000) -> Audit:
    """Run the function so many times on each input. Raises UsageError where it gives no numbers."""
    if not _LEAST_RUNS <= runs <= _MOST_RUNS:
        raise UsageError(f"An audit takes from {_LEAST_RUNS} to {_MOST_RUNS} runs.")
    outputs = [_numbers(function, each, runs) for each in (one, other)]
    if not any(math.isfinite(each) for found in outputs for each in found.tolist()):
        raise UsageError("The function gives no finite number.")
    half = runs // 2
    early, late = [each[:half] for each in outputs], [each[half:] for each in outputs]
    best = (-math.inf, Event(of="value", how="least", much=0.0), False)
    for event in _events(early):
        counts = [event.hits(each) for each in early]
        for is_swapped in (False, True):
            promise = _promise(*(counts[::-1] if is_swapped else counts))
            if promise > best[0]:
                best = (promise, event, is_swapped)
    _, event, is_swapped = best
    counts = [event.hits(each) for each in late]
    more, less = counts[::-1] if is_swapped else counts
    rest = runs - half
    return Audit(claimed=claimed, bound=bound(more, less, rest), by=str(event), seen=(more, less), half=rest)


def _numbers(function: Callable[[Any], Any], given: Any, runs: int) -> NDArray[Any]:
    import numpy

    try:
        return numpy.array([float(function(given)) for _ in range(runs)])
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"The function did not give a number ({type(error).__name__}). It is called with one value: 0.0 "
            "and 1.0, or those that --between names."
        ) from error


def _events(outputs: Sequence[NDArray[Any]]) -> Iterator[Event]:
    """Sets of outputs that may tell the inputs apart, as the first half of the runs suggests."""
    import numpy

    both = numpy.concatenate(outputs)
    finite = numpy.unique(both[numpy.isfinite(both)])
    for cut in finite[:: max(1, len(finite) // _CUTS)].tolist():
        yield Event(of="value", how="least", much=cut)
        yield Event(of="value", how="under", much=cut)
        if len(finite) <= _CUTS:
            yield Event(of="value", how="equal", much=cut)
    for bits in numpy.unique(low_bits(both)).tolist():
        yield Event(of="low bit", how="least", much=bits)
        yield Event(of="low bit", how="under", much=bits)


def low_bits(values: NDArray[Any]) -> NDArray[Any]:
    """The exponent of the lowest bit that is set in each double: 0.75 is made of halves and quarters, so -2."""
    import numpy

    raw = values.astype("f8").view("u8")
    exponent = ((raw >> numpy.uint64(52)) & numpy.uint64(0x7FF)).astype("i8")
    mantissa = (raw & numpy.uint64((1 << 52) - 1)).astype("i8") | numpy.where(exponent > 0, 1 << 52, 0)
    _, trailing = numpy.frexp((mantissa & (~mantissa + 1)).astype("f8"))  # a power of two, and exact
    found = numpy.maximum(exponent, 1) - 1075 + trailing - 1
    return numpy.where((values == 0) | ~numpy.isfinite(values), _NO_BIT, found)


def _promise(more: int, less: int) -> float:
    """Roughly the bound that such counts would give; to choose by, not to tell."""
    least = more - 2.3 * math.sqrt(more + 1)
    return math.log(least / (less + 2.3 * math.sqrt(less + 1) + 2)) if least > 0 else -math.inf


def bound(more: int, less: int, runs: int) -> float:
    """The logarithm of the least the one probability can be over the most the other can be, both with 97.5 %."""
    low, high = clopper_pearson(more, runs)[0], clopper_pearson(less, runs)[1]
    return math.log(low / high) if low > 0 else -math.inf


def clopper_pearson(hits: int, runs: int) -> tuple[float, float]:
    """Between which the probability is that gave so many hits: each end is wrong in no more than 2.5 % of cases."""
    low = 0.0 if not hits else beta_quantile((1 - _CERTAINTY) / 2, hits, runs - hits + 1)
    high = 1.0 if hits == runs else beta_quantile((1 + _CERTAINTY) / 2, hits + 1, runs - hits)
    return low, high


def beta_quantile(share: float, a: float, b: float) -> float:
    """Where the beta distribution has that share below it, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if beta_share(middle, a, b) < share else (low, middle)
    return (low + high) / 2


def beta_share(x: float, a: float, b: float) -> float:
    """The regularized incomplete beta function, by its continued fraction (DLMF 8.17.22, modified Lentz)."""
    if not 0 < x < 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_share(1 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    tiny = 1e-300
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1) or tiny)
    found = d
    for m in range(1, 10_000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / (1 + term * d or tiny)
            c = 1 + term / c or tiny
            found *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return front * found / a
