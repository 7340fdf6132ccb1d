"""A ledger in a few numbers, as builtins for whoever shows it."""

from __future__ import annotations

from typing import Any

from jupyter_mlsec.ledger import note
from jupyter_mlsec.ledger.reader import Reader


def summary(reader: Reader) -> dict[str, Any]:
    """Origin, entries, newest checkpoint, runs, damaged pieces kept out of the tree, and the ledger before this one."""
    with reader.snapshot():
        checkpoint, follows = reader.checkpoint(), reader.meta("follows")
        before = None if follows is None else note.parse_checkpoint(follows)
        aside = reader.set_aside()
        runs = [{"run": one.run, "first": one.first, "last": one.last, "count": one.count} for one in reader.runs()]
        return {
            "origin": reader.origin,
            "entries": reader.size,
            "checkpoint": None if checkpoint is None else checkpoint.short,
            "runs": runs,
            "set_aside": {"pieces": len(aside), "bytes": sum(length for _, _, length in aside)},
            "follows": None if before is None else {"origin": before.origin, "entries": before.size},
        }
