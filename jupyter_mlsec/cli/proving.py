"""`jupyter mlsec ledger prove | verify FILE.tlog-proof | export FOLDER`: what outside tools can check."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlsec.cli.answers import say, say_json
from jupyter_mlsec.cli.witnessing import said_by_witnesses
from jupyter_mlsec.protocol.errors import LedgerError, Unverified, UsageError
from jupyter_mlsec.reports.listing import line, rows

if TYPE_CHECKING:
    from jupyter_mlsec.ledger import Ledger
    from jupyter_mlsec.ledger.proof import Proof

UNCONFIRMED = 3
"""The exit code for what is consistent, but signed by a key that was not confirmed."""


def offer(parser: argparse.ArgumentParser) -> None:
    """Give the command `prove` its words."""
    parser.add_argument("index", nargs="?", type=int, metavar="INDEX", help="of the entry, as ledger show lists it")
    parser.add_argument("--resource", metavar="NAME", help="the newest entry about this resource")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: entry-INDEX.tlog-proof")


def prove(ledger: Ledger, given: argparse.Namespace) -> int:
    """Write one entry's proof. Raises LedgerError, UsageError."""
    from jupyter_mlsec.ledger.proof import SUFFIX, of

    if (given.index is None) == (given.resource is None):
        raise UsageError("Nothing was proved: name the entry by its index, or a resource with --resource NAME.")
    index = given.index if given.resource is None else _newest_about(ledger, given.resource)
    ledger.strengthen()
    proof = of(ledger.reader, index)
    path = given.output or Path(f"entry-{index}{SUFFIX}")
    try:
        path.write_text(proof.render(), encoding="utf-8", newline="\n")
    except OSError as error:
        raise LedgerError(f"The proof was not written to {path}: {error.strerror}.") from None
    say(f"{path}: entry {index} is one of the {proof.checkpoint.size} of {proof.checkpoint.origin}.")
    return 0


def _newest_about(ledger: Ledger, resource: str) -> int:
    written = json.dumps(resource, ensure_ascii=False).encode()
    for row in rows(ledger.reader.newest_with(written)):
        if row["resource"] == resource:
            return int(row["index"])
    raise LedgerError(f"Nothing was proved: no entry is about {resource}. jupyter mlsec ledger show lists them.")


def verify_file(given: argparse.Namespace) -> int:
    """Check a proof file alone, with no ledger at hand: 0, 3 (key not confirmed), 1 or 2 (unreadable)."""
    from jupyter_mlsec.ledger import proof

    try:
        read = proof.parse(given.proof.read_bytes())
    except (OSError, Unverified) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{given.proof} was not verified: {why}") from None
    try:
        entry = proof.verify(read)
        is_trusted = _is_trusted(read, given.trust)
        witnesses = said_by_witnesses([read.checkpoint], given.witness)
    except Unverified as error:
        if given.json:
            say_json({"ok": False, "trusted": False, "problems": [{"text": str(error)}]})
        else:
            say(f"DOES NOT HOLD: {error}")
        return 1
    (row,) = rows(iter([(read.index, entry)]))
    if given.json:
        say_json({"ok": True, "trusted": is_trusted, "origin": read.checkpoint.origin, "entry": row, "problems": []})
    else:
        by = "signed by the key you trust" if is_trusted else "signed by a key that was not confirmed (--trust KEYFILE)"
        say(f"HOLDS: entry {read.index} is one of the {read.checkpoint.size} of {read.checkpoint.origin}, {by}.")
        say("\n".join([*witnesses, line(row)]))
    return 0 if is_trusted else UNCONFIRMED


def _is_trusted(read: Proof, trusted: list[Path]) -> bool:
    from jupyter_mlsec.ledger import note
    from jupyter_mlsec.vault.signing import load_any_public_key

    keys = [load_any_public_key(path) for path in trusted]
    found = note.signed_by(read.checkpoint, keys) is not None
    if keys and not found:
        raise Unverified("The checkpoint is not signed by the key you trust.")
    return found


def export(ledger: Ledger, folder: Path) -> int:
    """Write the ledger as static tiles. Raises LedgerError."""
    from jupyter_mlsec.ledger import static

    ledger.strengthen()
    newest = static.export(ledger.reader, folder)
    say(f"{folder}: {newest.size} entries as C2SP tlog-tiles, checkpoint {newest.short}.")
    return 0
