"""`status`, `cost`, `pause`, `resume`, `undo`: what the guard is doing, and switching it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from jupyter_mlsec.controls.contract import Answer, Undoes, Verb
from jupyter_mlsec.host.places import shown
from jupyter_mlsec.protocol.errors import UsageError
from jupyter_mlsec.session.display import Display
from jupyter_mlsec.session.house import House
from jupyter_mlsec.session.verbs.options import Options

_EXTRAS = {"pii": ("hyperscan", "phonenumbers")}
_EXTRA_BRINGS = {"pii": "faster search for personal data, and national phone numbers"}


def state_verbs(house: House, display: Display) -> tuple[Verb, ...]:
    """The verbs about the guard itself."""

    def status(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:  # noqa: ARG001
        Options("status").read(arguments)
        data = _status(house, display)
        return Answer(text=_status_lines(data, house.seen.line()), data=data)

    def cost(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:  # noqa: ARG001
        Options("cost").read(arguments)
        milliseconds = house.gate.own_nanoseconds / 1e6
        data = {"milliseconds": round(milliseconds, 3), "entries": house.journal.recorded, "cells": house.cells}
        text = (
            f"Judging and recording took {milliseconds:.1f} ms in all, "
            f"over {house.cells} cells and {house.journal.recorded} entries."
        )
        return Answer(text=text, data=data)

    def pause(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:  # noqa: ARG001
        options = Options("pause")
        options.add_argument("--reason", default="")
        house.pause(options.read(arguments).reason)
        return Answer(text="Paused: nothing is watched until %mlsec resume. The pause itself is recorded.")

    def resume(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:  # noqa: ARG001
        Options("resume").read(arguments)
        house.resume()
        return Answer(text="Watching again.")

    def undo(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:  # noqa: ARG001
        Options("undo").read(arguments)
        return _undo(house)

    return (
        Verb(name="status", summary="What is on, watched, found and kept.", usage="%mlsec status [--json]", run=status),
        Verb(name="pause", summary="Watch nothing for a while.", usage='%mlsec pause [--reason "..."]', run=pause),
        Verb(name="resume", summary="Watch again.", usage="%mlsec resume", run=resume),
        Verb(name="undo", summary="Reverse the guard's last deed.", usage="%mlsec undo", run=undo),
        Verb(name="cost", summary="What the guard has cost so far.", usage="%mlsec cost [--json]", run=cost),
    )


def _undo(house: House) -> Answer:
    while house.deeds:
        name, deed = house.deeds.pop()
        control: object = house.controls.get(name)
        if not isinstance(control, Undoes):
            continue
        try:
            return control.undo({"verb": deed.verb, "subject": deed.subject, **deed.details})
        except UsageError:
            continue
    return Answer(text="There is nothing of the guard's to undo in this run.", ok=False)


def _status(house: House, display: Display) -> dict[str, Any]:
    ledger = house.keeping.ledger
    checkpoint = house.keeping.checkpoint()
    return {
        "state": "on" if house.scope.active else "paused",
        "profile": house.policy.profile,
        "policy": house.policy.digest[:8],
        "watching": dict(house.interception.watching),
        "awaited": list(house.interception.awaited()),
        "off": [*house.off(), *(f"{name}: its code was replaced" for name in house.interception.overwritten())],
        "missing": [extra for extra, modules in _EXTRAS.items() if not all(map(find_spec, modules))],
        "controls": list(house.controls),
        "findings": sum(one.level != "note" for one in display.findings),
        "notes": sum(one.level == "note" for one in display.findings),
        "allowances": len(list(house.allowances)),
        "recorded": house.journal.recorded,
        "cells": house.cells,
        "checkpoint": None if checkpoint is None else {"size": checkpoint.size, "root": checkpoint.root.hex()},
        "lost": 0 if ledger is None else ledger.lost,
        "coverage": house.seen.data(),
        "state_folder": ".mlsec" if ledger is None else shown(house.state()),
    }


def _status_lines(data: dict[str, Any], coverage: str) -> str:
    watching = ", ".join(f"{name} ({count})" for name, count in data["watching"].items()) or "nothing imported yet"
    awaited = f"; waiting for {', '.join(data['awaited'])}" if data["awaited"] else ""
    checkpoint = data["checkpoint"]
    kept = "no checkpoint yet" if checkpoint is None else f"checkpoint {checkpoint['size']} {checkpoint['root'][:8]}"
    lines = [
        f"mlsec is {data['state']}, profile {data['profile']} (policy {data['policy']}).",
        f"Watching {watching}{awaited}.",
        f"Controls: {', '.join(data['controls'])}.",
        f"Findings: {data['findings']} (and {data['notes']} notes); allowances in force: {data['allowances']}.",
        f"Ledger: {data['recorded']} entries of {data['cells']} cells, {kept}, in {data['state_folder']}.",
        coverage,
    ]
    if data["off"]:
        lines.append("Not watched: " + "; ".join(data["off"]) + ".")
    if data["missing"]:
        extras = ", ".join(f"[{extra}] ({_EXTRA_BRINGS[extra]})" for extra in data["missing"])
        lines.append(f"Extras not installed: {extras}.")
    if data["lost"]:
        lines.append(f'{data["lost"]} entries could not be written: see docs/ledger.md, "Lost entries".')
    return "\n".join(lines)
