"""Fits and questions as the schema control sees them: learn the input at a fit, compare it at each question."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jupyter_mlsec.controls.contract import NOTHING, Call, Judgement
from jupyter_mlsec.controls.schema import inputs, wording
from jupyter_mlsec.controls.schema.questions import SKIPPED, differences
from jupyter_mlsec.controls.schema.settings import Settings
from jupyter_mlsec.controls.schema.verdict import Failure, Verdict
from jupyter_mlsec.protocol.facts import Facts, Labels, SchemaVerdict
from jupyter_mlsec.protocol.records import Effect, Level, Operation


class Models:
    """The models of this session whose input was learned. `observes`: nothing is ever denied."""

    def __init__(self, settings: Settings, *, observes: bool) -> None:
        self._fitted = inputs.Fitted()
        self._denies = settings.inputs == "deny" and not observes
        self._level: Level = "error" if self._denies else "note" if settings.inputs == "note" else "warning"
        self._effect: Effect = "deny" if self._denies else "permit"
        self._learn = settings.learn
        self._said: set[tuple[str, str, str]] = set()
        self._last: SchemaVerdict | None = None

    def fitted(self, operation: Operation, call: Call, value: Any, facts: Facts) -> None:
        """Learn what the model was fitted on; the record gets its digest."""
        model = value if call.resource is None else call.resource
        if not self._learn:
            return
        labels = facts.find(Labels)
        labelled = {label.column for label in labels.labels} if labels else set[str]()
        earlier = self._fitted.of(model) if operation.function == "partial_fit" else None
        learned = inputs.learned(call.value, labelled=labelled, earlier=earlier)
        if learned is None or not self._fitted.put(model, learned):
            self._fitted.drop(model)
            return
        facts.add(SchemaVerdict(schema=operation.resource.name, state="learned", ok=True, digest=learned.digest))

    def asked(self, operation: Operation, call: Call, facts: Facts) -> Iterable[Judgement]:
        """Compare an input with what the model was fitted on."""
        known = self._fitted.of(call.args[0] if call.watch.resource == "self" and call.args else call.resource)
        if known is None or operation.function in SKIPPED:
            return NOTHING
        table = call.value
        found = differences(known, table, columns=self._denies)
        name = operation.resource.name
        if not found:
            facts.add(self._held(name, known.digest))
            return NOTHING
        failures = tuple((one.column, one.check, one.count) for one in found)
        facts.add(SchemaVerdict(schema=name, state="learned", ok=False, failures=failures, digest=known.digest))
        verdict = Verdict(ok=False, failures=found, rows=len(table))
        level = self._level if self._is_news(known.digest, found) or self._denies else "note"
        return (wording.input_differs(name, verdict, self._effect, level),)

    def _held(self, name: str, digest: str) -> SchemaVerdict:
        """That an input fits, made once for each schema: it is said of every call in a loop."""
        if self._last is None or (self._last.schema, self._last.digest) != (name, digest):
            self._last = SchemaVerdict(schema=name, state="learned", ok=True, digest=digest)
        return self._last

    def _is_news(self, digest: str, found: tuple[Failure, ...]) -> bool:
        """Whether one of these was not said of this model yet: in a loop the rest is counted, not said again."""
        keys = {(digest, one.column, one.check) for one in found}
        is_news = not keys <= self._said
        if len(self._said) < 10_000:
            self._said |= keys
        return is_news
