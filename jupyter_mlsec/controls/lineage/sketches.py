"""What a column looks like from outside: keyed hashes of a few rows, in order. Values cannot be had back from them."""

from __future__ import annotations

import random
import sys
from array import array
from collections.abc import Iterable
from typing import Any

import msgspec

from jupyter_mlsec.frames import Frame

_NULL = hash(None)
_KEY = random.SystemRandom().getrandbits(64)
_FACTOR = 0x9E3779B97F4A7C15
_WHOLE = 1 << 53
"""Beyond this a float no longer names every whole number."""
_LEAST = 1_024
_PART = 250
"""Of larger tables one row in so many is enough, because the later side of a comparison looks at more rows."""


class Column(msgspec.Struct, kw_only=True):
    """A column at the time it was seen."""

    type: str
    ordered: array[int] = msgspec.field(default_factory=lambda: array("q"))
    """The hash of each sampled value, rows in order, nulls included. Sampled rows depend on the row count only."""
    share: float = 1.0
    """Which part of the rows was sampled."""
    _held: frozenset[int] | None = None

    @property
    def hashes(self) -> frozenset[int]:
        """The different values' hashes, without nulls."""
        if self._held is None:
            self._held = frozenset(self.ordered) - {_NULL}
        return self._held


def enough(rows: int, most: int) -> int:
    """How many rows of a loaded table to sample."""
    return min(most, max(_LEAST, rows // _PART))


def sketches(table: Frame, wanted: int) -> dict[str, Column]:
    """A sketch of each column of a table from the same `wanted` rows."""
    types = table.types
    if not table.rows:
        return {name: Column(type=kind) for name, kind in zip(table.columns, types, strict=True)}
    sample = table.sample(wanted)
    share = min(1.0, wanted / table.rows)
    return {
        name: Column(type=kind, ordered=ordered(sample[name]), share=share)
        for name, kind in zip(table.columns, types, strict=True)
    }


def ordered(values: Any) -> array[int]:
    """The keyed hash of each value of an Arrow array. Equal numbers hash alike, whatever type holds them."""
    import pyarrow as pa

    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.dictionary_decode()
        kind = values.type
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)):
        return numbers(_filled(values), values.is_null() if values.null_count else None)
    try:
        if numpy is not None and (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            return array("q", map(hash, values.to_numpy(zero_copy_only=False).tolist()))
        plain = values.to_pylist()
    except (ValueError, OverflowError, TypeError, UnicodeDecodeError):
        return array("q")
    return of_values(plain)


def _filled(values: Any) -> Any:
    """Numbers as a numpy array, zero where there is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    return (pc.fill_null(values, 0) if values.null_count else values).to_numpy(zero_copy_only=False)


def numbers(plain: Any, nulls: Any = None) -> array[int]:
    """The keyed hashes of a numpy array of numbers."""
    numpy: Any = sys.modules["numpy"]
    bits = (plain.astype("f8") + 0.0).view("u8")  # minus zero becomes zero
    with numpy.errstate(over="ignore"):
        bits = (bits ^ numpy.uint64(_KEY)) * numpy.uint64(_FACTOR)
        bits ^= bits >> numpy.uint64(29)
    bits = bits.view("i8")
    if plain.dtype.kind in "iu" and plain.dtype.itemsize == 8:
        for place in numpy.flatnonzero((plain > _WHOLE) | (plain < -_WHOLE)).tolist():
            bits[place] = hash(int(plain[place]))
    if plain.dtype.kind == "f":
        bits[numpy.isnan(plain)] = _NULL
    return _with_nulls(bits, nulls)


def _with_nulls(hashed: Any, nulls: Any) -> array[int]:
    if nulls is not None:
        hashed[nulls.to_numpy(zero_copy_only=False)] = _NULL
    found = array("q")
    found.frombytes(hashed.tobytes())
    return found


def of_values(values: Iterable[Any]) -> array[int]:
    """The keyed hashes of Python values: what `ordered` and `numbers` give for the same values in arrays."""
    return array("q", map(_hash, values))


def _hash(value: Any) -> int:
    kind = type(value)
    if kind is bool or kind is int or kind is float:
        return _number(value)
    return hash(value) if isinstance(value, (str, bytes)) or value is None else hash(str(value))


def _number(value: float) -> int:
    numpy: Any = sys.modules.get("numpy")
    if numpy is None or (isinstance(value, int) and not -_WHOLE <= value <= _WHOLE):
        return _NULL if value != value else hash(value)
    return numbers(numpy.array([value], "f8"))[0]
