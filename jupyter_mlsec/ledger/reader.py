"""Read-only access to a ledger: entries, checkpoints, proofs. Works while kernels write, and on a read-only folder."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from jupyter_mlsec.ledger import merkle, note, tiles, wording
from jupyter_mlsec.ledger.commitments import Opening
from jupyter_mlsec.ledger.database import DATABASE, FORMAT, connect, translated
from jupyter_mlsec.protocol.entries import Did, is_of
from jupyter_mlsec.protocol.errors import LedgerError, Unverified

PAGE = 512
"""Entries fetched at once: no lock is held while the caller works on them."""


class Head(msgspec.Struct, frozen=True, gc=False):
    """What every entry begins with, whatever its kind."""

    entry: str
    run: str
    number: int
    at: int


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run's entries lie between two indexes, both included; other runs' may lie among them."""

    run: str
    first: int
    last: int
    count: int


_decode = msgspec.json.Decoder(Head).decode
_OUT_OF_ORDER = "The ledger's database is damaged: its rows are out of order."


def read_head(entry: bytes) -> Head | None:
    """What an entry begins with; None if these bytes are no entry, of whatever kind."""
    try:
        return _decode(entry)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


class Reader:
    """The questions one can ask a ledger. All raise LedgerError when the file does not answer."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.RLock()

    def ask(self, query: str, *values: Any) -> list[Any]:  # Any: SQLite's rows
        """All rows that answer the query."""
        with self._lock, translated():
            return self._connection.execute(query, values).fetchall()

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Within it, all questions are about one and the same state, whatever others write."""
        with self._lock:
            self.ask("BEGIN")
            try:
                yield
            finally:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")

    @property
    def origin(self) -> str:
        """Which ledger this is, as checkpoints name it."""
        return str(self.meta("origin") or "")

    def meta(self, key: str) -> str | None:
        """One word about the ledger itself: `origin`, or `follows` (the last checkpoint of the one before it)."""
        rows = self.ask("SELECT value FROM meta WHERE key = ?", key)
        return str(rows[0][0]) if rows else None

    @property
    def size(self) -> int:
        """How many entries there are."""
        return int(self.ask("SELECT coalesce(max(idx) + 1, 0) FROM entries")[0][0])

    def checkpoint(self, size: int | None = None) -> note.Checkpoint | None:
        """The newest checkpoint, or the one of that size; its signature is not looked at here."""
        if size is None:
            rows = self.ask("SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1")
        else:
            rows = self.ask("SELECT note FROM checkpoints WHERE size = ?", size)
        return note.parse_checkpoint(str(rows[0][0])) if rows else None

    def checkpoints(self, start: int = 0) -> Iterator[tuple[int, str]]:
        """(size, note) of every checkpoint of more than `start` entries, oldest first."""
        while rows := self.ask("SELECT size, note FROM checkpoints WHERE size > ? ORDER BY size LIMIT ?", start, PAGE):
            for size, text in rows:
                start = _further(size, start)
                yield size, str(text)

    def checkpoints_naming(self, name: str) -> Iterator[note.Checkpoint]:
        """The checkpoints that carry a signature line of that name, newest first."""
        below = 1 << 62
        asked = "SELECT size, note FROM checkpoints WHERE size < ? AND instr(note, ?) > 0 ORDER BY size DESC LIMIT 1"
        while rows := self.ask(asked, below, f"\n\u2014 {name} "):
            below = _nearer(rows[0][0], below)
            yield note.parse_checkpoint(str(rows[0][1]))

    def runs(self) -> tuple[Run, ...]:
        """All runs, oldest first."""
        rows = self.ask("SELECT run, first, last, count FROM runs ORDER BY first")
        return tuple(Run(run=run, first=first, last=last, count=count) for run, first, last, count in rows)

    def entries(self, run: str | None = None, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """(index, exact JSON bytes) of the entries from `start` on, of all runs, or one and its children, in order."""
        end = 1 << 62
        if run is not None:
            ends = self.ask(
                "SELECT min(first), max(last) FROM runs WHERE run = ?1 OR substr(run, 1, length(?1) + 1) = ?1 || '/'",
                run,
            )
            if ends[0][0] is None:
                return
            start, end = max(start, ends[0][0]), ends[0][1]
        while start <= end and (rows := self.page(start, PAGE)):
            for index, entry in rows:
                start = _further(index, start - 1) + 1
                if index > end:
                    return
                if run is None or ((head := read_head(entry)) and is_of(head.run, run)):
                    yield index, entry

    def deeds(self, start: int = 0) -> Iterator[tuple[int, Did]]:
        """(index, entry) of what verbs did, from `start` on: found in the database, without reading the rest."""
        asked = "SELECT idx, entry FROM entries WHERE idx >= ? AND instr(entry, ?) > 0 ORDER BY idx"
        for index, entry in self.ask(asked, start, b'"entry":"Did"'):
            with contextlib.suppress(msgspec.DecodeError):  # the words may stand in another entry's text
                yield index, msgspec.json.decode(entry, type=Did)

    def newest_with(self, text: bytes) -> Iterator[tuple[int, bytes]]:
        """(index, exact bytes) of the entries that contain these bytes, newest first."""
        below = 1 << 62
        asked = "SELECT idx, entry FROM entries WHERE idx < ? AND instr(entry, ?) > 0 ORDER BY idx DESC LIMIT 1"
        while rows := self.ask(asked, below, text):
            below = _nearer(rows[0][0], below)
            yield below, _bytes(rows[0][1])

    def page(self, start: int, most: int) -> list[tuple[int, bytes]]:
        """Up to so many (index, exact bytes) from `start` on, in one answer."""
        rows = self.ask("SELECT idx, entry FROM entries WHERE idx >= ? ORDER BY idx LIMIT ?", start, most)
        for index, entry in rows:
            if type(entry) is not bytes:
                raise Unverified(f"Entry {index} is not stored as bytes.")
        return rows

    def entry(self, index: int) -> bytes:
        """One entry's exact bytes."""
        rows = self.ask("SELECT entry FROM entries WHERE idx = ?", index)
        if not rows:
            raise LedgerError(f"The ledger has no entry {index}.")
        return _bytes(rows[0][0])

    def tile(self, level: int, index: int) -> bytes:
        """The hashes of one tile as stored; empty if there is none."""
        rows = self.ask("SELECT hashes FROM tiles WHERE level = ? AND idx = ?", level, index)
        return _bytes(rows[0][0]) if rows else b""

    def root(self, size: int) -> bytes:
        """The root hash over the first `size` entries, from the stored tiles."""
        return merkle.range_root(0, self._within(size), tiles.subtree_of(self.tile))

    def inclusion_proof(self, index: int, size: int) -> tuple[bytes, ...]:
        """The hashes that lead from entry `index` to the root at `size` (RFC 9162)."""
        if not 0 <= index < self._within(size):
            raise LedgerError(f"There is no entry {index} among the first {size}.")
        return merkle.inclusion_proof(index, size, tiles.subtree_of(self.tile))

    def consistency_proof(self, old: int, new: int) -> tuple[bytes, ...]:
        """The hashes that show the tree of `new` entries to continue the one of `old` (RFC 9162)."""
        if not 0 <= old <= self._within(new):
            raise LedgerError(f"A ledger of {new} entries cannot continue one of {old}.")
        return merkle.consistency_proof(old, new, tiles.subtree_of(self.tile))

    def _within(self, size: int) -> int:
        if not 0 <= size <= self.size:
            raise LedgerError(f"The ledger does not have {size} entries.")
        return size

    def signers(self) -> tuple[bytes, ...]:
        """The public keys that checkpoints were signed with, as the ledger itself says: a hint, not a proof."""
        return tuple(_bytes(row[0]) for row in self.ask("SELECT public_key FROM signers ORDER BY since"))

    def folded(self, spool: str) -> int:
        """How many bytes of that spool are in the tree."""
        rows = self.ask("SELECT folded FROM spools WHERE name = ?", spool)
        return int(rows[0][0]) if rows else 0

    def set_aside(self) -> tuple[tuple[str, int, int], ...]:
        """(spool, offset, bytes) of each damaged piece of a spool that was kept out of the tree."""
        rows = self.ask("SELECT spool, start, length FROM aside ORDER BY spool, start")
        return tuple((spool, start, length) for spool, start, length in rows)

    def openings(self, commitments: Iterable[str]) -> dict[str, Opening]:
        """What opens these commitments, of those that were not erased."""
        if not self._has("openings"):
            return {}
        asked = "SELECT commitment, salt, value FROM openings WHERE commitment = ?"
        return {row[0]: _opening(row) for one in commitments for row in self.ask(asked, one)}

    def all_openings(self) -> Iterator[Opening]:
        """Every opening that is kept."""
        last = ""
        asked = "SELECT commitment, salt, value FROM openings WHERE commitment > ? ORDER BY commitment LIMIT ?"
        while self._has("openings") and (rows := self.ask(asked, last, PAGE)):
            for row in rows:
                opening = _opening(row)
                if opening.opening <= last:  # else a damaged table could give rows without end
                    raise Unverified(_OUT_OF_ORDER)
                last = opening.opening
                yield opening

    def text_of(self, commitment: str) -> str:
        """What a commitment was made to, or in brackets why that is not known, for people."""
        opening = self.opening_of(commitment)
        return wording.erased(self.erased_at(commitment)) if opening is None else opening.value

    def opening_of(self, commitment: str) -> Opening | None:
        """What opens a commitment; None where it was erased, or what is kept does not fit."""
        opening = self.openings([commitment]).get(commitment)
        return opening if opening is not None and opening.fits else None

    def erased_at(self, commitment: str) -> int | None:
        """When what opens it was erased, in nanoseconds since the epoch; None if no entry says so."""
        index = None if self.openings([commitment]) else self.index_of(commitment)
        return None if index is None else self.erasures().get(index)

    def stamps(self) -> Iterator[tuple[note.Checkpoint, bytes]]:
        """The time stamps that are kept, each with its checkpoint, newest first; they are not checked here."""
        rows = self.ask("SELECT size, response FROM stamps ORDER BY size DESC") if self._has("stamps") else []
        for size, response in rows:
            checkpoint = self.checkpoint(size)
            if checkpoint is not None:
                yield checkpoint, _bytes(response)

    def _has(self, table: str) -> bool:
        """The first ledgers have not all tables until they are written to again."""
        return bool(self.ask("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", table))

    def index_of(self, commitment: str) -> int | None:
        """The index of the entry that holds a commitment, if one does; all entries are looked at."""
        rows = self.ask("SELECT idx FROM entries WHERE instr(entry, ?) > 0 LIMIT 1", commitment.encode())
        return int(rows[0][0]) if rows else None

    def erasures(self) -> dict[int, int]:
        """Of each entry something was erased from: its index, and when (nanoseconds since the epoch)."""
        erased = (deed for _, deed in self.deeds() if deed.verb == "erase")
        return {
            int(one): deed.at for deed in erased for one in deed.details.get("entries", "").split() if one.isdigit()
        }

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()


def _further(number: object, before: int) -> int:
    """The row's number; a damaged index may give rows without end, or none of ours."""
    if not isinstance(number, int) or number <= before:
        raise Unverified(_OUT_OF_ORDER)
    return number


def _nearer(number: object, before: int) -> int:
    """The same for rows that are asked for backwards."""
    if not isinstance(number, int) or number >= before:
        raise Unverified(_OUT_OF_ORDER)
    return number


def _opening(row: Sequence[Any]) -> Opening:
    commitment, salt, value = map(str, row)
    return Opening(opening=commitment, salt=salt, value=value)


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise Unverified("The ledger's database is damaged: bytes are stored as something else.")
    return value


def open_reader(folder: Path) -> Reader:
    """Read the ledger in that folder. Raises LedgerError when there is none, or none that can be read."""
    path = folder / DATABASE
    if not path.is_file():
        raise LedgerError(f"There is no ledger in {folder.name} yet. It is made with the first watched call.")
    with translated():
        connection = connect(path, is_read_only=True)
        try:
            made = connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.Error:
            connection.close()
            raise
    if made != FORMAT:
        connection.close()
        raise LedgerError("The ledger was made by another version of jupyter-mlsec, or is not made yet.")
    return Reader(connection)
