"""The `[loading]` section of a policy."""

from __future__ import annotations

from typing import Literal

import msgspec

Unknown = Literal["refuse", "report"]
_STRENGTH: dict[Unknown, int] = {"report": 0, "refuse": 1}


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens when a pickled file wants to call something that is not known to be harmless."""

    unknown: Unknown = "refuse"
    """`refuse` the load before anything of it ran, or only `report` what the file wanted."""
    imported: bool = True
    """Let in classes of libraries that the notebook has imported, if the file only fills them with data."""
    elsewhere: bool = True
    """Judge loads by libraries that are not declared too, by the names they ask for."""

    @classmethod
    def of(cls, profile: str) -> Settings:
        """The defaults of a profile: `observe` refuses nothing, `strict` all that is not listed, own or trusted."""
        return cls(unknown="report" if profile == "observe" else "refuse", imported=profile != "strict")

    def loosened(self, base: Settings) -> tuple[str, ...]:
        """The keys in which this is looser than `base`."""
        found = ["unknown"] if _STRENGTH[self.unknown] < _STRENGTH[base.unknown] else []
        found += ["imported"] if self.imported and not base.imported else []
        return tuple(found + (["elsewhere"] if base.elsewhere and not self.elsewhere else []))
