"""pandas tables as a Source: Arrow-backed and plain number columns without a copy, object columns without a crash."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlsec.frames.arrow import joined, mixed, taken

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

    def __init__(
        self,
        columns: Callable[[int], Any],
        labels: Sequence[Any],
        rows: int,
        values: Callable[[int], Any] | None = None,
    ) -> None:
        self._columns = columns
        self._values = values
        self.labels = labels
        self.rows = rows
        self._mixed: set[int] = set()
        self._told: set[int] = set()
        self._kept: dict[int, pa.ChunkedArray | pa.Array] = {}

    def type(self, position: int) -> str | None:
        known = _NUMBERS.get(str(self._columns(position).dtype))
        if known is None and position not in self._told:
            self._kept[position] = self.column(position)
        return "mixed" if position in self._mixed else known

    def column(self, position: int) -> pa.ChunkedArray | pa.Array:
        if position in self._kept:
            return self._kept.pop(position)
        array = self._bare(position)
        if array is not None:
            return array
        array = _arrow(self._columns(position))
        self._told.add(position)
        if array is None:
            self._mixed.add(position)
            return mixed(self._columns(position).tolist())
        return array

    def _bare(self, position: int) -> pa.Array | None:
        """Plain numbers from pandas' own array: to make a Series of a small column takes longer than to check it."""
        values: Any = None if self._values is None else self._values(position)
        if type(values).__name__ != "ndarray" or values.dtype.kind not in "iufb":
            return None
        return _numbers(values)

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
        labels = value.columns.tolist()  # a list of it would be made label by label
        if value.columns.is_unique and all(type(label) is str for label in labels):
            values = getattr(value, "_get_column_array", None)
            return PandasTable(lambda position: value[labels[position]], labels, len(value), values)  # faster than iloc
        return PandasTable(lambda position: value.iloc[:, position], labels, len(value))
    if isinstance(value, _named("Series")):
        label = "value" if value.name is None else value.name
        return PandasTable(lambda _: value, [label], len(value))
    return None


def _arrow(column: Any) -> pa.ChunkedArray | pa.Array | None:
    """The column as Arrow, or None when its values have no common Arrow type."""
    import pyarrow as pa

    is_numpy = type(column.dtype).__module__.startswith("numpy")
    if is_numpy and column.dtype.kind in "iuf":
        return _numbers(column.to_numpy())
    attempts = (column.to_numpy,) if is_numpy and column.dtype.kind in "bO" else (lambda: column.array, column.to_numpy)
    for values in attempts:
        try:
            array = pa.array(values(), from_pandas=True)
        except (pa.ArrowException, ValueError, TypeError, OverflowError, NotImplementedError, AttributeError):
            continue
        return joined(array.storage if isinstance(array, pa.ExtensionArray) else array)
    return None


def _numbers(values: Any) -> pa.Array:
    """Plain numbers without a copy; only a column that holds NaN is gone through."""
    import pyarrow as pa

    if values.dtype.kind == "b":
        return pa.array(values)
    if not values.dtype.isnative:
        values = values.astype(values.dtype.newbyteorder("="))
    array = pa.array(values)
    if values.dtype.kind != "f" or not len(values):
        return array
    least = values.min()  # NaN where there is one, and NaN is not equal to itself
    return array if least == least else pa.array(values, from_pandas=True)


def _named(name: str) -> Any:  # Any: the library's own class, or () while it is still being imported
    return getattr(sys.modules["pandas"], name, ())
