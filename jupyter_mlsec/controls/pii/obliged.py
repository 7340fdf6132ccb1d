"""What the policy has masked without being asked: which rules concern an operation, and what it makes of a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.controls.pii.detection import Detection
from jupyter_mlsec.controls.pii.settings import MaskRule, When
from jupyter_mlsec.controls.pii.shown import hidden_in
from jupyter_mlsec.controls.pii.ways import KEYED, STRICTEST, Wish
from jupyter_mlsec.protocol.facts import Label, LabelRule, Labels
from jupyter_mlsec.protocol.records import Obligation, Operation

Deed = TypeVar("Deed")
_DISPLAYED = 100_000
"""Rows of a table that is masked to be displayed: more would be felt. Of a longer one the text is redacted alone."""
_WAITING = 64
"""Operations between the question and the deed."""
_DOCUMENTS = frozenset(("html", "latex", "markdown", "text", "typst", "excel", "figure"))
"""Formats that people read."""
_ENOUGH = frozenset(("redact", "partial", "generalise"))
"""Where the policy itself asks for such a mask, what is left is held to be no personal data; by hand it is a doubt."""
_LEFT: dict[str, tuple[LabelRule, float]] = {
    "redact": ("masked", 0.0),
    "partial": ("computed", 0.5),
    "generalise": ("computed", 0.5),
    "shift": ("computed", 0.5),
    "token": ("tokenised", 0.25),
    "reversible": ("tokenised", 0.25),
}
"""By which of lineage's rules a label goes on once its column was masked so, and how much of its score is left."""


