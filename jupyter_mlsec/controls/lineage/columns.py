"""Where a table's columns come from: by equal values, by what the code did, else from any column of the slice."""

from __future__ import annotations

from typing import Any

import msgspec

from jupyter_mlsec.controls.lineage.forms import Table
from jupyter_mlsec.controls.lineage.history import History
from jupyter_mlsec.controls.lineage.slices import Slice
from jupyter_mlsec.controls.lineage.tables import Tables, weighed
from jupyter_mlsec.frames import view


def with_columns(history: History, tables: Tables, name: str, value: Any, form: Table | None = None) -> Slice:
    """The slice of a name with, for a table, the source columns of each of its columns and the evidence."""
    found = history.slice(name)
    candidates = tables.known(history.operations(history.of_name(name)))
    table = view(value) if candidates else None
    if table is None:
        return found
    every = {f"{known.resource}:{column}" for known in candidates for column in known.columns}
    matches = tables.matches(table, candidates)
    columns: dict[str, set[str]] = {}
    evidence: dict[str, str] = {}
    named = {known.operation: known.resource for known in candidates}
    for column in table.columns:
        sources = form.columns.get(column) if form is not None else None
        if sources is not None and not {operation for operation, _ in sources} <= named.keys():
            sources = None
        seen = weighed(matches.get(column, []), sources, carried=form is not None and column not in form.computed)
        if seen:
            columns[column] = {f"{match.known.resource}:{match.column}" for match in seen}
            evidence[column] = seen[0].evidence
        elif sources is not None:
            columns[column] = {f"{named[operation]}:{each}" for operation, each in sources}
            evidence[column] = "operation"
        else:
            columns[column], evidence[column] = set(every), "assumed"
    return msgspec.structs.replace(found, columns=columns, evidence=evidence)
