"""A numpy array as a table, column by column, so that its values can be compared with those of loaded ones."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlsec.frames import Frame, view

if TYPE_CHECKING:
    import pyarrow as pa

_MOST = 256
"""Columns of an array that are told apart."""


def seen(value: Any) -> Frame | None:
    """A table, or an array of one or two dimensions, as a Frame; the columns of an array go by their place."""
    found = view(value)
    if found is not None:
        return found
    kind = getattr(sys.modules.get("numpy"), "ndarray", None)
    if kind is None or type(value) is not kind or value.ndim not in (1, 2) or value.dtype.kind not in "iufbOU":
        return None
    return Frame(_Array(value)) if value.ndim == 1 or value.shape[1] <= _MOST else None


class _Array:
    """A numpy array as a source of columns."""

    def __init__(self, value: Any) -> None:
        self._value = value
        self.rows = len(value)
        self.labels: Sequence[Any] = ["value"] if value.ndim == 1 else [str(n) for n in range(value.shape[1])]

    def type(self, position: int) -> str | None:
        del position
        return {"f": "double", "b": "bool"}.get(self._value.dtype.kind)

    def column(self, position: int) -> pa.Array:
        return self.take(position, range(self.rows))

    def take(self, position: int, rows: Sequence[int]) -> pa.Array:
        import pyarrow as pa

        from jupyter_mlsec.frames.arrow import mixed

        column = self._value if self._value.ndim == 1 else self._value[:, position]
        part = column if len(rows) == self.rows else column[rows]
        try:
            return pa.array(part, from_pandas=True)
        except (pa.ArrowException, ValueError, TypeError, OverflowError):
            return mixed(part.tolist())
