"""`findings`, `why`, `allow`: what was found, what it means, and the way on."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_mlsec.controls.contract import Answer, Explains, Rule, Verb
from jupyter_mlsec.gate.allowances import Allowance
from jupyter_mlsec.protocol.entries import Allowed, Did
from jupyter_mlsec.protocol.errors import UsageError
from jupyter_mlsec.session.display import Display, Heard
from jupyter_mlsec.session.house import House, all_rules
from jupyter_mlsec.session.verbs.options import Options

_HOURS = {"h": 1.0, "d": 24.0, "w": 168.0}
_LONGEST = 10 * 365 * 24.0
ENDED = "ended an allowance"
"""The verb of the entry for an allowance that was taken back; its subject is the allowance's id."""


def finding_verbs(house: House, display: Display) -> tuple[Verb, ...]:
    """The verbs about findings and rules."""

    def findings(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:  # noqa: ARG001
        Options("findings").read(arguments)
        data = [_as_data(one) for one in display.findings]
        lines = [f"In[{one.execution}]  {one.level:<7}  {one.rule:<24}  {one.message}" for one in display.findings]
        return Answer(text="\n".join(lines) or "Nothing was found so far.", data=data)

    def why(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:  # noqa: ARG001
        options = Options("why")
        options.add_argument("rule", nargs="?")
        return _why(options.read(arguments).rule, house, display)

    def allow(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:  # noqa: ARG001
        options = Options("allow")
        options.add_argument("rule", nargs="?")
        options.add_argument("--reason", default="")
        options.add_argument("--end", default="")
        options.add_argument("--for", dest="span", default="")
        options.add_argument("--resource", default=None)
        given = options.read(arguments)
        if given.end:
            return _end(house, given.end)
        if given.rule is None:
            raise UsageError("Nothing was allowed: name the rule. %mlsec allow --help shows how.")
        return _allow(house, given.rule, given.reason, given.span, given.resource)

    allow_usage = '%mlsec allow RULE --reason "..." [--for 8h|2d|1w] [--resource GLOB]\n%mlsec allow --end ID'
    return (
        Verb(name="findings", summary="All findings of this run.", usage="%mlsec findings [--json]", run=findings),
        Verb(name="why", summary="Explain the last finding, or a rule.", usage="%mlsec why [RULE] [--json]", run=why),
        Verb(name="allow", summary="Go on past a rule, with a reason, recorded.", usage=allow_usage, run=allow),
    )


def _as_data(heard: Heard) -> dict[str, Any]:
    return {
        "rule": heard.rule,
        "level": heard.level,
        "effect": heard.effect,
        "message": heard.message,
        "resource": heard.resource,
        "execution": heard.execution,
        "fix": heard.fix,
        "places": [
            {"column": place.column, "type": place.type, "count": place.count, "share": place.share}
            for place in heard.places
        ],
    }


def _why(wanted: str | None, house: House, display: Display) -> Answer:
    rules = all_rules()
    if wanted is None:
        loud = [one for one in display.findings if one.level != "note"] or display.findings
        if not loud:
            return Answer(text="Nothing was found so far. %mlsec why RULE explains a rule; docs/rules.md lists them.")
        wanted = loud[-1].rule
    rule: Rule | None = rules.get(wanted)
    if rule is None:
        near = [name for name in rules if wanted.split(".")[-1] in name][:5]
        hint = f" Near it: {', '.join(near)}." if near else ""
        raise UsageError(f"There is no rule {wanted!r}.{hint} docs/rules.md lists all of them.")
    last = next((one for one in reversed(display.findings) if one.rule == wanted), None)
    lines = [f"{rule.id} ({rule.level}, {rule.effect})"]
    shown = None if last is None else _shown(last, house)
    if last is not None:
        lines += [f"  Found      {last.message} (In[{last.execution}])"]
    if shown:
        lines += [f"             {line}" for line in shown.splitlines()]
    lines += [
        f"  What       {rule.what}",
        f"  Why        {rule.why}",
        f"  Safeguard  {rule.safeguard}",
        f"  Fix        {(last.fix if last is not None and last.fix else rule.fix)}",
        f"  Way on     {rule.way_on}",
        f"  To teach   {rule.teach}",
    ]
    data = {
        "rule": rule.id,
        "level": rule.level,
        "effect": rule.effect,
        "what": rule.what,
        "why": rule.why,
        "safeguard": rule.safeguard,
        "fix": rule.fix,
        "way_on": rule.way_on,
        "teach": rule.teach,
        "found": None if last is None else {**_as_data(last), "shown": shown},
    }
    return Answer(text="\n".join(lines), data=data)


def _shown(heard: Heard, house: House) -> str | None:
    """What the control can show of this finding, for the user alone: it is neither recorded nor sent."""
    control: object = house.controls.get(heard.control)
    return control.explain(heard.operation) if isinstance(control, Explains) else None


def _allow(house: House, rule: str, reason: str, span: str, resource: str | None) -> Answer:
    if not reason.strip():
        raise UsageError("A reason is needed: it goes into the ledger, for whoever reads it later.")
    if not any(char in rule for char in "*?[") and rule not in all_rules():
        raise UsageError(f"There is no rule {rule!r}: nothing was allowed. docs/rules.md lists all of them.")
    if house.allowances.is_locked(rule):
        raise UsageError(f"{rule} is locked by your administrator: nothing was allowed.")
    until = 0 if not span else time.time_ns() + int(_hours(span) * 3600e9)
    allowance = Allowance(id=secrets.token_hex(4), rule=rule, reason=reason, until=until, resource=resource)
    house.allowances.add(allowance)
    house.journal.write(Allowed, id=allowance.id, rule=rule, reason=reason, until=until, resource=resource)
    length = f"for {span}" if span else "until this run ends"
    return Answer(
        text=f"{rule} is allowed {length}; the reason is recorded. %mlsec allow --end {allowance.id}",
        data={"id": allowance.id, "until": until},
    )


def _end(house: House, id: str) -> Answer:
    ended = next((one for one in house.allowances if one.id == id), None)
    if ended is None:
        raise UsageError(f"There is no allowance {id!r} in this run: nothing was ended.")
    house.allowances.drop(id)
    house.journal.write(Did, verb=ENDED, subject=id, details={"rule": ended.rule})
    return Answer(text=f"{ended.rule} is no longer allowed.", data={"id": id, "rule": ended.rule})


def _hours(span: str) -> float:
    unit = _HOURS.get(span[-1:])
    try:
        amount = float(span[:-1])
    except ValueError:
        amount = -1
    if unit is None or not 0 < amount * unit <= _LONGEST:
        raise UsageError(f"{span!r} is no span of time up to ten years: write 8h, 2d or 1w. Nothing was allowed.")
    return amount * unit
