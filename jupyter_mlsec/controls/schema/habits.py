"""What a table was like beyond types and bounds of columns: how many rows, in which order, what told them apart.

Habits belong to learned schemas only. Each leaves room for chance, so none of them is a promise to be approved.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import sqrt
from typing import Any

import msgspec

from jupyter_mlsec.controls.schema.verdict import Failure
from jupyter_mlsec.frames import Frame

_ENOUGH = 20
_UNUSUAL = 0.25
"""The share of values outside their usual range from which on a column is no longer what it was."""
_MANY = 100
_STRANGERS = 4
"""So many values outside a set are forgiven that held everything in at least `_MANY` rows."""
HABITS = ("row_count", "column_ordered", "unique", "usual_range", "far_out", "period", "encoding")
"""What `unusual` finds, by the names of its checks."""
_LONG, _THIN, _PIECE = 200_000, 50_000, 1000
_JOINT = 200_000
"""Rows up to which a key of several columns is looked at: beyond, telling rows apart takes longer than all the rest."""
_DAMAGED = "[\ufffd\u0080-\u009f\u00c3\u00e2]"
"""What text looks like that was read in the wrong encoding: replacements, C1 controls, the first halves of UTF-8."""


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """The habits of one table.

    rows: the fewest and most a load may have. key: columns that tell rows apart, and by how many rows they failed to
    (`repeats`). usual: where nearly all numbers of a column were. far: where all but a few may be, five spans beyond
    all that was seen. periods: where dates written as text were, as prefixes that compare. readable: text columns
    without a trace of a wrong encoding.
    """

    rows: tuple[int, int] | None = None
    is_ordered: bool = False
    key: tuple[str, ...] = ()
    repeats: int = 0
    is_exact: bool = False
    """Whether the key did not fail once although chance would have: then one repeated row is one too many."""
    usual: dict[str, tuple[float, float]] = {}
    far: dict[str, tuple[float, float]] = {}
    periods: dict[str, tuple[str, str]] = {}
    readable: tuple[str, ...] = ()


def unusual(
    frame: Frame, habits: Habits, order: Sequence[str], learned: int, failed: Collection[str], *, is_whole: bool = True
) -> tuple[list[Failure], list[str]]:
    """Which habits a table breaks, and which could not be looked at. A piece of a table has no row count of its own.

    Columns that `failed` a check of their own are not blamed again.
    """
    failures: list[Failure] = []
    unchecked: list[str] = []
    if is_whole and habits.rows and not habits.rows[0] <= frame.rows <= habits.rows[1]:
        failures.append(Failure(column="", check="row_count", count=frame.rows))
    present = set(frame.columns)
    common = [name for name in order if name in present]
    if habits.is_ordered:
        now = [name for name in frame.columns if name in set(common)]
        moved = next((was for was, found in zip(common, now, strict=True) if was != found), None)
        failures += [] if moved is None else [Failure(column=moved, check="column_ordered", count=1)]
    present -= set(failed)
    if habits.key and set(habits.key) <= present:
        _key(frame, habits, learned, failures, unchecked)
    for name, (low, high) in habits.usual.items():
        if name in present:
            _count(name, "usual_range", _outside(frame.column(name), low, high), failures)
    blamed = {one.column for one in failures}
    for name, (low, high) in habits.far.items():
        if name in present and name not in blamed:
            found = _beyond(frame.column(name), low, high)
            _count(name, "far_out", found if found > strangers(0, learned, frame.rows) else 0, failures)
    for name, period in habits.periods.items():
        if name in present:
            _count(name, "period", _outside_period(frame.column(name), *period), failures)
    for name in habits.readable:
        if name in present:
            damaged = damage(frame.column(name))
            _count(name, "encoding", damaged if damaged > tolerated(0, learned, frame.rows) else 0, failures)
    return failures, unchecked


def without(habits: Habits | None, column: str, check: str) -> Habits | None:
    """The habits but for one that a table broke: what `unusual` calls `check` of this column."""
    if habits is None:
        return None
    replace = msgspec.structs.replace
    if check == "row_count":
        return replace(habits, rows=None)
    if check == "column_ordered":
        return replace(habits, is_ordered=False)
    if check == "unique" and column == " + ".join(habits.key):
        return replace(habits, key=(), repeats=0, is_exact=False)
    if check == "usual_range":
        return replace(habits, usual={name: found for name, found in habits.usual.items() if name != column})
    if check == "far_out":
        return replace(habits, far={name: found for name, found in habits.far.items() if name != column})
    if check == "period":
        return replace(habits, periods={name: found for name, found in habits.periods.items() if name != column})
    if check == "encoding":
        return replace(habits, readable=tuple(name for name in habits.readable if name != column))
    return habits


def _count(column: str, check: str, count: int, failures: list[Failure]) -> None:
    if count:
        failures.append(Failure(column=column, check=check, count=count))


def _key(frame: Frame, habits: Habits, learned: int, failures: list[Failure], unchecked: list[str]) -> None:
    if len(habits.key) > 1 and frame.rows > _JOINT:
        unchecked.append(f"{' + '.join(habits.key)} unique")
        return
    found = repeats(frame, habits.key)
    scale = frame.rows / max(1, learned)
    room = 0.0 if habits.is_exact else (habits.repeats + 6 * sqrt(habits.repeats) + 6) * max(scale, scale * scale, 1)
    if found is not None and found > room:
        failures.append(Failure(column=" + ".join(habits.key), check="unique", count=found))


def repeats(frame: Frame, key: Sequence[str]) -> int | None:
    """How many rows have the key of an earlier row; None where Arrow cannot compare the types."""
    import pyarrow as pa

    names = [str(position) for position in range(len(key))]
    table = pa.table([_comparable(frame.column(name)) for name in key], names=names)
    try:
        return int(frame.rows - table.group_by(names).aggregate([]).num_rows)
    except pa.ArrowNotImplementedError:
        return None


def _comparable(array: Any) -> Any:
    import pyarrow as pa

    return array.cast(array.type.value_type) if pa.types.is_dictionary(array.type) else array


def thinned(array: Any) -> Any:
    """Pieces of a long column, evenly spread: what most rows must hold is asked of all only where these break it.

    Fewer than one value in ten thousand may so go unnoticed. A column of up to 200,000 rows is itself.
    """
    import pyarrow as pa

    if len(array) <= _LONG:
        return array
    pieces = [array.slice(first, _PIECE) for first in range(0, len(array), len(array) // (_THIN // _PIECE))]
    chunks = [chunk for piece in pieces for chunk in getattr(piece, "chunks", [piece])]
    return pa.chunked_array(chunks, array.type)


def _outside(array: Any, low: float, high: float) -> int:
    """Values outside the usual range when they are too many for chance, else 0."""
    few = thinned(array)
    if few is not array and not _outside(few, low, high):
        return 0
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type)):
        return 0  # the type is what is said of this column
    known = len(array) - array.null_count
    array = array.cast(pa.float64(), safe=False)  # a whole number beyond 2**53 is compared as near as that is
    found = pc.sum(pc.or_(pc.less(array, low), pc.greater(array, high))).as_py() or 0
    return int(found) if known >= _ENOUGH and found > known * _UNUSUAL + 3 * sqrt(known / 4) else 0


def _beyond(array: Any, low: float, high: float) -> int:
    """Numbers outside of a range, counted only where the extremes are."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type)):
        return 0
    found = pc.min_max(array).as_py()
    if found["min"] is None or (found["min"] >= low and found["max"] <= high):
        return 0
    array = array.cast(pa.float64(), safe=False)
    return int(pc.sum(pc.or_(pc.less(array, low), pc.greater(array, high))).as_py() or 0)


