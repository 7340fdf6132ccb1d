"""The `[ledger]` section of a policy."""

from __future__ import annotations

from typing import Literal

import msgspec


class LedgerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How sure an entry is before the call it is about goes on."""

    synchronous: Literal["normal", "full"] = "normal"
    """`normal`: it survives the end of the process; `full`: it is on the disk, so a power cut does not take it."""

    @classmethod
    def of(cls, profile: str) -> LedgerSettings:
        """The same in every profile: waiting for the disk at each call is for who must."""
        del profile
        return cls()

    def loosened(self, base: LedgerSettings) -> tuple[str, ...]:
        """Whether less is asked for than `base` does."""
        return ("synchronous",) if base.synchronous == "full" and self.synchronous != "full" else ()
