"""Entries to put into a ledger, and a look at what came out."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path

import msgspec

from jupyter_mlsec.ledger import Ledger, open_reader
from jupyter_mlsec.protocol.entries import AnyEntry, Did

ROOT = Path(__file__).parents[2]
WHEN = 1_700_000_000_000_000_000


def did(number: int, run: str = "run-a") -> Did:
    return Did(run=run, number=number, at=WHEN + number, verb="seal", subject=f"data/{number}.csv")


def fill(ledger: Ledger, count: int, start: int = 0, run: str = "run-a") -> None:
    for number in range(start, start + count):
        ledger.append(did(number, run))


def told(folder: Path) -> Counter[tuple[str, int]]:
    """How often each (run, number) is in the tree."""
    decode = msgspec.json.Decoder(AnyEntry).decode
    reader = open_reader(folder)
    try:
        return Counter((entry.run, entry.number) for entry in (decode(raw) for _, raw in reader.entries()))
    finally:
        reader.close()


def spools(folder: Path) -> list[Path]:
    return sorted(folder.glob("spool-*.jsonl"))


def first_line(script: str) -> str:
    """The first line that a process of its own prints when it runs the script."""
    command = [sys.executable, "-c", textwrap.dedent(script)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    process.wait()
    return line
