"""The `[schema]` section of the policy."""

from __future__ import annotations

from typing import Literal

import msgspec

_ORDER = {"off": -1, "permit": 0, "note": 0, "warn": 1, "deny": 2}


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens when a loaded table is not what its schema says. The defaults are profile `guard`."""

    learn: bool = True
    """Learn a schema at the first load of a resource."""
    learned: Literal["note", "warn", "deny"] = "warn"
    """When a load differs from a learned schema."""
    approved: Literal["warn", "deny"] = "deny"
    """When a load violates an approved schema."""
    unapproved: Literal["permit", "deny"] = "permit"
    """When a resource has no schema approved by this user."""
    max_values: int = 20
    """How many different codes a learned set may hold at most."""

    inputs: Literal["off", "note", "warn", "deny"] = "warn"
    """When a model is asked about values unlike those it was fitted on."""
    injections: Literal["off", "note", "warn", "deny"] = "warn"
    """When text that was loaded looks like SQL, a script or a spreadsheet formula."""
    families: dict[str, bool] = {}
    """Patterns of files that share one schema (true), or of files that have one each though their names differ only in
    numbers (false): `families = { "exports/*.csv" = true, "runs/run-*.csv" = false }`. The first that fits counts."""

    @classmethod
    def of(cls, profile: str) -> Settings:
        """`observe` denies nothing; `strict` denies what nobody approved."""
        if profile == "observe":
            return cls(approved="warn")
        return cls(unapproved="deny") if profile == "strict" else cls()

    def loosened(self, base: Settings) -> tuple[str, ...]:
        """Keys that refuse, say or learn less than `base` does."""
        looser = [
            key
            for key in ("learned", "approved", "unapproved", "inputs", "injections")
            if self._rank(key) < base._rank(key)
        ]
        if self.families != base.families:
            looser.append("families")
        return (*(["learn"] if base.learn and not self.learn else []), *looser)

    def _rank(self, key: str) -> int:
        return _ORDER[getattr(self, key)]
