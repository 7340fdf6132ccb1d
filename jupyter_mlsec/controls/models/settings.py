"""The `[models]` section of a policy."""

from __future__ import annotations

from typing import Literal

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is looked at when a model learns or answers."""

    features: bool = True
    """Compare what a model is asked with what it was fitted on: names, order, count."""
    outputs: bool = True
    """Count values in a model's answer that are not finite numbers."""
    outputs_limit: int = 1_000_000
    """Answers with more values than this are not counted through."""
    digests: bool = True
    """Record digests of what models learn from, are asked and answer, and of what they learned."""
    digest_megabytes: int = 64
    """Of more data evenly spread rows are digested, of a larger model nothing; the record says so."""
    activations: Literal["none", "some", "all"] = "some"
    """Of how many passes through a network the values before and after its activations are summed up: of the 1st, 2nd,
    4th, 8th and so on of each model, of all, or of none."""
    every_call: bool = False
    """Digest every call; else, of the same calls in one cell, the 1st, 2nd, 4th, 8th and so on."""

    @classmethod
    def of(cls, profile: str) -> Settings:
        """These rules warn and never deny. `strict` has every call digested."""
        return cls(every_call=profile == "strict")

    def loosened(self, base: Settings) -> tuple[str, ...]:
        """Keys that check or record less than `base` does."""
        switches = ("features", "outputs", "digests", "every_call")
        found = [key for key in switches if getattr(base, key) and not getattr(self, key)]
        less = [key for key in ("outputs_limit", "digest_megabytes") if getattr(self, key) < getattr(base, key)]
        amounts = ("none", "some", "all")
        if amounts.index(self.activations) < amounts.index(base.activations):
            less.append("activations")
        return (*found, *less)
