"""What an operation belongs to: who acts, in which cell, and whether the guard is at work already."""

from __future__ import annotations

from contextvars import ContextVar

from jupyter_mlsec.protocol.records import Cell, Subject

inside: ContextVar[bool] = ContextVar("jupyter_mlsec_inside", default=False)
"""True while a watched call or a control runs in this context: what they call themselves is not watched again."""

OUTSIDE = Cell(execution=0)


class Scope:
    """The run's subject, the cell that is running now, and whether the guard is on.

    The cell is one per process, not per context: work of a background thread lands on the cell that is running.
    """

    __slots__ = ("active", "cells", "subject")

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.cells: list[Cell] = []
        self.active = True

    @property
    def cell(self) -> Cell:
        """The innermost running cell (magics run cells inside cells), or a cell with execution 0."""
        return self.cells[-1] if self.cells else OUTSIDE
