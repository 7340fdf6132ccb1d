"""What every encoder is given: one entry, read as well as this version can, and how its run began."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from jupyter_mlsec._version import __version__
from jupyter_mlsec.protocol.entries import AnyEntry, Closed, Entry, Opened
from jupyter_mlsec.protocol.records import Operation

VERSION = __version__
PRODUCT = "jupyter-mlsec"
_LAST = 253_402_300_799_999_999_999
"""The last nanosecond of the year 9999, beyond which no standard's time goes."""


class Other(Entry, frozen=True, kw_only=True, tag="other"):
    """An entry of a kind that this version does not know, or cannot read: its head alone."""

    kind: str


Told = AnyEntry | Other


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry stands in: the project it is of, and the first entry of its run where that is known."""

    project: str = "project"
    opened: Opened | None = None

    @property
    def notebook(self) -> str:
        """The notebook, relative to the project; what ran without one goes by `script`."""
        return (self.opened.notebook if self.opened else None) or "script"


class _Head(msgspec.Struct, frozen=True):
    entry: str
    run: str
    number: int
    at: int


_entry: Callable[[bytes], AnyEntry] = msgspec.json.Decoder(AnyEntry).decode
_head = msgspec.json.Decoder(_Head).decode


def read(raw: bytes) -> Told | None:
    """The entry in these bytes of a ledger; a later version's kind as `Other`; None for what is no entry at all."""
    try:
        return _entry(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    try:
        head = _head(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return Other(kind=head.entry, run=head.run, number=head.number, at=head.at)


def told(entries: Iterable[bytes], project: str) -> Iterator[tuple[Told, Around]]:
    """Entries of a ledger in its order, each with how its run began. A child process's run is its parent's."""
    begun: dict[str, Around] = {}
    plain = Around(project=project)
    for raw in entries:
        entry = read(raw)
        if entry is None:
            continue
        if type(entry) is Opened:
            begun[entry.run] = Around(project=project, opened=entry)
        yield entry, begun.get(entry.run) or begun.get(entry.run.partition("/")[0], plain)
        if type(entry) is Closed:
            begun.pop(entry.run, None)


def kind_of(entry: Told) -> str:
    """The entry's kind, as the ledger spells it."""
    return entry.kind if type(entry) is Other else type(entry).__name__


def within(at: int) -> int:
    """Nanoseconds since the epoch that every standard can hold; a clock may have been set to anything."""
    return min(max(at, 0), _LAST)


def moment(at: int) -> str:
    """Nanoseconds since the epoch as RFC 3339 in UTC, to the microsecond."""
    seconds, rest = divmod(within(at), 1_000_000_000)
    return f"{_second(seconds)}.{rest // 1000:06d}Z"


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def job_of(operation: Operation) -> str:
    """What a cell is called: by the front end's id, which stays when cells move, else by its source's digest."""
    cell = operation.cell
    if cell.id:
        return f"cell-{cell.id}"
    return f"code-{cell.digest[:16]}" if cell.digest else f"In[{cell.execution}]"


def json(data: Any) -> bytes:  # Any: builtins, as JSON takes them
    """One line of JSON."""
    return _encode(data)


_encode = msgspec.json.Encoder().encode
