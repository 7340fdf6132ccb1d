"""`jupyter mlsec ledger show | verify | prove | erase | export | witness`: what was recorded, and whether it holds."""

from __future__ import annotations

import argparse
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlsec.cli import proving, stamping, standards, witnessing
from jupyter_mlsec.cli.answers import say, say_json
from jupyter_mlsec.cli.project import ledger_of, root_of
from jupyter_mlsec.ledger.commitments import opened
from jupyter_mlsec.protocol.errors import Unverified, UsageError
from jupyter_mlsec.reports.listing import line, rows

if TYPE_CHECKING:
    from jupyter_mlsec.ledger import Ledger


def run(arguments: Sequence[str]) -> int:
    """Do one of the ledger's deeds."""
    given = _parser().parse_args(list(arguments))
    if given.deed == "witness" and given.step in witnessing.NO_LEDGER:
        return witnessing.run_without_ledger(given)
    if given.deed == "verify" and given.proof is not None:
        return proving.verify_file(given)
    root = root_of(given.project)
    with ledger_of(root) as ledger:
        return _do(ledger, root, given)


def _do(ledger: Ledger, root: Path, given: argparse.Namespace) -> int:
    if given.deed == "show":
        return _show(ledger, given)
    if given.deed == "verify":
        return _verify(ledger, given)
    if given.deed == "prove":
        return proving.prove(ledger, given)
    if given.deed == "erase":
        return _erase(ledger, given)
    if given.deed == "witness":
        return witnessing.run(ledger, given)
    if given.deed == "timestamp":
        return stamping.run(ledger, given)
    return standards.export(ledger, root, given) if given.folder is None else proving.export(ledger, given.folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="jupyter mlsec ledger", description="The project's ledger.")
    parser.add_argument("--project", type=Path, metavar="DIR", help="default: the current folder's project")
    deeds = parser.add_subparsers(dest="deed", required=True)
    show = deeds.add_parser("show", help="the entries, oldest first")
    show.add_argument("--run", help="of one run only")
    show.add_argument("--last", type=int, metavar="N", help="the newest N only")
    show.add_argument("--json", action="store_true", help="one JSON object a line")
    _offer_verify(deeds.add_parser("verify", help="recompute everything and compare; or check one proof alone"))
    proving.offer(deeds.add_parser("prove", help="write the proof that one entry is in this ledger"))
    erase = deeds.add_parser("erase", help="take back what was typed as a reason; the ledger still verifies")
    what = erase.add_mutually_exclusive_group(required=True)
    what.add_argument("--entry", type=int, metavar="INDEX", help="the reason in this entry")
    what.add_argument("--text", help="every reason that contains this")
    erase.add_argument("--reason", required=True, help="why; it can be erased too")
    export = deeds.add_parser("export", help="static tiles into FOLDER, or the entries in a standard's shape")
    export.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="new, empty or an earlier export")
    standards.offer(export)
    stamping.offer(deeds.add_parser("timestamp", help="have an authority say when the newest checkpoint was there"))
    witnessing.offer(deeds.add_parser("witness", help="have the newest checkpoint cosigned on another machine"))
    return parser


def _offer_verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("proof", nargs="?", type=Path, metavar="FILE.tlog-proof", help="no ledger is needed for it")
    parser.add_argument(
        "--against", type=Path, metavar="AUDIT", help="an audit whose checkpoint must be in this ledger"
    )
    parser.add_argument(
        "--trust", type=Path, action="append", default=[], metavar="KEYFILE", help="of a proof's signer"
    )
    parser.add_argument(
        "--witness", type=Path, action="append", default=[], metavar="VKEY", help="who must have cosigned"
    )
    parser.add_argument(
        "--tsa", type=Path, action="append", default=[], metavar="CERTS", help="who must have time-stamped"
    )
    parser.add_argument("--json", action="store_true", help="what does not hold, as JSON")


def _show(ledger: Ledger, given: argparse.Namespace) -> int:
    for row in rows(_chosen(ledger, given)):
        told = opened(row, ledger.text_of)
        if given.json:
            say_json(told)
        else:
            say(line(told))
    return 0


def _chosen(ledger: Ledger, given: argparse.Namespace) -> Iterator[tuple[int, bytes]]:
    if given.last is None:
        return ledger.entries(given.run)
    if given.run is None:
        checkpoint = ledger.checkpoint()
        size = checkpoint.size if checkpoint else 0
        return ledger.entries(start=max(0, size - max(0, given.last)))
    return iter(deque(ledger.entries(given.run), maxlen=max(0, given.last)))


def _erase(ledger: Ledger, given: argparse.Namespace) -> int:
    found = ledger.erase(entry=given.entry, text=given.text, reason=given.reason)
    say(
        f"Erased from {', '.join(f'entry {index}' for index in found) or 'no entry'}; the ledger says so. "
        "Audits that were exported and backups that were made before still hold it."
    )
    return 0


def _verify(ledger: Ledger, given: argparse.Namespace) -> int:
    against = _checkpoint_of(given.against) if given.against is not None else None
    problems = ledger.verify(against=against)
    checkpoint = ledger.checkpoint()
    size = checkpoint.size if checkpoint else 0
    found = [{"kind": each.kind, "text": each.text, "index": each.index} for each in problems]
    witnesses = []
    if not problems:
        try:
            witnesses = [*witnessing.said_of(ledger, given.witness), *stamping.said_of(ledger, given.tsa)]
        except Unverified as error:
            found.append({"kind": "outside", "text": str(error), "index": None})
    if given.json:
        say_json({"ok": not found, "entries": size, "problems": found, "witnesses": witnesses})
    elif found:
        say("DOES NOT HOLD: " + "\nAlso: ".join(str(each["text"]) for each in found))
    else:
        outside = " The audit's checkpoint is part of it." if against else ""
        say(f"HOLDS: {size} entries, checkpoint {checkpoint.short if checkpoint else 'none'}.{outside}")
        for text in witnesses:
            say(text)
    return 1 if found else 0


def _checkpoint_of(audit: Path) -> str:
    """The checkpoint an audit carries, once the audit itself was found to hold. Raises Unverified, UsageError."""
    from jupyter_mlsec.reports.verify import verify

    found = verify(audit)
    if not found.readable:
        raise UsageError(f"{audit} is no audit to compare with: {found.problems[0]}")
    if not found.ok:
        raise Unverified(f"The ledger was not compared: the audit itself does not hold. {found.problems[0]}")
    return found.checkpoint
