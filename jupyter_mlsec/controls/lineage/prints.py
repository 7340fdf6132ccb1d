"""What a table held when it was read, written or learned from: a digest of each column that is no personal data."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from jupyter_mlsec.controls.lineage.budget import Budget
from jupyter_mlsec.frames import view
from jupyter_mlsec.protocol.facts import ColumnFingerprints

_MOST = 100
_PLAIN, _BOXED = 8, 100
"""Bytes a row that a column is taken for before it is looked at: one of Python objects has to be converted first."""


def fingerprints(value: Any, labelled: Collection[str], budget: Budget, node: int) -> ColumnFingerprints | None:
    """The digests of a table's columns, as far as the cell's budget goes. None for what is no table, or an empty one.

    A labelled column has none: who guesses the few values of a person could test the guess.
    """
    table = view(value)
    if table is None or not table.columns or "" in labelled:
        return None
    boxed = _boxed(value, table.columns)
    found: list[tuple[str, str]] = []
    withheld = more = 0
    for name in table.columns:
        if name in labelled:
            withheld += 1
        elif len(found) < _MOST and budget.covers(table.rows * (_BOXED if name in boxed else _PLAIN), node):
            budget.digest(int(table.column(name).nbytes))
            found.append((name, table.column_digest(name)))
        else:
            more += 1
    return ColumnFingerprints(rows=table.rows, columns=tuple(found), withheld=withheld, more=more)


def _boxed(value: Any, columns: Collection[str]) -> frozenset[str]:
    """The columns of a pandas table, or column, that hold Python objects."""
    dtypes: Any = getattr(value, "dtypes", None)
    if not type(value).__module__.startswith("pandas"):
        return frozenset()
    pairs = dtypes.items() if hasattr(dtypes, "items") else [(name, dtypes) for name in columns]
    return frozenset(str(name) for name, kind in pairs if str(kind) == "object")
