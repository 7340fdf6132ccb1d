"""Bounds for numbers and times, from one sample: what nearly every fresh sample of the same distribution keeps."""

from __future__ import annotations

import re
import sys
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from math import ceil, floor, isfinite, log, log10, sqrt
from typing import Any

from jupyter_mlsec.controls.schema.checks import microseconds
from jupyter_mlsec.controls.schema.spec import Check

_YEAR = re.compile(r"year|jahr|ann[eé]e|(?:^|[^a-z])(?:yr|anno)(?![a-z])", re.IGNORECASE)
ENOUGH = 20
"""With fewer values neither bounds nor sets are learned: they would be guesses."""
_SPANS = 3
"""How many times as far as all that was seen a fresh value may lie: one outlier in a table is no rarity."""
_FAR = 5
_OFTEN = 7
"""Zero is a floor when it was seen this often and nothing below it was."""
_HEAVY = 0.8
"""Tail weights above this belong to distributions that hardly have a mean."""


class Sample:
    """Drawn values of a column, known ones only: in the order of their rows, and sorted. Each is made once."""

    def __init__(self, array: Any) -> None:
        self.array = array

    @cached_property
    def known(self) -> list[Any]:
        """The values as Python's own."""
        import pyarrow as pa
        import pyarrow.compute as pc

        known = pc.drop_null(self.array)
        is_number = pa.types.is_integer(known.type) or pa.types.is_floating(known.type)
        if is_number and "numpy" in sys.modules:  # a tenth of the time of to_pylist
            return known.to_numpy().tolist()  # type: ignore[no-any-return]
        return known.to_pylist()  # type: ignore[no-any-return]

    @cached_property
    def ordered(self) -> list[Any]:
        """The values from the least to the greatest."""
        return sorted(self.known)

    @cached_property
    def different(self) -> int:
        """How many different values there are."""
        return len(set(self.known))

    @cached_property
    def is_growing(self) -> bool:
        """Whether values, in the order of their rows, never fall and hardly ever stay: a serial, a log's time."""
        return self.different > len(self.known) // 2 and all(one <= other for one, other in pairwise(self.known))


def bounds(array: Any, sample: Sample, *, whole: bool) -> tuple[Check, ...]:
    """Bounds at least three spans further out on both sides, more where the tail is long, none where it is heavy.

    A column that grows with the table (a serial, a counter) gets no upper one: the next load continues it.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_decimal(array.type) or pa.types.is_float16(array.type):
        return ()
    extremes = pc.min_max(array)
    low, high = extremes["min"].as_py(), extremes["max"].as_py()
    if low is None or not isfinite(low) or not isfinite(high):
        return ()
    values = sample.ordered
    middle = values[len(values) // 2]
    span = high - low
    if not span:
        return ()  # a constant says nothing of how far others may be
    margin = span * (_SPANS + 2 * ENOUGH / len(array))
    edge = _edge(len(values))
    highest, lowest = values[: -edge - 2 : -1], values[: edge + 1]
    up = None if sample.is_growing else _reach(high - middle, [value - middle for value in highest], edge)
    down = _reach(middle - low, [middle - value for value in lowest], edge)
    has_floor = low >= 0 and (span > 5 * (middle - low) or values.count(0) >= _OFTEN)
    lower = None if down is None else 0 if has_floor else min(low - margin, middle - down)
    return _checks(lower, None if up is None else max(high + margin, middle + up), margin, whole=whole)


def usual(sample: Sample) -> tuple[float, float] | None:
    """Where 95 of 100 values are, a quarter wider; None for columns that grow, or hold one value (a month)."""
    import pyarrow as pa

    kind = sample.array.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)) or len(sample.known) < ENOUGH:
        return None
    values = sample.ordered
    if sample.is_growing or not all(map(isfinite, (values[0], values[-1]))) or values[0] == values[-1]:
        return None
    low, high = values[len(values) // 40], values[-1 - len(values) // 40]
    room = (high - low) / 4 or abs(low) / 4 or 1
    return float(outward(low - room, -1, room)), float(outward(high + room, 1, room))


def far(array: Any, sample: Sample) -> tuple[float, float] | None:
    """Five spans beyond all that was seen, where hardly any value of a fresh table lies however heavy its tail."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type)) or len(sample.known) < ENOUGH:
        return None
    if pa.types.is_float16(array.type):  # Arrow has no extremes of halves
        return None
    extremes = pc.min_max(array)
    low, high = extremes["min"].as_py(), extremes["max"].as_py()
    if sample.is_growing or low is None or not isfinite(low) or not isfinite(high) or low == high:
        return None
    margin = float(_FAR * (high - low))
    if not isfinite(margin):
        return None
    return outward(low - margin, -1, margin), outward(high + margin, 1, margin)


