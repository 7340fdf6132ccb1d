"""A tolerant schema learned from one table: what a fresh sample of the same distribution still satisfies.

Bounds are widened and rounded outward, so they name no value. Identifiers get no bounds, free text no set of
values, and a column with a personal label nothing but its type, nulls and name.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from math import ceil, floor, isfinite, log, log10, sqrt
from typing import Any

from jupyter_mlsec.controls.schema.checks import microseconds
from jupyter_mlsec.controls.schema.fused import plain
from jupyter_mlsec.controls.schema.spec import Check, Column, Family, Schema, family
from jupyter_mlsec.frames import Frame

_SAMPLE = 5000
_ENOUGH = 20
"""With fewer rows neither bounds nor sets are learned: they would be guesses."""
_SEEN = 7
"""A value is common, and a missing one no chance, when seen this often: e**-7 is under 1 in 1,000."""
_RARE = 0.05
"""A set is learned when its common codes make up all but this share."""
_HEAVY = 0.8
"""Tail weights above this belong to distributions that hardly have a mean."""
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9 _/&+.-]{0,23}|[A-Z0-9-]{1,6}")
_FORMATS = ("[0-9]{4}-[0-9]{2}-[0-9]{2}", "[0-9]{4}/[0-9]{2}/[0-9]{2}", "[0-9]{2}/[0-9]{2}/[0-9]{4}")


def learn(frame: Frame, resource: str, *, labelled: Collection[str] = (), max_values: int = 20) -> Schema:
    """The schema of this table. `labelled` columns hold personal data: their values leave no trace in it."""
    sample = frame.sample(_SAMPLE)
    columns = tuple(
        _column(frame, name, "other" if kind == "mixed" else family(kind), sample[name], name in labelled, max_values)
        for name, kind in zip(frame.columns, frame.types, strict=True)
    )
    return Schema(resource=resource, columns=columns, rows=frame.rows)


def _column(frame: Frame, name: str, kind: Family, sample: Any, is_labelled: bool, max_values: int) -> Column:
    array = plain(frame.column(name))
    rows = len(array)
    nulls = array.null_count / rows if rows else 1.0
    if is_labelled or kind == "other" or rows - array.null_count < _ENOUGH:
        return Column(name=name, type=kind, nulls=nulls)
    if kind == "integer" and _is_identifier(array):
        return Column(name=name, type=kind, nulls=nulls, unique=True)
    if kind in ("integer", "number"):
        return Column(name=name, type=kind, nulls=nulls, checks=_range(array, plain(sample), whole=kind == "integer"))
    if kind == "time":
        return Column(name=name, type=kind, nulls=nulls, checks=_period(array))
    if kind == "text":
        checks, others = _values(array, plain(sample), max_values)
        return Column(name=name, type=kind, nulls=nulls, others=others, checks=checks)
    return Column(name=name, type=kind, nulls=nulls)


def _is_identifier(array: Any) -> bool:
    """Whether all values differ although chance would have repeated some: a key, a row number, a serial."""
    import pyarrow.compute as pc

    rows = len(array)
    if array.null_count or pc.count_distinct(array).as_py() != rows:
        return False
    extremes = pc.min_max(array)
    span = extremes["max"].as_py() - extremes["min"].as_py() + 1
    return bool(rows * rows > 2 * _SEEN * span)


def _range(array: Any, sample: Any, *, whole: bool) -> tuple[Check, ...]:
    """Bounds at least one span further out on both sides, more where the tail is long, none where it is heavy."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_decimal(array.type) or pa.types.is_float16(array.type) or (whole and _looks_unique(sample)):
        return ()
    extremes = pc.min_max(array)
    low, high = extremes["min"].as_py(), extremes["max"].as_py()
    if low is None or not isfinite(low) or not isfinite(high):
        return ()
    values = sorted(pc.drop_null(sample).to_pylist())
    middle = values[len(values) // 2]
    span = (high - low) or max(1, abs(low))
    margin = span * (1 + 2 * _ENOUGH / len(array))
    up = _reach(high - middle, [value - middle for value in reversed(values)])
    down = _reach(middle - low, [middle - value for value in values])
    lower = None if down is None else 0 if low >= 0 and span > 8 * (middle - low) else min(low - margin, middle - down)
    return _bounds(lower, None if up is None else max(high + margin, middle + up), whole=whole)


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


def _looks_unique(sample: Any) -> bool:
    """Whole numbers that hardly ever repeat are identifiers of some kind: bounds would only list the newest."""
    import pyarrow.compute as pc

    known = len(sample) - sample.null_count
    return bool(known >= _ENOUGH and pc.count_distinct(sample).as_py() == known)


def _bounds(lower: float | None, upper: float | None, *, whole: bool) -> tuple[Check, ...]:
    found: list[Check] = []
    if lower is not None:
        found.append(Check(name="greater_than_or_equal_to", statistics={"min_value": _outward(lower, -1, whole)}))
    if upper is not None:
        found.append(Check(name="less_than_or_equal_to", statistics={"max_value": _outward(upper, 1, whole)}))
    return tuple(found)


def _outward(bound: float, sign: int, whole: bool) -> float | int:
    """Two leading digits, rounded away from the values."""
    if bound == 0:
        return 0 if whole else 0.0
    scale = 10.0 ** (floor(log10(abs(bound))) - 1)
    rounded = (ceil if sign > 0 else floor)(bound / scale) * scale
    return int(rounded) if whole and abs(rounded) < 2**62 else float(f"{rounded:.3g}")


def _period(array: Any) -> tuple[Check, ...]:
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


def _values(array: Any, sample: Any, max_values: int) -> tuple[tuple[Check, ...], float]:
    """The set of a few common codes and the share of values outside it, or the format of dates written as text."""
    import pyarrow.compute as pc

    if 1 < pc.count_distinct(sample).as_py() <= max_values:
        known = len(array) - array.null_count
        counts = {pair["values"]: pair["counts"] for pair in pc.value_counts(pc.drop_null(array)).to_pylist()}
        common = sorted(value for value, count in counts.items() if count >= _SEEN and _CODE.fullmatch(value))
        others = 1 - sum(counts[value] for value in common) / known
        if 1 < len(common) <= max_values and others <= _RARE:
            return (Check(name="isin", statistics={"allowed_values": common}),), others
        return (), 0.0
    values = [value for value in sample.to_pylist() if value is not None]
    shape = next((pattern for pattern in _FORMATS if all(re.match(pattern, value) for value in values)), None)
    return ((Check(name="str_matches", statistics={"pattern": shape}),) if shape else ()), 0.0
