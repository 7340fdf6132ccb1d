"""What the policy has masked without being asked: which rules concern an operation, and what it makes of a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.controls.pii.detection import Detection
from jupyter_mlsec.controls.pii.settings import MaskRule, When
from jupyter_mlsec.controls.pii.shown import hidden_in, texts_in
from jupyter_mlsec.controls.pii.ways import Wish
from jupyter_mlsec.protocol.facts import Label
from jupyter_mlsec.protocol.records import Obligation, Operation

_GONE = frozenset(("redact", "partial", "generalise"))
"""Ways after which a column is no longer personal data; names and moved dates still are."""
_DISPLAYED = 100_000
"""Rows of a table that is masked to be displayed: more would be felt. Of a longer one the text is redacted alone."""
_WAITING = 64
"""Operations between the question and the deed."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be masked in one value."""

    found: dict[str, list[Detection]]
    wish: Wish
    forced: frozenset[str]
    is_table: bool

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.found, *sorted(self.forced))))

    @property
    def ways(self) -> tuple[str, ...]:
        used = {self.wish.of(name, d.type) for name, ds in self.found.items() for d in ds}
        return tuple(sorted(used | {self.wish.of(name, "") for name in self.forced}))

    def left(self, labels: Sequence[Label]) -> tuple[Label, ...]:
        """The labels that still hold once it is done: a name in place of a value is personal, but not certainly."""
        kept = []
        for label in labels:
            if not self.is_table or label.column in (*self.found, *self.forced):
                if self.wish.of(label.column, label.type) in _GONE:
                    continue
                label = msgspec.structs.replace(label, certain=False)
            kept.append(label)
        return tuple(kept)


class Obliged:
    """The mask rules of the policy, and the plans of operations that are under way."""

    def __init__(self, rules: Iterable[MaskRule]) -> None:
        self._rules = tuple(rules)
        self._plans: dict[str, Plan] = {}

    def rules(self, when: When, operation: Operation) -> tuple[MaskRule, ...]:
        """The rules that concern this operation."""
        if not self._rules:
            return ()
        name, subject = operation.resource.name, operation.subject.name
        return tuple(rule for rule in self._rules if rule.concerns(when, name, subject))

    def plan(self, when: When, operation: Operation, value: Any) -> Plan | None:
        """What is to be masked in this value; None when there is nothing. Raises NoIdentity, UsageError for a key."""
        rules = self.rules(when, operation)
        if not rules or value is None:
            return None
        plan = _plan_for(rules, value)
        if plan is None:
            return None
        if plan.wish.needs_key:
            from jupyter_mlsec.controls.pii.masking import key_of

            key_of(None)
        self._plans[operation.id] = plan
        while len(self._plans) > _WAITING:
            self._plans.pop(next(iter(self._plans)))
        return plan

    def take(self, operation: Operation) -> Plan:
        """The plan made for this operation. KeyError without one."""
        return self._plans.pop(operation.id)


def obligation(plan: Plan, on: Any) -> Obligation:
    """The deed asked for, with the columns and ways for the record."""
    details = {"columns": ", ".join(plan.columns), "how": ", ".join(plan.ways)}
    return Obligation(control="pii", deed="mask", on=on, details=details)


def carry_out(plan: Plan, value: Any) -> Any:
    """The masked copy of the value."""
    if not plan.is_table:
        return hidden_in(value, frozenset(d.type for ds in plan.found.values() for d in ds))
    from jupyter_mlsec.controls.pii.masking import mask_found

    return mask_found(value, plan.found, plan.wish, plan.forced)


class Masking:
    """An obligation on a call: the masked value goes in place of the one it was given."""

    def __init__(self, plan: Plan, call: Call) -> None:
        call.replace(str(call.watch.value), carry_out(plan, call.value))

    def complete(self, value: Any) -> Any:
        return value

    def abandon(self, error: BaseException | None = None) -> None:
        """Nothing was made that could be left behind."""


class Redacting:
    """An obligation on a request to a model: its body goes without the personal data in its texts."""

    def __init__(self, call: Call, types: frozenset[str] | None) -> None:
        parameter, _, attribute = str(call.watch.value).partition(".")
        body = hidden_in(call.value, types)
        given = call.argument(parameter)
        call.replace(parameter, given.model_copy(update={attribute: body}) if attribute else body)

    def complete(self, value: Any) -> Any:
        return value

    def abandon(self, error: BaseException | None = None) -> None:
        """Nothing was made that could be left behind."""


def masked_to_display(value: Any, types: frozenset[str], told: Mapping[str, Detection]) -> Any:
    """A table with the personal data of these types redacted; a very long one, and what is no table, as it is.

    told: what columns of such a name held before.
    """
    from jupyter_mlsec import frames

    frame = frames.view(value)
    if frame is None or frame.rows > _DISPLAYED:
        return value
    from jupyter_mlsec.controls.pii.masking import everything_in, mask_found

    found = {name: [d for d in ds if d.type in types] for name, ds in everything_in(value).items()}
    for name in told.keys() & set(frame.columns):
        found.setdefault(name, []).append(told[name])
    found = {name: ds for name, ds in found.items() if ds}
    return mask_found(value, found, Wish()) if found else value


def _plan_for(rules: Sequence[MaskRule], value: Any) -> Plan | None:
    from jupyter_mlsec import frames
    from jupyter_mlsec.controls.pii.masking import everything_in

    is_records = isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)
    if is_records or frames.view(value) is not None:
        found, forced = everything_in(value), {column for rule in rules for column in rule.columns}
    elif isinstance(value, dict | list | tuple):
        found, forced = _in_texts(value), set[str]()
    else:
        return None
    own: dict[str, str] = {}
    kept: dict[str, list[Detection]] = {}
    for rule in rules:
        for name, detections in found.items():
            these = [d for d in detections if not rule.types or d.type in rule.types]
            kept.setdefault(name, []).extend(d for d in these if d not in kept.get(name, ()))
            own.update({d.type: rule.how for d in these})
        own.update(dict.fromkeys(rule.columns, rule.how))
    kept = {name: detections for name, detections in kept.items() if detections}
    if not kept and not forced:
        return None
    is_table = is_records or not isinstance(value, dict | list | tuple)
    return Plan(found=kept, wish=Wish(usual=rules[-1].how, own=own), forced=frozenset(forced), is_table=is_table)


def _in_texts(value: Any) -> dict[str, list[Detection]]:
    """What the texts of a JSON-like value hold, as if it were one column without a name."""
    from jupyter_mlsec.controls.pii.text import scan_text

    counts: dict[str, int] = {}
    for text in texts_in(value):
        for span in scan_text(text):
            counts[span.type] = counts.get(span.type, 0) + 1
    found = [Detection(type=kind, score=0.8, count=count, share=1.0) for kind, count in counts.items()]
    return {"": found} if found else {}
