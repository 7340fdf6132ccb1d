"""The `[privacy]` section of a policy."""

from __future__ import annotations

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be released about a data set that nobody gave a budget, and what is assumed of it."""

    epsilon: float = 1.0
    """The budget of a data set, until `%mlsec dp budget` gives it another."""
    delta: float = 0.0
    """The delta that goes with it; 0: pure differential privacy, and Laplace noise only."""
    max_rows: int = 1
    """How many rows a person has in a table at most: noise hides so many. This is taken from here, not checked."""
    share: float = 0.25
    """The part of what a block has left that a release takes which names no epsilon."""
    unknown: bool = True
    """Tables may be asked about of which it is not known what they were made of; else they have to be named."""

    def __post_init__(self) -> None:
        if not 0 < self.epsilon <= 1000 or not 0 <= self.delta < 1 or not 0 < self.share <= 1 or self.max_rows < 1:
            raise ValueError("epsilon is from 0 to 1000, delta from 0 to 1, share from 0 to 1, max_rows from 1 on")

    @classmethod
    def of(cls, profile: str) -> Settings:
        """`strict` refuses what has no known source."""
        return cls(unknown=profile != "strict")

    def loosened(self, base: Settings) -> tuple[str, ...]:
        """Keys that hide less than `base` does."""
        found = [key for key in ("epsilon", "delta") if getattr(self, key) > getattr(base, key)]
        if self.max_rows < base.max_rows:
            found.append("max_rows")
        if self.unknown and not base.unknown:
            found.append("unknown")
        return tuple(found)
