"""polars tables as a Source. A LazyFrame is not a table yet: nothing is collected on the user's behalf."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlsec.frames.arrow import mixed

if TYPE_CHECKING:
    import pyarrow as pa


class PolarsTable:
    """A polars DataFrame, or a Series as a table of one column."""

    def __init__(self, columns: Sequence[Any], labels: Sequence[str], rows: int) -> None:
        self._columns = columns
        self.labels = labels
        self.rows = rows

    def type(self, position: int) -> str | None:
        return "mixed" if _is_opaque(self._columns[position]) else None

    def column(self, position: int) -> pa.ChunkedArray | pa.Array:
        return _arrow(self._columns[position])

    def take(self, position: int, rows: Sequence[int]) -> pa.Array:
        column = self._columns[position]
        return _arrow(column if len(rows) == len(column) else column.gather(list(rows)))


def source(value: Any) -> PolarsTable | None:
    """A Source for a polars DataFrame or Series, else None."""
    if isinstance(value, _named("DataFrame")):
        return PolarsTable(value.get_columns(), value.columns, value.height)
    if isinstance(value, _named("Series")):
        return PolarsTable([value], [value.name or "value"], len(value))
    return None


def _is_opaque(column: Any) -> bool:
    """Python objects and 128-bit whole numbers have no Arrow type."""
    return str(column.dtype) in ("Object", "Int128", "UInt128", "Unknown")


def _arrow(column: Any) -> pa.ChunkedArray | pa.Array:
    return mixed(column.to_list()) if _is_opaque(column) else column.to_arrow()


def _named(name: str) -> Any:  # Any: the library's own class, or () while it is still being imported
    return getattr(sys.modules["polars"], name, ())
