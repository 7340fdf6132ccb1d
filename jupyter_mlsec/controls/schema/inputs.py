"""What a model was fitted on, as a tolerant schema of its input, and how an input it is asked about differs.

Known in memory only, by the model object and through a weak reference; the record gets a digest. A prediction of one
row of numbers costs two comparisons of numpy.
"""

from __future__ import annotations

import hashlib
import sys
import weakref
from collections.abc import Collection
from typing import Any

import msgspec

from jupyter_mlsec import frames
from jupyter_mlsec.controls.schema.fused import plain
from jupyter_mlsec.controls.schema.spec import family
from jupyter_mlsec.controls.schema.verdict import Failure

_ENOUGH = 20
"""With fewer rows neither bounds nor sets are learned: they would be guesses."""
_MOST_VALUES = 1_000_000
"""Values of one input that are looked at; of larger ones every second, third ... row."""
_MOST_COLUMNS = 10_000
_SEEN = 3
_SET = 50
"""Texts with no more different values than this are categories."""
_FEW_ROWS = 64
_HEAVY = 12
"""A span of more deviations than this is a long tail: its bounds lie ten spans out, not three."""
SKIPPED = frozenset({"inverse_transform"})
"""What takes something else than the model was fitted on."""


class Inputs:
    """The schema of one model's input: a row of bounds, and the categories of its text columns."""

    __slots__ = ("categories", "digest", "gaps", "high", "is_frame", "kinds", "low", "names", "numbers_only", "width")

    def __init__(self, names: tuple[str, ...] | None, kinds: tuple[str, ...], low: Any, high: Any, gaps: Any) -> None:
        self.names = names
        self.kinds = kinds
        self.width = len(kinds)
        self.low = low
        self.high = high
        self.gaps = gaps
        """Whether a column had missing values."""
        self.categories: dict[int, frozenset[Any]] = {}
        self.is_frame = names is not None
        self.numbers_only = all(kind in ("integer", "number", "boolean") for kind in kinds)
        self.digest = ""

    def sealed(self) -> Inputs:
        """The same with the digest of all of it."""
        known = [self.names, self.kinds, self.low.tolist(), self.high.tolist(), self.gaps.tolist()]
        sets = {str(place): sorted(map(str, values)) for place, values in self.categories.items()}
        self.digest = hashlib.sha256(msgspec.json.encode([known, sets])).hexdigest()
        return self

    def name(self, place: int) -> str:
        """A column's name, or its place where it has none."""
        return self.names[place] if self.names else f"#{place}"


class Fitted:
    """The inputs of the models that were fitted here; none is kept alive."""

    def __init__(self) -> None:
        self._by_id: dict[int, tuple[weakref.ref[Any], Inputs]] = {}

    def of(self, model: Any) -> Inputs | None:
        """The schema of this very object's input."""
        found = self._by_id.get(id(model))
        return found[1] if found is not None and found[0]() is model else None

    def put(self, model: Any, inputs: Inputs) -> bool:
        """Keep it; False for what takes no weak reference: it could not be told from its successor."""
        identity, known = id(model), self._by_id
        try:
            reference = weakref.ref(model, lambda _: known.pop(identity, None))
        except TypeError:
            return False
        known[identity] = reference, inputs
        return True

    def drop(self, model: Any) -> None:
        """Forget a model that was fitted anew on what cannot be learned."""
        self._by_id.pop(id(model), None)


