"""What a model was fitted on, as a tolerant schema of its input: bounds, categories, gaps.

Known in memory only, by the model object and through a weak reference; the record gets a digest.
"""

from __future__ import annotations

import hashlib
import sys
import weakref
from collections.abc import Callable, Collection
from typing import Any

import msgspec

from jupyter_mlsec import frames
from jupyter_mlsec.controls.schema.fused import plain
from jupyter_mlsec.controls.schema.spec import family

_ENOUGH = 20
"""With fewer rows neither bounds nor sets are learned: they would be guesses."""
MOST_VALUES = 1_000_000
"""Values of one input that are looked at; of larger ones every second, third ... row."""
PLAIN_NUMBERS = frozenset({int, float, bool})
_MOST_COLUMNS = 10_000
_SEEN = 3
_SET = 50
"""Texts with no more different values than this are categories."""
_HEAVY = 12
"""A span of more deviations than this is a long tail: its bounds lie ten spans out, not three."""

Fits = Callable[[Any], bool]


class Inputs:
    """The schema of one model's input: a row of bounds, and the categories of its text columns."""

    __slots__ = (
        "categories",
        "digest",
        "fits",
        "gaps",
        "high",
        "is_frame",
        "kinds",
        "limits",
        "low",
        "names",
        "numbers_only",
        "width",
    )

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
        self.limits: tuple[list[float], list[float]] = ([], [])
        """The bounds as plain floats: with these a row is compared in half the time that numpy takes to begin."""
        self.fits: tuple[Fits, ...] = ()
        """For each column: whether a value is what it is expected to hold."""

    def sealed(self) -> Inputs:
        """The same with the digest of all of it, ready to be asked."""
        low, high = self.limits = self.low.tolist(), self.high.tolist()
        self.fits = tuple(
            _fits(kind, low[place], high[place], self.categories.get(place)) for place, kind in enumerate(self.kinds)
        )
        known = [self.names, self.kinds, low, high, self.gaps.tolist()]
        sets = {str(place): sorted(map(str, values)) for place, values in self.categories.items()}
        self.digest = hashlib.sha256(msgspec.json.encode([known, sets])).hexdigest()
        return self

    def name(self, place: int) -> str:
        """A column's name, or its place where it has none."""
        return self.names[place] if self.names else f"#{place}"


def _fits(kind: str, low: float, high: float, known: frozenset[Any] | None) -> Fits:
    """The check of one column's values, made once. False for a missing value and for any that is to be looked at."""
    if kind in ("integer", "number"):
        return lambda value: type(value) in PLAIN_NUMBERS and low <= value <= high
    if kind == "text" and known is not None:
        return lambda value: type(value) is str and value in known
    if kind == "text":
        return lambda value: type(value) is str
    return lambda value: type(value) is bool


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
    found = _of_array(table) if is_array(table) else _of_frame(table, labelled)
    if found is None:
        return None
    if earlier is not None and earlier.kinds == found.kinds and earlier.names == found.names:
        import numpy as np

        found.low, found.high = np.minimum(earlier.low, found.low), np.maximum(earlier.high, found.high)
        found.gaps = earlier.gaps | found.gaps
        sets = {place: earlier.categories.get(place, values) | values for place, values in found.categories.items()}
        found.categories = {place: values for place, values in sets.items() if place in earlier.categories}
    return found.sealed()


def is_array(table: Any) -> bool:
    """Whether it is a plain numpy array; numpy itself is not imported to tell."""
    numpy: Any = sys.modules.get("numpy")
    return numpy is not None and type(table) is numpy.ndarray


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

    step = values.size // MOST_VALUES + 1
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
    sample = frame.sample(max(1000, MOST_VALUES // len(frame.columns)))
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
