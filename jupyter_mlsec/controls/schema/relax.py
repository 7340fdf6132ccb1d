"""The smallest change to a schema that would admit a table: as changes, to a Schema, and to a written document."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from math import ceil, floor, isfinite, log10
from typing import Any

import msgspec

from jupyter_mlsec.controls.schema import beyond
from jupyter_mlsec.controls.schema.checks import microseconds
from jupyter_mlsec.controls.schema.fused import plain
from jupyter_mlsec.controls.schema.habits import without
from jupyter_mlsec.controls.schema.spec import DTYPES, Check, Column, Schema, family
from jupyter_mlsec.controls.schema.verdict import Failure, Verdict
from jupyter_mlsec.frames import Frame

_MOST = 20
"""No set grows by more values than this: then it is given up."""
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9 _/&+.-]{0,23}|[A-Z0-9-]{1,6}")
_AT_LEAST = {"greater_than": True, "greater_than_or_equal_to": False}
_AT_MOST = {"less_than": True, "less_than_or_equal_to": False}
_ATTEMPTS = 3


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a schema gives up: `key` is a flag, `dtype` or a check's name; a check whose `value` is None goes."""

    column: str
    """"" for the table itself."""
    key: str
    value: Any = None
    share: float = 0.0
    """Of missing values, where `key` is nullable."""


def changes(frame: Frame, schema: Schema, verdict: Verdict, *, labelled: Collection[str] = ()) -> tuple[Change, ...]:
    """What to give up so that the table of this verdict passes. Of labelled columns no value is taken over."""
    found: list[Change] = []
    for attempt in range(_ATTEMPTS):
        for failure in verdict.failures:
            found += _given_up(frame, schema, failure, labelled, is_last=attempt + 1 == _ATTEMPTS)
        verdict = beyond.judge(frame, applied(schema, found))
        if verdict.ok:
            break
    return tuple({(one.column, one.key): one for one in found}.values())


def applied(schema: Schema, made: Collection[Change]) -> Schema:
    """The schema after these changes."""
    columns = {column.name: column for column in schema.columns}
    strict, habits = schema.strict, schema.habits
    for change in made:
        column = columns.get(change.column)
        habits = without(habits, change.column, change.key)
        if column is not None:
            columns[change.column] = _changed(column, change)
        elif change.key == "strict":
            strict = False
    theirs = beyond.without(schema.beyond, [(change.column, change.key, change.value) for change in made])
    return msgspec.structs.replace(schema, columns=tuple(columns.values()), strict=strict, habits=habits, beyond=theirs)


def amended(document: Any, made: Iterable[Change]) -> Any:
    """A written schema after these changes; whatever else it says stays."""
    columns = {str(name): dict(entry or {}) for name, entry in document["columns"].items()}
    whole = {**document, "columns": columns}
    for change in made:
        entry = columns.get(change.column)
        if entry is None:
            whole.pop(change.key, None)
        elif change.value in (None, False) and change.key != "required":
            entry.pop(change.key, None)
        elif change.key in ("nullable", "required", "dtype") or not isinstance(change.value, Mapping):
            entry[change.key] = change.value
        else:
            is_one = len(change.value) == 1 and change.key != "str_length"
            only = next(iter(change.value.values())) if is_one else None
            old = entry.get(change.key)
            entry[change.key] = dict(change.value) if only is None or isinstance(old, dict) else only
    return whole


def _changed(column: Column, change: Change) -> Column:
    replace = msgspec.structs.replace
    if change.key == "nullable":
        return replace(column, nulls=max(column.nulls, change.share))
    if change.key in ("unique", "required"):
        return replace(column, **{change.key: False})
    if change.key == "dtype":
        names: dict[str, Any] = {written: kind for kind, written in DTYPES.items()}
        return replace(column, type=names.get(change.value, "other"))
    kept = []
    for check in column.checks:
        if check.name != change.key:
            kept.append(check)
        elif change.value is not None:
            kept.append(Check(name=check.name, statistics=dict(change.value)))
    return replace(column, checks=tuple(kept))


