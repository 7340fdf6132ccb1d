"""How an input that a model is asked about differs from what the model was fitted on.

A question of one row of numbers takes a microsecond: the row is compared as plain floats, before numpy has begun.
"""

from __future__ import annotations

import sys
from typing import Any

from jupyter_mlsec import frames
from jupyter_mlsec.controls.schema.fused import plain
from jupyter_mlsec.controls.schema.inputs import MOST_VALUES, PLAIN_NUMBERS, Inputs, is_array
from jupyter_mlsec.controls.schema.spec import family
from jupyter_mlsec.controls.schema.verdict import Failure

SKIPPED = frozenset({"inverse_transform"})
"""What takes something else than the model was fitted on."""
_FEW_VALUES = 64
_FEW_ROWS = 64


def differences(inputs: Inputs, table: Any, *, columns: bool = False) -> tuple[Failure, ...]:
    """How an input differs from what the model learned from. `columns`: their names and order are compared too."""
    numpy: Any = sys.modules["numpy"]  # whatever was learned was learned with it
    if type(table) is numpy.ndarray:
        values = table
    elif inputs.numbers_only and inputs.is_frame and hasattr(table, "to_numpy"):
        if columns:
            moved = _columns(inputs, table)
            if moved:
                return moved
        values = table.to_numpy()
    else:
        return _of_table(inputs, table, columns=columns)
    if values.ndim != 2 or values.shape[1] != inputs.width or values.dtype.kind not in "iufb":
        return _shaped(inputs, table, values, columns=columns)
    if values.size <= _FEW_VALUES:
        if _all_inside(values.tolist(), *inputs.limits):
            return ()
        return _outside(inputs, values, (values >= inputs.low) & (values <= inputs.high))
    if values.size > MOST_VALUES:
        values = values[:: values.size // MOST_VALUES + 1]
    above, below = values >= inputs.low, values <= inputs.high
    count, size = numpy.count_nonzero, values.size
    return () if count(above) == size and count(below) == size else _outside(inputs, values, above & below)


def _all_inside(rows: list[list[float]], lows: list[float], highs: list[float]) -> bool:
    """Whether no value lies outside its column's bounds, or is missing."""
    for row in rows:
        for value, low, high in zip(row, lows, highs, strict=False):  # of one width: it was compared
            if not low <= value <= high:
                return False
    return True


def _outside(inputs: Inputs, values: Any, inside: Any) -> tuple[Failure, ...]:
    """The failures of numbers by column; a gap lies inside no bounds and is told apart here."""
    import numpy as np

    missing = np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, bool)
    beyond = (~inside & ~missing).sum(axis=0)
    gaps = missing.sum(axis=0) * ~inputs.gaps
    rows = range(inputs.width)
    found = [Failure(column=inputs.name(n), check="range", count=int(beyond[n])) for n in rows if beyond[n]]
    found += [Failure(column=inputs.name(n), check="not_nullable", count=int(gaps[n])) for n in rows if gaps[n]]
    return tuple(found)


def _shaped(inputs: Inputs, table: Any, values: Any, *, columns: bool) -> tuple[Failure, ...]:
    """An input of another width or type. Widths are told by the observer of models unless `columns` are asked for."""
    if values.ndim != 2:
        return ()
    if values.shape[1] != inputs.width:
        return (Failure(column="", check="column_count", count=int(values.shape[1])),) if columns else ()
    if values.dtype.kind in "iufb":
        return ()
    if inputs.is_frame and not is_array(table):
        return _of_table(inputs, table, columns=columns)
    return (
        (Failure(column="", check=f"dtype {values.dtype.name}", count=int(values.size)),) if inputs.numbers_only else ()
    )


def _columns(inputs: Inputs, table: Any) -> tuple[Failure, ...]:
    frame = frames.view(table)
    names = frame.columns if frame is not None else ()
    if not inputs.names or names == inputs.names:
        return ()
    missing = [name for name in inputs.names if name not in names]
    extra = [name for name in names if name not in inputs.names]
    found = [Failure(column=name, check="column_in_dataframe", count=1) for name in missing]
    found += [Failure(column=name, check="column_in_schema", count=1) for name in extra]
    return tuple(found) or (Failure(column="", check="column_ordered", count=1),)


