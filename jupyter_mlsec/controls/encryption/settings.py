"""The `[encryption]` section of a policy."""

from __future__ import annotations

from typing import Literal

import msgspec

Seal = Literal["all", "sensitive", "none"]
Naming = Literal["same", "suffix"]
Parquet = Literal["age", "modular"]
SUFFIX = ".age"
"""What `naming = "suffix"` adds to a sealed file's name."""
_STRENGTH: dict[Seal, int] = {"none": 0, "sensitive": 1, "all": 2}


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sealed when it is saved, and under which name."""

    seal: Seal = "sensitive"
    """`all` that is saved, what is certainly `sensitive`, or `none`."""
    naming: Naming = "same"
    """`same` name as asked for, so that existing code reads it back, or with the `suffix` .age."""
    parquet: Parquet = "age"
    """Parquet as an `age` file like all else, or in `modular` encryption, which Spark reads (pandas, pyarrow)."""
    readers: tuple[str, ...] = ()
    """Roles whose members (.mlsec/recipients/ROLE.txt) can open all that is sealed, besides you."""
    recovery: str = ""
    """A recipient that is always added, for when an identity is lost. Two, post-quantum and classic, fit every file."""

    @classmethod
    def of(cls, profile: str) -> Settings:
        """The defaults of a profile: `observe` changes no file, `strict` seals all."""
        return cls(seal={"observe": "none", "strict": "all"}.get(profile, "sensitive"))  # type: ignore[arg-type]

    def loosened(self, base: Settings) -> tuple[str, ...]:
        """The keys in which this is looser than `base`. A name or form is neither; who else can read always is."""
        seal = ("seal",) if _STRENGTH[self.seal] < _STRENGTH[base.seal] else ()
        whom = [key for key in ("readers", "recovery") if getattr(self, key) != getattr(base, key)]
        return (*seal, *whom)
