"""`jupyter mlsec ledger timestamp request | add`: an RFC 3161 time stamp of the newest checkpoint, by files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlsec.cli.answers import say
from jupyter_mlsec.protocol.errors import LedgerError, Unverified, UsageError

if TYPE_CHECKING:
    from jupyter_mlsec.ledger import Ledger


def offer(parser: argparse.ArgumentParser) -> None:
    """Give the command `timestamp` its steps."""
    steps = parser.add_subparsers(dest="step", required=True)
    request = steps.add_parser("request", help="the query for a time stamping authority, which you send")
    request.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.tsq")
    add = steps.add_parser("add", help="keep the authority's answer")
    add.add_argument("file", type=Path, metavar="FILE.tsr")
    add.add_argument("--tsa", type=Path, required=True, metavar="CERTS", help="PEM: the root, and any between")


def run(ledger: Ledger, given: argparse.Namespace) -> int:
    """One of the steps. Raises LedgerError, Unverified, UsageError."""
    from jupyter_mlsec.vault import stamping

    if given.step == "add":
        try:
            response = given.file.read_bytes()
        except OSError as error:
            raise UsageError(f"{given.file} was not read: {error.strerror}.") from None
        size = ledger.stamp(response, lambda text: stamping.is_over(response, text.encode()))
        for line in said_of(ledger, [given.tsa], only=size):
            say(line)
        return 0
    checkpoint = ledger.checkpoint()
    if checkpoint is None:
        raise LedgerError("There is nothing to stamp: the ledger is empty.")
    query = stamping.request(checkpoint.text.encode())
    try:
        given.output.write_bytes(query)
    except OSError as error:
        raise LedgerError(f"{given.output} was not written: {error.strerror}.") from None
    say(f"{given.output}: a query for {checkpoint.size} entries. Send it to your authority.")
    return 0


def said_of(ledger: Ledger, authorities: Sequence[Path], only: int | None = None) -> list[str]:
    """A line for each authority on the newest time stamp of its that holds. Raises Unverified when there is none."""
    from jupyter_mlsec.vault import stamping

    lines = []
    for path in authorities:
        why = Unverified(f"No checkpoint here has a time stamp that {path.name} vouches for.")
        for checkpoint, response in ledger.reader.stamps():
            if only not in (None, checkpoint.size):
                continue
            try:
                at = stamping.stamped_at(response, checkpoint.text.encode(), path)
            except Unverified as error:
                why = error
                continue
            lines.append(f"Time-stamped: the first {checkpoint.size} entries were there on {at:%Y-%m-%d %H:%M} UTC.")
            break
        else:
            raise why
    return lines
