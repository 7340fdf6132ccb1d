"""The checks that run over Arrow: each counts the values that fail, or says it cannot tell (None).

Missing values are never counted: that is `nullable`'s affair, as in pandera with ignore_na.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

Statistics = Mapping[str, Any]
Counter = Callable[["pa.ChunkedArray | pa.Array", Statistics], int | None]

STATISTICS: dict[str, tuple[str, ...]] = {
    "greater_than": ("min_value",),
    "greater_than_or_equal_to": ("min_value",),
    "less_than": ("max_value",),
    "less_than_or_equal_to": ("max_value",),
    "in_range": ("min_value", "max_value", "include_min", "include_max"),
    "equal_to": ("value",),
    "not_equal_to": ("value",),
    "isin": ("allowed_values",),
    "notin": ("forbidden_values",),
    "str_length": ("min_value", "max_value", "exact_value"),
    "str_startswith": ("string",),
    "str_endswith": ("string",),
    "str_matches": ("pattern",),
    "str_contains": ("pattern",),
}
"""The checks that can be compiled, each with the names of its statistics (the first one where there is only one)."""

_ATOM = r"(?:[A-Za-z0-9 _,:;@/%#=<>!~&'\"-]|\\[.+*?()\[\]{}|^$/-]|\[\^?[A-Za-z0-9 _.,:;@/%#=+*-]+\]|\.)"
_SAME_IN_RE2 = re.compile(rf"\^?(?:{_ATOM}(?:[*+?]|\{{\d{{1,3}}(?:,(?:\d{{1,3}})?)?\}})?|[()|])*")
"""Patterns that mean the same to Python and to RE2: no look-around, no escapes of classes, no `$`, no `{{,n}}`."""


def failures(array: pa.ChunkedArray | pa.Array, name: str, statistics: Statistics) -> int | None:
    """How many values fail the check; None when only pandera can tell."""
    import pyarrow as pa

    counter = _COUNTERS.get(name)
    if counter is None:
        return None
    if pa.types.is_null(array.type):
        return 0
    try:
        count: int | None = counter(array, statistics)
    except (pa.ArrowException, ValueError, TypeError, OverflowError, KeyError):
        return None
    return count


def _bounds(statistics: Statistics) -> list[tuple[str, Any]]:
    """(comparison a value must hold, its bound) for in_range."""
    low = "greater_equal" if statistics.get("include_min", True) else "greater"
    high = "less_equal" if statistics.get("include_max", True) else "less"
    return [(low, statistics["min_value"]), (high, statistics["max_value"])]


def _compare(array: Any, comparisons: list[tuple[str, Any]]) -> int | None:
    """Values for which not all comparisons hold. The extremes are looked at first: mostly they settle it."""
    import pyarrow.compute as pc

    prepared = _comparable(array, [bound for _, bound in comparisons])
    if prepared is None:
        return None
    column, bounds = prepared
    ordered = [(name, bound) for (name, _), bound in zip(comparisons, bounds, strict=True)]
    extremes = pc.min_max(column)
    if not extremes["min"].is_valid:
        return 0
    if all(_holds(name, extremes, bound) for name, bound in ordered):
        return 0
    kept = None
    for name, bound in ordered:
        holds = pc.call_function(name, [column, bound])
        kept = holds if kept is None else pc.and_(kept, holds)
    return int(len(column) - column.null_count - (pc.sum(kept).as_py() or 0))


def _holds(name: str, extremes: Any, bound: Any) -> bool:
    import pyarrow.compute as pc

    extreme = extremes["min"] if name.startswith("greater") else extremes["max"]
    return bool(pc.call_function(name, [extreme, bound]).as_py())


def _comparable(array: Any, bounds: list[Any]) -> tuple[Any, list[Any]] | None:
    """Column and bounds in types that compare as pandas compares them, or None."""
    import pyarrow as pa

    kind = array.type
    if pa.types.is_integer(kind) and all(type(bound) is int for bound in bounds):
        return array, [pa.scalar(bound, pa.int64()) for bound in bounds]
    if pa.types.is_integer(kind) and all(type(bound) in (int, float) for bound in bounds):
        return array.cast(pa.float64(), safe=False), [pa.scalar(float(bound)) for bound in bounds]
    if pa.types.is_float64(kind) and all(type(bound) in (int, float) for bound in bounds):
        return without_nan(array), [pa.scalar(float(bound)) for bound in bounds]
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        times = [_naive(bound) for bound in bounds]
        return array.cast(pa.timestamp("us"), safe=False), [pa.scalar(time, pa.timestamp("us")) for time in times]
    return None


def _naive(bound: Any) -> datetime:
    time = datetime.fromisoformat(bound) if isinstance(bound, str) else bound
    if not isinstance(time, datetime) or time.tzinfo is not None:
        raise TypeError("only plain times are compared here")
    return time


def without_nan(array: Any) -> Any:
    """The column with NaN as missing: pandas knows no difference, Arrow and polars do."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_floating(array.type):
        return array
    nan = pc.is_nan(array)
    return pc.if_else(nan, pa.scalar(None, array.type), array) if pc.any(nan).as_py() else array


