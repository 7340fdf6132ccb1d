"""Frame: the one view all controls take of a user's table. Columns become Arrow only when asked for, once."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

from jupyter_mlsec.frames.fingerprint import EVIDENCE, of_column, of_table

if TYPE_CHECKING:
    import pyarrow as pa


class Source(Protocol):
    """One library's table: columns are reached by position, because names may repeat."""

    rows: int
    labels: Sequence[Any]
    """The columns' own labels, of any type, in order."""

    def type(self, position: int) -> str | None:
        """The Arrow type's name when it can be told without converting, `mixed` for columns Arrow has no type for."""

    def column(self, position: int) -> pa.ChunkedArray | pa.Array: ...

    def take(self, position: int, rows: Sequence[int]) -> pa.Array:
        """These rows (ascending) of one column, without converting the rest of it."""


class Frame:
    """A table's shape and its columns as Arrow. The index is ignored; names are made strings and unique.

    A view is for the length of one operation: it holds the user's object.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._arrays: dict[int, pa.ChunkedArray | pa.Array] = {}
        self.rows: int = source.rows
        self.labels: Sequence[Any] = source.labels
        """The columns' own labels, of any type."""
        self.columns: tuple[str, ...] = _names(source.labels)
        self._position = {name: position for position, name in enumerate(self.columns)}

    @property
    def types(self) -> tuple[str, ...]:
        """Arrow type names, one per column; `mixed` where one column holds values of several types."""
        return tuple(self._type(position) for position in range(len(self.columns)))

    @property
    def nbytes(self) -> int:
        """Bytes of all columns as Arrow."""
        return sum(self._array(position).nbytes for position in range(len(self.columns)))

    def column(self, name: str) -> pa.ChunkedArray | pa.Array:
        """One column as Arrow: zero-copy where the library keeps Arrow or plain numbers. KeyError if there is none."""
        return self._array(self._position[name])

    def is_mixed(self, name: str) -> bool:
        """Whether one column holds values of several types, which Arrow only knows as their text."""
        return self._type(self._position[name]) == "mixed"

    def sample(self, rows: int, seed: int = 0) -> dict[str, pa.Array]:
        """One random row of each of `rows` equal strata, the same rows for all columns; all rows when fewer."""
        chosen = _strata(self.rows, rows, seed)
        return {name: self._taken(position, chosen) for position, name in enumerate(self.columns)}

    def batches(self, size: int = 65536) -> Iterator[pa.RecordBatch]:
        """The table in pieces of at most `size` rows. A table without columns has none."""
        import pyarrow as pa

        if not self.columns:
            return
        arrays = [self._array(position) for position in range(len(self.columns))]
        yield from pa.table(arrays, names=list(self.columns)).to_batches(max_chunksize=size)

    def column_fingerprints(self) -> dict[str, str]:
        """xxh3-128 per column over type, nulls and values; chunks, slices and offsets do not matter."""
        return {name: self._fingerprint(position) for position, name in enumerate(self.columns)}

    def fingerprint(self) -> str:
        """xxh3-128 over the column names and fingerprints in order. Detects change; it is no evidence."""
        return of_table(self.rows, self.column_fingerprints())

    def column_digest(self, name: str) -> str:
        """SHA-256 of one column in the same form: evidence, at a fifth of the speed. KeyError if there is none."""
        column = self.column(name)
        return of_column(column, mixed=self.is_mixed(name), new=EVIDENCE)

    def _type(self, position: int) -> str:
        return self._source.type(position) or str(self._array(position).type)

    def _fingerprint(self, position: int) -> str:
        return of_column(self._array(position), mixed=self._type(position) == "mixed")

    def _array(self, position: int) -> pa.ChunkedArray | pa.Array:
        array = self._arrays.get(position)
        if array is None:
            array = self._arrays[position] = self._source.column(position)
        return array

    def _taken(self, position: int, rows: Sequence[int]) -> pa.Array:
        from jupyter_mlsec.frames.arrow import taken

        if position in self._arrays:
            return taken(self._arrays[position], rows)
        return self._source.take(position, rows)


def view(value: Any) -> Frame | None:
    """See a pandas, polars or pyarrow table (or one column) as a Frame; None when it is no table.

    A library the user has not imported cannot have made the value, so none is imported to find out.
    """
    for library, source in _SOURCES.items():
        if library in sys.modules:
            found = source(value)
            if found is not None:
                return Frame(found)
    return None


def _pandas(value: Any) -> Source | None:
    from jupyter_mlsec.frames.pandas import source

    return source(value)


def _polars(value: Any) -> Source | None:
    from jupyter_mlsec.frames.polars import source

    return source(value)


def _pyarrow(value: Any) -> Source | None:
    from jupyter_mlsec.frames.arrow import source

    return source(value)


_SOURCES = {"pandas": _pandas, "polars": _polars, "pyarrow": _pyarrow}


def _names(labels: Sequence[Any]) -> tuple[str, ...]:
    """Labels as unique strings: the second `a` is `a.1`, a label of several levels joins them with a slash."""
    wanted = ["/".join(map(str, label)) if isinstance(label, tuple) else str(label) for label in labels]
    if len(set(wanted)) == len(wanted):
        return tuple(wanted)
    used, seen, names = set(wanted), set[str](), list[str]()
    for name in wanted:
        unique, again = name, 0
        while unique in seen or (again and unique in used):
            again += 1
            unique = f"{name}.{again}"
        seen.add(unique)
        names.append(unique)
    return tuple(names)


def _strata(total: int, wanted: int, seed: int) -> Sequence[int]:
    """The rows of a sample, ascending; a numpy array where there is numpy: every library takes it quickest."""
    if wanted >= total:
        return range(total)
    return _drawn(total, wanted, seed)


@lru_cache(maxsize=4)
def _drawn(total: int, wanted: int, seed: int) -> Sequence[int]:
    chance = random.Random(seed).random  # noqa: S311  # spreads rows, guards nothing
    edges = [stratum * total // wanted for stratum in range(wanted + 1)]
    rows = [low + int(chance() * (high - low)) for low, high in pairwise(edges)]
    numpy: Any = sys.modules.get("numpy")
    return rows if numpy is None else numpy.array(rows, "i8")
