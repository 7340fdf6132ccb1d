"""The control: every table read is searched and labelled, every table written too, every cell's source for credentials."""

# ruff: noqa: E501  (patterns and words of other scripts, kept whole)

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from jupyter_mlsec.controls.contract import NOTHING, Call, Judgement, Quiet, Site, Verb
from jupyter_mlsec.controls.pii import wording
from jupyter_mlsec.controls.pii.detection import Detection
from jupyter_mlsec.controls.pii.settings import Settings
from jupyter_mlsec.protocol.facts import Facts, Label, Labels
from jupyter_mlsec.protocol.records import Finding, Operation

_SECRET_MARKS = (
    "key",
    "token",
    "secret",
    "passw",
    "pwd",
    "://",
    "bearer",
    "authorization",
    "eyj",
    "akia",
    "asia",
    "gh",
    "xox",
    "sk_",
    "sk-",
    "hf_",
    "aiza",
    "sg.",
    "pypi-",
    "npm_",
    "glpat",
    "begin ",
    "hvs",
    "dapi",
)
"""A source without any of these, in lower case, holds no credential we know: most cells cost no more than this look."""

_STREAMS = 64
"""Streams whose pieces are counted at a time."""


class PersonalData(Quiet):
    """Finds personal data and says where; labels what it finds. Never denies and never changes a value."""

    name = "pii"
    may_deny = False

    def __init__(self, site: Site) -> None:
        self._settings: Settings = site.settings
        self._told: dict[str, tuple[tuple[str, str], ...]] = {}
        self._pieces: dict[str, int] = {}
        """How many pieces came of each stream."""

    def before(self, operation: Operation, call: Call, facts: Facts) -> Iterable[Judgement]:
        if not self._settings.on:
            return NOTHING
        if operation.action == "execute":
            return self._source(call.value)
        if operation.action == "write":
            return self._table(operation, call.value, facts, note=True)
        return NOTHING

    def during(self, operation: Operation, chunk: Any, facts: Facts) -> Iterable[Judgement]:
        """Piece by piece, at doubling distances: a stream of thousands must not cost a thousand searches."""
        if not self._settings.on or operation.action != "read":
            return NOTHING
        number = self._pieces[operation.id] = self._pieces.get(operation.id, 0) + 1
        if len(self._pieces) > _STREAMS:
            self._pieces.pop(next(iter(self._pieces)))
        if number & (number - 1):
            return NOTHING
        found = self._table(operation, chunk, facts)
        return found if number == 1 or any(finding.level != "note" for finding in found) else NOTHING

    def after(self, operation: Operation, call: Call, value: Any, facts: Facts) -> Iterable[Judgement]:  # noqa: ARG002
        if not self._settings.on or operation.action != "read":
            return NOTHING
        return self._table(operation, value, facts)

    def verbs(self) -> Sequence[Verb]:
        from jupyter_mlsec.controls.pii.verbs import verbs_of

        return verbs_of()

    def _source(self, source: Any) -> Iterable[Judgement]:
        if not self._settings.cells or not isinstance(source, str):
            return NOTHING
        low = source.lower()
        if not any(mark in low for mark in _SECRET_MARKS):
            return NOTHING
        from jupyter_mlsec.controls.pii.text import credentials_in

        count = len(credentials_in(source))
        muted = any(m.type == "CREDENTIAL" and not m.column and not m.resource for m in self._settings.mute)
        return (wording.source_finding(count),) if count and not muted else NOTHING

    def _table(self, operation: Operation, value: Any, facts: Facts, *, note: bool = False) -> tuple[Finding, ...]:
        """Scan, label, and say what is new: the same columns of the same resource are told once."""
        from jupyter_mlsec.controls.pii.table import scan_table

        found = self._kept(scan_table(value), operation.resource.name)
        if not found:
            return ()
        _label(found, facts)
        told = tuple(sorted((column, d.type) for column, ds in found.items() for d in ds))
        again = self._told.get(operation.resource.name) == told
        self._told[operation.resource.name] = told
        return (wording.table_finding(operation.resource.name, found, level="note" if note or again else "warning"),)

    def _kept(self, found: dict[str, list[Detection]], resource: str) -> dict[str, list[Detection]]:
        """What the settings want told."""
        s = self._settings
        kept = {
            column: [
                d for d in ds
                if d.type in s.types and d.score >= s.score and d.share >= s.share
                and not any(m.type == d.type and m.column in ("", column) and m.resource in ("", resource) for m in s.mute)
            ]
            for column, ds in found.items()
        }  # fmt: skip
        return {column: ds for column, ds in kept.items() if ds}


def _label(found: dict[str, list[Detection]], facts: Facts) -> None:
    """Merge what was found into the operation's Labels: the surer word on each column and type stays."""
    held = facts.find(Labels)
    labels = {(label.column, label.type): label for label in (held.labels if held else ())}
    for column, detections in found.items():
        for d in detections:
            old = labels.get((column, d.type))
            if old is None or (not old.certain and (d.certain or d.score > old.score) and old.source != "user"):
                labels[column, d.type] = Label(
                    column=column, type=d.type, score=d.score, certain=d.certain, source=d.source, share=d.share
                )
    facts.add(Labels(labels=tuple(labels.values())))


def build(site: Site) -> PersonalData:
    """This control, put to work."""
    return PersonalData(site)
