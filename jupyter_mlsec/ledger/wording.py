"""What may not hold about a ledger, and how it is said. `kind` is stable; the text is for people."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that does not hold. `index` is the entry's, where one can be named."""

    kind: str
    text: str
    index: int | None = None


def unreadable(reason: str) -> Problem:
    """The file does not read as a ledger."""
    return Problem(kind="unreadable", text=f"The ledger's database cannot be read: {reason}.")


def no_checkpoint(entries: int) -> Problem:
    """There are entries and nothing was signed."""
    return Problem(kind="no-checkpoint", text=f"No checkpoint covers the ledger's {entries} entries.")


def bad_checkpoint(size: int, reason: str) -> Problem:
    """A checkpoint does not parse."""
    return Problem(kind="bad-checkpoint", text=f"The checkpoint of {size} entries is not valid: {reason}")


def wrong_origin(size: int) -> Problem:
    """A checkpoint names another ledger."""
    return Problem(
        kind="wrong-origin", text=f"The checkpoint of {size} entries belongs to another ledger, not to this one."
    )


def forged(size: int, reason: str) -> Problem:
    """A checkpoint carries a false signature of a known key."""
    return Problem(kind="forged-checkpoint", text=f"The checkpoint of {size} entries is forged: {reason}")


def other_key(size: int, fingerprint: str) -> Problem:
    """A checkpoint carries no signature of a known key."""
    return Problem(
        kind="other-key",
        text=f"The checkpoint of {size} entries is not signed by the key it was checked with ({fingerprint}).",
    )


def missing_entry(index: int) -> Problem:
    """An index is not there."""
    return Problem(kind="missing-entry", index=index, text=f"Entry {index} is missing from the middle of the ledger.")


def changed_entry(index: int) -> Problem:
    """An entry's hash is not the stored one."""
    return Problem(
        kind="changed-entry", index=index, text=f"Entry {index} is not what was recorded: its hash is another one."
    )


def changed_tile(level: int, index: int) -> Problem:
    """A stored hash is wrong while the entries hold."""
    return Problem(
        kind="changed-tile",
        text=f"The stored hashes {level}/{index} are not those of the entries below them.",
    )


def strange_entry(index: int) -> Problem:
    """An entry is not what its kind asks for."""
    return Problem(kind="strange-entry", index=index, text=f"Entry {index} does not read as an entry of its kind.")


def cut(size: int, entries: int) -> Problem:
    """The checkpoint covers more than there is."""
    return Problem(
        kind="cut",
        index=entries,
        text=f"The ledger was cut: its checkpoint covers {size} entries, {entries} are left.",
    )


def uncovered(size: int, entries: int) -> Problem:
    """There is more than the checkpoint covers."""
    return Problem(
        kind="uncovered",
        index=size,
        text=f"Entries {size} to {entries - 1} came in without a checkpoint that covers them.",
    )


def wrong_root(size: int) -> Problem:
    """A checkpoint's root is not that of the entries."""
    return Problem(
        kind="wrong-root",
        text=f"The first {size} entries are not those that the checkpoint of {size} entries was made over.",
    )


def wrong_runs() -> Problem:
    """The index of runs was changed."""
    return Problem(kind="wrong-runs", text="The list of runs does not say what the entries say.")


def wrong_opening(commitment: str) -> Problem:
    """A kept text is not the one an entry was made with."""
    return Problem(
        kind="wrong-opening",
        text=f"The text kept for {commitment[:24]}... is not the one that was recorded: it was changed.",
    )


def erased(at: int | None) -> str:
    """What stands in place of a text that is not there; `at` is when it was erased, in nanoseconds, if known."""
    if at is None:
        return "[not known here]"
    return f"[erased on {datetime.fromtimestamp(at / 1e9, UTC):%Y-%m-%d}]"


def rolled_back(size: int, entries: int) -> Problem:
    """A kept checkpoint is newer than the ledger."""
    return Problem(
        kind="rolled-back",
        text=f"The ledger is older than it was: a kept checkpoint covers {size} entries, the ledger has {entries}.",
    )


def forked(size: int) -> Problem:
    """A kept checkpoint is not in the ledger's history."""
    return Problem(
        kind="forked",
        text=f"The ledger's history is not the one that a kept checkpoint of {size} entries was made over: "
        "it was rewritten, or two copies of the project went on separately.",
    )


def gone(size: int, where: str) -> Problem:
    """A checkpoint is kept and there is no ledger."""
    return Problem(
        kind="deleted",
        text=f"A ledger of {size} entries stood here and is gone; its last checkpoint is kept as {where}.",
    )


def replaced(size: int, where: str) -> Problem:
    """A checkpoint of another ledger is kept for this place."""
    return Problem(
        kind="replaced",
        text=f"Another ledger, of {size} entries, stood here before this one; its last checkpoint is kept as {where}.",
    )


def another_ledger() -> Problem:
    """The outside checkpoint names another ledger."""
    return Problem(kind="another-ledger", text="The checkpoint shown is of another ledger, so it says nothing here.")
