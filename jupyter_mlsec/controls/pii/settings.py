"""The `[pii]` section of the policy."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal

import msgspec

from jupyter_mlsec.controls.pii.detection import TYPES

Way = Literal["redact", "partial", "token", "reversible", "shift", "generalise"]
When = Literal["load", "save", "display", "prompt", "log"]


class Mute(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One known finding not to be shown again: a type, where (column or resource; empty is everywhere), and why."""

    type: str
    reason: str
    column: str = ""
    resource: str = ""
    until: str = ""
    """The last day it holds, as `2027-01-31`; empty: it has no end."""


class MaskRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is masked without being asked: when, how, of which resources, and who sees it plain."""

    on: When
    """`load`: what a reader returns. `save`: what a writer writes. `display`: what cells show. `prompt`: what is asked
    of models that are served elsewhere. `log`: what goes through Python's logging."""
    how: Way = "redact"
    """What is shown, asked or logged is always redacted."""
    types: tuple[str, ...] = ()
    """These types only; empty: all."""
    columns: tuple[str, ...] = ()
    """These columns whatever they hold, besides what is found."""
    resource: str = "*"
    """A pattern for the resource's name, such as `patients*.csv`; for `log` the logger's."""
    plain_for: tuple[str, ...] = ()
    """Subjects (as the ledger names them: `uid-1000`) for whom nothing is masked."""

    def concerns(self, when: When, resource: str, subject: str) -> bool:
        return self.on == when and fnmatchcase(resource, self.resource) and subject not in self.plain_for


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
    shown: bool = True
    """Whether what cells show (text, HTML, tracebacks, texts in figures) is searched at the cell's end."""
    prompts: bool = True
    """Whether what is sent to models that are served elsewhere is searched."""
    comments: bool = True
    """Whether a comment in a cell (`# mlsec: allow EMAIL in notes -- reason`) mutes a finding of that cell."""
    outputs: Literal["redact", "keep"] = "redact"
    """What an audit does with personal data in the outputs it shows."""
    mask: tuple[MaskRule, ...] = ()
    """What is masked without being asked, on load, save, display, prompt or log."""
    mute: tuple[Mute, ...] = ()
    """Known findings that are neither told nor labelled, each with its reason."""

    @classmethod
    def of(cls, profile: str) -> Settings:  # noqa: ARG003
        """The profile's settings. All three look at the same things; observing costs nothing here."""
        return cls()

    def loosened(self, base: Settings) -> tuple[str, ...]:
        """The keys in which this lets through what `base` would tell or mask."""
        looser = {
            "on": base.on and not self.on,
            "types": not set(base.types) <= set(self.types),
            "score": self.score > base.score,
            "share": self.share > base.share,
            "cells": base.cells and not self.cells,
            "shown": base.shown and not self.shown,
            "prompts": base.prompts and not self.prompts,
            "comments": self.comments and not base.comments,
            "outputs": (base.outputs, self.outputs) == ("redact", "keep"),
            "mask": not set(base.mask) <= set(self.mask),
            "mute": not set(self.mute) <= set(base.mute),
        }
        return tuple(key for key, is_looser in looser.items() if is_looser)
