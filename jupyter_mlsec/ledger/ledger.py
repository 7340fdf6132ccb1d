"""The ledger of one project as one process sees it: append on the hot path, fold now and then, ask, verify."""

from __future__ import annotations

import os
import secrets
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from jupyter_mlsec.ledger import erasure, fit, note, verify, wording
from jupyter_mlsec.ledger.commitments import Opening, committed
from jupyter_mlsec.ledger.database import DATABASE
from jupyter_mlsec.ledger.fold import Keys, fold, sign
from jupyter_mlsec.ledger.mirrors import Mirrors
from jupyter_mlsec.ledger.openings import spooled
from jupyter_mlsec.ledger.reader import Reader, open_reader
from jupyter_mlsec.ledger.spool import Spool
from jupyter_mlsec.ledger.store import Store
from jupyter_mlsec.ledger.wording import Problem
from jupyter_mlsec.protocol.entries import AnyEntry, Did
from jupyter_mlsec.protocol.errors import LedgerError, Unverified
from jupyter_mlsec.vault.signing import Signer

_LOST = (OSError, msgspec.MsgspecError, TypeError, ValueError, RecursionError)
"""What can keep one entry from being written."""
SECOND_EVERY = 60.0
"""Seconds between two checkpoints that carry the second signature; `strengthen` adds it to the newest at once."""


