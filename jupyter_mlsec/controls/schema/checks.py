"""The checks that run over Arrow: each says which values hold, or that it cannot tell (None).

Missing values are never counted: that is `nullable`'s affair, as in pandera with ignore_na.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

Statistics = Mapping[str, Any]
Test = Callable[["Values", Statistics], Any]  # a mask of Arrow, True or None


class Values:
    """One column under examination: what several checks need is found once. NaN has become missing before."""

    __slots__ = ("_distinct", "_extremes", "_timestamps", "array")

    def __init__(self, array: pa.ChunkedArray | pa.Array) -> None:
        self.array = array
        self._extremes: Any = None
        self._timestamps: Any = None
        self._distinct: Any = None

    def distinct(self) -> Values | None:
        """The different values of a long text column that repeats itself; None where they are hardly fewer."""
        import pyarrow.compute as pc

        if self._distinct is None:
            head = self.array.slice(0, _HEAD)
            repeats = len(self.array) > 4 * _HEAD and pc.count_distinct(head).as_py() < _HEAD // 2
            self._distinct = Values(pc.unique(self.array)) if repeats else False
        return self._distinct or None

    def extremes(self, comparable: Any) -> tuple[Any, Any]:
        """The least and greatest value of the column in its comparable type, None without any."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self._extremes is None:
            is_viewed = "numpy" in sys.modules and isinstance(comparable, (pa.DoubleArray, pa.Int64Array))
            if is_viewed and not comparable.null_count:
                numbers = comparable.to_numpy()  # a view; five times as fast as Arrow's own min_max
                self._extremes = (numbers.min().item(), numbers.max().item()) if len(numbers) else (None, None)
            else:
                found = pc.min_max(comparable).as_py()
                self._extremes = found["min"], found["max"]
        low, high = self._extremes
        return low, high

    def timestamps(self) -> Any:
        """The column in microseconds, cast once."""
        if self._timestamps is None:
            self._timestamps = microseconds(self.array)
        return self._timestamps


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

_LARGEST_SINGLE = 3e38
_HEAD = 1000
"""Rows looked at to tell whether a text column repeats itself."""
_ATOM = r"(?:[A-Za-z0-9 _,:;@/%#=<>!~&'\"-]|\\[.+*?()\[\]{}|^$/-]|\[\^?[A-Za-z0-9 _.,:;@/%#=+*-]+\]|\.)"
_SAME_IN_RE2 = re.compile(rf"\^?(?:{_ATOM}(?:[*+?]|\{{\d{{1,3}}(?:,(?:\d{{1,3}})?)?\}})?|[()|])*")
"""Patterns that mean the same to Python and to RE2: no look-around, no escapes of classes, no `$`, no `{{,n}}`."""


def failures(values: Values, name: str, statistics: Statistics) -> int | None:
    """How many values fail the check; None when only pandera can tell."""
    return failing(holding(values, name, statistics), values.array)


def holding(values: Values, name: str, statistics: Statistics) -> Any:
    """True when every known value holds, else Arrow's mask of those that do; None when only pandera can tell."""
    import pyarrow as pa

    test = _TESTS.get(name)
    if test is None:
        return None
    if pa.types.is_null(values.array.type):
        return True
    try:
        if _is_text(values.array.type):
            distinct = values.distinct()
            if distinct is not None and failing(test(distinct, statistics), distinct.array) == 0:
                return True  # what every different value holds, every row holds
        return test(values, statistics)
    except (pa.ArrowException, ValueError, TypeError, OverflowError, KeyError):
        return None


def failing(mask: Any, array: Any) -> int | None:
    """How many known values of the array a mask of `holding` leaves out."""
    import pyarrow.compute as pc

    if mask is None or mask is True:
        return None if mask is None else 0
    return int(len(array) - array.null_count - (pc.sum(mask).as_py() or 0))


def places(mask: Any, most: int | None) -> tuple[int, ...]:
    """The first rows that a mask of `holding` leaves out. Missing values are in no mask."""
    import pyarrow.compute as pc

    found = pc.indices_nonzero(pc.invert(mask))
    return tuple((found if most is None else found.slice(0, most)).to_pylist())


def _bounds(statistics: Statistics) -> list[tuple[str, Any]]:
    """(comparison a value must hold, its bound) for in_range."""
    low = "greater_equal" if statistics.get("include_min", True) else "greater"
    high = "less_equal" if statistics.get("include_max", True) else "less"
    return [(low, statistics["min_value"]), (high, statistics["max_value"])]


