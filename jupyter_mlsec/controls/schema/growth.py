"""What later loads add to a learned schema: a table goes on in time, of another only a peek was seen at first."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from jupyter_mlsec.controls.schema import ranges, shapes
from jupyter_mlsec.controls.schema.fused import plain
from jupyter_mlsec.controls.schema.learn import learn
from jupyter_mlsec.controls.schema.spec import Check, Column, Schema
from jupyter_mlsec.frames import Frame

_UPPER = "less_than_or_equal_to"


def grown(frame: Frame, known: Schema, *, labelled: Collection[str], max_values: int, is_whole: bool) -> Schema | None:
    """What is known after a load that fits; None when it says nothing new.

    Fewer than 20 rows teach types only, so a longer load teaches anew. A load that continues a table moves the last
    day of its times on, never the first one back: each load is compared with the period of those before it.
    """
    if known.rows < ranges.ENOUGH <= frame.rows:
        anew = learn(frame, known.resource, labelled=labelled, max_values=max_values, is_whole=is_whole)
        return msgspec.structs.replace(anew, members=known.members)
    columns = tuple(_later(frame, column) if column.name in frame.columns else column for column in known.columns)
    habits = known.habits
    if habits is not None and habits.periods:
        periods = {name: _text_later(frame, known, name, found) for name, found in habits.periods.items()}
        habits = msgspec.structs.replace(habits, periods=periods)
    later = msgspec.structs.replace(known, columns=columns, habits=habits)
    return None if later == known else later


def _later(frame: Frame, column: Column) -> Column:
    old = next((check for check in column.checks if check.name == _UPPER), None)
    array = plain(frame.column(column.name)) if column.type == "time" and old is not None else None
    if old is None or array is None or array.null_count == len(array):
        return column
    new = next((check for check in ranges.period(array) if check.name == _UPPER), old)
    if new.statistics["max_value"] <= old.statistics["max_value"]:
        return column
    checks = tuple(Check(name=_UPPER, statistics=new.statistics) if one is old else one for one in column.checks)
    return msgspec.structs.replace(column, checks=checks)


def _text_later(frame: Frame, known: Schema, name: str, found: tuple[str, str]) -> tuple[str, str]:
    column = next((one for one in known.columns if one.name == name), None)
    if column is None or name not in frame.columns:
        return found
    array = plain(frame.column(name))
    new = shapes.period(array, column.checks) if array.null_count < len(array) else None
    return found if new is None else (found[0], max(found[1], new[1]))
