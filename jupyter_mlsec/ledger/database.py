"""The ledger's SQLite file: its tables, how it is opened, and its errors in our words.

Tables: `entries` (exact JSON bytes by index), `tiles` (256 hashes a row, C2SP tlog-tiles), `checkpoints` (signed
notes by size), `runs` (where each run lies), `spools` (how far each is folded), `aside` (damaged pieces of spools),
`signers` (public keys seen), `meta` (`origin`, `follows`), `openings` (of commitments in entries; erasable), `stamps`
(RFC 3161 responses by checkpoint). Only entries, checkpoints and stamps are evidence; the rest but the openings can be
made again from them, and verification does.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from jupyter_mlsec.ledger.errors import LedgerBusy, LedgerUnwritable
from jupyter_mlsec.protocol.errors import LedgerError, Unverified

DATABASE = "ledger.sqlite3"
FORMAT = 1
"""PRAGMA user_version."""
PAGE_BYTES = 1 << 15
"""Of a new file. Entries of 1,000 bytes fold half as fast again in it as in SQLite's pages of 4,096."""
PATIENCE = 10.0
"""Seconds to wait for another kernel's lease."""

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE entries (idx INTEGER PRIMARY KEY, entry BLOB NOT NULL);
CREATE TABLE tiles (level INTEGER, idx INTEGER, hashes BLOB NOT NULL, PRIMARY KEY (level, idx));
CREATE TABLE checkpoints (size INTEGER PRIMARY KEY, note TEXT NOT NULL);
CREATE TABLE runs (run TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL);
CREATE TABLE spools (name TEXT PRIMARY KEY, folded INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE aside (spool TEXT, start INTEGER, length INTEGER, piece BLOB NOT NULL, PRIMARY KEY (spool, start));
CREATE TABLE signers (public_key BLOB PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID;
"""

OPENINGS = """
CREATE TABLE IF NOT EXISTS openings (commitment TEXT PRIMARY KEY, salt TEXT NOT NULL, value TEXT NOT NULL) WITHOUT ROWID
"""
STAMPS = "CREATE TABLE IF NOT EXISTS stamps (size INTEGER, response BLOB NOT NULL, PRIMARY KEY (size, response))"
"""Both apart from `TABLES`: the first ledgers were made without them."""

_UNWRITABLE = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """SQLite's and the system's errors become LedgerErrors that say what to do."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _BUSY:
            raise LedgerBusy("Another kernel is writing the ledger. Nothing is lost; try again.") from None
        if code in _UNWRITABLE:
            raise LedgerUnwritable("The ledger cannot be written. Is the disk full or the folder read-only?") from None
        if isinstance(error, sqlite3.ProgrammingError):
            raise LedgerError("The ledger was closed.") from None
        raise Unverified("The ledger's database is damaged; it does not read as one.") from None
    except UnicodeDecodeError:  # sqlite3 quotes a damaged schema in its message, and stumbles over it
        raise Unverified("The ledger's database is damaged; it does not read as one.") from None
    except OSError as error:
        raise LedgerUnwritable(f"The ledger's folder cannot be used ({error.strerror}).") from None


def connect(path: Path, *, is_read_only: bool) -> sqlite3.Connection:
    """Open the file. A reader falls back to a plain look at it where the folder cannot be written at all."""
    if not is_read_only:
        return _configured(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False))
    uri = path.resolve().as_uri()
    try:
        connection = _open_uri(f"{uri}?mode=ro")
        connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.OperationalError as error:
        has_log = Path(f"{path}-wal").exists() and Path(f"{path}-wal").stat().st_size
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _UNWRITABLE or has_log:
            raise
        connection = _open_uri(f"{uri}?mode=ro&immutable=1")
    return connection


def _open_uri(uri: str) -> sqlite3.Connection:
    return _configured(sqlite3.connect(uri, timeout=PATIENCE, isolation_level=None, check_same_thread=False, uri=True))


def _configured(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.execute("PRAGMA trusted_schema = OFF")  # the file lies in a project, so it may be a stranger's
    return connection


def create(path: Path) -> None:
    """Make the empty file with mode 0600, if there is none; SQLite gives its log and index the same mode."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    os.close(os.open(path, flags, 0o600))


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Write ahead. Of two processes that make a new file so at once SQLite turns one away without any patience."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.005)
        else:
            return


def prepare(connection: sqlite3.Connection, origin: str) -> bool:
    """Set the file up for writing; True if it was new. Raises Unverified for a file that is not ours."""
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # before the log is kept; a file that is there keeps its own
    _keep_a_log(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("BEGIN IMMEDIATE")
    try:
        made = connection.execute("PRAGMA user_version").fetchone()[0]
        kinds = connection.execute("SELECT count(*), sum(type IN ('trigger', 'view')) FROM sqlite_master").fetchone()
        if made == 0 and kinds[0] == 0:
            for statement in TABLES.strip().split(";\n"):
                connection.execute(statement)
            connection.execute("INSERT INTO meta VALUES ('origin', ?)", (origin,))
            connection.execute(f"PRAGMA user_version = {FORMAT}")
        elif made != FORMAT or kinds[1]:
            raise Unverified("The ledger's database was not made by this version of jupyter-mlsec; move it away.")
        connection.execute(OPENINGS)
        connection.execute(STAMPS)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return bool(made == 0)
