"""The `[pii]` section of the policy."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal

import msgspec

from jupyter_mlsec.controls.pii.detection import TYPES
from jupyter_mlsec.controls.pii.ways import STRICTEST

Way = Literal["redact", "partial", "token", "reversible", "shift", "generalise"]
When = Literal["load", "save", "export", "display", "prompt", "log"]


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
    """`load`: what a reader returns. `save`: what a writer writes. `export`: of that only documents for people (HTML,
    LaTeX, Markdown, text, sheets, figures, the clipboard), and audits. `display`: what cells show. `prompt`: what is
    asked of models that are served elsewhere. `log`: what goes through Python's logging."""
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
    logs: bool = False
    """Whether what a cell logs through Python's logging is searched at the cell's end."""
    names: bool = False
    """Whether the names of files and addresses are searched, too."""
    background: bool = True
    """Whether every row of a large table is searched by a thread beside your work."""
    comments: bool = True
    """Whether a comment in a cell (`# mlsec: allow EMAIL in notes -- reason`) mutes a finding of that cell."""
    outputs: Literal["redact", "keep"] = "redact"
    """What an audit does with personal data in the outputs it shows."""
    mask: tuple[MaskRule, ...] = ()
    """What is masked without being asked, on load, save, export, display, prompt or log."""
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
            "logs": base.logs and not self.logs,
            "names": base.names and not self.names,
            "background": base.background and not self.background,
            "comments": self.comments and not base.comments,
            "outputs": (base.outputs, self.outputs) == ("redact", "keep"),
            "mask": not set(base.mask) <= set(self.mask) or self._is_milder(base),
            "mute": not set(self.mute) <= set(base.mute),
        }
        return tuple(key for key, is_looser in looser.items() if is_looser)

    def masked_types(self, when: When, resource: str, subject: str) -> frozenset[str]:
        """The types that are masked there and then for this subject."""
        rules = [rule for rule in self.mask if rule.concerns(when, resource, subject)] if self.on else []
        return frozenset(kind for rule in rules for kind in rule.types or TYPES)

    def _is_milder(self, base: Settings) -> bool:
        """Whether a rule was added that leaves more than one of `base` at the same place: it might go before that."""
        added = [rule for rule in self.mask if rule not in base.mask]
        return any(
            rule.on == other.on and STRICTEST.index(rule.how) > STRICTEST.index(other.how)
            for rule in added
            for other in base.mask
        )
