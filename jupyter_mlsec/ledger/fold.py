"""Folding: what lies in spools becomes entries of the tree, each exactly once, under the ledger's lease."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from jupyter_mlsec.ledger import note
from jupyter_mlsec.ledger.mirrors import Mirrors
from jupyter_mlsec.ledger.spool import Foreign, Spool, others, sweep
from jupyter_mlsec.ledger.store import Batch, Store
from jupyter_mlsec.protocol.errors import Unverified
from jupyter_mlsec.vault.signing import Signer

MOST_IN_ONE = 100_000
"""Entries after which a batch is committed, so that a long backlog does not hold the lease for long."""
ROTATE_BYTES = 4 << 20
"""A fully folded spool of at least this size is removed; the next entry starts a new one."""


class Keys(msgspec.Struct, frozen=True):
    """Who signs: always `first` (Ed25519), and `second` (ML-DSA-44) where it is given and it is time for it."""

    first: Signer
    second: Signer | None = None


def fold(folder: Path, store: Store, own: Spool, mirrors: Mirrors, keys: Callable[[], Keys]) -> note.Checkpoint | None:
    """Fold all spools of the folder. The newest checkpoint, or None while there is no entry at all.

    `keys` is asked for each batch that has something to sign.
    Raises Unverified, LedgerBusy or LedgerUnwritable; then nothing was folded in this batch and nothing is lost.
    """
    while True:
        own_name = own.name  # a spool opened meanwhile waits for the next fold
        with contextlib.ExitStack() as held:
            foreign = _open_foreign(folder, own_name, held)
            with store.lease() as batch:
                newest = batch.newest
                is_all = _take(batch, store, own, own_name, foreign)
                if batch.added or not is_all:
                    newest = sign(batch, store, mirrors, keys())
            _clean(store, own, own_name, foreign)
        if newest is not None:
            mirrors.write(newest)
        if is_all:
            return newest


def _open_foreign(folder: Path, own: str | None, held: contextlib.ExitStack) -> Sequence[Foreign]:
    """The other spools, each open until the stack ends; one that cannot be opened waits for another time."""
    found = []
    for path in others(folder, own):
        with contextlib.suppress(OSError):
            spool = Foreign(path)
            held.callback(spool.close)
            found.append(spool)
    return found


def _take(batch: Batch, store: Store, own: Spool, own_name: str | None, foreign: Sequence[Foreign]) -> bool:
    """Put everything into the batch; False if it is full first."""
    for spool in foreign:
        for piece in spool.pieces(store.reader.folded(spool.path.name)):
            batch.add(spool.path.name, piece)
            if batch.added >= MOST_IN_ONE:
                return False
    if own_name is not None:
        for piece in own.pieces(store.reader.folded(own_name)):
            batch.add(own_name, piece)
            if batch.added >= MOST_IN_ONE:
                return False
    return True


def sign(batch: Batch, store: Store, mirrors: Mirrors, keys: Keys) -> note.Checkpoint:
    """Sign, but only what continues everything that is known to have been signed before."""
    signer = keys.first
    known = (signer.public_key, *store.reader.signers())
    if batch.newest is not None and note.signed_by(batch.newest, known) is None:
        raise Unverified("Nothing was added to the ledger: its newest checkpoint is signed by an unknown key.")
    if batch.newest is None:
        before = mirrors.predecessor([signer.public_key])
        if before is not None and before[1].origin != store.reader.origin:
            batch.begin_after(before[1])
    for problem in mirrors.conflicts(store.reader, [signer.public_key], batch.start):
        if problem.kind != "replaced":  # another ledger's checkpoint does not bind this one
            raise Unverified(
                f"Nothing was added to the ledger. {problem.text} "
                "To go on, move the ledger's folder away: a new one begins and names the one it follows."
            )
    return batch.sign(store.reader.origin, signer, keys.second)


def _clean(store: Store, own: Spool, own_name: str | None, foreign: Sequence[Foreign]) -> None:
    """Remove orphans and our own large spool once everything in them is in the tree; and what never was a spool."""
    for spool in foreign:
        with contextlib.suppress(OSError):
            spool.remove(store.reader.folded(spool.path.name))
    with contextlib.suppress(OSError):
        sweep(store.path.parent)
    if own_name is not None and own_name == own.name:
        with contextlib.suppress(OSError):
            own.retire(store.reader.folded(own_name), ROTATE_BYTES)
