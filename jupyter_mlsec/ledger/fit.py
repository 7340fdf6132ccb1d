"""Entries fit into 65,535 bytes, so that tlog-tiles entry bundles can carry them. A larger one sheds weight here.

What is shed is named in the entry itself (`left_out`), so a reader knows that there was more.
"""

from __future__ import annotations

import msgspec

from jupyter_mlsec.protocol.entries import Amended, AnyEntry, Recorded, Troubled
from jupyter_mlsec.protocol.facts import AnyFact

MOST_ENTRY_BYTES = 65_535
_ENCODER = msgspec.json.Encoder()


def encode(entry: AnyEntry) -> bytes:
    """The entry's JSON, at most 65,535 bytes. Raises what msgspec raises for values JSON does not have."""
    encoded = _ENCODER.encode(entry)
    return encoded if len(encoded) <= MOST_ENTRY_BYTES else _shortened(entry)


def _shortened(entry: AnyEntry) -> bytes:
    if isinstance(entry, Recorded | Amended):
        by_weight = sorted(entry.facts, key=lambda fact: len(_ENCODER.encode(fact)), reverse=True)
        for dropped in range(1, len(by_weight) + 1):
            encoded = _ENCODER.encode(_without_facts(entry, tuple(by_weight[:dropped])))
            if len(encoded) <= MOST_ENTRY_BYTES:
                return encoded
        encoded = _ENCODER.encode(_without_places(_without_facts(entry, tuple(by_weight))))
        if len(encoded) <= MOST_ENTRY_BYTES:
            return encoded
    return _ENCODER.encode(_stand_in(entry))


def _without_facts(entry: Recorded | Amended, dropped: tuple[AnyFact, ...]) -> Recorded | Amended:
    facts = tuple(fact for fact in entry.facts if not any(fact is one for one in dropped))
    names = tuple(type(fact).__name__ for fact in dropped)
    return msgspec.structs.replace(entry, facts=facts, left_out=(*entry.left_out, *names))


def _without_places(entry: Recorded | Amended) -> Recorded | Amended:
    left_out = (*entry.left_out, "places")
    if isinstance(entry, Amended):
        findings = tuple(msgspec.structs.replace(one, places=()) for one in entry.findings)
        return msgspec.structs.replace(entry, findings=findings, left_out=left_out)
    findings = tuple(msgspec.structs.replace(one, places=()) for one in entry.decision.findings)
    decision = msgspec.structs.replace(entry.decision, findings=findings)
    return msgspec.structs.replace(entry, decision=decision, left_out=left_out)


def _stand_in(entry: AnyEntry) -> Troubled:
    """Says at least that there was an entry here and of what kind."""
    operation = entry.operation.id if isinstance(entry, Recorded) else None
    operation = entry.amends if isinstance(entry, Amended) else operation
    return Troubled(
        run=entry.run[:64],
        number=entry.number,
        at=entry.at,
        where="ledger",
        error=f"TooLarge:{type(entry).__name__}",
        operation=operation[:64] if operation else None,
    )