def _outside_period(array: Any, low: str, high: str) -> int:
    """Dates written as text that sort before or after the period; the last one's prefix sorts before all it begins."""
    import pyarrow.compute as pc

    if "string" not in str(array.type):
        return 0
    array = _comparable(array)
    return int(pc.sum(pc.or_(pc.less(array, low), pc.greater(array, high + "~"))).as_py() or 0)


def damage(array: Any) -> int:
    """How many texts look as if they had been read in a wrong encoding."""
    import pyarrow.compute as pc

    if "string" not in str(array.type):
        return 0
    array = _comparable(array)
    is_plain = pc.string_is_ascii(array)
    if pc.all(is_plain, min_count=0).as_py():
        return 0
    odd = pc.filter(array, pc.invert(pc.fill_null(is_plain, True)))
    return int(pc.sum(pc.match_substring_regex(odd, pattern=_DAMAGED)).as_py() or 0)


def tolerated(share: float, learned: int, rows: int, *, spread: float = 4) -> float:
    """How many odd values in `rows` are still chance, after `share` of `learned` rows were seen to be odd.

    The mean and `spread` deviations of the beta-binomial forecast. A schema that a person wrote (learned from 0 rows)
    tolerates none or any number.
    """
    if not learned:
        return rows if share else 0
    expected = min(1.0, (share * learned + 1) / (learned + 2))
    return rows * expected + spread * sqrt(rows * expected * (1 - expected) * (1 + rows / learned))


def strangers(others: float, learned: int, rows: int) -> float:
    """How many values outside a learned set are chance: hardly any where many rows showed only values of it."""
    if others or learned < _MANY:
        return tolerated(others, learned, rows, spread=4 if others else 7)
    return _STRANGERS * max(1, rows / learned)
