"""A table's copy with some columns changed, by the library that made it: index, order, other columns and types stay."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jupyter_mlsec import frames
from jupyter_mlsec.controls.pii import arrays
from jupyter_mlsec.controls.pii.coarse import is_missing
from jupyter_mlsec.protocol.errors import UsageError

Change = Callable[[str, list[Any]], list[Any] | None]
"""Gives a column's new values; None leaves it as it is."""


def columns_of(table: Any) -> dict[str, list[Any]]:
    """The table's columns as Python values, by the names that a scan gives them. UsageError for what is no table."""
    held: dict[str, list[Any]] = {}

    def look(name: str, values: list[Any]) -> None:
        held[name] = values

    rebuilt(table, look)
    return held


def rebuilt(table: Any, change: Change) -> Any:
    """The copy. Raises UsageError for what is no table."""
    library = type(table).__module__.partition(".")[0]
    if library == "pandas" and hasattr(table, "index"):
        return _pandas(table, change)
    if library == "polars" and hasattr(table, "clone"):
        return _polars(eager(table), change)
    if library == "pyarrow" and hasattr(table, "column_names"):
        return _arrow(table, change)
    if library == "pyarrow" and hasattr(table, "null_count"):
        fresh = change(_name_of(table), _listed(table))
        if fresh is None:
            return table
        made = _arrow_array(table, fresh)
        if not hasattr(table, "num_chunks"):
            return made
        import pyarrow as pa

        return pa.chunked_array([made])
    if isinstance(table, list) and all(isinstance(row, dict) for row in table):
        return _records(table, change)
    if arrays.is_array(table):
        return arrays.rebuilt(table, change)
    raise UsageError(
        f"Nothing was masked: a {type(table).__name__} is not a pandas, polars or Arrow table, a numpy array or a list "
        "of dicts."
    )


def eager(table: Any) -> Any:
    """The rows of a lazy table; any other value as it is."""
    is_lazy = type(table).__module__.partition(".")[0] == "polars" and hasattr(table, "collect")
    return table.collect() if is_lazy else table


def _name_of(column: Any) -> str:
    """What a scan calls a single column."""
    frame = frames.view(column)
    return str(getattr(column, "name", "")) if frame is None else frame.columns[0]


def _pandas(table: Any, change: Change) -> Any:
    import pandas

    if isinstance(table, pandas.Series):
        fresh = change(_name_of(table), _values(table))
        return table.copy() if fresh is None else _series(fresh, table)
    frame = frames.view(table)
    names = frame.columns if frame is not None else ()
    copy = table.copy()
    for place, name in enumerate(names):
        fresh = change(name, _values(table.iloc[:, place]))
        if fresh is not None:
            copy.isetitem(place, _series(fresh, table.iloc[:, place]))
    levels = [_level(table.index, number, change) for number in range(table.index.nlevels)]
    if any(level is not None for level in levels):
        kept = [table.index.get_level_values(n) if level is None else level for n, level in enumerate(levels)]
        single = len(kept) == 1
        copy.index = (
            pandas.Index(kept[0], name=table.index.name)
            if single
            else pandas.MultiIndex.from_arrays(kept, names=table.index.names)
        )
    return copy


def counts_rows(index: Any) -> bool:
    """Whether a pandas index says nothing: pandas takes any two numbers for a range, but these have a name then."""
    return type(index).__name__ == "RangeIndex" and index.name is None


def _level(index: Any, number: int, change: Change) -> list[Any] | None:
    """The new values of one level of an index; one that only counts rows is passed over."""
    if counts_rows(index) or index.nlevels <= number:
        return None
    name = index.names[number]
    return change("index" if name is None else str(name), index.get_level_values(number).tolist())


def _series(fresh: list[Any], old: Any) -> Any:
    """A Series of the old one's type where the new values are of it: texts, dates and categories stay so."""
    import pandas

    kind = str(old.dtype)
    if kind == "category":
        return pandas.Series(pandas.Categorical(fresh), index=old.index, name=old.name)
    kept = {type(value) for value in fresh if not is_missing(value)}
    was = {type(value) for value in _values(old.head(1000)) if not is_missing(value)}
    if kept and kept <= was:
        with contextlib.suppress(ValueError, TypeError):
            return pandas.Series(fresh, index=old.index, name=old.name, dtype=old.dtype)
    return pandas.Series(fresh, index=old.index, name=old.name, dtype=None if kept <= {str} and kept else object)


def _values(column: Any) -> list[Any]:
    """A Series' values. What Arrow holds inside of it may be no UTF-8."""
    try:
        values: list[Any] = column.tolist()
    except UnicodeDecodeError:
        frame = frames.view(column)
        values = [] if frame is None else _listed(frame.column(frame.columns[0]))
    return values


def _listed(column: Any) -> list[Any]:
    """An Arrow array's values; in texts that are no UTF-8 what is not is replaced."""
    try:
        values: list[Any] = column.to_pylist()
    except UnicodeDecodeError:
        import pyarrow as pa

        raw = column.cast(pa.large_binary()).to_pylist()
        values = [None if one is None else one.decode("utf-8", "replace") for one in raw]
    return values


def _polars(frame: Any, change: Change) -> Any:
    import polars

    if isinstance(frame, polars.Series):
        fresh = change(_name_of(frame), frame.to_list())
        return frame.clone() if fresh is None else _polars_series(frame, fresh)
    made = []
    for name in frame.columns:
        fresh = change(name, frame[name].to_list())
        if fresh is not None:
            made.append(_polars_series(frame[name], fresh))
    return frame.with_columns(made) if made else frame.clone()


def _polars_series(old: Any, fresh: list[Any]) -> Any:
    import polars

    if str(old.dtype).startswith(("Categorical", "Enum")):
        return polars.Series(old.name, fresh, dtype=polars.String).cast(polars.Categorical)
    if not all(isinstance(value, str) or value is None for value in fresh):
        with contextlib.suppress(TypeError, ValueError, OverflowError, polars.exceptions.PolarsError):
            return polars.Series(old.name, fresh, dtype=old.dtype, strict=True)
    return polars.Series(old.name, _texts(fresh), dtype=polars.String)


def _arrow(table: Any, change: Change) -> Any:
    for place, name in enumerate(_unique(table)):
        old = table.column(place)
        fresh = change(name, _listed(old))
        if fresh is not None:
            field = table.schema.field(place)
            made = _arrow_array(old, fresh)
            table = table.set_column(place, field.with_type(made.type), made)
    return table


def _unique(table: Any) -> Sequence[str]:
    frame = frames.view(table)
    return table.column_names if frame is None else frame.columns


def _arrow_array(old: Any, fresh: list[Any]) -> Any:
    import pyarrow as pa

    kind = old.type
    if pa.types.is_dictionary(kind):
        return pa.array(_texts(fresh), pa.string()).dictionary_encode()
    with contextlib.suppress(pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        if not pa.types.is_binary(kind):
            return pa.array(fresh, kind)
    return pa.array(_texts(fresh), pa.large_string() if pa.types.is_large_string(kind) else pa.string())


def _texts(values: Sequence[Any]) -> list[str | None]:
    return [value if value is None or isinstance(value, str) else str(value) for value in values]


def _records(rows: Sequence[Mapping[str, Any]], change: Change) -> list[dict[str, Any]]:
    fresh = [dict(row) for row in rows]
    for name in dict.fromkeys(key for row in rows for key in row):
        made = change(str(name), [row.get(name) for row in rows])
        if made is None:
            continue
        for row, value in zip(fresh, made, strict=True):
            if name in row:
                row[name] = value
    return fresh
