"""Cosigning on another machine, by files: C2SP tlog-witness's request, tlog-cosignature's answer, no network.

old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
                                 (the consistency proof from that size on, an empty line, the checkpoint)
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from jupyter_mlsec.host.locks import HAS_LOCKS, try_lock
from jupyter_mlsec.ledger import note
from jupyter_mlsec.ledger.errors import LedgerBusy
from jupyter_mlsec.ledger.merkle import EMPTY_ROOT, HASH_BYTES, verify_consistency
from jupyter_mlsec.ledger.reader import Reader
from jupyter_mlsec.protocol.errors import LedgerError, Unverified
from jupyter_mlsec.vault.atomic import replacing
from jupyter_mlsec.vault.signing import Signer

MOST_HASHES = 63
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A checkpoint to be cosigned, and the proof that it continues the one of `old` entries."""

    old: int
    hashes: tuple[bytes, ...]
    checkpoint: note.Checkpoint

    def render(self) -> str:
        """The body of tlog-witness's add-checkpoint."""
        lines = (f"old {self.old}", *(note.encode(one) for one in self.hashes), "")
        return "".join(f"{line}\n" for line in lines) + self.checkpoint.note


def parse_request(source: bytes) -> Request:
    """Read a request; nothing is verified yet. Raises Unverified."""
    head, blank, checkpoint = source[: note.MOST_BYTES].decode("utf-8", "replace").partition("\n\n")
    first, *lines = head.split("\n")
    old, hashes = _OLD.fullmatch(first), [note.decode(line) or b"" for line in lines]
    if old is None or not blank or len(hashes) > MOST_HASHES or any(len(one) != HASH_BYTES for one in hashes):
        raise Unverified("This is no request to a witness: `old SIZE`, hashes, an empty line, a checkpoint.")
    return Request(old=int(old[1]), hashes=tuple(hashes), checkpoint=note.parse_checkpoint(checkpoint))


def request(reader: Reader, old: int) -> Request:
    """Ask for a cosignature of the newest checkpoint, from a witness that saw `old` entries last (0: none yet)."""
    with reader.snapshot():
        newest = reader.checkpoint()
        if newest is None:
            raise LedgerError("There is nothing to cosign: the ledger is empty.")
        return Request(old=old, hashes=reader.consistency_proof(old, newest.size), checkpoint=newest)


class Witness:
    """One who cosigns ledgers, and remembers of each the newest state that was cosigned, in a folder."""

    def __init__(self, folder: Path, name: str, signer: Signer) -> None:
        """`name` and the signer's public key are what others know the witness by (`vkey`)."""
        self._folder = folder
        self._name = name
        self._signer = signer

    @property
    def vkey(self) -> str:
        """The witness's verifier key, as C2SP writes it."""
        key = self._signer.public_key
        return note.verifier_key(self._name, key, note.cosigned_kind(key))

    def seen(self, origin: str) -> note.Checkpoint | None:
        """The newest checkpoint of that ledger which was cosigned here."""
        try:
            return note.parse_checkpoint(self._state(origin).read_bytes())
        except FileNotFoundError:
            return None

    def cosign(self, asked: Request, keys: Sequence[bytes], at: int) -> note.Checkpoint:
        """The checkpoint with the cosignature on it, once it is remembered. Raises Unverified for what is not so.

        keys: the raw public keys that may sign for this ledger; at: the time, in POSIX seconds.
        """
        checkpoint = asked.checkpoint
        if note.signed_by(checkpoint, keys) is None:
            raise Unverified(f"Not cosigned: the checkpoint of {checkpoint.origin} is not signed by the key you trust.")
        if self._signer.public_key in keys:
            raise Unverified("Not cosigned: this key is the ledger's own, and nobody is a witness to themselves.")
        with self._alone():
            before = self.seen(checkpoint.origin)
            self._must_continue(asked, before)
            signed = note.cosign(note.parse(checkpoint.note), self._name, self._signer, at).render()
            with replacing(self._state(checkpoint.origin)) as sink:
                sink.write(signed.encode())
        return note.parse_checkpoint(signed)

    def _must_continue(self, asked: Request, before: note.Checkpoint | None) -> None:
        new = asked.checkpoint
        size, root = (0, EMPTY_ROOT) if before is None else (before.size, before.root)
        if new.size < size:
            raise Unverified(
                f"Not cosigned: {new.origin} shows {new.size} entries, and {size} were seen here before. "
                "It is an older state of the ledger, or it was set back."
            )
        if asked.old != size:
            raise Unverified(f"Not cosigned: {size} entries were seen here last. Ask again with --old {size}.")
        if not verify_consistency(size, new.size, root, new.root, asked.hashes):
            raise Unverified(
                f"Not cosigned: the {new.size} entries of {new.origin} do not continue the {size} that were seen here."
                " The ledger was rewritten."
            )

    def _state(self, origin: str) -> Path:
        return self._folder / hashlib.sha256(origin.encode()).hexdigest()[:32]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two that sign at once could each see the same last state. Without locks (Windows) that is left open."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / "lock").open("ab") as lock:
            if HAS_LOCKS and not try_lock(lock.fileno()):
                raise LedgerBusy("Not cosigned: another process is cosigning just now. Try again.")
            yield


def only_of(cosigned: note.Checkpoint, name: str, kind: int, public_key: bytes) -> tuple[note.Checkpoint, int]:
    """The checkpoint with that witness's lines alone, and when that was. Raises Unverified for none or a false one."""
    whole = note.parse(cosigned.note)
    at = note.cosigned_at(whole, name, public_key, kind)
    if at is None:
        raise Unverified(f"The checkpoint of {cosigned.size} entries is not cosigned by {name}.")
    wanted = note.key_id(name, public_key, kind)
    lines = tuple(line for line in whole.signatures if line.name == name and line.key_id == wanted)
    return note.parse_checkpoint(note.Note(text=whole.text, signatures=lines).render()), at


def last_of(reader: Reader, name: str, kind: int, public_key: bytes) -> tuple[int, int] | None:
    """(size, time) of the newest checkpoint in the ledger that this witness cosigned. Raises Unverified if falsely."""
    for checkpoint in reader.checkpoints_naming(name):
        at = note.cosigned_at(note.parse(checkpoint.note), name, public_key, kind)
        if at is not None:
            return checkpoint.size, at
    return None
