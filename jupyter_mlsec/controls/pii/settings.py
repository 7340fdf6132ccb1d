"""The `[pii]` section of the policy."""

from __future__ import annotations

from typing import Literal

import msgspec

from jupyter_mlsec.controls.pii.detection import TYPES


class Mute(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One known finding not to be shown again: a type, where (column or resource; empty is everywhere), and why."""

    type: str
    reason: str
    column: str = ""
    resource: str = ""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is looked for, and how sure a detection must be to be told."""

    on: bool = True
    """Whether anything is searched at all."""
    types: tuple[str, ...] = TYPES
    """The types that are told and labelled."""
    score: float = 0.5
    """Detections below are not told."""
    share: float = 0.0
    """Detections in a smaller share of a column's filled rows are not told."""
    cells: bool = True
    """Whether cells' sources are searched for credentials."""
    outputs: Literal["redact", "keep"] = "redact"
    """What an audit does with personal data in the outputs it shows."""
    mute: tuple[Mute, ...] = ()
    """Known findings that are neither told nor labelled, each with its reason."""

    @classmethod
    def of(cls, profile: str) -> Settings:  # noqa: ARG003
        """The profile's settings. All three look at the same things; observing costs nothing here."""
        return cls()

    def loosened(self, base: Settings) -> tuple[str, ...]:
        """The keys in which this lets through what `base` would tell."""
        looser = {
            "on": base.on and not self.on,
            "types": not set(base.types) <= set(self.types),
            "score": self.score > base.score,
            "share": self.share > base.share,
            "cells": base.cells and not self.cells,
            "outputs": (base.outputs, self.outputs) == ("redact", "keep"),
            "mute": not set(self.mute) <= set(base.mute),
        }
        return tuple(key for key, is_looser in looser.items() if is_looser)
