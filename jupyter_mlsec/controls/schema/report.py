"""What failed in a table, as pandera would report it: check, count, the rows' positions, and a few masked examples.

It is for the eyes of whoever loaded the table: shown with the denial and by verbs, never recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import msgspec

from jupyter_mlsec import frames
from jupyter_mlsec.controls.schema.fused import judge, plain
from jupyter_mlsec.controls.schema.spec import Column, Schema
from jupyter_mlsec.controls.schema.verdict import Failure, Verdict
from jupyter_mlsec.frames import Frame

_SHOWN = 5
"""Rows of each check whose positions are told, and no more examples than that."""
_MOST = 12
"""Checks that are told of; the rest is counted."""
_LONGEST = 20


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One check of one column that failed: how often, in which rows (positions from 0, the first few), such as what."""

    column: str
    check: str
    count: int
    rows: tuple[int, ...] = ()
    such_as: tuple[str, ...] = ()
    """Masked: letters are x, digits are #."""


def cases(
    frame: Frame, schema: Schema, verdict: Verdict, *, labelled: Collection[str] = (), first: int = 0
) -> tuple[Case, ...]:
    """The failures of a verdict with their places. `first`: the position of the table's first row in its stream."""
    columns = {column.name: column for column in schema.columns}
    return tuple(_case(frame, columns, failure, labelled, first) for failure in verdict.failures[:_MOST])


def lines(found: Collection[Case], rows: int, failed: int) -> str:
    """The report of these cases out of `failed` failed checks of a table of `rows` rows."""
    heading = (
        f"{failed} check{'' if failed == 1 else 's'} failed in {rows} rows (rows count from 0, examples are masked):"
    )
    width = max((len(one.column) + len(one.check) for one in found), default=0) + 2
    said = [heading]
    for one in found:
        parts = [f"{one.column}: {one.check}".ljust(width), f"{one.count} of {rows}"]
        if one.rows:
            more = ", ..." if one.count > len(one.rows) else ""
            parts.append(f"rows {', '.join(map(str, one.rows))}{more}")
        if one.such_as:
            parts.append(f"such as {', '.join(one.such_as)}")
        said.append("  " + "  ".join(parts))
    if failed > len(found):
        said.append(f"  and {failed - len(found)} more")
    return "\n".join(said)


def masked(value: Any) -> str:
    """The form of a value without the value: letters as x or X, digits as #."""
    text = str(value)
    shown = "".join(_hidden(sign) for sign in text[:_LONGEST])
    return f"{shown}..." if len(text) > _LONGEST else shown or "(empty)"


def _value(scalar: Any) -> Any:
    """The value in Python; dates beyond Python's calendar as Arrow writes them."""
    try:
        return scalar.as_py()
    except (OverflowError, ValueError):
        return scalar.cast("string").as_py()


def _hidden(sign: str) -> str:
    if sign.isalpha():
        return "X" if sign.isupper() else "x"
    if sign.isascii() and sign.isprintable() and not sign.isdigit():
        return sign
    return "#" if sign.isnumeric() else "?"


def _case(frame: Frame, columns: dict[str, Column], failure: Failure, labelled: Collection[str], first: int) -> Case:
    column = columns.get(failure.column)
    if column is None or failure.column not in frame.columns:
        return Case(column=failure.column, check=failure.check, count=failure.count)
    array = plain(frame.column(column.name))
    rows = list(failure.positions[:_SHOWN]) or _rows(array, column, failure.check)
    such_as: dict[str, None] = {}
    if failure.check != "not_nullable" and column.name not in labelled:
        such_as = dict.fromkeys(masked(_value(array[row])) for row in rows)
    return Case(
        column=failure.column,
        check=failure.check,
        count=failure.count,
        rows=tuple(row + first for row in rows),
        such_as=tuple(such_as),
    )


def _rows(array: Any, column: Column, check: str) -> list[int]:
    """Positions of the first rows that fail this check."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if check == "not_nullable":
        return _first(array.is_null())
    if check.startswith("dtype"):
        return _first(array.is_valid())
    if check == "unique":
        try:
            counts = pc.value_counts(pc.drop_null(array))
            again = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
            return _first(pc.is_in(array, value_set=again))
        except pa.ArrowException:
            return []
    asked = tuple(one for one in column.checks if one.name == check.partition("(")[0])
    if not asked:
        return []
    alone = msgspec.structs.replace(column, nulls=1.0, unique=False, others=0.0, checks=asked)
    schema = Schema(resource="", columns=(alone,))
    return _searched(len(array), lambda low, high: _fails(array.slice(low, high - low), schema))


def _first(holds: Any) -> list[int]:
    import pyarrow.compute as pc

    found: list[int] = pc.indices_nonzero(holds).slice(0, _SHOWN).to_pylist()
    return found


def _fails(part: Any, schema: Schema) -> bool:
    import pyarrow as pa

    frame = frames.view(pa.table({schema.columns[0].name: part}))
    return frame is not None and not judge(frame, schema).ok


def _searched(rows: int, fails: Callable[[int, int], bool]) -> list[int]:
    """The first rows for which `fails` says yes, by halving: it works for whatever can be judged on a part."""
    found: list[int] = []
    waiting = [(0, rows)]
    while waiting and len(found) < _SHOWN:
        low, high = waiting.pop()
        if low >= high or not fails(low, high):
            continue
        if high - low == 1:
            found.append(low)
            continue
        middle = (low + high) // 2
        waiting += [(middle, high), (low, middle)]
    return found