class Ledger:
    """Append-only, tamper-evident. Nothing is created, and no key is made, before the first entry.

    Any number of processes may have a Ledger on the same folder. In a forked child it goes on with a spool of its
    own and never folds.
    """

    def __init__(
        self,
        folder: Path,
        signer: Callable[[], Signer],
        mirror: Path | None = None,
        *,
        second: Callable[[], Signer | None] = lambda: None,
        is_durable: bool = False,
    ) -> None:
        """`folder` holds spools and database; `mirror` is the folder in the user's data for kept checkpoints.

        `signer` signs every checkpoint (Ed25519), `second` one a minute and those that leave (ML-DSA-44).
        `is_durable`: an entry is on the disk when `append` returns, not only out of this process's hands.
        """
        self.folder = folder
        self.lost = 0
        """Entries that could not be written: disk full, folder read-only."""
        self.lost_to: str | None = None
        """What the last lost entry was lost to, as a type name."""
        self._signer = signer
        self._second = second
        self._second_due = 0.0
        self._spool = Spool(folder, is_durable=is_durable)
        self._mirrors = Mirrors(folder, mirror)
        self._lock = threading.RLock()
        self._store: Store | None = None
        self._reader: Reader | None = None
        self._is_child = False
        _LIVING.add(self)

    def append(self, entry: AnyEntry) -> None:
        """Write one entry to this process's spool. Never raises for a disk or folder: it counts `lost`."""
        try:
            kept, opening = committed(entry)
            line = fit.encode(kept)
            self._spool.write(line if opening is None else spooled(opening) + b"\n" + line)
        except _LOST as error:
            self.lost += 1
            self.lost_to = type(error).__name__

    def fold(self) -> note.Checkpoint | None:
        """Bring all spools into the tree and sign. The newest checkpoint; None without entries or in a forked child.

        Raises LedgerBusy, LedgerUnwritable, Unverified, or what the signer raises; entries then stay in the spool.
        """
        if self._is_child:
            return None
        with self._lock:
            if not self._has_anything():
                return None
            store = self._open_store()
            return fold(self.folder, store, self._spool, self._mirrors, self._keys)

    def _keys(self) -> Keys:
        """Who signs now."""
        if time.monotonic() < self._second_due:
            return Keys(self._signer())
        self._second_due = time.monotonic() + SECOND_EVERY
        return Keys(self._signer(), self._second())

    def _known(self) -> list[bytes]:
        """The public keys that may sign here."""
        second = self._second()
        return [self._signer().public_key, *(() if second is None else (second.public_key,))]

    def strengthen(self) -> note.Checkpoint | None:
        """The newest checkpoint with the second signature on it, added now if it was not: for one that leaves.

        Raises as `fold` does.
        """
        with self._lock:
            newest, second = self.checkpoint(), self._second()
            if newest is None or second is None or self._is_child or note.carries(newest, second.public_key):
                return newest
            signed = note.cosign(note.parse(newest.note), newest.origin, second, int(time.time()))
            return self.attach(signed.render())

    def attach(self, text: str) -> note.Checkpoint:
        """Keep signatures that were added to a stored checkpoint. Raises Unverified if it is none of this ledger.

        Whether they hold is for the caller to look at.
        """
        added = note.parse_checkpoint(text)
        with self._lock:
            store = self._open_store()
            with store.lease() as batch:
                stored = store.reader.checkpoint(added.size)
                merged = added if stored is None else note.merged(stored, added)
                batch.cosigned(merged)
            if merged.size == store.reader.size:
                self._mirrors.write(merged)
            return merged

    def _has_anything(self) -> bool:
        if self._spool.name is not None or (self.folder / DATABASE).exists():
            return True
        return next(self.folder.glob("spool-*.jsonl"), None) is not None

    def _open_store(self) -> Store:
        if self._store is not None and not self._store.is_current():
            self._store.close()
            self._store = None
            self._close_reader()
            self._mirrors.forget()
        if self._store is None:
            self._store = Store(self.folder)
        return self._store

    def _asked(self) -> Reader | None:
        """A reader, or None where there is no ledger yet."""
        with self._lock:
            if self._reader is None and (self.folder / DATABASE).is_file():
                self._reader = open_reader(self.folder)
            return self._reader

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = None

    def checkpoint(self) -> note.Checkpoint | None:
        """The newest checkpoint."""
        reader = self._asked()
        return None if reader is None else reader.checkpoint()

    def entries(self, run: str | None = None, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """(index, exact JSON bytes) of what is folded, from `start` on, of all runs or of one."""
        reader = self._asked()
        return iter(()) if reader is None else reader.entries(run, start)

    def deeds(self, start: int = 0) -> Iterator[tuple[int, Did]]:
        """(index, entry) of what verbs did, of what is folded, from `start` on, of all runs."""
        reader = self._asked()
        return iter(()) if reader is None else reader.deeds(start)

    def stamp(self, response: bytes, is_over: Callable[[str], bool]) -> int:
        """Keep an authority's time stamp with the checkpoint it is over; that one's size. Raises Unverified for none.

        `is_over` says whether the stamp is over this text; whether it holds is for the caller to look at.
        """
        for size, text in self.reader.checkpoints():
            if is_over(note.parse_checkpoint(text).text):
                with self._lock, self._open_store().lease() as batch:
                    batch.stamp(size, response)
                return size
        raise Unverified("The time stamp was not kept: it is over no checkpoint of this ledger.")

    def erase(self, *, entry: int | None = None, text: str | None = None, reason: str = "") -> tuple[int, ...]:
        """Take back what a user typed: of one entry, or all that contains the text. The indexes it was erased from.

        The openings go from database, log and spools, and an entry says so, in one transaction. Raises LedgerError
        when there is nothing to erase, LedgerBusy while another kernel still reads older pages; see `fold` too.
        """
        with self._lock:
            self.fold()
            store = self._open_store()
            store.truncate_log()  # what an earlier erasure could not finish
            with store.lease() as batch:
                meant = erasure.commitments_of(store.reader, entry, text)
                indexes = tuple(sorted(index for index in meant.values() if index is not None))
                batch.erase(meant)
                erasure.blank_spools(self.folder, meant)
                said, opening = committed(_erased(indexes, reason))
                batch.add_entry(fit.encode(said), said.run)
                if opening is not None:
                    batch.open(opening)
                newest = sign(batch, store, self._mirrors, self._keys())
            self._mirrors.write(newest)
            store.truncate_log()
            return indexes

    def text_of(self, commitment: str) -> str:
        """See `Reader.text_of`."""
        return self._reader_or_error().text_of(commitment)

    def opening_of(self, commitment: str) -> Opening | None:
        """See `Reader.opening_of`."""
        return self._reader_or_error().opening_of(commitment)

    def erased_at(self, commitment: str) -> int | None:
        """See `Reader.erased_at`."""
        return self._reader_or_error().erased_at(commitment)

    def inclusion_proof(self, index: int, size: int) -> tuple[bytes, ...]:
        """See `Reader.inclusion_proof`."""
        return self._reader_or_error().inclusion_proof(index, size)

    def consistency_proof(self, old: int, new: int) -> tuple[bytes, ...]:
        """See `Reader.consistency_proof`."""
        return self._reader_or_error().consistency_proof(old, new)

    def _reader_or_error(self) -> Reader:
        reader = self._asked()
        if reader is None:
            raise LedgerError("There is no ledger yet. It is made with the first watched call.")
        return reader

    @property
    def reader(self) -> Reader:
        """Read access to what is folded, for proofs and exports. Raises LedgerError where there is no ledger yet."""
        return self._reader_or_error()

    def open_problems(self) -> tuple[Problem, ...]:
        """What is seen at a quick look, in milliseconds: a deleted, replaced, older, rewritten or unsigned ledger."""
        keys = self._known()
        if not (self.folder / DATABASE).is_file():
            before = self._mirrors.predecessor(keys)
            return () if before is None else (wording.gone(before[1].size, before[0]),)
        try:
            reader = self._reader_or_error()
            self._mirrors.forget()
            return (*verify.glance(reader, keys), *self._mirrors.conflicts(reader, keys))
        except LedgerError as error:
            return (wording.unreadable(str(error).rstrip(".")),)

    def verify(self, against: str | None = None) -> tuple[Problem, ...]:
        """Check everything: the tree, signatures, each entry, the kept checkpoints, and `against` where given."""
        if not (self.folder / DATABASE).is_file():
            return self.open_problems()
        keys = self._known()
        try:
            reader = self._reader_or_error()
            kept = [one.note for _, one in self._mirrors.kept(reader.origin, keys) if one.origin == reader.origin]
            found = verify.verify(reader, keys=keys, kept=kept, against=against)
            return tuple(dict.fromkeys((*found, *self._mirrors.conflicts(reader, keys))))
        except LedgerError as error:
            return (wording.unreadable(str(error).rstrip(".")),)

    def close(self) -> None:
        """Let go of all files. What is not folded stays in the spool and is folded by whoever comes next."""
        with self._lock:
            self._spool.close()
            self._close_reader()
            if self._store is not None:
                self._store.close()  # last, so that SQLite can move its log into the file
            self._store = None

    def _become_child(self) -> None:
        """After fork: leave the parent's handles alone (SQLite's may not even be closed here)."""
        self._is_child = True
        self._lock = threading.RLock()
        self._spool.forget()
        _LEFT_TO_PARENTS.extend(one for one in (self._store, self._reader) if one is not None)
        self._store = self._reader = None


def _erased(indexes: tuple[int, ...], reason: str) -> Did:
    """What the ledger says of an erasure."""
    details = {"entries": " ".join(map(str, indexes)), **({"reason": reason} if reason else {})}
    subject = f"{len(indexes)} texts" if len(indexes) > 1 else "1 text"
    run = secrets.token_hex(8)
    return Did(run=run, number=1, at=time.time_ns(), verb=erasure.VERB, subject=subject, details=details)


_LIVING: weakref.WeakSet[Ledger] = weakref.WeakSet()
_LEFT_TO_PARENTS: list[object] = []
"""Kept alive in a child, so that no finalizer closes a parent's database."""


def _after_fork() -> None:
    for ledger in list(_LIVING):
        ledger._become_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
