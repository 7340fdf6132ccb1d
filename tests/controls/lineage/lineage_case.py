"""One tricky notebook and its truth."""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    name: str
    target: str
    cells: tuple[str, ...]
    truth: tuple[int, ...]
