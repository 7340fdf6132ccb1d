"""What is said of one name: the executions, resources and columns it was made of."""

from __future__ import annotations

import msgspec

from jupyter_mlsec.protocol.records import Cell


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """All that a name, as it is now, was made by: the executions whose effects reached it, in order."""

    name: str
    executions: tuple[int, ...] = ()
    """1-based execution counts."""
    cells: tuple[Cell, ...] = ()
    resources: tuple[str, ...] = ()
    """What those executions read: files, URLs, databases, without secrets."""
    columns: dict[str, set[str]] = {}
    """Output column -> the `resource:column` it holds or may hold."""
    evidence: dict[str, str] = {}
    """Output column -> `fingerprint` (equal), `values` (contained), `name and values` (few values, contained, and the
    same name), `operation` (what the code did) or `assumed` (any of these)."""
    code: tuple[str, ...] = ()
    """The sources of those executions."""
    unobserved: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    """What it was computed from and has changed since, a sentence each."""
    doubts: tuple[str, ...] = ()
    """Why running the notebook from top to bottom may not give it again, a sentence each."""
