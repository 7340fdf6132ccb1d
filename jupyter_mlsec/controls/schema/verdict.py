"""What a check of a table came to: counts by column and check, never values."""

from __future__ import annotations

from typing import Literal

import msgspec


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One check of one column that failed for `count` values (column "": the table itself)."""

    column: str
    check: str
    count: int


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a table is what its schema says, what failed how often, and which engine looked."""

    ok: bool
    failures: tuple[Failure, ...] = ()
    by: Literal["fused", "pandera"] = "fused"
    unchecked: tuple[str, ...] = ()
    """`column check` pairs that could not be judged on this table's types."""
    rows: int = 0
