"""The control: tables read or written, cells, what they show and what is asked of models are searched, and masked on demand."""

# ruff: noqa: E501  (patterns and words of other scripts, kept whole)

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from jupyter_mlsec.controls.contract import NOTHING, Call, Fulfilment, Judgement, Quiet, Site, Verb
from jupyter_mlsec.controls.pii import wording
from jupyter_mlsec.controls.pii.detection import TYPES, Detection
from jupyter_mlsec.controls.pii.known import Known
from jupyter_mlsec.controls.pii.later import Found, Later
from jupyter_mlsec.controls.pii.mutes import MARK, Mutes, in_comments
from jupyter_mlsec.controls.pii.obliged import Masking, Obliged, Redacting, carry_out, masked_to_display, obligation
from jupyter_mlsec.controls.pii.settings import Settings, When
from jupyter_mlsec.controls.pii.shown import counted, hidden, texts_in
from jupyter_mlsec.protocol.errors import NoIdentity, UsageError
from jupyter_mlsec.protocol.facts import Facts, Label, Labels
from jupyter_mlsec.protocol.records import Finding, Level, Obligation, Operation

_SECRET_MARKS = (
    "key", "token", "secret", "passw", "pwd", "://", "bearer", "authorization", "eyj", "akia", "asia", "gh",
    "xox", "sk_", "sk-", "hf_", "aiza", "sg.", "pypi-", "npm_", "glpat", "begin ", "hvs", "dapi",
)  # fmt: skip
"""A source without any of these, in lower case, holds no credential we know: most cells cost no more than this look."""

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
        self._shown: set[str] = set()
        self._is_owned = False
        self._pieces: dict[str, int] = {}
        """How many pieces came of each stream."""
        self._seen: dict[str, weakref.ref[Any]] = {}
        self.later = Later(site.apart)
        self._later_asked: set[tuple[str, str]] = set()

    def before(self, operation: Operation, call: Call, facts: Facts) -> Iterable[Judgement]:
        if not self._settings.on:
            return NOTHING
        if operation.action == "execute":
            return self._source(operation, call.value)
        if operation.action == "write":
            return self._written(operation, call, facts)
        if operation.action == "predict" and call.watch.resource is None:  # a model that is served elsewhere
            return self._prompted(operation, call)
        return NOTHING

    def during(self, operation: Operation, chunk: Any, facts: Facts) -> Iterable[Judgement]:
        """Piece by piece, at doubling distances: a stream of thousands must not cost a thousand searches.

        Where the policy masks what is loaded, every piece is searched.
        """
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
            return self._displayed(operation, call)
        return self._loaded(operation, value, facts) if operation.action == "read" else NOTHING

    def fulfil(self, obligation: Obligation, operation: Operation, call: Call, facts: Facts) -> Fulfilment:
        if obligation.deed == "redact":
            return Redacting(call, self._prompt_types(operation))
        if obligation.deed != "mask":
            return super().fulfil(obligation, operation, call, facts)
        return Masking(self._obliged.take(operation), call)

    def fulfil_value(self, obligation: Obligation, operation: Operation, value: Any, facts: Facts) -> Any:
        if obligation.deed != "mask":
            return super().fulfil_value(obligation, operation, value, facts)
        plan = self._obliged.take(operation)
        held = facts.find(Labels)
        if held is not None:
            facts.add(Labels(labels=plan.left(held.labels)))
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
            return (wording.cannot_mask(operation.resource.name, "handed over", str(error)),)
        findings = self._table(operation, value, facts)
        if plan is None:
            return findings
        level: Level = "warning" if any(f.level != "note" for f in findings) or not findings else "note"
        told = wording.masked_finding(operation.resource.name, plan.found, "load", ", ".join(plan.ways), level)
        quiet = tuple(msgspec.structs.replace(f, level="note") if f.rule.startswith("pii.") else f for f in findings)
        return (*quiet, told, obligation(plan, "value"))

    def _written(self, operation: Operation, call: Call, facts: Facts) -> tuple[Judgement, ...]:
        name = call.watch.value
        plan = None
        try:
            if name is not None and "." not in name:
                plan = self._obliged.plan("save", operation, call.value)
        except (NoIdentity, UsageError) as error:
            return (wording.cannot_mask(operation.resource.name, "saved", str(error)),)
        findings = self._table(operation, call.value, facts, is_saved=True)
        if plan is None:
            return findings
        told = wording.masked_finding(operation.resource.name, plan.found, "save", ", ".join(plan.ways), "warning")
        quiet = tuple(msgspec.structs.replace(f, level="note") for f in findings)
        return (*quiet, told, obligation(plan, "call"))

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
        if not is_saved:
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
        return (wording.known_unapproved(why),) if why and self._once(why) == "warning" else ()

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

    # -- cells, outputs, prompts ------------------------------------------------------------------------------
    def _source(self, operation: Operation, source: Any) -> tuple[Judgement, ...]:
        if not isinstance(source, str):
            return ()
        odd = 0
        if MARK in source and self._settings.comments:
            mutes, odd = in_comments(source)
            self._mutes.remember(operation.cell.digest, mutes)
        said: tuple[Finding, ...] = (wording.mute_passed_over(odd),) if odd else ()
        low = source.lower()
        if not self._settings.cells or not any(mark in low for mark in _SECRET_MARKS):
            return said
        from jupyter_mlsec.controls.pii.text import credentials_in

        count = len(credentials_in(source))
        if not count:
            return said
        mute = self._mutes.muting("CREDENTIAL", "", operation.resource.name, operation.cell.digest)
        if mute is not None:
            return (*said, wording.muted_finding(operation.resource.name, [("", "CREDENTIAL", mute.reason)]))
        return (*said, wording.source_finding(count))

    def redactor(self, subject: str, logger: str | None = None) -> Callable[[str, str], str] | None:
        """Hides what cells show (or, with its name, what a logger writes), given its MIME type, as the policy asks for.

        None where it does not.
        """
        types = self._hides(subject, logger)
        return (lambda kind, text: hidden(kind, text, types)) if types else None

    def _hides(self, subject: str, logger: str | None = None) -> frozenset[str]:
        """The types that are hidden from this subject in what cells show, or in what that logger writes."""
        if not self._settings.on or not self._settings.mask:
            return frozenset()
        when: When = "display" if logger is None else "log"
        rules = [
            rule
            for rule in self._settings.mask
            if rule.concerns(when, rule.resource if logger is None else logger, subject)
        ]
        return frozenset(kind for rule in rules for kind in rule.types or TYPES)

    def displayed(self, value: Any, subject: str) -> Any:
        """A masked copy of a table that this subject may not see; any other value as it is.

        So a column's name and its other cells count, too, and what was found in a column of that name in this run: two
        rows of a table say little by themselves. The text that comes of it is redacted besides.
        """
        types = self._hides(subject)
        if not types:
            return value
        told = {
            column: Detection(type=kind, score=1.0, count=1, share=share)
            for (_, column, kind), share in self.told.items()
            if kind in types
        }
        return masked_to_display(value, types, told)

    @property
    def looks(self) -> bool:
        """Whether it wants to know what cells show."""
        return self._settings.on and (self._settings.shown or any(rule.on == "display" for rule in self._settings.mask))

    def _displayed(self, operation: Operation, call: Call) -> tuple[Finding, ...]:
        """What the cell showed: hidden by the policy, or there for all to read."""
        if not call.shown:
            return ()
        hides, wants = self._hides(operation.subject.name), self._wants(operation)
        counts = counted(call.shown, lambda kind, score: kind in hides or wants(kind, score), self._own_engine)
        covered = {kind: count for kind, count in counts.items() if kind in hides}
        shown = {kind: count for kind, count in counts.items() if kind not in hides}
        said: list[Finding] = []
        if covered:
            said.append(wording.redacted_finding(covered, self._once("redacted")))
        if shown and self._settings.shown:
            level: Level = "warning" if set(shown) - self._shown else "note"
            self._shown.update(shown)
            said.append(wording.output_finding(shown, level))
        return tuple(said)

    def _prompted(self, operation: Operation, call: Call) -> tuple[Judgement, ...]:
        name, rules = operation.resource.name, self._obliged.rules("prompt", operation)
        if not (self._settings.prompts or rules) or not isinstance(call.value, dict):
            return ()
        counts = counted(texts_in(call.value), self._wants(operation), self._own_engine)
        if not counts:
            return ()
        types = self._prompt_types(operation)
        is_hidden = bool(rules) and (types is None or not set(counts).isdisjoint(types))
        level = self._once(f"{name} {sorted(counts)} {is_hidden}")
        finding = wording.prompt_finding(name, counts, level, is_hidden=is_hidden)
        deed = (
            (Obligation(control=self.name, deed="redact", on="call", details={"texts": "prompt"}),) if is_hidden else ()
        )
        return (finding, *deed)

    def _prompt_types(self, operation: Operation) -> frozenset[str] | None:
        rules = self._obliged.rules("prompt", operation)
        return None if any(not rule.types for rule in rules) else frozenset(t for rule in rules for t in rule.types)

    def _wants(self, operation: Operation) -> Callable[[str, float], bool]:
        s, cell = self._settings, operation.cell.digest
        return lambda kind, score: (
            kind in s.types and score >= s.score and self._mutes.muting(kind, "", operation.resource.name, cell) is None
        )

    def _own_engine(self) -> None:
        """What the detector's own thread reads when it first starts is no cell's."""
        if not self._is_owned:
            from jupyter_mlsec.controls.pii.prefilter import engine

            self._is_owned = True
            engine().apart = self._site.apart

    def _once(self, what: str) -> Level:
        """`warning` for what was not told before in this run, `note` for the rest."""
        if what in self._shown:
            return "note"
        self._shown.add(what)
        return "warning"


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
