"""A save under a policy that masks it: what is asked of the gate, what is done, and what the record says of it.

Some of what a table holds only its lineage tells: a number that lost its column's telling name. Whoever follows lineage
is asked after us, so we say which types a mask is on its way for, and mask what is taken off for that as well.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import msgspec

from jupyter_mlsec.controls.contract import Call, Fulfilment, Judgement
from jupyter_mlsec.controls.pii import wording
from jupyter_mlsec.controls.pii.detection import TYPES, Detection
from jupyter_mlsec.controls.pii.exposed import Exposed, types_of
from jupyter_mlsec.controls.pii.obliged import Obliged, Plan, carry_out, obligation
from jupyter_mlsec.controls.pii.settings import MaskRule
from jupyter_mlsec.controls.pii.ways import STRICTEST, Wish
from jupyter_mlsec.protocol.errors import NoIdentity, UsageError
from jupyter_mlsec.protocol.facts import Facts, Label, Labels
from jupyter_mlsec.protocol.records import Finding, Obligation, Operation

_COMING = "policy"
"""The source of a label without a column that only says: a mask for this type is on its way."""
Search = Callable[[], tuple[Finding, ...]]
Amend = Callable[..., None]


class Saving:
    """What becomes of saves that the policy masks."""

    def __init__(self, obliged: Obliged, exposed: Exposed, amend: Amend) -> None:
        self._obliged = obliged
        self._exposed = exposed
        self._amend = amend
        self._done: dict[str, Plan] = {}
        """What was masked besides, and is told when the save is over."""

    def concerns(self, operation: Operation) -> tuple[MaskRule, ...]:
        """The rules for this save."""
        return self._obliged.saving(operation)

    def asked(self, operation: Operation, call: Call, facts: Facts, search: Search) -> tuple[Judgement, ...]:
        """Before the save. `search` labels what it holds, and gives what there is to say of it."""
        from jupyter_mlsec.controls.pii import writing

        rules, name = self.concerns(operation), operation.resource.name
        try:
            deed = writing.deed_for(rules, call)
            if deed is None and writing.is_named(call):
                deed = Plan(found={}, wish=Wish(usual=min((rule.how for rule in rules), key=STRICTEST.index)))
            deed = self._obliged.keep(operation, deed, rules)
        except (NoIdentity, UsageError) as error:
            return (wording.cannot_mask(name, "saved", error),)
        findings = search()
        if deed is None:
            if writing.is_changing_database(call):
                return (*findings, wording.unmasked(name, self._exposed.once(f"unmasked {name}")))
            return findings
        plan = deed if isinstance(deed, Plan) else cast("Plan | None", getattr(deed, "plan", None))
        held = facts.find(Labels)
        left = Labels() if held is None else held if plan is None else plan.left(held.labels)
        coming = _coming(rules) if plan is None or (plan.is_table and plan.made is None) else ()
        facts.add(Labels(labels=left.labels, cleared=(*left.cleared, *coming)))
        if plan is None or not plan.columns:
            details = {"columns": "as found", "how": ", ".join(sorted({rule.how for rule in rules}))}
            return (*findings, Obligation(control="pii", deed="mask", on="call", details=details))
        return (*quiet(findings), self.told(operation, plan, "save"), obligation(plan, "call"))

    def opened(self, operation: Operation, call: Call) -> tuple[Finding, ...]:
        """A database that is opened for cursors that take no watch: what they write is said to be plain."""
        if operation.library != "sqlite3" or not self.concerns(operation):
            return ()
        name = operation.resource.name
        if name == "in memory" or "mode=ro" in str(call.resource):
            return ()
        return (wording.unmasked_rows(name, self._exposed.once(f"unmasked {name}")),)

    def piece(self, operation: Operation, piece: Any) -> tuple[Judgement, ...]:
        """A table on its way to a writer that was opened before: masked, it must still be of the writer's types."""
        if not self.concerns(operation):
            return ()
        try:
            plan = self._obliged.plan("save", operation, piece)
            if plan is None:
                return ()
            if getattr(carry_out(plan, piece), "schema", None) != getattr(piece, "schema", None):
                raise UsageError(wording.OTHER_TYPES)
        except (NoIdentity, UsageError) as error:
            return (wording.cannot_mask(operation.resource.name, "written to", error),)
        return (self.told(operation, plan, "save"), obligation(plan, "value"))

    def begun(self, operation: Operation, call: Call, facts: Facts) -> Fulfilment:
        """The mask, begun: everybody was asked, so all is known of what is to be masked."""
        from jupyter_mlsec.controls.pii import writing

        deed = self._obliged.take(operation)
        plan = deed if isinstance(deed, Plan) else cast("Plan | None", getattr(deed, "plan", None))
        more = {name: ds for name, ds in _taken_off(facts).items() if plan is None or name not in plan.columns}
        if plan is not None and plan.is_table and more:
            fuller = plan.besides(more)
            deed = fuller if isinstance(deed, Plan) else msgspec.structs.replace(deed, plan=fuller)
            self._done[operation.id] = msgspec.structs.replace(plan, found=more)

        def copied(made: Plan) -> None:
            self._done[operation.id] = made
            facts.add(made.left([*_as_labels(made), *_labels(facts)]))

        return writing.begun(deed, call, more, self._by_row(operation), copied)

    def over(self, operation: Operation) -> tuple[Finding, ...]:
        """After the save: what was masked besides what was said before."""
        plan = self._done.pop(operation.id, None)
        return () if plan is None else (self.told(operation, plan, "save"),)

    def told(self, operation: Operation, plan: Plan, when: str) -> Finding:
        """What was masked, told once of a resource as long as it holds the same."""
        name = operation.resource.name
        level = self._exposed.once(f"masked {when} {name} {sorted(plan.columns)}")
        return wording.masked_finding(name, plan.found, when, ", ".join(plan.ways), level)

    def _by_row(self, operation: Operation) -> Callable[[Plan, tuple[str, ...]], None]:
        def tell(plan: Plan, late: tuple[str, ...]) -> None:
            findings = [self.told(operation, plan, "save")]
            if late:
                findings.append(wording.late_mask(operation.resource.name, late))
            self._amend(operation, findings=findings)

        return tell


def quiet(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What is said of a table that is masked is only noted: the line about the mask says it again."""
    return tuple(msgspec.structs.replace(f, level="note") if f.rule.startswith("pii.") else f for f in findings)


def _coming(rules: tuple[MaskRule, ...]) -> tuple[Label, ...]:
    kinds = types_of(rules) or TYPES
    return tuple(Label(column="", type=kind, score=0.0, source=_COMING, rule="masked") for kind in sorted(kinds))


def _taken_off(facts: Facts) -> dict[str, list[Detection]]:
    """What others took off because of us; the labels that told them to are gone from the facts then."""
    held = facts.find(Labels)
    if held is None:
        return {}
    facts.add(Labels(labels=held.labels, cleared=tuple(each for each in held.cleared if each.source != _COMING)))
    found: dict[str, list[Detection]] = {}
    for label in held.cleared:
        if label.source == "inherited" and label.rule == "masked":
            found.setdefault(label.column, []).append(Detection(type=label.type, score=1.0, count=1, share=1.0))
    return found


def _labels(facts: Facts) -> tuple[Label, ...]:
    held = facts.find(Labels)
    return () if held is None else held.labels


def _as_labels(plan: Plan) -> list[Label]:
    return [
        Label(column=column, type=d.type, score=d.score, source=d.source, share=d.share)
        for column, detections in plan.found.items()
        for d in detections
    ]
