"""The writing side of the database: whoever holds its lease adds entries, tiles, offsets and a checkpoint at once."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import sqlite3
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from jupyter_mlsec.ledger import note
from jupyter_mlsec.ledger.commitments import Opening
from jupyter_mlsec.ledger.database import DATABASE, connect, create, prepare, translated
from jupyter_mlsec.ledger.errors import LedgerBusy
from jupyter_mlsec.ledger.fit import MOST_ENTRY_BYTES
from jupyter_mlsec.ledger.merkle import HASH_BYTES
from jupyter_mlsec.ledger.openings import read_opening
from jupyter_mlsec.ledger.reader import Reader, read_head
from jupyter_mlsec.ledger.spool import Lines
from jupyter_mlsec.ledger.tiles import Growth, partial_tiles
from jupyter_mlsec.protocol.errors import Unverified
from jupyter_mlsec.vault.signing import Signer

MOST_ASIDE_BYTES = 4096
"""Kept of a damaged piece; its length is kept too."""


class Store:
    """One open database. Not for use in a forked child."""

    def __init__(self, folder: Path) -> None:
        """Raises LedgerUnwritable, LedgerBusy or Unverified."""
        self.path = folder / DATABASE
        with translated():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            create(self.path)
            self._connection = connect(self.path, is_read_only=False)
            try:
                self.is_new = prepare(self._connection, f"jupyter-mlsec/{secrets.token_hex(8)}")
            except BaseException:
                self._connection.close()
                raise
            self._identity = _identity(self.path)
        self.reader = Reader(self._connection)

    def is_current(self) -> bool:
        """Whether the file at our path is still the one we have open."""
        return _identity(self.path) == self._identity

    @contextlib.contextmanager
    def lease(self) -> Iterator[Batch]:
        """Hold the ledger alone; all that is done within is committed at its end, or none of it."""
        with translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Batch(self._connection, self.reader)
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def truncate_log(self) -> None:
        """Move SQLite's log into the file and empty it, so that nothing old is left in it. Raises LedgerBusy."""
        with translated():
            is_busy = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if is_busy:
            raise LedgerBusy(
                "The text is out of the ledger, but another kernel still reads older pages of its log. "
                "Run the same again when it has finished: only then is the text out of the files."
            )

    def close(self) -> None:
        """Let go of the file."""
        self.reader.close()


