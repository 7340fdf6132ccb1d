"""What the cells of a run could not be seen to do, kept for the status line and the panel."""

from __future__ import annotations

from typing import Any

from jupyter_mlsec.interception import wording
from jupyter_mlsec.protocol.entries import Entry, Recorded
from jupyter_mlsec.protocol.facts import Coverage, Elsewhere


class Seen:
    """Counts the cells; remembers the last one with unexplained bytes, and all that ran elsewhere."""

    def __init__(self) -> None:
        self.cells = 0
        self.unexplained = 0
        """Cells that read or wrote more than watched calls explain."""
        self.last = ""
        """The last of them, in words."""
        self.by: tuple[str, ...] = ()
        self._elsewhere: tuple[Elsewhere, ...] = ()

    def hear(self, entry: Entry) -> None:
        """Take in one entry; only cells matter."""
        if not isinstance(entry, Recorded) or entry.operation.action != "execute":
            return
        fact = next((each for each in entry.facts if isinstance(each, Coverage)), None)
        if fact is None:
            return
        self.cells += 1
        self.by = fact.by
        if wording.is_unexplained(fact):
            self.unexplained += 1
            self.last = f"{entry.operation.resource.name} {wording.unexplained(fact)}"
        if fact.unobserved:
            self._elsewhere = wording.total((Coverage(unobserved=self._elsewhere), fact))

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """What ran where nothing could be seen, in words."""
        return wording.elsewhere(self._elsewhere)

    def line(self) -> str:
        """All of it in one line."""
        said = f"Coverage: {wording.many(self.cells, 'cell')}"
        said += f", {self.unexplained} with unexplained reads or writes" if self.unexplained else ", all explained"
        if self.last:
            said += f" (last: {self.last})"
        if self._elsewhere:
            said += f"; ran unobserved: {', '.join(self.elsewhere)}"
        if self.cells and "counters" not in self.by:
            said += "; bytes are not counted on this system"
        return said + "."

    def data(self) -> dict[str, Any]:
        """The same for `--json`."""
        return {
            "cells": self.cells,
            "unexplained": self.unexplained,
            "last": self.last,
            "unobserved": [
                {"kind": each.kind, "program": each.program, "count": each.count} for each in self._elsewhere
            ],
            "by": list(self.by),
        }
