"""numpy arrays as tables: their columns for a scan, and a copy of the array with some of them changed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jupyter_mlsec.protocol.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

NAME = "value"
"""What the column of an array without names is called."""
_TEXTS = "OUS"


def is_array(value: Any) -> bool:  # Any: whatever a call is given
    """Whether it is an array of numpy's, which is never imported to find out."""
    numpy: Any = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, getattr(numpy, "ndarray", ()))


def arrow_of(array: Any) -> pa.Table:
    """Its columns as Arrow has them: fields by name, columns of two dimensions by place, all else as one column."""
    import pyarrow as pa

    made: dict[str, Any] = {}
    for name, column in _columns(array):
        try:
            made[name] = pa.array(column.tolist() if column.dtype.kind in _TEXTS else column)
        except (pa.ArrowException, ValueError, TypeError, OverflowError):
            made[name] = pa.array([None if cell is None else _text(cell) for cell in column.tolist()])
    return pa.table(made)


def rebuilt(array: Any, change: Callable[[str, list[Any]], list[Any] | None]) -> Any:
    """The copy. Raises UsageError where one column of a matrix of numbers would have to hold texts."""
    fresh = {name: change(name, _listed(column)) for name, column in _columns(array)}
    if all(made is None for made in fresh.values()):
        return array.copy()
    if type(array).__name__ not in ("ndarray", "recarray"):
        raise UsageError(f"Nothing was masked: a {type(array).__name__} cannot be made anew. Make it a table first.")
    import numpy

    if array.dtype.names:
        fields = {name: array[name] if made is None else _made(made, array[name]) for name, made in fresh.items()}
        held = numpy.empty(array.shape, [(name, field.dtype) for name, field in fields.items()])
        for name, field in fields.items():
            held[name] = field.reshape(array.shape)
        return held
    if array.ndim != 2:
        made = fresh[NAME]
        assert made is not None
        return _made(made, array).reshape(array.shape)
    if array.dtype.kind not in _TEXTS:
        raise UsageError(
            "Nothing was masked: a matrix of numbers cannot hold a mask in one of its columns. Make it a table first "
            "(pd.DataFrame(array)), and save that."
        )
    whole = numpy.array(array, dtype=object)
    for place, made in enumerate(fresh.values()):
        if made is not None:
            whole[:, place] = made
    return whole if array.dtype.kind == "O" else whole.astype(str)


def _columns(array: Any) -> list[tuple[str, Any]]:
    if array.dtype.names:
        return [(name, array[name].reshape(-1)) for name in array.dtype.names if array.dtype[name].shape == ()]
    if array.ndim == 2:
        return [(str(place), array[:, place]) for place in range(array.shape[1])]
    return [(NAME, array.reshape(-1))]


def _listed(column: Any) -> list[Any]:
    """Its values as Python has them; dates that Python cannot count in nanoseconds in microseconds."""
    values: list[Any] = (column.astype("M8[us]") if column.dtype.kind == "M" else column).tolist()
    return values


def _made(fresh: list[Any], old: Any) -> Any:
    """An array of these values, of the old one's type where they are of it."""
    import numpy

    kind = old.dtype.kind
    if kind == "O":
        made = numpy.empty(len(fresh), dtype=object)
        made[:] = fresh
        return made
    if kind == "S":
        return numpy.array([_text(value).encode() for value in fresh])
    if all(not isinstance(value, str) for value in fresh):
        return numpy.array(fresh, dtype=old.dtype)
    return numpy.array([_text(value) for value in fresh])


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value).encode("utf-8", "replace").decode()
