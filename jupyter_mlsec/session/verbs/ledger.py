"""`ledger`: what was recorded, and whether it holds."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_mlsec.controls.contract import Answer, Verb
from jupyter_mlsec.protocol.errors import LedgerError
from jupyter_mlsec.session.house import House
from jupyter_mlsec.session.verbs.options import Options

_USAGE = """%mlsec ledger                 how many entries, and the newest checkpoint
%mlsec ledger show [--last N] the newest entries, one line each
%mlsec ledger verify          recompute everything and compare
In a shell, jupyter mlsec ledger also proves single entries, erases, exports, and has checkpoints cosigned."""


def ledger_verbs(house: House) -> tuple[Verb, ...]:
    """The ledger verb."""

    def run(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:  # noqa: ARG001
        options = Options("ledger")
        options.add_argument("deed", nargs="?", default="checkpoint", choices=["checkpoint", "show", "verify"])
        options.add_argument("--last", type=int, default=20)
        given = options.read(arguments)
        ledger = house.keeping.open()
        with contextlib.suppress(LedgerError):  # a ledger that does not hold can still be shown and verified
            ledger.fold()
        if given.deed == "show":
            return _show(house, given.last)
        if given.deed == "verify":
            problems = ledger.verify()
            text = "\n".join(one.text for one in problems) or f"Holds: {_size(house)} entries."
            return Answer(text=text, data={"problems": [one.text for one in problems]}, ok=not problems)
        return _checkpoint(house)

    return (Verb(name="ledger", summary="What was recorded, and its checkpoint.", usage=_USAGE, run=run),)


def _size(house: House) -> int:
    checkpoint = house.keeping.open().checkpoint()
    return 0 if checkpoint is None else checkpoint.size


def _checkpoint(house: House) -> Answer:
    checkpoint = house.keeping.open().checkpoint()
    if checkpoint is None:
        return Answer(text="The ledger is empty.", data=None)
    text = f"{checkpoint.size} entries, checkpoint {checkpoint.short} of {checkpoint.origin}, signed."
    return Answer(text=text, data={"size": checkpoint.size, "root": checkpoint.root.hex(), "origin": checkpoint.origin})


def _show(house: House, last: int) -> Answer:
    from jupyter_mlsec.ledger.commitments import opened
    from jupyter_mlsec.reports.listing import line, rows

    ledger = house.keeping.open()
    newest = [opened(row, ledger.text_of) for row in rows(ledger.entries(start=max(0, _size(house) - max(0, last))))]
    return Answer(text="\n".join(map(line, newest)) or "The ledger is empty.", data=newest)