def _given_up(
    frame: Frame, schema: Schema, failure: Failure, labelled: Collection[str], *, is_last: bool
) -> list[Change]:
    name, check = failure.column, failure.check.partition("(")[0]
    theirs = beyond.key_of(schema.beyond, name, check)
    if theirs is not None:
        place, key, value = theirs
        return [Change(column=place, key=key, value=value, share=1.0)]
    if check == "column_in_dataframe":
        return [Change(column=name, key="required", value=False)]
    if check == "column_in_schema":
        return [Change(column="", key="strict", value=False)]
    if without(schema.habits, name, check) != schema.habits:
        return [Change(column=name, key=check)]
    column = next((one for one in schema.columns if one.name == name), None)
    if column is None or name not in frame.columns:
        return []
    array = plain(frame.column(name))
    if check == "not_nullable":
        share = array.null_count / len(array)
        return [Change(column=name, key="nullable", value=True, share=1.0 if is_last or not schema.rows else share)]
    if check == "unique":
        return [Change(column=name, key="unique", value=False)]
    if check.startswith("dtype"):
        gone = [Change(column=name, key=one.name) for one in column.checks]
        return [Change(column=name, key="dtype", value=DTYPES.get(family(str(array.type)))), *gone]
    statistics = next((one.statistics for one in column.checks if one.name == check), None)
    wider = None
    if statistics is not None and name not in labelled and not is_last:
        wider = _wider(check, statistics, array)
    return [Change(column=name, key=check, value=wider)]


def _wider(check: str, statistics: Mapping[str, Any], array: Any) -> dict[str, Any] | None:
    """The statistics that admit all values of the column; None when the check had better go."""
    if check == "isin":
        return _more_values(statistics, array)
    if check == "str_length":
        import pyarrow.compute as pc

        array = pc.utf8_length(array)
    low, high = _extremes(array)
    if low is None or high is None:
        return None
    wider = dict(statistics)
    asks_low = check in _AT_LEAST or wider.get("min_value") is not None
    if check == "str_length" and wider.pop("exact_value", None) is not None:
        wider |= {"min_value": low, "max_value": high}
    elif check in _AT_LEAST or check in _AT_MOST or check in ("in_range", "str_length"):
        if asks_low and not _holds(wider["min_value"], low, _AT_LEAST.get(check, not wider.get("include_min", True))):
            wider["min_value"] = _beyond(low, -1, _AT_LEAST.get(check, not wider.get("include_min", True)))
        asks_high = check in _AT_MOST or wider.get("max_value") is not None
        if asks_high and not _holds(high, wider["max_value"], _AT_MOST.get(check, not wider.get("include_max", True))):
            wider["max_value"] = _beyond(high, 1, _AT_MOST.get(check, not wider.get("include_max", True)))
    else:
        return None
    return wider


def _holds(smaller: Any, larger: Any, is_strict: bool) -> bool:
    """Whether one bound or value lies below the other; times are compared as they are written."""
    if isinstance(smaller, str) or isinstance(larger, str):
        smaller, larger = str(smaller), str(larger)
    return bool(smaller < larger) if is_strict else bool(smaller <= larger)


def _more_values(statistics: Mapping[str, Any], array: Any) -> dict[str, Any] | None:
    import pyarrow.compute as pc

    known = list(statistics["allowed_values"])
    new = [value for value in pc.unique(pc.drop_null(array)).to_pylist() if value not in known]
    is_text = all(type(value) is str for value in (*known, *new))
    if len(new) > _MOST or (is_text and not all(_CODE.fullmatch(value) for value in new)):
        return None
    try:
        return {"allowed_values": sorted([*known, *new]) if known == sorted(known) else [*known, *sorted(new)]}
    except TypeError:
        return None


def _extremes(array: Any) -> tuple[Any, Any]:
    """The least and greatest value; times as whole days beyond them, as text. None where they cannot be told."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        is_time = pa.types.is_timestamp(array.type) or pa.types.is_date(array.type)
        found = pc.min_max(microseconds(array) if is_time else array).as_py()
    except (pa.ArrowException, OverflowError, ValueError):
        return None, None
    low, high = found["min"], found["max"]
    if is_time and low is not None:
        after = high + timedelta(days=1) if high.year < 9999 else high
        return f"{low:%Y-%m-%d} 00:00:00".zfill(19), f"{after:%Y-%m-%d} 00:00:00".zfill(19)
    if type(low) not in (int, float) or not isfinite(low) or not isfinite(high):
        return None, None
    return low, high


def _beyond(value: Any, sign: int, is_strict: bool) -> Any:
    """The nearest bound of three leading digits that admits the value, so that it names none."""
    if isinstance(value, str):
        return value
    size = floor(log10(abs(value))) if value else 0
    scale = max(1, 10 ** (size - 2)) if type(value) is int else 10.0 ** (size - 2)
    steps = (ceil if sign > 0 else floor)(value / scale)
    if is_strict and steps * scale == value:
        steps += sign
    bound = steps * scale
    return bound if type(bound) is int else float(f"{bound:.12g}")
