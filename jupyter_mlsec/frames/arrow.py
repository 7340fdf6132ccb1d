"""pyarrow tables as a Source, and what the other sources share: taking rows, and values of mixed types."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_PLAIN = (bool, int, float, complex, Decimal, date, datetime, time, timedelta)


class ArrowTable:
    """A pyarrow Table, RecordBatch or single column."""

    def __init__(self, columns: Sequence[pa.ChunkedArray | pa.Array], labels: Sequence[str], rows: int) -> None:
        self._columns = [joined(column) for column in columns]
        self.labels = labels
        self.rows = rows

    def type(self, position: int) -> str | None:
        return str(self._columns[position].type)

    def column(self, position: int) -> pa.ChunkedArray | pa.Array:
        return self._columns[position]

    def take(self, position: int, rows: Sequence[int]) -> pa.Array:
        return taken(self._columns[position], rows)


def source(value: Any) -> ArrowTable | None:
    """A Source for a pyarrow Table, RecordBatch, Array or ChunkedArray, else None."""
    pa: Any = sys.modules["pyarrow"]
    if isinstance(value, pa.Table | pa.RecordBatch):
        return ArrowTable(value.columns, value.schema.names, value.num_rows)
    if isinstance(value, pa.Array | pa.ChunkedArray):
        return ArrowTable([value], ["value"], len(value))
    return None


def joined(array: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """The column itself; one of text or byte views as large text or bytes: Arrow can neither filter nor take views."""
    import pyarrow as pa

    large = {"string_view": pa.large_string, "binary_view": pa.large_binary}.get(str(array.type))
    return array if large is None else array.cast(large())


def taken(array: pa.ChunkedArray | pa.Array, rows: Sequence[int]) -> pa.Array:
    """These rows (ascending) as one array. Works chunk by chunk: a take over chunks may first join them all."""
    import pyarrow as pa

    if isinstance(array, pa.Array):
        return array if len(rows) == len(array) else array.take(pa.array(rows, pa.int64()))
    if pa.types.is_dictionary(array.type):
        array = array.unify_dictionaries()
    pieces, first, done = [], 0, 0
    for chunk in array.chunks:
        end = first + len(chunk)
        upto = bisect_left(rows, end, done)
        if upto > done:
            part: Any = rows[done:upto]
            inside = [row - first for row in part] if isinstance(part, (list, range)) else part - first  # numpy
            pieces.append(chunk.take(pa.array(inside, pa.int64())))
        first, done = end, upto
    return pa.concat_arrays(pieces) if pieces else pa.array([], array.type)


def mixed(values: Iterable[Any]) -> pa.Array:
    """Values Arrow has no common type for, as text: plain scalars by their text, other objects by their type's name.

    A stranger's own `__str__` is never called: it may be slow, raise, or run what nobody asked for.
    """
    import pyarrow as pa

    return pa.array([_text(value) for value in values], pa.large_string())


def _text(value: Any) -> str | None:
    kind = type(value)
    if value is None or kind.__name__ in ("NAType", "NaTType") or (kind is float and value != value):
        return None
    if kind is str:
        return str(value.encode("utf-8", "replace").decode("utf-8"))
    if kind in (bytes, bytearray):
        return str(bytes(value).decode("utf-8", "replace"))
    if kind in _PLAIN or kind.__module__ in ("numpy", "pandas", "pandas._libs.tslibs.timestamps"):
        try:
            return str(value)
        except ValueError:  # an int of more digits than Python agrees to print
            return f"<{kind.__name__}>"
    return f"<{kind.__name__}>"
