"""The schema control: the first load of a resource teaches, later loads are compared, approved schemas deny."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mlsec import frames
from jupyter_mlsec.controls.contract import NOTHING, Answer, Call, Judgement, Quiet, Site, Verb
from jupyter_mlsec.controls.schema import injection, wording
from jupyter_mlsec.controls.schema.bounded import Bounded
from jupyter_mlsec.controls.schema.families import outside
from jupyter_mlsec.controls.schema.settings import Settings
from jupyter_mlsec.protocol.facts import Facts, Shape
from jupyter_mlsec.protocol.records import Level, Operation

# What judges tables is read when the first one comes: a notebook opens sooner by as much.
if TYPE_CHECKING:
    from jupyter_mlsec.controls.schema.models import Models
    from jupyter_mlsec.controls.schema.parts import Asked
    from jupyter_mlsec.controls.schema.past import Failed, Stream
    from jupyter_mlsec.controls.schema.store import Store

_ANSWERS = frozenset({"predict", "transform"})
_NAMELESS = ("buffer", "unknown")


class SchemaControl(Quiet):
    """Decides on tables that were read. Everything it keeps lies in the project's `.mlsec/`."""

    name = "schema"

    def __init__(self, site: Site) -> None:
        self.site = site
        self.settings: Settings = site.settings
        self.failed: Bounded[Failed] = Bounded()
        """By resource: the last load that did not fit."""
        self._labelled: Bounded[frozenset[str]] = Bounded()
        self.asked: Bounded[Asked] = Bounded()
        """By operation: what the load was told to leave out."""
        self._outside: Bounded[str] = Bounded()
        self._models: Models | None = None
        self._reports: Bounded[str] = Bounded()
        self._streams: Bounded[Stream] = Bounded()
        self._plans: Bounded[Any] = Bounded()
        self._store: Store | None = None
        chosen = self.settings
        denies = "deny" in (chosen.learned, chosen.approved, chosen.unapproved, chosen.inputs, chosen.injections)
        self.may_deny = denies and site.profile != "observe"

    def before(self, operation: Operation, call: Call, facts: Facts) -> Iterable[Judgement]:
        """Compare a model's input with what it learned from; look where a file outside of the project lies."""
        if operation.action in _ANSWERS:
            return NOTHING if self.settings.inputs == "off" else self.models.asked(operation, call, facts)
        if operation.action == "read" and operation.resource.name.startswith(".../"):
            place = outside(operation.resource.name, call.resource, os.fspath(self.site.project()))
            self._outside.put(operation.id, place)
        return NOTHING

    def after(self, operation: Operation, call: Call, value: Any, facts: Facts) -> Iterable[Judgement]:
        """Check or learn a table that was read; learn what a model was fitted on."""
        if operation.action == "fit" and self.settings.inputs != "off":
            self.models.fitted(operation, call, value, facts)
        if operation.action != "read":
            return NOTHING
        from jupyter_mlsec.controls.schema.parts import asked, kept_by

        part = asked(call)
        if part is not None:
            self.asked.put(operation.id, part)
        if not operation.whole and call.watch.keeps is not None:
            self._plans.put(operation.id, kept_by(call, operation))
        return self._look(operation, value, facts, None)

    def during(self, operation: Operation, chunk: Any, facts: Facts) -> Iterable[Judgement]:
        """Check each piece of a stream; the first teaches when nothing is known yet, and the rest of it goes on to."""
        if operation.action != "read":
            return NOTHING
        from jupyter_mlsec.controls.schema.past import Stream

        stream = self._streams.find(operation.id) or self._streams.put(operation.id, Stream())
        return self._look(operation, chunk, facts, stream)

    def report(self, operation: Operation) -> str | None:
        """The failure report of a load that did not fit: counts, positions, masked examples. Never recorded."""
        return self._reports.find(operation.id)

    def name_of(self, operation: Operation) -> str:
        """The resource of a read, as schemas know it."""
        return self._outside.find(operation.id) or operation.resource.name

    def verbs(self) -> Sequence[Verb]:
        """`%mlsec schema`."""
        from jupyter_mlsec.controls.schema.verbs import verbs

        return verbs(self)

    def undo(self, details: Mapping[str, str]) -> Answer:
        """Take back an approval of ours, or what relaxed one."""
        resource = details.get("resource", "")
        if details.get("deed") not in ("approve", "relax") or not details.get("digest"):
            return Answer(text="A reset cannot be undone: the next load learns anew.", ok=False)
        return Answer(text=self.store.withdraw(resource, dict(details)))

    @property
    def store(self) -> Store:
        """The project's schemas; its folder is made when the first is learned."""
        if self._store is None:
            from jupyter_mlsec.controls.schema.store import Store

            self._store = Store(self.site.state(), self.site.data(), self.site.project(), self.settings.families)
        return self._store

    @property
    def models(self) -> Models:
        """What the models of this session learned from."""
        if self._models is None:
            from jupyter_mlsec.controls.schema.models import Models

            self._models = Models(self.settings, observes=self.site.profile == "observe")
        return self._models

    @property
    def record(self) -> Any:
        """How a verb's deed reaches the ledger: `record(verb, subject, details)`."""
        return self.site.record

    def keep_failed(self, operation: Operation, failed: Failed) -> None:
        """Remember a load that did not fit, for the denial and the verbs."""
        self._reports.put(operation.id, failed.report)
        self.failed.put(failed.resource, failed)

    def labelled(self, resource: str) -> frozenset[str]:
        """Columns of the resource that carried a personal label when it was last loaded."""
        return self._labelled.find(resource) or frozenset()

    def keep_labelled(self, resource: str, columns: frozenset[str]) -> None:
        """Remember them for the verbs, which meet the table again without its labels."""
        if columns:
            self._labelled.put(resource, columns)

    def effect(self, setting: str) -> Any:  # Any: the literal Effect, which a comparison does not narrow to
        """What a setting comes to under this profile."""
        return "deny" if setting == "deny" and self.site.profile != "observe" else "permit"

    def _look(self, operation: Operation, value: Any, facts: Facts, stream: Stream | None) -> Iterable[Judgement]:
        frame = frames.view(value)
        if frame is None:
            return NOTHING
        if facts.find(Shape) is None:
            facts.add(Shape(rows=frame.rows, columns=frame.columns, types=frame.types))
        found: list[Judgement] = [*self._injections(operation, frame)]
        if operation.resource.kind in _NAMELESS:
            return found
        from jupyter_mlsec.controls.schema.table import Look

        look = Look(self, operation, value, frame, facts, stream)
        if operation.whole:
            return [*found, *look.at_whole()]
        kept = self._plans.find(operation.id)
        return found if kept is None else [*found, *look.at_part(kept)]  # a query's result is a resource of its own

    def _injections(self, operation: Operation, frame: frames.Frame) -> Iterable[Judgement]:
        """Text that is shaped like code, whatever it was read from."""
        setting = self.settings.injections
        found = () if setting == "off" else injection.shaped(frame)
        if not found:
            return NOTHING
        effect = self.effect(setting)
        level: Level = "error" if effect == "deny" else "note" if setting == "note" else "warning"
        return (wording.injections(operation.resource.name, found, effect, level),)
