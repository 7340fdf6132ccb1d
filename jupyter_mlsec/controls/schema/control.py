"""The schema control: the first load of a resource teaches, later loads are compared, approved schemas deny."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jupyter_mlsec import frames
from jupyter_mlsec.controls.contract import NOTHING, Answer, Call, Judgement, Quiet, Site, Verb
from jupyter_mlsec.controls.schema import wording
from jupyter_mlsec.controls.schema.fused import judge
from jupyter_mlsec.controls.schema.learn import learn
from jupyter_mlsec.controls.schema.settings import Settings
from jupyter_mlsec.controls.schema.spec import Schema, State
from jupyter_mlsec.controls.schema.store import Approved, Store
from jupyter_mlsec.controls.schema.verdict import Verdict
from jupyter_mlsec.frames import Frame
from jupyter_mlsec.protocol.errors import SchemaError
from jupyter_mlsec.protocol.facts import Facts, Labels, SchemaVerdict, Shape
from jupyter_mlsec.protocol.records import Finding, Level, Operation

_NAMELESS = ("buffer", "unknown")


class SchemaControl(Quiet):
    """Decides on tables that were read. Everything it keeps lies in the project's `.mlsec/`."""

    name = "schema"

    def __init__(self, site: Site) -> None:
        self._site = site
        self._settings: Settings = site.settings
        self._store: Store | None = None
        denies = "deny" in (self._settings.learned, self._settings.approved, self._settings.unapproved)
        self.may_deny = denies and site.profile != "observe"

    def after(self, operation: Operation, call: Call, value: Any, facts: Facts) -> Iterable[Judgement]:
        """Check or learn a table that was read."""
        del call
        return self._look(operation, value, facts)

    def during(self, operation: Operation, chunk: Any, facts: Facts) -> Iterable[Judgement]:
        """Check each piece of a stream; the first piece teaches when nothing is known yet."""
        return self._look(operation, chunk, facts)

    def verbs(self) -> Sequence[Verb]:
        """`%mlsec schema`."""
        from jupyter_mlsec.controls.schema.verbs import verbs

        return verbs(self)

    def undo(self, details: Mapping[str, str]) -> Answer:
        """Take back an approval of ours."""
        resource = details.get("resource", "")
        if details.get("deed") != "approve" or not resource:
            return Answer(text="A reset cannot be undone: the next load learns anew.", ok=False)
        return Answer(text=self.store.withdraw(resource, dict(details)))

    @property
    def store(self) -> Store:
        """The project's schemas; its folder is made when the first is learned."""
        if self._store is None:
            self._store = Store(self._site.state(), self._site.data())
        return self._store

    @property
    def record(self) -> Any:
        """How a verb's deed reaches the ledger: `record(verb, subject, details)`."""
        return self._site.record

    def _look(self, operation: Operation, value: Any, facts: Facts) -> Iterable[Judgement]:
        if operation.action != "read":
            return NOTHING
        frame = frames.view(value)
        if frame is None:
            return NOTHING
        if facts.find(Shape) is None:
            facts.add(Shape(rows=frame.rows, columns=frame.columns, types=frame.types))
        if operation.resource.kind in _NAMELESS or not frame.columns or not operation.whole:
            return NOTHING  # what a query or plan made of a resource is not the resource's to be judged by
        return self._judged(operation.resource.name, frame, facts)

    def _judged(self, resource: str, frame: Frame, facts: Facts) -> list[Finding]:
        findings: list[Finding] = []
        approved: Approved | None = None
        try:
            approved = self.store.approved(resource)
        except SchemaError as error:
            findings.append(wording.unreadable(resource, str(error)))
        if approved is not None:
            verdict = self._verdict(frame, approved.schema, "approved", facts)
            if not verdict.ok:
                findings.append(wording.violated(resource, verdict, self._effect(self._settings.approved)))
        if approved is None or not approved.is_mine:
            findings += self._without_approval(resource, frame, facts, tell=approved is None)
        return findings

    def _without_approval(self, resource: str, frame: Frame, facts: Facts, *, tell: bool) -> list[Finding]:
        """What a resource gets that this user has not approved. `tell`: the learned verdict becomes the fact."""
        findings: list[Finding] = []
        known = self.store.learned(resource)
        if known is not None:
            verdict = self._verdict(frame, known, "learned", facts if tell else Facts())
            if not verdict.ok:
                effect = self._effect(self._settings.learned)
                level: Level = "error" if effect == "deny" else "warning"
                if self._settings.learned == "note":
                    level = "note"
                findings.append(wording.differs(resource, verdict, effect, level))
        elif self._settings.learn and frame.rows:
            labels = facts.find(Labels)
            labelled = {label.column for label in labels.labels} if labels else set()
            self.store.keep(learn(frame, resource, labelled=labelled, max_values=self._settings.max_values))
            findings.append(wording.learned(resource, len(frame.columns), frame.rows))
        if self._effect(self._settings.unapproved) == "deny":
            findings.append(wording.unapproved(resource))
        return findings

    def _verdict(self, frame: Frame, schema: Schema, state: State, facts: Facts) -> Verdict:
        verdict = judge(frame, schema)
        failures = tuple((one.column, one.check, one.count) for one in verdict.failures)
        facts.add(SchemaVerdict(schema=schema.resource, state=state, ok=verdict.ok, failures=failures))
        return verdict

    def _effect(self, setting: str) -> Any:  # Any: the literal Effect, which a comparison does not narrow to
        return "deny" if setting == "deny" and self._site.profile != "observe" else "permit"
