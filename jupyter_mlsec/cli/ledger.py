"""`jupyter mlsec ledger show | verify | export`: what was recorded in this project, and whether it holds."""

from __future__ import annotations

import argparse
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlsec.cli import standards
from jupyter_mlsec.cli.answers import say, say_json
from jupyter_mlsec.cli.project import ledger_of, root_of
from jupyter_mlsec.protocol.errors import Unverified, UsageError
from jupyter_mlsec.reports.listing import line, rows

if TYPE_CHECKING:
    from jupyter_mlsec.ledger import Ledger


def run(arguments: Sequence[str]) -> int:
    """Show, verify or export."""
    given = _parser().parse_args(list(arguments))
    root = root_of(given.project)
    with ledger_of(root) as ledger:
        if given.deed == "export":
            return standards.export(ledger, root, given)
        return _show(ledger, given) if given.deed == "show" else _verify(ledger, given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="jupyter mlsec ledger", description="The project's ledger.")
    parser.add_argument("--project", type=Path, metavar="DIR", help="default: the current folder's project")
    deeds = parser.add_subparsers(dest="deed", required=True)
    show = deeds.add_parser("show", help="the entries, oldest first")
    show.add_argument("--run", help="of one run only")
    show.add_argument("--last", type=int, metavar="N", help="the newest N only")
    show.add_argument("--json", action="store_true", help="one JSON object a line")
    verify = deeds.add_parser("verify", help="recompute everything and compare")
    verify.add_argument(
        "--against", type=Path, metavar="AUDIT", help="an audit whose checkpoint must be in this ledger"
    )
    verify.add_argument("--json", action="store_true", help="what does not hold, as JSON")
    standards.offer(deeds.add_parser("export", help="the entries as OpenLineage, PROV, OCSF, OTLP logs or syslog"))
    return parser


def _show(ledger: Ledger, given: argparse.Namespace) -> int:
    entries = ledger.entries(given.run)
    if given.last is not None:
        entries = iter(deque(entries, maxlen=max(0, given.last)))
    for row in rows(entries):
        if given.json:
            say_json(row)
        else:
            say(line(row))
    return 0


def _verify(ledger: Ledger, given: argparse.Namespace) -> int:
    against = _checkpoint_of(given.against) if given.against is not None else None
    problems = ledger.verify(against=against)
    checkpoint = ledger.checkpoint()
    size = checkpoint.size if checkpoint else 0
    if given.json:
        found = [{"kind": each.kind, "text": each.text, "index": each.index} for each in problems]
        say_json({"ok": not problems, "entries": size, "problems": found})
    elif problems:
        say("DOES NOT HOLD: " + "\nAlso: ".join(each.text for each in problems))
    else:
        outside = " The audit's checkpoint is part of it." if against else ""
        say(f"HOLDS: {size} entries, checkpoint {checkpoint.short if checkpoint else 'none'}.{outside}")
    return 1 if problems else 0


def _checkpoint_of(audit: Path) -> str:
    """The checkpoint an audit carries, once the audit itself was found to hold. Raises Unverified, UsageError."""
    from jupyter_mlsec.reports.verify import verify

    found = verify(audit)
    if not found.readable:
        raise UsageError(f"{audit} is no audit to compare with: {found.problems[0]}")
    if not found.ok:
        raise Unverified(f"The ledger was not compared: the audit itself does not hold. {found.problems[0]}")
    return found.checkpoint
