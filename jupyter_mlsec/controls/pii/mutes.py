"""What the user said is known, in the policy or in a comment of the cell: each with a reason, some until a day.

`# mlsec: allow EMAIL in notes -- test data until 2027-01-31`
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable

from jupyter_mlsec.controls.pii.detection import TYPES
from jupyter_mlsec.controls.pii.settings import Mute

_COMMENT = re.compile(
    r"^[^#\n]*#[ \t]*mlsec:[ \t]*allow[ \t]+(?P<type>[A-Z_]+)(?:[ \t]+in[ \t]+(?P<column>[^\n]*?))?"
    r"[ \t]*(?:--[ \t]*(?P<reason>[^\n]*?))?(?:[ \t]+until[ \t]+(?P<until>\d{4}-\d\d-\d\d))?[ \t]*$",
    re.MULTILINE,
)
MARK = "mlsec:"
_CELLS = 64
"""Cells whose comments are remembered."""


def in_comments(source: str) -> tuple[tuple[Mute, ...], int]:
    """The mutes in a cell's comments, and how many were passed over because they lack a reason or a known type."""
    if MARK not in source:
        return (), 0
    mutes, odd = list[Mute](), 0
    for match in _COMMENT.finditer(source):
        if match["type"] not in TYPES or not match["reason"]:
            odd += 1
            continue
        column = (match["column"] or "").strip().strip("\"'`")
        mutes.append(Mute(type=match["type"], column=column, reason=match["reason"], until=match["until"] or ""))
    return tuple(mutes), odd


class Mutes:
    """The mutes of the policy and of cells, and which of them is over."""

    def __init__(self, of_policy: Iterable[Mute], today: Callable[[], dt.date] = dt.date.today) -> None:
        self._today = today
        self._of_policy = tuple(of_policy)
        self._of_cells: dict[str, tuple[Mute, ...]] = {}
        self._told_over: set[Mute] = set()

    def remember(self, cell: str | None, mutes: tuple[Mute, ...]) -> None:
        """The comments of the cell with this digest."""
        if cell is None or not mutes:
            return
        self._of_cells[cell] = mutes
        while len(self._of_cells) > _CELLS:
            self._of_cells.pop(next(iter(self._of_cells)))

    def muting(self, kind: str, column: str, resource: str, cell: str | None) -> Mute | None:
        """The mute that covers this, if one is in force."""
        if not self._of_policy and not self._of_cells:
            return None
        for mute in (*self._of_policy, *(self._of_cells.get(cell, ()) if cell else ())):
            covers = mute.type == kind and mute.column in ("", column) and mute.resource in ("", resource)
            if covers and not self.is_over(mute):
                return mute
        return None

    def is_over(self, mute: Mute) -> bool:
        """Whether its last day is past. A day that cannot be read counts as past: nobody knows when it would end."""
        if not mute.until:
            return False
        try:
            return dt.date.fromisoformat(mute.until) < self._today()
        except ValueError:
            return True

    def newly_over(self, kind: str, column: str, resource: str) -> Mute | None:
        """A mute of the policy that would cover this and is over, told once."""
        for mute in self._of_policy:
            covers = mute.type == kind and mute.column in ("", column) and mute.resource in ("", resource)
            if covers and mute not in self._told_over and self.is_over(mute):
                self._told_over.add(mute)
                return mute
        return None
