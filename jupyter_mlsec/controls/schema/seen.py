"""A table as a pandas schema sees it: pandas types by column, Arrow arrays to look into, pandas itself for the rest."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

import msgspec

from jupyter_mlsec.frames import Frame

_KNOWN_MODULES = ("pandas", "numpy")


class Seen(Protocol):
    """What the fused pass needs to know of a table."""

    labels: Sequence[Any]
    rows: int

    def kind(self, position: int) -> Kind:
        """The pandas type of the column."""

    def array(self, position: int) -> Any:
        """The column as Arrow; None where one column holds values of several types."""

    def series(self, position: int) -> Any:
        """The column as pandas."""

    def index(self) -> Any:
        """The rows' labels as pandas has them."""

    def table(self, labels: Sequence[Any] | None = None) -> Any:
        """The whole table, or these columns of it, as pandas."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What the pass needs to know of a pandas type."""

    dtype: Any
    is_known: bool
    """Whether pandas or numpy made the type; a stranger's may mean anything."""
    is_object: bool
    """Whether a column may hold objects of any type."""
    is_plain: bool
    """Numbers, truth, times without a zone, and text, as numpy or pandas keep them."""
    is_number: bool
    """Whether numpy keeps it as numbers: their NaN is missing in Arrow already."""


def is_already(kind: Kind, wanted: Any) -> bool:
    """Whether a column that has the type it is to be made stays as it is: one that may have gaps may not become one
    that may have none, though pandera calls both integers.
    """
    return kind.is_number or str(kind.dtype) in ("bool", "str", "string", str(wanted))


@lru_cache(maxsize=512)
def kind_of(dtype: Any) -> Kind:
    """A type, told once."""
    name, letter = str(dtype), getattr(dtype, "kind", "O")
    is_odd = name.endswith("]") and not name.startswith("datetime64[")
    return Kind(
        dtype=dtype,
        is_known=type(dtype).__module__.startswith(_KNOWN_MODULES),
        is_object=name == "object",
        is_plain=name in ("str", "string") or (letter in "iufbM" and not is_odd and "," not in name),
        is_number=type(dtype).__module__.startswith("numpy") and letter in "iuf",
    )


class PandasSeen:
    """A pandas table."""

    def __init__(self, table: Any, frame: Frame) -> None:
        self._table, self._frame = table, frame
        self.labels: Sequence[Any] = frame.labels
        self.rows = frame.rows
        self._kinds = [kind_of(dtype) for dtype in table.dtypes.tolist()]

    def kind(self, position: int) -> Kind:
        return self._kinds[position]

    def array(self, position: int) -> Any:
        name = self._frame.columns[position]
        array = self._frame.column(name)
        return None if not self._kinds[position].is_plain and self._frame.is_mixed(name) else array

    def series(self, position: int) -> Any:
        return self._table.iloc[:, position]

    def index(self) -> Any:
        return self._table.index

    def table(self, labels: Sequence[Any] | None = None) -> Any:
        return self._table if labels is None else self._table[list(labels)]


class ArrowSeen:
    """A pyarrow table or an eager polars one, as it would be in pandas: a missing integer makes a column of floats."""

    def __init__(self, table: Any, frame: Frame) -> None:
        self._table, self._frame = table, frame
        self.labels: Sequence[Any] = list(frame.columns if _is_polars(table) else table.column_names)
        self.rows = frame.rows
        self._samples: dict[int, Any] = {}
        self._pandas: Any = None

    def kind(self, position: int) -> Kind:
        return kind_of(self._sample(position).dtype)

    def array(self, position: int) -> Any:
        name = self._frame.columns[position]
        array = self._frame.column(name)
        return None if self._frame.is_mixed(name) else array

    def series(self, position: int) -> Any:
        return self.table().iloc[:, position]

    def index(self) -> Any:
        return self.table().index

    def table(self, labels: Sequence[Any] | None = None) -> Any:
        if self._pandas is None:
            self._pandas = self._table.to_pandas()
        return self._pandas if labels is None else self._pandas[list(labels)]

    def _sample(self, position: int) -> Any:
        """A value and a gap of the column, where there are any, as pandas: what decides the type there."""
        found = self._samples.get(position)
        if found is None:
            import pyarrow as pa

            array = self._frame.column(self._frame.columns[position])
            rows = _telling(array)
            if _is_polars(self._table):
                found = self._table.get_columns()[position].gather(rows).to_pandas()
            else:
                alone = self._table.select([position])  # with what pandas noted of its own types when it wrote it
                found = alone.take(pa.array(rows, pa.int64())).to_pandas().iloc[:, 0]
            self._samples[position] = found
        return found


def _telling(array: Any) -> list[int]:
    """The row of the first known and of the first missing value."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not array.null_count or array.null_count == len(array):
        return list(range(min(len(array), 1)))
    known = array.is_valid()
    return sorted((pc.index(known, pa.scalar(True)).as_py(), pc.index(known, pa.scalar(False)).as_py()))


def is_pandas(table: Any) -> bool:
    """Whether it is a pandas table; pandas is not imported to find out."""
    return _is_a(table, "pandas", "DataFrame")


def _is_polars(table: Any) -> bool:
    return _is_a(table, "polars", "DataFrame")


def _is_a(table: Any, library: str, kind: str) -> bool:
    loaded: Any = sys.modules.get(library)
    return loaded is not None and isinstance(table, getattr(loaded, kind, ()))


def is_polars(table: Any) -> bool:
    """Whether it is an eager polars table."""
    return _is_polars(table)


def is_lazy(table: Any) -> bool:
    """Whether it is a polars query that was not collected yet."""
    return _is_a(table, "polars", "LazyFrame")


def is_arrow(table: Any) -> bool:
    """Whether it is a pyarrow table or record batch."""
    return _is_a(table, "pyarrow", "Table") or _is_a(table, "pyarrow", "RecordBatch")


def has_index(table: Any) -> bool:
    """Whether a pyarrow table keeps a pandas index among its columns, which is no column in pandas."""
    noted = table.schema.pandas_metadata if is_arrow(table) else None
    return any(isinstance(one, str) for one in (noted or {}).get("index_columns", ()))


def is_relation(table: Any) -> bool:
    """Whether it is a duckdb relation: a query whose rows are still in the database."""
    return _is_a(table, "duckdb", "DuckDBPyRelation")