def _among(array: Any, values: Any) -> int | None:
    """How many values are among these; None when their types are not plainly the column's."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind, wanted = array.type, list(values)
    if pa.types.is_integer(kind):
        fits = all(type(value) is int for value in wanted)
    elif pa.types.is_boolean(kind):
        fits = all(type(value) is bool for value in wanted)
    else:
        fits = _is_text(kind) and all(type(value) is str for value in wanted)
    if not fits or not len(array):
        return 0 if fits else None
    found = pc.is_in(array, value_set=pa.array(wanted, kind), skip_nulls=True)
    return int(pc.sum(found).as_py() or 0)


def _isin(array: Any, statistics: Statistics) -> int | None:
    among = _among(array, statistics["allowed_values"])
    return None if among is None else len(array) - array.null_count - among


def _notin(array: Any, statistics: Statistics) -> int | None:
    return _among(array, statistics["forbidden_values"])


def _equal(array: Any, statistics: Statistics) -> int | None:
    return _isin(array, {"allowed_values": [statistics["value"]]})


def _not_equal(array: Any, statistics: Statistics) -> int | None:
    return _among(array, [statistics["value"]])


def _length(array: Any, statistics: Statistics) -> int | None:
    import pyarrow.compute as pc

    if not _is_text(array.type):
        return None
    exact, low, high = (statistics.get(key) for key in ("exact_value", "min_value", "max_value"))
    comparisons = [("greater_equal", low)] * (low is not None) + [("less_equal", high)] * (high is not None)
    if exact is not None:
        comparisons = [("greater_equal", exact), ("less_equal", exact)]
    return _compare(pc.utf8_length(array), comparisons)


def _text_test(function: str, key: str) -> Counter:
    def count(array: Any, statistics: Statistics) -> int | None:
        import pyarrow.compute as pc

        wanted = statistics[key]
        if not _is_text(array.type) or type(wanted) is not str:
            return None
        return _failing(array, getattr(pc, function)(array, pattern=wanted))

    return count


def _pattern_test(anchor: str) -> Counter:
    def count(array: Any, statistics: Statistics) -> int | None:
        import pyarrow.compute as pc

        pattern = statistics["pattern"]
        if not _is_text(array.type) or type(pattern) is not str or not _SAME_IN_RE2.fullmatch(pattern):
            return None
        re.compile(pattern)
        return _failing(array, pc.match_substring_regex(array, pattern=f"{anchor}(?:{pattern})"))

    return count


def _failing(array: Any, holds: Any) -> int:
    import pyarrow.compute as pc

    return int(len(array) - array.null_count - (pc.sum(holds).as_py() or 0))


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def duplicates(array: Any) -> int | None:
    """Known values that occur more than once, each occurrence counted; None for types compared otherwise by pandas."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_integer(array.type) or _is_text(array.type)):
        return None
    known = pc.drop_null(array)
    if pc.count_distinct(known).as_py() == len(known):
        return 0
    counts = pc.value_counts(known).field("counts")
    return int(pc.sum(pc.filter(counts, pc.greater(counts, 1))).as_py() or 0)


_COUNTERS: dict[str, Counter] = {
    "greater_than": lambda array, s: _compare(array, [("greater", s["min_value"])]),
    "greater_than_or_equal_to": lambda array, s: _compare(array, [("greater_equal", s["min_value"])]),
    "less_than": lambda array, s: _compare(array, [("less", s["max_value"])]),
    "less_than_or_equal_to": lambda array, s: _compare(array, [("less_equal", s["max_value"])]),
    "in_range": lambda array, s: _compare(array, _bounds(s)),
    "equal_to": _equal,
    "not_equal_to": _not_equal,
    "isin": _isin,
    "notin": _notin,
    "str_length": _length,
    "str_startswith": _text_test("starts_with", "string"),
    "str_endswith": _text_test("ends_with", "string"),
    "str_matches": _pattern_test("^"),
    "str_contains": _pattern_test(""),
}
