"""Bounds for numbers and times, from one sample: what nearly every fresh sample of the same distribution keeps."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil, floor, isfinite, log, log10, sqrt
from typing import Any

from jupyter_mlsec.controls.schema.checks import microseconds
from jupyter_mlsec.controls.schema.spec import Check

ENOUGH = 20
"""With fewer values neither bounds nor sets are learned: they would be guesses."""
_SPANS = 3
"""How many times as far as all that was seen a fresh value may lie: one outlier in a table is no rarity."""
_OFTEN = 7
"""Zero is a floor when it was seen this often and nothing below it was."""
_HEAVY = 0.8
"""Tail weights above this belong to distributions that hardly have a mean."""


def bounds(array: Any, sample: Any, *, whole: bool) -> tuple[Check, ...]:
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
    known = pc.drop_null(sample).to_pylist()
    values = sorted(known)
    middle = values[len(values) // 2]
    span = high - low
    if not span:
        return ()  # a constant says nothing of how far others may be
    margin = span * (_SPANS + 2 * ENOUGH / len(array))
    up = None if is_growing(known) else _reach(high - middle, [value - middle for value in reversed(values)])
    down = _reach(middle - low, [middle - value for value in values])
    has_floor = low >= 0 and (span > 5 * (middle - low) or values.count(0) >= _OFTEN)
    lower = None if down is None else 0 if has_floor else min(low - margin, middle - down)
    return _checks(lower, None if up is None else max(high + margin, middle + up), whole=whole)


def is_growing(known: list[Any]) -> bool:
    """Whether values, in the order of their rows, never fall and hardly ever stay: a serial, a log's time."""
    return len(set(known)) > len(known) // 2 and all(one <= other for one, other in pairwise(known))


def usual(sample: Any) -> tuple[float, float] | None:
    """Where 95 of 100 values are, a quarter wider; None for columns that grow, or hold one value (a month)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_integer(sample.type) or pa.types.is_floating(sample.type)):
        return None
    known = pc.drop_null(sample).to_pylist()
    if len(known) < ENOUGH or is_growing(known) or not all(map(isfinite, known)):
        return None
    values = sorted(known)
    if values[0] == values[-1]:
        return None
    low, high = values[len(values) // 40], values[-1 - len(values) // 40]
    room = (high - low) / 4 or abs(low) / 4 or 1
    return float(outward(low - room, -1, False)), float(outward(high + room, 1, False))


def _reach(furthest: float, distances: list[float]) -> float | None:
    """How far from the middle one in a thousand fresh samples goes, by Hill's estimator of the tail's weight.

    `distances` from the middle, furthest first. None when the tail is so heavy that a bound would say nothing.
    """
    count = max(5, len(distances) // 20)
    edge = distances[count] if count < len(distances) else 0
    if furthest <= 0:
        return 0.0
    if edge <= 0:
        return None
    weight = sum(log(distance / edge) for distance in distances[:count]) / count
    weight *= 1 + 2 / sqrt(count)
    return None if weight > _HEAVY else furthest * 1000.0**weight


def _checks(lower: float | None, upper: float | None, *, whole: bool) -> tuple[Check, ...]:
    found: list[Check] = []
    if lower is not None:
        found.append(Check(name="greater_than_or_equal_to", statistics={"min_value": outward(lower, -1, whole)}))
    if upper is not None:
        found.append(Check(name="less_than_or_equal_to", statistics={"max_value": outward(upper, 1, whole)}))
    return tuple(found)


def outward(bound: float, sign: int, whole: bool) -> float | int:
    """Two leading digits, rounded away from the values."""
    if bound == 0:
        return 0 if whole else 0.0
    scale = 10.0 ** (floor(log10(abs(bound))) - 1)
    rounded = (ceil if sign > 0 else floor)(bound / scale) * scale
    return int(rounded) if whole and abs(rounded) < 2**62 else float(f"{rounded:.3g}")


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
