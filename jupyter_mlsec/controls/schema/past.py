"""What the control remembers of this session: the last failure of each resource, and each stream's pieces so far.

Nothing of it is written anywhere. No table is kept: only what a verb would say of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from jupyter_mlsec.controls.schema.relax import Change
    from jupyter_mlsec.controls.schema.spec import State


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """A load that did not fit: its report, and the changes that would have admitted it."""

    resource: str
    state: State
    report: str
    changes: tuple[Change, ...]


class Stream:
    """One operation's pieces: rows so far, what failed so far, what was said already."""

    __slots__ = ("failures", "has_taught", "rows", "said")

    def __init__(self) -> None:
        self.rows = 0
        self.failures: dict[tuple[str, str], int] = {}
        self.has_taught = False
        self.said: set[str] = set()

    def add(self, found: dict[tuple[str, str], int]) -> bool:
        """Count these failures in. Whether one of them is the first of its column and check."""
        is_new = any(key not in self.failures for key in found)
        for key, count in found.items():
            self.failures[key] = self.failures.get(key, 0) + count
        return is_new
