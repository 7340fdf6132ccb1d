"""The `[digests]` section of a policy."""

from __future__ import annotations

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which files that a watched call reads or writes are recorded by the SHA-256 of their bytes."""

    on: bool = True
    """Record digests. Files of up to 128 KiB are read within the call, larger ones by a thread in the background."""
    megabytes: int = 1_024
    """A larger file is not digested, which its record says."""

    @classmethod
    def of(cls, profile: str) -> Settings:
        """The same in every profile, but that `strict` has files of any usual size digested."""
        return cls(megabytes=16_384) if profile == "strict" else cls()

    def loosened(self, base: Settings) -> tuple[str, ...]:
        """Keys by which fewer files are digested than `base` has."""
        return tuple(key for key in ("on", "megabytes") if getattr(self, key) < getattr(base, key))
