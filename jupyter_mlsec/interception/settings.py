"""The `[interception]` section of a policy."""

from __future__ import annotations

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is watched beyond this process's calls."""

    propagate: bool = False
    """Child processes (pools, workers, `subprocess` with Python) load the guard too; their records join the cell's."""
    inotify: bool = False
    """Files opened in the notebook's and the data's folders are named too, whoever opens them (Linux only)."""
    activations: bool = False
    """Functional activations of torch are watched too."""

    @classmethod
    def of(cls, profile: str) -> Settings:
        """The same in every profile: each costs something, and none denies."""
        del profile
        return cls()

    def loosened(self, base: Settings) -> tuple[str, ...]:
        """Keys that see less than `base` does."""
        keys = ("propagate", "inotify", "activations")
        return tuple(key for key in keys if getattr(base, key) and not getattr(self, key))