def rule_after(way: str) -> LabelRule:
    """By which of lineage's rules the labels of columns that were masked this way weaken, or go."""
    return _LEFT[way][0]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be masked in one value."""

    found: dict[str, list[Detection]]
    wish: Wish
    forced: frozenset[str] = frozenset()
    is_table: bool = True
    made: Any = None
    """The masked copy, where it was made to find out what there is to mask."""

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.found, *sorted(self.forced))))

    @property
    def ways(self) -> tuple[str, ...]:
        used = {self.wish.of(name, d.type) for name, ds in self.found.items() for d in ds}
        return tuple(sorted(used | {self.wish.of(name, "") for name in self.forced}))

    def besides(self, more: Mapping[str, Sequence[Detection]]) -> Plan:
        """The plan with more to mask in columns that it leaves alone."""
        added = {name: list(detections) for name, detections in more.items() if name not in self.columns}
        return msgspec.structs.replace(self, found={**self.found, **added})

    def left(self, labels: Sequence[Label]) -> Labels:
        """The labels that still hold once it is done, weakened by their rule, and those that were taken off."""
        kept, cleared = list[Label](), list[Label]()
        for label in labels:
            if self.is_table and label.column not in (*self.found, *self.forced):
                kept.append(label)
                continue
            way = self.wish.of(label.column, label.type)
            rule, weight = _LEFT["redact" if way in _ENOUGH else way]
            score = round(label.score * weight, 3)
            weaker = msgspec.structs.replace(label, score=score, certain=False, source="inherited", rule=rule)
            (kept if weight else cleared).append(weaker)
        return Labels(labels=tuple(kept), cleared=tuple(cleared))


class Obliged:
    """The mask rules of the policy, and the plans of operations that are under way."""

    def __init__(self, rules: Iterable[MaskRule]) -> None:
        self._rules = tuple(rules)
        self._plans: dict[str, Any] = {}  # Any: a Plan, or a deed of writing.py, which stands above us

    def rules(self, when: When, operation: Operation) -> tuple[MaskRule, ...]:
        """The rules that concern this operation."""
        if not self._rules:
            return ()
        name, subject = operation.resource.name, operation.subject.name
        return tuple(rule for rule in self._rules if rule.concerns(when, name, subject))

    def saving(self, operation: Operation) -> tuple[MaskRule, ...]:
        """The rules for what is saved; of documents for people those for an export as well."""
        rules = self.rules("save", operation)
        return (*rules, *self.rules("export", operation)) if is_document(operation) else rules

    def plan(self, when: When, operation: Operation, value: Any) -> Plan | None:
        """What is to be masked in a table or JSON-like value; None: nothing. Raises NoIdentity, UsageError.

        What only knows how to read (a lazy table, a reader of pieces) holds nothing yet.
        """
        rules = self.saving(operation) if when == "save" else self.rules(when, operation)
        if not rules or not _holds_values(value):
            return None
        return self.keep(operation, plan_for(rules, value), rules)

    def keep(self, operation: Operation, plan: Deed, rules: Iterable[MaskRule]) -> Deed:
        """The plan, remembered until it is carried out. Raises NoIdentity, UsageError for a key that is needed."""
        if plan is None:
            return plan
        ways = getattr(plan, "ways", None) or [rule.how for rule in rules]
        if not KEYED.isdisjoint(ways):
            from jupyter_mlsec.controls.pii.masking import key_of

            key_of(None)
        self._plans[operation.id] = plan
        while len(self._plans) > _WAITING:
            self._plans.pop(next(iter(self._plans)))
        return plan

    def take(self, operation: Operation) -> Any:
        """The plan made for this operation. KeyError without one."""
        return self._plans.pop(operation.id)


def obligation(plan: Plan, on: Any) -> Obligation:
    """The deed asked for, with the columns and ways for the record."""
    details = {"columns": ", ".join(plan.columns), "how": ", ".join(plan.ways)}
    return Obligation(control="pii", deed="mask", on=on, details=details)


def carry_out(plan: Plan, value: Any) -> Any:
    """The masked copy of the value."""
    if plan.made is not None:
        return plan.made
    from jupyter_mlsec.controls.pii.masking import mask_found

    return lazy_as(value, mask_found(value, plan.found, plan.wish, plan.forced))


def lazy_as(value: Any, made: Any) -> Any:
    """What was made of a lazy table of polars', lazy again: its writers are the plan's."""
    return made.lazy() if hasattr(value, "collect") and hasattr(made, "lazy") else made


class Masking:
    """An obligation on a call: the masked value goes in place of the one it was given."""

    def __init__(self, plan: Plan | None, call: Call) -> None:
        """Without a plan it is there already."""
        if plan is not None:
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
    levels = getattr(getattr(value, "index", None), "names", ())
    for name in told.keys() & {*frame.columns, *map(str, levels)}:
        found.setdefault(name, []).append(told[name])
    found = {name: ds for name, ds in found.items() if ds}
    return mask_found(value, found, Wish()) if found else value


def is_document(operation: Operation) -> bool:
    """Whether what is written is for people to read: a page, a sheet, a text, the clipboard, a picture."""
    return operation.resource.format in _DOCUMENTS or operation.resource.name == "clipboard"


def _holds_values(value: Any) -> bool:
    from jupyter_mlsec import frames
    from jupyter_mlsec.controls.pii.arrays import is_array

    return isinstance(value, dict | list | tuple) or is_array(value) or frames.view(value) is not None


def plan_for(
    rules: Sequence[MaskRule], value: Any, more: Mapping[str, Sequence[Detection]] | None = None
) -> Plan | None:
    """What these rules mask in a value; None: nothing. Raises UsageError for what no masked copy can be made of.

    more: what is known of a table's columns besides what its values tell.
    """
    from jupyter_mlsec.controls.pii.masking import everything_in, is_table, mask_found
    from jupyter_mlsec.controls.pii.parts import Parts
    from jupyter_mlsec.controls.pii.rebuilding import eager

    if is_table(value):
        table = eager(value)
        names = names_in(table)
        known = {name: detections for name, detections in (more or {}).items() if name in names}
        return chosen(rules, {**known, **everything_in(table)}, names)

    def scanned(table: Any) -> dict[str, list[Detection]]:
        table = eager(table)
        plan = chosen(rules, everything_in(table), names_in(table))
        return {} if plan is None else {**{name: [] for name in plan.forced}, **plan.found}

    def hide(table: Any, found: dict[str, list[Detection]]) -> Any:
        plan = chosen(rules, found, tuple(found))
        return table if plan is None else lazy_as(table, mask_found(table, plan.found, plan.wish, plan.forced))

    parts = Parts(scanned, hide)
    made = parts.masked(value)
    plan = chosen(rules, parts.found, tuple(parts.found))
    return None if plan is None else msgspec.structs.replace(plan, is_table=False, made=made)


def names_in(table: Any) -> tuple[str, ...]:
    """The names by which a policy may call the columns (and index levels) of a table."""
    from jupyter_mlsec.controls.pii.rebuilding import columns_of

    return tuple(columns_of(table))


def chosen(rules: Sequence[MaskRule], found: Mapping[str, Sequence[Detection]], names: Sequence[str]) -> Plan | None:
    """What the rules have masked of what was found, and how; None when it is nothing.

    Of several rules for one value the more special goes: the one that names the column, then the one that names the
    type; of two alike, the one that leaves less.
    """
    forced = frozenset(column for rule in rules for column in rule.columns if column in names)
    kept = {
        name: [d for d in detections if any(not rule.types or d.type in rule.types for rule in rules)]
        for name, detections in found.items()
    }
    kept = {name: detections for name, detections in kept.items() if detections}
    if not kept and not forced:
        return None
    both = {(name, d.type): _way(rules, name, d.type) for name, ds in kept.items() for d in ds}
    own = {name: _way(rules, name, "") for name in forced}
    usual = min((rule.how for rule in rules), key=STRICTEST.index)
    return Plan(found=kept, wish=Wish(usual=usual, own=own, both=both), forced=forced)


def _way(rules: Sequence[MaskRule], column: str, kind: str) -> str:
    fitting = (
        (0 if column in rule.columns else 1 if kind in rule.types else 2, STRICTEST.index(rule.how), rule.how)
        for rule in rules
        if column in rule.columns or kind in rule.types or not rule.types
    )
    return min(fitting)[2]