def _compare(values: Values, comparisons: list[tuple[str, Any]]) -> Any:
    """Values for which all comparisons hold. The extremes are looked at first: mostly they settle it."""
    import pyarrow.compute as pc

    prepared = _comparable(values, [bound for _, bound in comparisons])
    if prepared is None:
        return None
    column, bounds = prepared
    low, high = values.extremes(column)
    names = [name for name, _ in comparisons]
    if low is None or all(_HOLDS[name](low, high, bound) for name, bound in zip(names, bounds, strict=True)):
        return True
    kept = None
    for name, bound in zip(names, bounds, strict=True):
        holds = pc.call_function(name, [column, bound])
        kept = holds if kept is None else pc.and_(kept, holds)
    return kept


_HOLDS: dict[str, Callable[[Any, Any, Any], bool]] = {
    "greater": lambda low, _, bound: low > bound,
    "greater_equal": lambda low, _, bound: low >= bound,
    "less": lambda _, high, bound: high < bound,
    "less_equal": lambda _, high, bound: high <= bound,
}


def _comparable(values: Values, bounds: list[Any]) -> tuple[Any, list[Any]] | None:
    """Column and bounds in types that compare as pandas compares them, or None."""
    import pyarrow as pa

    array, kind = values.array, values.array.type
    are_numbers = all(type(bound) in (int, float) for bound in bounds)
    if pa.types.is_integer(kind) and all(type(bound) is int for bound in bounds):
        return array, bounds
    if pa.types.is_integer(kind) and are_numbers:
        return array.cast(pa.float64(), safe=False), [float(bound) for bound in bounds]
    if pa.types.is_float64(kind) and are_numbers:
        return array, [float(bound) for bound in bounds]
    if pa.types.is_float32(kind) and are_numbers and all(abs(bound) < _LARGEST_SINGLE for bound in bounds):
        return array, [pa.scalar(float(bound), kind).as_py() for bound in bounds]  # rounded to it, as numpy does
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return array.cast(pa.int64()), [_ticks(_naive(bound)) for bound in bounds]
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return values.timestamps(), [_naive(bound) for bound in bounds]
    return None


def _naive(bound: Any) -> datetime:
    time = datetime.fromisoformat(bound) if isinstance(bound, str) else bound
    if not isinstance(time, datetime) or time.tzinfo is not None:
        raise TypeError("only plain times are compared here")
    return time


def _ticks(time: datetime) -> int:
    """Nanoseconds since 1970; pandas' own times know them, Python's do not."""
    since = time.replace(tzinfo=None) - datetime(1970, 1, 1)
    return since // timedelta(microseconds=1) * 1000 + int(getattr(time, "nanosecond", 0))


def microseconds(array: Any) -> Any:
    """Dates and times as microseconds without a zone. ArrowInvalid where one is too far off to be told in them."""
    import pyarrow as pa

    is_finer = pa.types.is_timestamp(array.type) and array.type.unit == "ns"
    return array.cast(pa.timestamp("us"), safe=not is_finer)


def without_nan(array: Any) -> Any:
    """The column with NaN as missing: pandas knows no difference, Arrow and polars do."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_floating(array.type):
        return array
    if not pa.types.is_float16(array.type):  # Arrow has no sum of halves
        total = pc.sum(array).as_py()
        if total is None or total == total:  # NaN is not equal to itself, and spreads through a sum
            return array
    return pc.if_else(pc.is_nan(array), pa.scalar(None, array.type), array)


def _among(values: Values, wanted: list[Any]) -> Any:
    """The mask of values that are among these; None when their types are not plainly the column's."""
    import pyarrow as pa
    import pyarrow.compute as pc

    array, kind = values.array, values.array.type
    if pa.types.is_integer(kind):
        fits = all(type(value) is int for value in wanted)
    elif pa.types.is_boolean(kind):
        fits = all(type(value) is bool for value in wanted)
    elif pa.types.is_float64(kind):
        fits = all(type(value) in (int, float) and value == value and abs(value) < 2**53 for value in wanted)
        array, wanted = pc.add(array, 0.0), [value + 0.0 for value in wanted if fits]  # -0.0 is 0.0
    else:
        fits = _is_text(kind) and all(type(value) is str for value in wanted)
    if not fits:
        return None
    found = pc.is_in(array, value_set=pa.array(wanted, kind), skip_nulls=True)
    return pc.if_else(array.is_valid(), found, None) if array.null_count else found


def _isin(values: Values, statistics: Statistics) -> Any:
    return _among(values, _plain(statistics["allowed_values"]))


