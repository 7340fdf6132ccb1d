"""What a query or plan leaves of the resource it read, as far as its interceptor can tell."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.controls.schema.beyond import within
from jupyter_mlsec.controls.schema.spec import Column, Schema
from jupyter_mlsec.protocol.records import Operation


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a resource's rows; `computed` columns are the plan's own. `reason`: why nothing of it can be judged."""

    computed: frozenset[str] = frozenset()
    reason: str = ""


_FEWER_ROWS = ("nrows", "n_rows", "skiprows", "skip_rows", "skipfooter", "filters", "filter", "row_groups", "offset")
_FEWER_COLUMNS = ("usecols", "columns", "include_columns")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a load was told to leave out: a count of rows, or a missing column, then says nothing of the file."""

    fewer_rows: bool = False
    fewer_columns: bool = False


def asked(call: Call) -> Asked | None:
    """What the arguments of a load leave out by the names libraries give them; None for a load of everything."""
    rows = any(call.argument(name) is not None for name in _FEWER_ROWS)
    columns = any(call.argument(name) is not None for name in _FEWER_COLUMNS)
    return Asked(fewer_rows=rows, fewer_columns=columns) if rows or columns else None


def left_out(schema: Schema, columns: Collection[str]) -> Schema:
    """The schema of the columns that were asked for."""
    kept = tuple(column for column in schema.columns if column.name in columns)
    return msgspec.structs.replace(schema, columns=kept, beyond=within(schema.beyond, columns))


def kept_by(call: Call, operation: Operation) -> Kept:
    """What the watched plan keeps of the one resource it reads."""
    assert call.watch.keeps is not None
    if operation.others:
        return Kept(reason="more than one source")
    said = call.watch.keeps(call)
    return Kept(reason=said) if isinstance(said, str) else Kept(computed=frozenset(said))


def reduced(schema: Schema, kept: Kept, columns: Collection[str]) -> tuple[Schema, list[str]]:
    """The schema for a part of the rows in these columns, and the names of the columns it cannot be judged by.

    A plan may choose just the rows with gaps or rare values, so a share of them learned of the whole says nothing.
    """
    judged: list[Column] = []
    left: list[str] = []
    for column in schema.columns:
        if column.name in columns and column.name not in kept.computed:
            judged.append(_for_some_rows(column) if schema.rows else column)
        else:
            left.append(column.name)
    theirs = within(schema.beyond, {name for name in columns if name not in kept.computed})
    return msgspec.structs.replace(schema, columns=tuple(judged), strict=False, habits=None, beyond=theirs), left


def _for_some_rows(column: Column) -> Column:
    checks = tuple(check for check in column.checks if check.name != "isin" or not column.others)
    return msgspec.structs.replace(column, nulls=1.0 if column.nulls else 0.0, checks=checks)
