"""Which recognizers a column can concern at all: one pass over its bytes. The only door to Hyperscan.

Hyperscan takes a third of a second to compile our hints, so it does that beside the first scans, which use Arrow's RE2.
One database a hint is quicker than one for all: most columns need few, and a scan can end at its first hit.
Both only ever rule out what cannot match: verdicts are the same with either, or none.
"""

from __future__ import annotations

import contextlib
import re
import struct
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from jupyter_mlsec.controls.pii.recognizer import Recognizer
from jupyter_mlsec.controls.pii.recognizers import catalogue

if TYPE_CHECKING:
    import pyarrow as pa


RUNS = {"number": "[0-9](?:[ ./()-]{0,3}[0-9]){5}", "word": "[A-Za-z0-9]{16}"}
"""Runs whose absence rules out several recognizers at once (Recognizer.run): six digits, one long word."""
FEW = 300
"""Matches of a run from which we no longer pick the lines they stand in."""
_SHORT = 1 << 14
"""Texts up to so many bytes are searched for hints by Python's engine, which keeps what it compiled."""
_DIGESTS = frozenset((32, 36, 40, 56, 64, 96, 128))
"""Lengths of digests in hexadecimal, and of UUIDs."""


class Engine:
    """Hyperscan's compiled hints, one database each, so that a scan ends at its first hit."""

    def __init__(self) -> None:
        self._databases: dict[str, Any] = {}  # Any: hyperscan is an extra without types
        self._local = threading.local()
        self._started = threading.Lock()
        self.apart: Callable[[], AbstractContextManager[None]] = nullcontext
        """Within it a thread's work is known to be ours: set by whoever counts what cells read."""

    def warm(self, *, wait: bool = False) -> None:
        """Begin compiling, once; `wait` until done."""
        if self._started.acquire(blocking=False):
            thread = threading.Thread(target=self._compile, name="mlsec-pii-hints", daemon=True)
            thread.start()
            if wait:
                thread.join()

    def _compile(self) -> None:
        with self.apart():
            self._compile_hints()

    def _compile_hints(self) -> None:
        try:
            import hyperscan
        except ImportError:
            return
        databases: dict[str, Any] = {}
        flags = dict.fromkeys(RUNS.values(), 0) | {r.hint: hyperscan.HS_FLAG_SINGLEMATCH for r in catalogue()}
        for hint, flag in flags.items():
            database = databases[hint] = hyperscan.Database()
            database.compile(expressions=[hint.encode()], ids=[0], flags=[flag])
        self._databases = databases

    def ends(self, hint: str, data: bytes, most: int = 1) -> list[int] | None:
        """Where a hint's first matches end (a few more than `most` say: more); None while Hyperscan is not there."""
        if not self._databases:
            return None
        import hyperscan

        found: list[int] = []

        def told(_id: int, _start: int, end: int, *_rest: object) -> bool | None:
            found.append(end)
            return True if len(found) >= most else None

        with contextlib.suppress(hyperscan.ScanTerminated):
            self._databases[hint].scan(data, match_event_handler=told, scratch=self._scratch(hint))
        return found

    def _scratch(self, hint: str) -> Any:
        """This thread's own working memory for a hint: two scans must not share one."""
        held: dict[str, Any] = self._local.__dict__
        if hint not in held:
            import hyperscan

            held[hint] = hyperscan.Scratch(self._databases[hint])
        return held[hint]


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
    return [] if _is_hashed(cells) else hinted(_joined(cells), only)


def _joined(cells: pa.Array) -> bytes:
    """The bytes of all cells with line ends between, so that few hints hit across a border."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wide = pa.large_string() if pa.types.is_large_string(cells.type) else pa.string()
    kind, offsets = (pa.LargeListArray, pa.int64()) if wide == pa.large_string() else (pa.ListArray, pa.int32())
    whole = kind.from_arrays(pa.array([0, len(cells)], offsets), cells)
    joined = pc.binary_join(whole, pa.scalar("\n", wide))
    return bytes(data_of(joined))


def hinted(data: bytes, only: frozenset[str] | None = None) -> list[Recognizer]:
    """The recognizers whose hint occurs in these bytes: first glances at single characters and runs, then the hints."""
    if not data:
        return []
    regions = {"": data}
    found: list[Recognizer] = []
    for recognizer in catalogue():
        if only is not None and recognizer.type not in only:
            continue
        if recognizer.marks and not any(mark in data for mark in recognizer.marks.encode()):
            continue
        if recognizer.run not in regions:
            regions[recognizer.run] = _lines_with(RUNS[recognizer.run], data)
        region = regions[recognizer.run]
        if region and _occurs(recognizer.hint, region):
            found.append(recognizer)
    return found


def _lines_with(hint: str, data: bytes) -> bytes:
    """The lines in which a run occurs: none, a few, or (where they are many, or uncounted) all."""
    ends = engine().ends(hint, data, FEW)
    if ends is None:
        return data if _occurs_once(hint, data) else b""
    if len(ends) >= FEW:
        return data
    lines: list[bytes] = []
    done = 0
    for end in ends:
        if end > done:
            done = data.find(b"\n", end) % (len(data) + 1)
            lines.append(data[data.rfind(b"\n", 0, end) + 1 : done])
    return b"\n".join(lines)


def _occurs(hint: str, data: bytes) -> bool:
    ends = engine().ends(hint, data)
    return _occurs_once(hint, data) if ends is None else bool(ends)


def _occurs_once(hint: str, data: bytes) -> bool:
    """Without Hyperscan. RE2 compiles its pattern at every call, which for a cell's source is most of the time."""
    known = _compiled(hint) if len(data) <= _SHORT else None
    return _by_arrow(hint, data) if known is None else known.search(data) is not None


@cache
def _compiled(hint: str) -> re.Pattern[bytes] | None:
    """The hint for Python's own engine; None for one with letters that it would take for several bytes."""
    return re.compile(hint.encode()) if hint.isascii() else None


def _by_arrow(hint: str, data: bytes) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    buffers = [None, pa.py_buffer(struct.pack("=qq", 0, len(data))), pa.py_buffer(data)]
    text = pa.Array.from_buffers(pa.large_binary(), 1, buffers)
    return bool(pc.match_substring_regex(text, hint)[0].as_py())


def _is_hashed(cells: pa.Array) -> bool:
    """Whether every cell is a digest or a UUID, of which no recognizer's pattern and validator accept any."""
    import pyarrow.compute as pc

    if not len(cells) or len(cells[0].as_py()) not in _DIGESTS:
        return False
    lengths = pc.min_max(pc.binary_length(cells))
    return lengths["min"] == lengths["max"] and bool(pc.all(pc.match_substring_regex(cells, "^[0-9A-Fa-f-]*$")).as_py())


def rows_of(cells: pa.Array, pattern: str) -> list[int]:
    """The positions of the cells in which a pattern that RE2 takes occurs."""
    import pyarrow.compute as pc

    return [int(i) for i in pc.indices_nonzero(pc.match_substring_regex(cells, pattern)).to_pylist()]
