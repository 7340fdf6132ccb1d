"""Which recognizers a column can concern at all: one pass over its bytes. The only door to Hyperscan.

Hyperscan takes a third of a second to compile our hints, so it does that beside the first scans, which use Arrow's RE2.
Both only ever rule out what cannot match: verdicts are the same with either, or none.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jupyter_mlsec.controls.pii.recognizer import Recognizer
from jupyter_mlsec.controls.pii.recognizers import catalogue

if TYPE_CHECKING:
    import pyarrow as pa


class Engine:
    """Hyperscan's compiled hints, one scratch per thread (a scratch must not be shared)."""

    def __init__(self) -> None:
        self._database: Any = None  # Any: hyperscan is an extra without types
        self._local = threading.local()
        self._started = threading.Lock()

    def warm(self, *, wait: bool = False) -> None:
        """Begin compiling, once; `wait` until done."""
        if self._started.acquire(blocking=False):
            thread = threading.Thread(target=self._compile, name="mlsec-pii-hints", daemon=True)
            thread.start()
            if wait:
                thread.join()

    def _compile(self) -> None:
        try:
            import hyperscan
        except ImportError:
            return
        hints = [r.hint.encode() for r in catalogue()]
        database = hyperscan.Database()
        database.compile(
            expressions=hints, ids=list(range(len(hints))), flags=[hyperscan.HS_FLAG_SINGLEMATCH] * len(hints)
        )
        self._database = database

    def hits(self, data: memoryview) -> list[int] | None:
        """Positions in the catalogue whose hint occurs in the bytes; None while (or where) Hyperscan is not there."""
        if self._database is None:
            return None
        import hyperscan

        scratch = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = self._local.scratch = hyperscan.Scratch(self._database)
        found: list[int] = []
        self._database.scan(data, match_event_handler=lambda i, *_rest: found.append(i), scratch=scratch)
        return sorted(found)


@lru_cache(maxsize=1)
def engine() -> Engine:
    """The one engine of this process."""
    return Engine()


def data_of(cells: pa.Array) -> memoryview:
    """The bytes of all cells of a string array, one after the other."""
    import pyarrow as pa

    if not len(cells):
        return memoryview(b"")
    wide = pa.types.is_large_string(cells.type)
    offsets = memoryview(cells.buffers()[1]).cast("q" if wide else "i")
    first, last = offsets[cells.offset], offsets[cells.offset + len(cells)]
    data = cells.buffers()[2]
    return memoryview(data)[first:last] if data is not None else memoryview(b"")


def candidates(cells: pa.Array, only: frozenset[str] | None = None) -> list[Recognizer]:
    """The recognizers whose hint occurs somewhere in these cells (a few more, where a hint crosses a border)."""
    return hinted(data_of(cells), only)


def hinted(data: memoryview, only: frozenset[str] | None = None) -> list[Recognizer]:
    """The recognizers whose hint occurs in these bytes."""
    if not len(data):
        return []
    all_of_them = catalogue()
    found = engine().hits(data)
    if found is None:
        found = _by_arrow(data, all_of_them)
    return [all_of_them[i] for i in found if only is None or all_of_them[i].type in only]


def _by_arrow(data: memoryview, recognizers: tuple[Recognizer, ...]) -> list[int]:
    import pyarrow as pa
    import pyarrow.compute as pc

    buffers = [None, pa.py_buffer(_offsets(0, len(data))), pa.py_buffer(data)]
    text = pa.Array.from_buffers(pa.large_binary(), 1, buffers)
    return [i for i, r in enumerate(recognizers) if pc.match_substring_regex(text, r.hint)[0].as_py()]


def _offsets(first: int, last: int) -> bytes:
    import struct

    return struct.pack("=qq", first, last)


def rows_of(cells: pa.Array, pattern: str) -> list[int]:
    """The positions of the cells in which a pattern that RE2 takes occurs."""
    import pyarrow.compute as pc

    return [int(i) for i in pc.indices_nonzero(pc.match_substring_regex(cells, pattern)).to_pylist()]
