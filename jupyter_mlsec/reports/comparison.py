"""Two states of one ledger, from two audits or an audit and a checkpoint: does the newer continue the older?

An audit carries RFC 9162 consistency proofs from the checkpoints that left in earlier audits to its own, so that a
ledger that was set back or rewritten in between is found with nothing but the two files.
"""

from __future__ import annotations

import msgspec

from jupyter_mlsec.ledger import merkle, note
from jupyter_mlsec.reports.statement import Log


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """What one file carries of a ledger: its name, the fingerprint of who signed, the checkpoint, an audit's log."""

    file: str
    key: str
    checkpoint: note.Checkpoint
    log: Log | None = None


def contradiction(newer: Carried, older: Carried) -> str:
    """The first thing that keeps the newer from continuing the older, in plain words; empty when it does."""
    one, other = newer.checkpoint, older.checkpoint
    if one.origin != other.origin:
        return (
            f"{newer.file} and {older.file} are of two ledgers, {one.origin} and {other.origin}: the ledger was begun "
            "anew, or one of them is of another project."
        )
    changed = _changed_entry(newer, older)
    if changed is not None:
        return f"Entry {changed} of the ledger is not the one that {older.file} shows: the ledger was rewritten."
    if one.size < other.size:
        return (
            f"The ledger in {newer.file} has {one.size} entries, fewer than the {other.size} in {older.file}: "
            f"it was set back, or {newer.file} is the older of the two."
        )
    if one.size == other.size:
        if one.root == other.root:
            return ""
        return f"{newer.file} and {older.file} show two different ledgers of {one.size} entries: it was rewritten."
    return _unproven(newer, older)


def _unproven(newer: Carried, older: Carried) -> str:
    """What is wrong with the proof that the longer log continues the shorter; empty when it holds."""
    size, other = newer.checkpoint.size, older.checkpoint
    said = next((each for each in (newer.log.earlier if newer.log else ()) if each.size == other.size), None)
    if newer.log is None or said is None:
        return (
            f"Whether the ledger in {newer.file} continues the one in {older.file} is not shown: it carries no proof "
            f"from {other.size} entries on. Ask for one: jupyter mlsec export NOTEBOOK --since {older.file}"
        )
    nodes = newer.log.nodes
    try:
        proof = [bytes.fromhex(nodes[place]) for place in said.path if place >= 0]
    except (ValueError, IndexError):
        proof = []
    if merkle.verify_consistency(other.size, size, other.root, newer.checkpoint.root, proof):
        return ""
    return (
        f"The ledger in {newer.file} does not continue the one in {older.file}: what its first {other.size} entries "
        "were was rewritten since, or the ledger was set back and went on."
    )


def _changed_entry(newer: Carried, older: Carried) -> int | None:
    """The first index at which both show an entry, and not the same one."""
    if newer.log is None or older.log is None:
        return None
    shown = {each.index: each.entry for each in older.log.entries}
    return next((each.index for each in newer.log.entries if shown.get(each.index, each.entry) != each.entry), None)


def agreement(newer: Carried, older: Carried) -> str:
    """What holds, once there is no contradiction, as a sentence."""
    one, other = newer.checkpoint.size, older.checkpoint.size
    more = "none has come since" if one == other else f"{one - other} have come since, none was changed or taken away"
    keys = "" if newer.key == older.key else f" {older.file} is signed by another key, {older.key}."
    return f"Its ledger continues the one in {older.file}: {other} entries then, {more}.{keys}"