def years(name: str, array: Any) -> tuple[Check, ...]:
    """Bounds of whole numbers that their name and size say are years: 50 years, or as long as all of them, beyond."""
    import pyarrow.compute as pc

    if not _YEAR.search(name):
        return ()
    extremes = pc.min_max(array)
    low, high = extremes["min"].as_py(), extremes["max"].as_py()
    if low is None or not 1000 <= low <= high <= 2200:
        return ()
    margin = max(50, high - low)
    return _checks(low - margin, high + margin, margin, whole=True)


def _edge(values: int) -> int:
    """How many of so many values make up a tail."""
    return max(5, values // 20)


def _reach(furthest: float, distances: list[float], count: int) -> float | None:
    """How far from the middle one in a thousand fresh samples goes, by Hill's estimator of the tail's weight.

    `distances` of the tail's `count` values and of the next one from the middle, furthest first. None when the tail is
    so heavy that a bound would say nothing.
    """
    edge = distances[count] if count < len(distances) else 0
    if furthest <= 0:
        return 0.0
    if edge <= 0:
        return None
    weight = sum(map(log, distances[:count])) / count - log(edge)
    weight *= 1 + 2 / sqrt(count)
    return None if weight > _HEAVY else furthest * 1000.0**weight


def _checks(lower: float | None, upper: float | None, margin: float, *, whole: bool) -> tuple[Check, ...]:
    found: list[Check] = []
    for name, key, bound, sign in (
        ("greater_than_or_equal_to", "min_value", lower, -1),
        ("less_than_or_equal_to", "max_value", upper, 1),
    ):
        if bound is not None:
            rounded = outward(bound, sign, margin)
            is_whole = whole and abs(rounded) < 2**62
            found.append(Check(name=name, statistics={key: int(rounded) if is_whole else rounded}))
    return tuple(found)


def outward(bound: float, sign: int, margin: float) -> float:
    """The bound rounded away from the values, to two digits of how far it lies from them (or of its own, if less)."""
    if bound == 0:
        return 0.0
    size = floor(log10(abs(bound)))
    scale = 10.0 ** max(min(size, floor(log10(margin))) - 1, size - 10)  # eleven digits are written at most
    return float(f"{(ceil if sign > 0 else floor)(bound / scale) * scale:.12g}")


def period(array: Any) -> tuple[Check, ...]:
    """As long before the first and after the last time as the whole period, at least a year, in whole days."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        extremes = pc.min_max(microseconds(array)).as_py()
    except (pa.ArrowInvalid, OverflowError):  # further off than Python's own calendar goes: no bounds
        return ()
    first, last = extremes["min"], extremes["max"]
    margin = max(last - first, timedelta(days=366))
    if first - datetime.min < margin or datetime.max - last < margin:
        return ()
    low, high = (first - margin).replace(day=1), (last + margin).replace(month=12, day=31)
    return (
        Check(name="greater_than_or_equal_to", statistics={"min_value": f"{low:%Y-%m-%d} 00:00:00".zfill(19)}),
        Check(name="less_than_or_equal_to", statistics={"max_value": f"{high:%Y-%m-%d} 23:59:59".zfill(19)}),
    )
