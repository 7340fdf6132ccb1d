"""The values of a column that may be released about: numbers, or what groups are told by. What is missing is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from jupyter_mlsec.protocol.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jupyter_mlsec.frames import Frame

Missing = Literal["refuse", "drop"]


class Columns:
    """A table's columns, as arrays; `missing` says what becomes of nulls, NaN and infinities."""

    def __init__(self, frame: Frame, missing: Missing) -> None:
        self.frame = frame
        self.missing = missing

    def numbers(self, name: str) -> tuple[NDArray[Any], NDArray[Any]]:
        """The numbers of a column, and for each row of the table whether it has one.

        Raises UsageError for a column that holds no numbers, or lacks some and is not to.
        """
        import numpy
        import pyarrow as pa

        column = self._column(name)
        kind = column.type
        if pa.types.is_decimal(kind) or pa.types.is_float16(kind):
            column, kind = column.cast(pa.float64()), pa.float64()
        if pa.types.is_null(kind):
            column, kind = column.cast(pa.float64()), pa.float64()
        is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
        if self.frame.is_mixed(name) or not is_number:
            raise UsageError(f"Nothing was spent: {name} holds {kind}, not numbers.")
        present = numpy.asarray(column.is_valid().to_numpy(), "bool")
        values = numpy.asarray(column.drop_null().to_numpy())
        if values.dtype.kind == "f" and not (finite := numpy.isfinite(values)).all():
            present[numpy.flatnonzero(present)[~finite]] = False
            values = values[finite]
        self._judge(name, has_all=bool(present.all()))
        return values, present

    def among(self, name: str, keys: Sequence[Any]) -> NDArray[Any]:
        """For each row the place of its value among the keys; -1 for any other, and for none."""
        import numpy
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self._column(name)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        try:
            wanted = pa.array(list(keys), column.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
            raise UsageError(f"Nothing was spent: {name} holds {column.type}, which not all of the keys are.") from None
        if len(wanted) != len(wanted.unique()) or wanted.null_count:
            raise UsageError(f"Nothing was spent: of the keys for {name} one is missing, or there twice.")
        found = pc.fill_null(pc.index_in(column, wanted), -1)
        return numpy.asarray(found.to_numpy(), "i8")

    def is_whole(self, name: str) -> bool:
        """Whether a column is of whole numbers, by its type."""
        import pyarrow as pa

        kind = self._column(name).type
        return bool(pa.types.is_integer(kind) or pa.types.is_boolean(kind))

    def present(self, name: str) -> NDArray[Any]:
        """For each row whether there is something in that column, of whatever kind."""
        import numpy

        return ~numpy.asarray(self._column(name).is_null(nan_is_null=True).to_numpy(), "bool")

    def _column(self, name: str) -> Any:
        if name not in self.frame.columns:
            raise UsageError(f"Nothing was spent: there is no column {name!r} in this table.")
        import pyarrow as pa

        column = self.frame.column(name)
        return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])

    def _judge(self, name: str, *, has_all: bool) -> None:
        if not has_all and self.missing == "refuse":
            raise UsageError(
                f"Nothing was spent: {name} has values that are missing, NaN or infinite. Say missing='drop' to leave "
                "them out. (This answer tells that there are some; with missing='drop' nothing ever does.)"
            )


def viewed(table: Any) -> Frame:
    """The table as a Frame; UsageError for anything else."""
    try:
        import numpy  # noqa: F401  # what all of this is made of
    except ImportError:
        raise UsageError("Differential privacy needs numpy: pip install 'jupyter-mlsec[dp]'.") from None
    from jupyter_mlsec.frames import view

    frame = view(table)
    if frame is None:
        kind = type(table).__name__
        hint = " Collect it first." if kind == "LazyFrame" else ""
        raise UsageError(f"{kind} is no table: give a pandas, polars or Arrow one.{hint}")
    return frame
