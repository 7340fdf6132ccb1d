"""The control: tables read or written, cells and what leaves them are searched, and masked where the policy asks."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from jupyter_mlsec.controls.contract import NOTHING, Call, Fulfilment, Judgement, Quiet, Site, Verb
from jupyter_mlsec.controls.pii import wording
from jupyter_mlsec.controls.pii.detection import Detection
from jupyter_mlsec.controls.pii.exposed import Exposed, types_of
from jupyter_mlsec.controls.pii.known import Known
from jupyter_mlsec.controls.pii.later import Found, Later
from jupyter_mlsec.controls.pii.mutes import Mutes
from jupyter_mlsec.controls.pii.obliged import Obliged, Redacting, carry_out, obligation
from jupyter_mlsec.controls.pii.saving import Saving, quiet
from jupyter_mlsec.controls.pii.settings import Settings
from jupyter_mlsec.protocol.errors import NoIdentity, UsageError
from jupyter_mlsec.protocol.facts import Facts, Label, Labels
from jupyter_mlsec.protocol.records import Finding, Level, Obligation, Operation

_STREAMS = 64
"""Streams whose pieces are counted at a time."""
_SEEN = 64
"""Operations whose tables can be asked about later, as long as they live."""


class PersonalData(Quiet):
    """Finds personal data and says where; labels what it finds; masks where the policy asks for it, else nothing."""

    name = "pii"

    def __init__(self, site: Site) -> None:
        self._site = site
        self._settings: Settings = site.settings
        self.may_deny = bool(self._settings.mask)
        self.known = Known(site.state, site.data)
        self.told: dict[tuple[str, str, str], float] = {}
        """(resource, column, type) of what was told in this run, with its share."""
        self._last: dict[str, tuple[tuple[str, str], ...]] = {}
        self._mutes = Mutes(self._settings.mute)
        self._obliged = Obliged(self._settings.mask)
        self._exposed = Exposed(self._settings, self._mutes, self.told, self._own_engine)
        self._is_owned = False
        self._pieces: dict[str, int] = {}
        """How many pieces came of each stream."""
        self._seen: dict[str, weakref.ref[Any]] = {}
        self.later = Later(site.apart)
        self._later_asked: set[tuple[str, str]] = set()
        self._saving = Saving(self._obliged, self._exposed, site.amend)

    def before(self, operation: Operation, call: Call, facts: Facts) -> Iterable[Judgement]:
        if not self._settings.on:
            return NOTHING
        action = operation.action
        if action == "execute":
            return self._exposed.source(operation, call.value)
        named = self._exposed.named(operation) if self._settings.names else ()
        if action == "connect":
            return (*named, *self._saving.opened(operation, call))
        if action == "write":
            return (*named, *self._written(operation, call, facts))
        if action == "predict" and call.watch.resource is None:  # a model that is served elsewhere
            return self._exposed.prompted(operation, call, self._obliged.rules("prompt", operation))
        return named

    def during(self, operation: Operation, chunk: Any, facts: Facts) -> Iterable[Judgement]:
        """Piece by piece, at doubling distances: a stream of thousands must not cost a thousand searches.

        Where the policy masks what is loaded, every piece is searched.
        """
        if self._settings.on and operation.action == "write":
            return self._saving.piece(operation, chunk)
        if not self._settings.on or operation.action != "read":
            return NOTHING
        if self._obliged.rules("load", operation):
            return self._loaded(operation, chunk, facts)
        number = self._pieces[operation.id] = self._pieces.get(operation.id, 0) + 1
        if len(self._pieces) > _STREAMS:
            self._pieces.pop(next(iter(self._pieces)))
        if number & (number - 1):
            return NOTHING
        found = self._table(operation, chunk, facts)
        return found if number == 1 or any(finding.level != "note" for finding in found) else NOTHING

    def after(self, operation: Operation, call: Call, value: Any, facts: Facts) -> Iterable[Judgement]:
        if not self._settings.on:
            return NOTHING
        if operation.action == "execute":
            return self._exposed.shown(operation, call)
        if operation.action == "write":
            return self._saving.over(operation)
        return self._loaded(operation, value, facts) if operation.action == "read" else NOTHING

    def fulfil(self, obligation: Obligation, operation: Operation, call: Call, facts: Facts) -> Fulfilment:
        if obligation.deed == "redact":
            return Redacting(call, types_of(self._obliged.rules("prompt", operation)))
        if obligation.deed != "mask":
            return super().fulfil(obligation, operation, call, facts)
        return self._saving.begun(operation, call, facts)

    def fulfil_value(self, obligation: Obligation, operation: Operation, value: Any, facts: Facts) -> Any:
        if obligation.deed != "mask":
            return super().fulfil_value(obligation, operation, value, facts)
        plan = self._obliged.take(operation)
        held = facts.find(Labels)
        if held is not None:
            facts.add(plan.left(held.labels))
        return carry_out(plan, value)

    def verbs(self) -> Sequence[Verb]:
        from jupyter_mlsec.controls.pii.verbs import verbs_of

        return verbs_of(self)

    def note(self, deed: str, subject: str, details: dict[str, str]) -> None:
        """Write a deed of the verb into the ledger: what was masked, and what was opened again."""
        self._site.record(deed, subject, details)

    # -- tables -----------------------------------------------------------------------------------------------
    def _loaded(self, operation: Operation, value: Any, facts: Facts) -> tuple[Judgement, ...]:
        try:
            plan = self._obliged.plan("load", operation, value)
        except (NoIdentity, UsageError) as error:
            return (wording.cannot_mask(operation.resource.name, "handed over", error),)
        findings = self._table(operation, value, facts)
        if plan is None:
            return findings
        level: Level = "warning" if any(f.level != "note" for f in findings) or not findings else "note"
        told = wording.masked_finding(operation.resource.name, plan.found, "load", ", ".join(plan.ways), level)
        return (*quiet(findings), told, obligation(plan, "value"))

    def _written(self, operation: Operation, call: Call, facts: Facts) -> tuple[Judgement, ...]:
        def search() -> tuple[Finding, ...]:
            return self._table(operation, call.value, facts, is_saved=True)

        return self._saving.asked(operation, call, facts, search) if self._saving.concerns(operation) else search()

    def _table(self, operation: Operation, value: Any, facts: Facts, *, is_saved: bool = False) -> tuple[Finding, ...]:
        """Scan, label, and say what is new: the same columns of the same resource are told once."""
        from jupyter_mlsec.controls.pii.looked import tabled
        from jupyter_mlsec.controls.pii.table import scan_table

        self._own_engine()
        name = operation.resource.name
        scanned = scan_table(tabled(value))
        found, aside = self._kept(scanned, operation)
        if found:
            _label(found, facts)
        if not is_saved and self._settings.background:
            self._look_later(operation, value, scanned, facts.find(Labels))
        if not found:
            return aside
        self._remember(operation, value)
        pairs = tuple(sorted((column, d.type) for column, ds in found.items() for d in ds))
        is_new = self._last.get(name) != pairs and not all(
            self.known.covers(name, column, d) for column, ds in found.items() for d in ds
        )
        if is_saved:  # what was told when it was loaded is not told again when it is saved
            is_new = is_new and not set(pairs) <= {(column, kind) for _, column, kind in self.told}
        self._last[name] = pairs
        self.told.update({(name, column, d.type): d.share for column, ds in found.items() for d in ds})
        level: Level = "warning" if is_new else "note"
        return (*aside, *self._unapproved(), wording.table_finding(name, found, level=level))

    def _look_later(
        self, operation: Operation, value: Any, scanned: dict[str, list[Detection]], labels: Labels | None
    ) -> None:
        """Have every row of a large table searched beside the user's work, once for a resource of that shape."""

        def done(told: Found) -> None:
            found, _ = self._kept(told.columns, operation)
            if found:
                facts = Facts()
                facts.add(labels or Labels(labels=()))
                _label(found, facts)
                self.told.update({(name, column, d.type): d.share for column, ds in found.items() for d in ds})
                finding = wording.later_finding(name, found, told.state)
                self._site.amend(operation, findings=(finding,), facts=tuple(facts))

        name = operation.resource.name
        key = (name, str(getattr(value, "shape", "")))
        known = {column: frozenset(d.type for d in ds) for column, ds in scanned.items()}
        if key not in self._later_asked and self.later.look(value, known, done):
            self._later_asked.add(key)

    def _unapproved(self) -> tuple[Finding, ...]:
        """That the list of known findings is not followed, once for each reason."""
        why = self.known.refused
        return (wording.known_unapproved(why),) if why and self._exposed.once(why) == "warning" else ()

    def _remember(self, operation: Operation, value: Any) -> None:
        """Hold the table weakly, so that it can be looked at again when the user asks why."""
        with contextlib.suppress(TypeError):
            self._seen[operation.id] = weakref.ref(value)
            if len(self._seen) > _SEEN:
                self._seen.pop(next(iter(self._seen)))

    def explain(self, operation: str) -> str | None:
        """What was found in that operation's table, with masked examples, if the table still lives."""
        reference = self._seen.get(operation)
        value = None if reference is None else reference()
        if value is None:
            return None if reference is None else "The table it was found in is gone: load it again to see examples."
        from jupyter_mlsec.controls.pii.answers import lines_of
        from jupyter_mlsec.controls.pii.examples import examples_of
        from jupyter_mlsec.controls.pii.table import scan_table

        found = scan_table(value)
        return "\n".join(lines_of(found, examples_of(value, found))) if found else "It holds nothing personal any more."

    def _kept(
        self, found: dict[str, list[Detection]], operation: Operation
    ) -> tuple[dict[str, list[Detection]], tuple[Finding, ...]]:
        """What the settings want told, and what is to be said of what they do not."""
        s, name, cell = self._settings, operation.resource.name, operation.cell.digest
        kept: dict[str, list[Detection]] = {}
        muted: list[tuple[str, str, str]] = []
        over: list[Finding] = []
        for column, detections in found.items():
            for d in detections:
                if d.type not in s.types or d.score < s.score or d.share < s.share:
                    continue
                mute = self._mutes.muting(d.type, column, name, cell)
                if mute is not None:
                    muted.append((column, d.type, mute.reason))
                    continue
                if (ended := self._mutes.newly_over(d.type, column, name)) is not None:
                    over.append(wording.mute_over(d.type, ended.column or ended.resource, ended.until))
                kept.setdefault(column, []).append(d)
        return kept, (*over, *((wording.muted_finding(name, muted),) if muted else ()))

    # -- cells, outputs, prompts, logs ------------------------------------------------------------------------
    def redactor(self, subject: str, logger: str | None = None) -> Callable[[str, str], str] | None:
        """Hides what cells show (or, with its name, what a logger writes), given its MIME type, as the policy asks for.

        None where it does not.
        """
        return self._exposed.redactor(subject, logger)

    def displayed(self, value: Any, subject: str) -> Any:
        """A masked copy of a table that this subject may not see; any other value as it is."""
        return self._exposed.displayed(value, subject)

    @property
    def looks(self) -> bool:
        """Whether it wants to know what cells show."""
        return self._exposed.looks

    def _own_engine(self) -> None:
        """What the detector's own thread reads when it first starts is no cell's."""
        if not self._is_owned:
            from jupyter_mlsec.controls.pii.prefilter import engine

            self._is_owned = True
            engine().apart = self._site.apart


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
