"""Where a table's columns come from: by equal values, by what the code did, else from any column of the slice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from jupyter_mlsec.controls.lineage.forms import Table
from jupyter_mlsec.controls.lineage.history import History
from jupyter_mlsec.controls.lineage.slices import Slice
from jupyter_mlsec.controls.lineage.tables import Known, Tables, weighed
from jupyter_mlsec.frames import Frame, view
from jupyter_mlsec.protocol.facts import ColumnOrigin, ColumnOrigins

_MOST_RECORDED = 200
"""Columns of what is written whose origins go into its entry."""
_Found = tuple[str, list[tuple[str, str]] | None, str]
"""A column, the (resource, column) pairs it holds (None: any of the slice's), and the evidence."""


def with_columns(history: History, tables: Tables, name: str, value: Any, form: Table | None = None) -> Slice:
    """The slice of a name with, for a table, the source columns of each of its columns and the evidence."""
    found = history.slice(name)
    candidates = tables.known(history.operations(history.of_name(name)))
    table = view(value) if candidates else None
    if table is None:
        return found
    every = {f"{known.resource}:{column}" for known in candidates for column in known.columns}
    columns: dict[str, set[str]] = {}
    evidence: dict[str, str] = {}
    for column, pairs, how in _sources(tables, table, candidates, form):
        columns[column] = set(every) if pairs is None else {f"{resource}:{each}" for resource, each in pairs}
        evidence[column] = how
    return msgspec.structs.replace(found, columns=columns, evidence=evidence)


def origins(
    tables: Tables, candidates: Sequence[Known], value: Any, form: Table | None = None, *, compare: bool = True
) -> ColumnOrigins | None:
    """Where the columns of a table that is written come from, as far as it is known. None where nothing is.

    `compare`: by their values too. That costs milliseconds, and the first time a look at each table that was loaded.
    """
    table = view(value) if candidates else None
    if table is None or not 0 < len(table.columns) <= _MOST_RECORDED:
        return None
    found = list(_sources(tables, table, candidates, form, compare=compare))
    known = tuple(
        ColumnOrigin(column=column, sources=tuple(sorted(pairs)), evidence=how)
        for column, pairs, how in found
        if pairs is not None
    )
    return ColumnOrigins(columns=known, more=len(found) - len(known)) if known else None


def _sources(
    tables: Tables, table: Frame, candidates: Sequence[Known], form: Table | None, *, compare: bool = True
) -> Iterator[_Found]:
    matches = tables.matches(table, candidates) if compare else {}
    named = {known.operation: known.resource for known in candidates}
    for column in table.columns:
        sources = form.columns.get(column) if form is not None else None
        if sources is not None and not {operation for operation, _ in sources} <= named.keys():
            sources = None
        seen = weighed(matches.get(column, []), sources, carried=form is not None and column not in form.computed)
        if seen:
            yield column, list({(match.known.resource, match.column): None for match in seen}), seen[0].evidence
        elif sources is not None:
            yield column, list({(named[operation], each): None for operation, each in sources}), "operation"
        else:
            yield column, None, "assumed"
