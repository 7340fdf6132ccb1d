"""A user's own way on past a rule: for a reason, until a time, and always recorded."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

import msgspec

from jupyter_mlsec.protocol.records import Finding


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """Rule (a glob: `schema.*`), reason, and until when (nanoseconds since the epoch; 0: this run)."""

    id: str
    rule: str
    reason: str
    until: int = 0
    resource: str | None = None


class Allowances:
    """The allowances in force. Locked rules (an admin's) cannot be allowed away."""

    def __init__(self, locked: Iterable[str] = ()) -> None:
        self._all: list[Allowance] = []
        self._locked = tuple(locked)

    def lock(self, locked: Iterable[str]) -> None:
        """These rules (globs), and no others, are locked from now on; an allowance for one is passed over."""
        self._locked = tuple(locked)

    def add(self, allowance: Allowance) -> None:
        self._all.append(allowance)

    def drop(self, id: str) -> bool:
        """Take one back; False if there is none of that id."""
        before = len(self._all)
        self._all = [one for one in self._all if one.id != id]
        return len(self._all) < before

    def is_locked(self, rule: str) -> bool:
        return any(fnmatchcase(rule, pattern) for pattern in self._locked)

    def covering(self, finding: Finding, resource: str) -> Allowance | None:
        """The allowance that lets this finding's denial pass, if any is in force."""
        if not self._all or self.is_locked(finding.rule):
            return None
        now = time.time_ns()
        for one in self._all:
            if one.until and one.until < now:
                continue
            if fnmatchcase(finding.rule, one.rule) and (one.resource is None or fnmatchcase(resource, one.resource)):
                return one
        return None

    def __iter__(self) -> Iterator[Allowance]:
        return iter(self._all)
