"""What users typed: entries hold commitments only, and an audit carries what opens them, or when that was erased."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from jupyter_mlsec.ledger import wording
from jupyter_mlsec.ledger.commitments import Opening, told
from jupyter_mlsec.protocol.entries import AnyEntry
from jupyter_mlsec.protocol.errors import Unverified
from jupyter_mlsec.reports.statement import Said


class Log(Protocol):
    """What is needed of a ledger."""

    def opening_of(self, commitment: str) -> Opening | None: ...

    def erased_at(self, commitment: str) -> int | None: ...


def said_in(entries: Iterable[AnyEntry], log: Log) -> tuple[Said, ...]:
    """What is known of each commitment in these entries."""
    return tuple(_said(one, log) for one in _commitments(entries))


def _said(commitment: str, log: Log) -> Said:
    opening = log.opening_of(commitment)
    if opening is not None:
        return Said(commitment=commitment, salt=opening.salt, value=opening.value)
    return Said(commitment=commitment, erased_at=log.erased_at(commitment) or 0)


def _commitments(entries: Iterable[AnyEntry]) -> tuple[str, ...]:
    """The commitments that entries hold, each once, in their order."""
    found: dict[str, None] = {}

    def note(commitment: str) -> str:
        found[commitment] = None
        return commitment

    for entry in entries:
        told(entry, note)
    return tuple(found)


def read_with(entries: Sequence[AnyEntry], said: Sequence[Said]) -> tuple[AnyEntry, ...]:
    """The entries as people read them. Raises Unverified for words that are not those an entry was made with."""
    if tuple(one.commitment for one in said) != _commitments(entries):
        raise Unverified("The audit gives words for other entries than it has, or for less.")
    for one in said:
        is_opening = Opening(opening=one.commitment, salt=one.salt, value=one.value).fits
        if not is_opening and (one.salt or one.value):
            raise Unverified("The audit gives a reason in other words than those that were recorded.")
    texts = {one.commitment: one.value if one.salt else wording.erased(one.erased_at or None) for one in said}
    return tuple(told(entry, texts.__getitem__) for entry in entries)