def _notin(values: Values, statistics: Statistics) -> Any:
    return _negated(_among(values, _plain(statistics["forbidden_values"])))


def _plain(values: Any) -> list[Any]:
    if isinstance(values, (str, Mapping)):
        raise TypeError("characters of a text, or keys, are left to pandera")
    return list(values)


def _negated(mask: Any) -> Any:
    import pyarrow.compute as pc

    return None if mask is None else pc.invert(mask)


def _length(values: Values, statistics: Statistics) -> Any:
    import pyarrow.compute as pc

    if not _is_text(values.array.type):
        return None
    exact, low, high = (statistics.get(key) for key in ("exact_value", "min_value", "max_value"))
    comparisons = [("greater_equal", low)] * (low is not None) + [("less_equal", high)] * (high is not None)
    if exact is not None:
        comparisons = [("greater_equal", exact), ("less_equal", exact)]
    return _compare(Values(pc.utf8_length(values.array)), comparisons) if comparisons else None


def _text_test(function: str, key: str) -> Test:
    def test(values: Values, statistics: Statistics) -> Any:
        import pyarrow.compute as pc

        wanted = statistics[key]
        if not _is_text(values.array.type) or type(wanted) is not str:
            return None
        return getattr(pc, function)(values.array, pattern=wanted)

    return test


def is_same_in_re2(pattern: Any) -> bool:
    """Whether a regular expression means the same to Python's re and to RE2."""
    if type(pattern) is not str or not _SAME_IN_RE2.fullmatch(pattern):
        return False
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _in_re2(pattern: Any) -> str | None:
    """The pattern as RE2 must be asked; None where the two may differ. A last `$` admits a line break, as Python's."""
    if is_same_in_re2(pattern):
        return str(pattern)
    if isinstance(pattern, str) and pattern.endswith("$") and is_same_in_re2(pattern[:-1]):
        return f"{pattern[:-1]}(?:\\n?\\z)"
    return None


def _pattern_test(anchor: str) -> Test:
    def test(values: Values, statistics: Statistics) -> Any:
        import pyarrow.compute as pc

        pattern = _in_re2(statistics["pattern"])
        if not _is_text(values.array.type) or pattern is None:
            return None
        return pc.match_substring_regex(values.array, pattern=f"{anchor}(?:{pattern})")

    return test


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def duplicates(array: Any) -> int | None:
    """Known values that occur more than once, each occurrence counted; None for types compared otherwise by pandas."""
    return failing(single(array), array)


def single(array: Any) -> Any:
    """True when no known value repeats, else the mask of those that do not; None where only pandas can tell."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    if pa.types.is_null(kind):
        return True
    if pa.types.is_floating(kind) and not pa.types.is_float16(kind):
        array = pc.add(array, pa.scalar(0.0, kind))  # -0.0 is 0.0
    elif not (pa.types.is_integer(kind) or pa.types.is_timestamp(kind) or _is_text(kind)):
        return None
    known = pc.drop_null(array)
    if (pa.types.is_integer(kind) and _rises(known)) or pc.count_distinct(known).as_py() == len(known):
        return True
    counts = pc.value_counts(known)
    once = pc.filter(counts.field("values"), pc.equal(counts.field("counts"), 1))
    alone = pc.is_in(array, value_set=once, skip_nulls=True)
    return pc.if_else(array.is_valid(), alone, None) if array.null_count else alone


def _rises(known: Any) -> bool:
    """Whether each value is greater than the one before, as serials are: the quickest way not to repeat."""
    import pyarrow.compute as pc

    return bool(pc.all(pc.greater(known.slice(1), known.slice(0, max(0, len(known) - 1))), min_count=0).as_py())


_TESTS: dict[str, Test] = {
    "greater_than": lambda values, s: _compare(values, [("greater", s["min_value"])]),
    "greater_than_or_equal_to": lambda values, s: _compare(values, [("greater_equal", s["min_value"])]),
    "less_than": lambda values, s: _compare(values, [("less", s["max_value"])]),
    "less_than_or_equal_to": lambda values, s: _compare(values, [("less_equal", s["max_value"])]),
    "in_range": lambda values, s: _compare(values, _bounds(s)),
    "equal_to": lambda values, s: _among(values, [s["value"]]),
    "not_equal_to": lambda values, s: _negated(_among(values, [s["value"]])),
    "isin": _isin,
    "notin": _notin,
    "str_length": _length,
    "str_startswith": _text_test("starts_with", "string"),
    "str_endswith": _text_test("ends_with", "string"),
    "str_matches": _pattern_test("^"),
    "str_contains": _pattern_test(""),
}
