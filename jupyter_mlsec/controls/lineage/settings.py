"""The `[lineage]` section of a policy: how much work following a notebook may cost."""

from __future__ import annotations

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Budgets of the observer. Nothing here can deny, so no value is looser than another in effect."""

    objects: int = 4_000
    """How many objects one name's value is followed into, to notice a change in place."""
    megabytes: int = 256
    """How much buffer memory one cell's names may have hashed; beyond it only the form of the code counts."""
    columns: bool = True
    """Keep fingerprints and hash samples of loaded tables, so that columns are found again by their values."""
    sample: int = 4_096
    """The most rows of a loaded column whose keyed hashes are kept: one in 250, from 1,024 on; labelled, four times."""
    milliseconds: int = 50
    """For tracing one cell's writes and models column by column; the first four of each always are."""
    digested: int = 16
    """Megabytes of columns whose SHA-256 goes into the record, for each cell: some 15 ms. Personal data has none."""
    labels: dict[str, str] = {}
    """Your own word for columns, for good: `"people.csv:mrn" = "MEDICAL_RECORD"`; `*` stands for any part of a name."""

    @classmethod
    def of(cls, profile: str) -> Settings:
        """The same in every profile: an observer costs what it costs."""
        del profile
        return cls()

    def loosened(self, base: Settings) -> tuple[str, ...]:
        """Keys that see less than `base` does."""
        less = [
            key
            for key in ("objects", "megabytes", "columns", "sample", "milliseconds", "digested")
            if getattr(self, key) < getattr(base, key)
        ]
        return (*less, "labels") if base.labels.items() - self.labels.items() else tuple(less)
