"""`jupyter mlsec ledger export --format ...`: the entries as other systems read them, to a file or the output."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from jupyter_mlsec.cli.answers import say
from jupyter_mlsec.protocol.errors import ExportError, UsageError

if TYPE_CHECKING:
    from jupyter_mlsec.ledger import Ledger

FORMATS = ("openlineage", "prov", "ocsf", "otlp", "syslog", "cyclonedx")


def offer(parser: argparse.ArgumentParser) -> None:
    """Give the command `export` its words for standards."""
    parser.add_argument("--format", choices=FORMATS, help="the shape of the entries; see docs/standards.md")
    parser.add_argument("--run", help="of one run only")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: the standard output")
    parser.add_argument("--namespace", metavar="NAME", help="what the project is called; default: its folder's name")


def export(ledger: Ledger, root: Path, given: argparse.Namespace) -> int:
    """Write the ledger in the format that was asked for. Raises UsageError, ExportError, LedgerError."""
    from jupyter_mlsec.reports import standards

    if given.format is None:
        shapes = " | ".join(FORMATS)
        raise UsageError(f"Nothing was exported: name a FOLDER for static tiles, or a shape: --format {shapes}.")
    entries = (raw for _, raw in ledger.entries(given.run))
    first = next(entries, None)
    if first is None:
        of_run = f" of run {given.run}" if given.run else ""
        raise UsageError(f"Nothing was exported: there is no entry{of_run}. jupyter mlsec ledger show lists them.")
    lines = standards.export(itertools.chain((first,), entries), given.format, given.namespace or root.name)
    if given.output is None:
        _print(lines)
        return 0
    from jupyter_mlsec.vault.atomic import replacing

    try:
        with replacing(given.output) as sink:
            written = _write(lines, sink)
    except OSError as error:
        raise ExportError(f"Nothing was exported to {given.output}: {error.strerror}.") from None
    say(f"{given.output}: {written} {'line' if written == 1 else 'lines'} of {standards.FORMATS[given.format]}.")
    return 0


def _print(lines: Iterator[bytes]) -> None:
    """To the output as UTF-8, whatever a terminal's encoding is: these are lines for programs."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):  # a notebook's output, or a test's
        for line in lines:
            sys.stdout.write(line.decode() + "\n")
        return
    sys.stdout.flush()
    with open(descriptor, "wb", closefd=False) as sink:  # no path, and not ours to close
        _write(lines, sink)


def _write(lines: Iterator[bytes], sink: BinaryIO) -> int:
    """Each entry's lines with their ends; how many lines."""
    count = 0
    for each in lines:
        sink.write(each + b"\n")
        count += each.count(b"\n") + 1
    return count