class Batch:
    """What one holder of the lease adds. The tree it starts from must be the one that was signed last."""

    def __init__(self, connection: sqlite3.Connection, reader: Reader) -> None:
        """Raises Unverified if the stored tree is not the one the newest checkpoint names."""
        self._connection = connection
        self._reader = reader
        self._runs: dict[str, list[int]] = {}
        self.start = reader.size
        self.newest = reader.checkpoint()
        edges = [
            (level, reader.tile(level, index)[: width * HASH_BYTES])
            for level, index, width in partial_tiles(self.start)
        ]
        self._growth = Growth(self._keep_tile, self.start, edges)
        signed = (self.newest.size, self.newest.root) if self.newest else (0, self._growth.root())
        if signed != (self.start, self._growth.root()):
            raise Unverified(
                "Nothing was added to the ledger: it is not the one its newest checkpoint was made over. "
                "Run `jupyter mlsec ledger verify`; to go on, move the ledger's folder away (a new one begins)."
            )

    @property
    def added(self) -> int:
        """How many entries this batch has taken so far."""
        return self._growth.size - self.start

    def add(self, spool: str, piece: Lines) -> None:
        """Take the entries of a piece of a spool; what is none is set aside, never guessed at."""
        entries: list[bytes] = []
        index, runs = self._growth.size, self._runs
        for number, line in enumerate(piece.lines):
            head = read_head(line)
            if head is None and self._keep_opening(line):
                continue
            if head is None or len(line) > MOST_ENTRY_BYTES or not _is_text(line):
                place = sum(len(one) + 1 for one in piece.lines[:number])
                self._set_aside(spool, piece.start, place, line)
                continue
            found = runs.get(head.run)
            if found is None:
                runs[head.run] = [index, index, 1]
            else:
                found[1] = index
                found[2] += 1
            entries.append(line)
            index += 1
        if piece.torn:
            self._set_aside(spool, piece.start, 0, piece.torn)
        self._insert(entries)
        self._connection.execute("REPLACE INTO spools VALUES (?, ?)", (spool, piece.end))

    def _keep_opening(self, line: bytes) -> bool:
        """Whether the line is an opening: then it is kept beside the tree. One that was erased leaves nothing."""
        opening = read_opening(line)
        if opening is None or not (opening.is_erased or opening.fits):
            return False
        if not opening.is_erased:
            self.open(opening)
        return True

    def open(self, opening: Opening) -> None:
        """Keep what opens a commitment."""
        row = (opening.opening, opening.salt, opening.value)
        self._connection.execute("INSERT OR IGNORE INTO openings VALUES (?, ?, ?)", row)

    def erase(self, commitments: Iterable[str]) -> None:
        """Let go of what opens these, also of copies in damaged pieces. `secure_delete` overwrites it."""
        for one in commitments:
            self._connection.execute("DELETE FROM openings WHERE commitment = ?", (one,))
            self._connection.execute("UPDATE aside SET piece = x'' WHERE instr(piece, ?) > 0", (one.encode(),))

    def stamp(self, size: int, response: bytes) -> None:
        """Keep a time stamp of the checkpoint of that size."""
        self._connection.execute("INSERT OR IGNORE INTO stamps VALUES (?, ?)", (size, response))

    def add_entry(self, entry: bytes, run: str) -> None:
        """Take one entry that is in no spool."""
        index = self._growth.size
        found = self._runs.setdefault(run, [index, index, 0])
        found[1:] = [index, found[2] + 1]
        self._insert([entry])

    def _insert(self, entries: list[bytes]) -> None:
        sha256 = hashlib.sha256
        rows = enumerate(entries, self._growth.size)
        self._connection.executemany("INSERT INTO entries VALUES (?, ?)", rows)
        self._growth.extend(b"".join([sha256(b"\x00" + entry).digest() for entry in entries]))

    def _set_aside(self, spool: str, start: int, place: int, piece: bytes) -> None:
        row = (spool, start + place, len(piece), piece[:MOST_ASIDE_BYTES])
        self._connection.execute("INSERT OR IGNORE INTO aside VALUES (?, ?, ?, ?)", row)

    def _keep_tile(self, level: int, index: int, hashes: bytes) -> None:
        self._connection.execute("REPLACE INTO tiles VALUES (?, ?, ?)", (level, index, hashes))

    def begin_after(self, checkpoint: note.Checkpoint) -> None:
        """Say, once and for good, which ledger stood here before this one."""
        self._connection.execute("INSERT OR IGNORE INTO meta VALUES ('follows', ?)", (checkpoint.note,))

    def sign(self, origin: str, signer: Signer, second: Signer | None = None) -> note.Checkpoint:
        """Close the batch with a checkpoint over all entries, signed twice where a second signer is given."""
        for level, index, hashes in self._growth.edges():
            self._keep_tile(level, index, hashes)
        merge = "ON CONFLICT (run) DO UPDATE SET last = excluded.last, count = count + excluded.count"
        rows = [(run, *found) for run, found in self._runs.items()]
        self._connection.executemany(f"INSERT INTO runs VALUES (?, ?, ?, ?) {merge}", rows)  # noqa: S608  # constant
        seconds = int(time.time())
        checkpoint = note.sign_checkpoint(origin, self._growth.size, self._growth.root(), signer, second, seconds)
        self._connection.execute("INSERT INTO checkpoints VALUES (?, ?)", (checkpoint.size, checkpoint.note))
        for key in (signer.public_key, *(() if second is None else (second.public_key,))):
            self._connection.execute("INSERT OR IGNORE INTO signers VALUES (?, ?)", (key, time.time_ns()))
        return checkpoint

    def cosigned(self, checkpoint: note.Checkpoint) -> None:
        """Keep a stored checkpoint's note with the signatures that were added to it. Its text stays what it was."""
        stored = self._reader.checkpoint(checkpoint.size)
        if stored is None or stored.text != checkpoint.text:
            raise Unverified("Nothing was added: the ledger has no such checkpoint.")
        self._connection.execute("UPDATE checkpoints SET note = ? WHERE size = ?", (checkpoint.note, checkpoint.size))


def _is_text(line: bytes) -> bool:
    """Whether it is UTF-8 throughout: what is skipped while reading the head is not looked at there."""
    if line.isascii():
        return True
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino
