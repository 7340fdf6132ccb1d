"""What a check of a table came to: counts and places by column and check, never values."""

from __future__ import annotations

from typing import Literal

import msgspec

By = Literal["fused", "pandera", "fused+pandera"]


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One check of one column that failed for `count` values (column "": the table itself).

    positions: the first rows that failed, counted from 0. Empty where the failure is no row's: a missing column, a
    type; and where pandera only names labels of an index that repeat.
    """

    column: str
    check: str
    count: int
    positions: tuple[int, ...] = ()


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a table is what its schema says, what failed how often, and which engine looked."""

    ok: bool
    failures: tuple[Failure, ...] = ()
    by: By = "fused"
    reasons: tuple[str, ...] = ()
    """What was not compiled but judged by pandera itself, and why: `column part: reason`."""
    unchecked: tuple[str, ...] = ()
    """`column check` pairs that could not be judged on this table's types."""
    rows: int = 0