def learned(table: Any, *, labelled: Collection[str] = (), earlier: Inputs | None = None) -> Inputs | None:
    """The schema of a model's input; with `earlier` what both admit (a partial fit). None for what is no table."""
    found = _of_array(table) if _is_array(table) else _of_frame(table, labelled)
    if found is None:
        return None
    if earlier is not None and earlier.kinds == found.kinds and earlier.names == found.names:
        import numpy as np

        found.low, found.high = np.minimum(earlier.low, found.low), np.maximum(earlier.high, found.high)
        found.gaps = earlier.gaps | found.gaps
        sets = {place: earlier.categories.get(place, values) | values for place, values in found.categories.items()}
        found.categories = {place: values for place, values in sets.items() if place in earlier.categories}
    return found.sealed()


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
    if values.size > _MOST_VALUES:
        values = values[:: values.size // _MOST_VALUES + 1]
    above, below = values >= inputs.low, values <= inputs.high
    count, size = numpy.count_nonzero, values.size  # a third of what `(above & below).all()` takes for one row
    return () if count(above) == size and count(below) == size else _outside(inputs, values, above & below)


def _is_array(table: Any) -> bool:
    numpy: Any = sys.modules.get("numpy")
    return numpy is not None and type(table) is numpy.ndarray


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
    if inputs.is_frame and not _is_array(table):
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
    if len(table) <= _FEW_ROWS and hasattr(table, "iloc"):
        return _of_few(inputs, table)
    frame = frames.view(table)
    if frame is None:
        return ()
    found: list[Failure] = []
    sample = frame.sample(max(_FEW_ROWS, _MOST_VALUES // max(1, inputs.width)))
    for place, name in enumerate(inputs.names or ()):
        if name in sample:
            found += _of_column(inputs, place, plain(sample[name]))
    return tuple(found)


def _of_few(inputs: Inputs, table: Any) -> tuple[Failure, ...]:
    """A pandas table of a few rows, value by value: no column is made into anything."""
    if table.shape[1] != inputs.width:
        return ()
    counts: dict[tuple[int, str], int] = {}
    for row in table.to_numpy().tolist():
        for place, value in enumerate(row):
            check = _value_differs(inputs, place, value)
            if check is not None:
                counts[place, check] = counts.get((place, check), 0) + 1
    return tuple(Failure(column=inputs.name(place), check=check, count=n) for (place, check), n in counts.items())


def _value_differs(inputs: Inputs, place: int, value: Any) -> str | None:
    """The check that one value fails."""
    kind, of = inputs.kinds[place], type(value)
    if value is None or (of is float and value != value) or of.__name__ in ("NAType", "NaTType"):
        return None if inputs.gaps[place] else "not_nullable"
    if kind in ("integer", "number"):
        if of not in (int, float, bool):
            return f"dtype {kind}" if of is str else None
        return None if inputs.low[place] <= value <= inputs.high[place] else "range"
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


def _of_array(table: Any) -> Inputs | None:
    import numpy as np

    if table.ndim != 2 or table.dtype.kind not in "iufb" or not 0 < table.shape[1] <= _MOST_COLUMNS or not len(table):
        return None
    kind = {"b": "boolean", "f": "number"}.get(table.dtype.kind, "integer")
    low, high, gaps = _bounds(table)
    names = None
    return Inputs(names, (kind,) * table.shape[1], low, high, np.asarray(gaps))


def _bounds(values: Any) -> tuple[Any, Any, Any]:
    """Bounds three spans further out on both sides, further for a long tail, and which columns have gaps."""
    import numpy as np

    step = values.size // _MOST_VALUES + 1
    values = values[::step] if step > 1 else values
    values = values.astype("f8", copy=False)
    low, high = values.min(axis=0), values.max(axis=0)
    gaps = np.isnan(low)
    if gaps.any():
        known = np.where(np.isnan(values), np.inf, values)
        low, high = known.min(axis=0), np.where(np.isnan(values), -np.inf, values).max(axis=0)
    endless = np.full(len(low), np.inf)
    if len(values) < _ENOUGH:
        return -endless, endless, gaps
    with np.errstate(all="ignore"):
        span = high - low
        usual = np.median(span[span > 0]) if (span > 0).any() else 1.0
        span = np.where(span > 0, span, np.maximum(np.maximum(np.abs(high), usual), 1.0))
        deviation = (np.nanstd if gaps.any() else np.std)(values[:5000], axis=0)
        margin = span * np.where(span > _HEAVY * deviation, 10.0, 3.0) * (1 + 40 / len(values))
        bounded = np.isfinite(margin) & np.isfinite(low) & np.isfinite(high)
    return np.where(bounded, low - margin, -np.inf), np.where(bounded, high + margin, np.inf), gaps


def _of_frame(table: Any, labelled: Collection[str]) -> Inputs | None:
    import numpy as np

    if getattr(table, "ndim", 2) != 2 or not hasattr(table, "columns"):
        return None
    frame = frames.view(table)
    if frame is None or not frame.rows or not 0 < len(frame.columns) <= _MOST_COLUMNS:
        return None
    sample = frame.sample(max(1000, _MOST_VALUES // len(frame.columns)))
    width = len(frame.columns)
    low, high, gaps = np.full(width, -np.inf), np.full(width, np.inf), np.zeros(width, bool)
    kinds: list[str] = []
    numbers: dict[int, Any] = {}
    sets: dict[int, frozenset[Any]] = {}
    for place, (name, type_name) in enumerate(zip(frame.columns, frame.types, strict=True)):
        array = plain(sample[name])
        kind = "other" if type_name == "mixed" else family(type_name)
        kinds.append(kind)
        gaps[place] = array.null_count > 0
        if kind in ("integer", "number") and "decimal" not in type_name:
            numbers[place] = array.to_numpy(zero_copy_only=False)
        elif kind == "text" and name not in labelled and len(array) >= _ENOUGH:
            known = _categories(array)
            if known is not None:
                sets[place] = known
    if numbers:
        places = list(numbers)
        low[places], high[places], _ = _bounds(np.column_stack(list(numbers.values())))
    found = Inputs(frame.columns, tuple(kinds), low, high, gaps)
    found.categories = sets
    return found


def _categories(array: Any) -> frozenset[Any] | None:
    """The different texts of a column, where they are few and none is rare: then others are (Good and Turing) too."""
    import pyarrow.compute as pc

    if len(array.slice(0, 10 * _SET).unique()) > _SET:
        return None
    counts = pc.value_counts(pc.drop_null(array))
    if not 0 < len(counts) <= _SET or pc.min(counts.field("counts")).as_py() < _SEEN:
        return None
    return frozenset(counts.field("values").to_pylist())