def _of_table(inputs: Inputs, table: Any, *, columns: bool) -> tuple[Failure, ...]:
    """A table with texts or of changed types, column by column; one of a few rows value by value."""
    if not inputs.is_frame:
        return ()
    moved = _columns(inputs, table) if columns else ()
    if moved:
        return moved
    rows = _few_rows(inputs, table)
    if rows is not None:
        return _of_few(inputs, rows)
    frame = frames.view(table)
    if frame is None:
        return ()
    found: list[Failure] = []
    sample = frame.sample(max(_FEW_ROWS, MOST_VALUES // max(1, inputs.width)))
    for place, name in enumerate(inputs.names or ()):
        if name in sample:
            found += _of_column(inputs, place, plain(sample[name]))
    return tuple(found)


def _few_rows(inputs: Inputs, table: Any) -> Any:
    """The rows of a table of a few as plain values; None where there are many, or other columns."""
    if hasattr(table, "iloc"):
        is_few = len(table) <= _FEW_ROWS and table.shape[1] == inputs.width
        return table.to_numpy().tolist() if is_few else None
    if hasattr(table, "rows") and len(table) <= _FEW_ROWS and tuple(table.columns) == inputs.names:
        return table.rows()
    return None


def _of_few(inputs: Inputs, rows: Any) -> tuple[Failure, ...]:
    """Rows of a few, value by value: no column is made into anything."""
    counts: dict[tuple[int, str], int] = {}
    for row in rows:
        for place, (value, fits) in enumerate(zip(row, inputs.fits, strict=True)):
            check = None if fits(value) else _value_differs(inputs, place, value)
            if check is not None:
                counts[place, check] = counts.get((place, check), 0) + 1
    return tuple(Failure(column=inputs.name(place), check=check, count=n) for (place, check), n in counts.items())


def _value_differs(inputs: Inputs, place: int, value: Any) -> str | None:
    """The check that one value fails."""
    kind, of = inputs.kinds[place], type(value)
    if value is None or (of is float and value != value) or of.__name__ in ("NAType", "NaTType"):
        return None if inputs.gaps[place] else "not_nullable"
    if kind in ("integer", "number"):
        if of not in PLAIN_NUMBERS:
            return f"dtype {kind}" if of is str else None
        low, high = inputs.limits
        return None if low[place] <= value <= high[place] else "range"
    if kind == "text":
        if of is not str:
            return f"dtype {kind}"
        known = inputs.categories.get(place)
        return None if known is None or value in known else "isin"
    return None


def _of_column(inputs: Inputs, place: int, array: Any) -> list[Failure]:
    import pyarrow.compute as pc

    name, kind, got = inputs.name(place), inputs.kinds[place], family(str(array.type))
    if array.null_count == len(array):
        return [] if inputs.gaps[place] else [Failure(column=name, check="not_nullable", count=len(array))]
    numbers = ("integer", "number", "boolean")
    if got != kind and not (got in numbers and kind in numbers):
        return [Failure(column=name, check=f"dtype {kind}", count=len(array) - array.null_count)]
    found = []
    if array.null_count and not inputs.gaps[place]:
        found.append(Failure(column=name, check="not_nullable", count=array.null_count))
    if kind in ("integer", "number") and got != "boolean":
        low, high = float(inputs.low[place]), float(inputs.high[place])
        values = array.cast("double", safe=False)
        beyond = pc.sum(pc.or_(pc.less(values, low), pc.greater(values, high))).as_py() or 0
        found += [Failure(column=name, check="range", count=beyond)] if beyond else []
    known = inputs.categories.get(place)
    if known is not None:
        new = sum(value is not None and value not in known for value in array.to_pylist())
        found += [Failure(column=name, check="isin", count=new)] if new else []
    return found
