"""pandas tables as a Source: Arrow-backed and plain number columns without a copy, object columns without a crash."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlsec.frames.arrow import mixed, taken

if TYPE_CHECKING:
    import pyarrow as pa

_NUMBERS = {
    **{f"{sign}int{bits}": f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)},
    "float16": "halffloat",
    "float32": "float",
    "float64": "double",
    "bool": "bool",
}


class PandasTable:
    """A pandas DataFrame, or a Series as a table of one column. Missing values of any kind become null."""

    def __init__(self, columns: Callable[[int], Any], labels: Sequence[Any], rows: int) -> None:
        self._columns = columns
        self.labels = labels
        self.rows = rows
        self._mixed: set[int] = set()
        self._kept: dict[int, pa.ChunkedArray | pa.Array] = {}

    def type(self, position: int) -> str | None:
        known = _NUMBERS.get(str(self._columns(position).dtype))
        if known is None:
            self._kept[position] = self.column(position)
        return "mixed" if position in self._mixed else known

    def column(self, position: int) -> pa.ChunkedArray | pa.Array:
        if position in self._kept:
            return self._kept.pop(position)
        array = _arrow(self._columns(position))
        if array is None:
            self._mixed.add(position)
            return mixed(self._columns(position).tolist())
        return array

    def take(self, position: int, rows: Sequence[int]) -> pa.Array:
        import pyarrow as pa

        column = self._columns(position)
        if str(column.dtype) not in _NUMBERS and column.dtype != object:
            return taken(self.column(position), rows)
        part = column if len(rows) == len(column) else column.take(rows)
        array = _arrow(part)
        if array is None:
            array = mixed(part.tolist())
        return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def source(value: Any) -> PandasTable | None:
    """A Source for a pandas DataFrame or Series, else None."""
    if isinstance(value, _named("DataFrame")):
        return PandasTable(lambda position: value.iloc[:, position], list(value.columns), len(value))
    if isinstance(value, _named("Series")):
        label = "value" if value.name is None else value.name
        return PandasTable(lambda _: value, [label], len(value))
    return None


def _arrow(column: Any) -> pa.ChunkedArray | pa.Array | None:
    """The column as Arrow, or None when its values have no common Arrow type."""
    import pyarrow as pa

    attempts = (lambda: column.array, column.to_numpy) if column.dtype != object else (column.to_numpy,)
    for values in attempts:
        try:
            array = pa.array(values(), from_pandas=True)
        except (pa.ArrowException, ValueError, TypeError, OverflowError, NotImplementedError, AttributeError):
            continue
        return array.storage if isinstance(array, pa.ExtensionArray) else array
    return None


def _named(name: str) -> Any:  # Any: the library's own class, or () while it is still being imported
    return getattr(sys.modules["pandas"], name, ())
