"""The check of a table against a Schema in one pass over its Arrow columns: counts, never values."""

from __future__ import annotations

from typing import Any

from jupyter_mlsec.controls.schema import checks
from jupyter_mlsec.controls.schema.habits import strangers, thinned, tolerated, unusual
from jupyter_mlsec.controls.schema.spec import Check, Column, Schema, family
from jupyter_mlsec.controls.schema.verdict import Failure, Verdict
from jupyter_mlsec.frames import Frame

_TOLERANT = ("isin", "str_matches", "str_length")
"""The learned checks that a few rare values may fail."""


def judge(frame: Frame, schema: Schema, *, is_whole: bool = True) -> Verdict:
    """Check every column. A check that cannot be judged on the column's type fails only if the type does not.

    A piece of a table (`is_whole` false) is not asked for its number of rows.
    """
    failures: list[Failure] = []
    unchecked: list[str] = []
    present = set(frame.columns)
    for column in schema.columns:
        if column.name not in present:
            if column.required:
                failures.append(Failure(column=column.name, check="column_in_dataframe", count=1))
            continue
        _judge_column(frame, column, schema.rows, failures, unchecked)
    if schema.strict:
        known = {column.name for column in schema.columns}
        extra = [name for name in frame.columns if name not in known]
        failures += [Failure(column=name, check="column_in_schema", count=1) for name in extra]
    if schema.habits is not None:
        order = [column.name for column in schema.columns]
        failed = {one.column for one in failures}
        broken, unseen = unusual(frame, schema.habits, order, schema.rows, failed, is_whole=is_whole)
        failures += broken
        unchecked += unseen
    return Verdict(ok=not failures, failures=tuple(failures), unchecked=tuple(unchecked), rows=frame.rows)


def _judge_column(frame: Frame, column: Column, learned: int, failures: list[Failure], unchecked: list[str]) -> None:
    array = plain(frame.column(column.name))
    if not _is_of(column, array):
        count = len(array) - array.null_count
        failures.append(Failure(column=column.name, check=f"dtype {column.type}", count=count))
        return
    nulls = array.null_count
    if nulls and nulls > tolerated(column.nulls, learned, len(array), spread=6):  # gaps come in clusters
        failures.append(Failure(column=column.name, check="not_nullable", count=nulls))
    if column.unique:
        _count(checks.duplicates(array), column.name, "unique", failures, unchecked)
    values = checks.Values(array)
    for check in column.checks:
        if learned and check.name == "str_matches" and not _fails(thinned(array), check):
            continue
        count = checks.failures(values, check.name, check.statistics)
        if count and learned and check.name in _TOLERANT:
            room = strangers if check.name == "isin" else tolerated
            if count <= room(column.others, learned, len(array)):
                continue  # a rare value that the first table happened not to hold
        _count(count, column.name, check.name, failures, unchecked)


def _fails(few: Any, check: Check) -> bool:
    return checks.failures(checks.Values(few), check.name, check.statistics) != 0


def _count(count: int | None, column: str, check: str, failures: list[Failure], unchecked: list[str]) -> None:
    if count is None:
        unchecked.append(f"{column} {check}")
    elif count:
        failures.append(Failure(column=column, check=check, count=count))


def plain(array: Any) -> Any:
    """The column with dictionaries decoded and NaN as missing."""
    import pyarrow as pa

    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    return checks.without_nan(array)


def _is_of(column: Column, array: Any) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted, got = column.type, family(str(array.type))
    if wanted in ("other", got) or pa.types.is_null(array.type) or array.null_count == len(array):
        return True
    if wanted == "integer" and got == "number":
        numbers = array.cast(pa.float32()) if pa.types.is_float16(array.type) else array
        whole = pc.equal(pc.floor(numbers), numbers)
        return bool(pc.all(whole, min_count=0).as_py())
    return wanted == "number" and got == "integer"
