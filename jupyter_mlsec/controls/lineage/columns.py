"""Where a table's columns come from: by equal values where that can be seen, else from any column of the slice."""

from __future__ import annotations

from typing import Any

import msgspec

from jupyter_mlsec.controls.lineage.history import History
from jupyter_mlsec.controls.lineage.slices import Slice
from jupyter_mlsec.controls.lineage.tables import Tables
from jupyter_mlsec.frames import view


def with_columns(history: History, tables: Tables, name: str, value: Any) -> Slice:
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
    for column in table.columns:
        seen = matches.get(column, [])
        columns[column] = {f"{match.known.resource}:{match.column}" for match in seen} or set(every)
        evidence[column] = seen[0].evidence if seen else "assumed"
    return msgspec.structs.replace(found, columns=columns, evidence=evidence)
