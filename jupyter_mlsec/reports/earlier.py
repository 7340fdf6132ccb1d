"""What left before: the exports a ledger knows of, and the proofs in a new audit that its ledger continues them."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from jupyter_mlsec.ledger import merkle, note
from jupyter_mlsec.protocol.entries import Did
from jupyter_mlsec.protocol.errors import ExportError, LedgerError

if TYPE_CHECKING:
    from jupyter_mlsec.ledger import Ledger

VERB = "exported"
MOST = 256
"""Exports, newest first, for which an audit carries a proof by itself; for an older one it must be asked."""


class Log(Protocol):
    """What is needed of a ledger."""

    def deeds(self, start: int = 0) -> Iterator[tuple[int, Did]]: ...

    def consistency_proof(self, old: int, new: int) -> tuple[bytes, ...]: ...


def details(checkpoint: str) -> dict[str, str]:
    """What the ledger keeps of an export: the checkpoint that left, by size and root."""
    left = note.parse_checkpoint(checkpoint)
    return {"size": str(left.size), "root": left.root.hex()}


def remember(ledger: Ledger, name: str, checkpoint: str) -> None:
    """Record an export in the ledger, as a run of its own. A ledger that cannot be written goes without."""
    said = Did(
        run=secrets.token_hex(8), number=1, at=time.time_ns(), verb=VERB, subject=name, details=details(checkpoint)
    )
    ledger.append(said)
    with contextlib.suppress(LedgerError):
        ledger.fold()


def proofs(log: Log, checkpoint: note.Checkpoint, since: note.Checkpoint | None) -> dict[int, tuple[bytes, ...]]:
    """Consistency proofs to this checkpoint, by the size of each earlier one; `since` is one asked for.

    Raises ExportError when the ledger does not continue `since`.
    """
    found = {size: log.consistency_proof(size, checkpoint.size) for size in _sizes(log, checkpoint.size)}
    if since is None:
        return found
    if since.origin != checkpoint.origin:
        raise ExportError("No audit was made: the one to continue is of another ledger.")
    if since.size > checkpoint.size:
        raise ExportError(
            f"No audit was made: the ledger has {checkpoint.size} entries, fewer than the {since.size} of the audit to "
            "continue. It was set back."
        )
    proof = log.consistency_proof(since.size, checkpoint.size)
    if not merkle.verify_consistency(since.size, checkpoint.size, since.root, checkpoint.root, proof):
        raise ExportError(
            "No audit was made: the ledger is not the one that the audit to continue shows. "
            "Run: jupyter mlsec ledger verify --against AUDIT"
        )
    return {**found, since.size: proof}


def _sizes(log: Log, size: int) -> list[int]:
    """The sizes of earlier exports' checkpoints; a deed whose words are not ours counts for none."""
    told = [deed.details.get("size", "") for _, deed in log.deeds() if deed.verb == VERB]
    known = {int(text) for text in told if text.isascii() and text.isdecimal() and len(text) < 19}
    return sorted(each for each in known if 0 < each < size)[-MOST:]
