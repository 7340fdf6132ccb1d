"""The `[models]` section of a policy."""

from __future__ import annotations

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is looked at when a model learns or answers."""

    features: bool = True
    """Compare what a model is asked with what it was fitted on: names, order, count."""
    outputs: bool = True
    """Count values in a model's answer that are not finite numbers."""
    outputs_limit: int = 1_000_000
    """Answers with more values than this are not counted through."""

    @classmethod
    def of(cls, profile: str) -> Settings:
        """The same in every profile: these rules warn and never deny."""
        del profile
        return cls()

    def loosened(self, base: Settings) -> tuple[str, ...]:
        """Keys that check less than `base` does."""
        found = [key for key in ("features", "outputs") if getattr(base, key) and not getattr(self, key)]
        return (*found, "outputs_limit") if self.outputs_limit < base.outputs_limit else tuple(found)
