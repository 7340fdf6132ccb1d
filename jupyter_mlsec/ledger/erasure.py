"""Taking back what a user typed: its opening goes from the database, its log and every spool; the tree stays."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Collection
from pathlib import Path

from jupyter_mlsec.ledger.commitments import commitment_in
from jupyter_mlsec.ledger.openings import blank, read_opening
from jupyter_mlsec.ledger.reader import Reader
from jupyter_mlsec.ledger.spool import PATTERN
from jupyter_mlsec.protocol.errors import LedgerError

VERB = "erase"
_PLAIN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def commitments_of(reader: Reader, entry: int | None, text: str | None) -> dict[str, int | None]:
    """Which commitments are meant, each with its entry's index. Raises LedgerError when there is nothing to erase.

    entry: the index of one; text: what their texts contain, as typed, upper or lower case.
    """
    if entry is not None:
        found = commitment_in(json.loads(reader.entry(entry)))
        if found is None:
            raise LedgerError(f"Nothing was erased: entry {entry} holds nothing that can be.")
        if not reader.openings([found]):
            raise LedgerError(f"Nothing was erased: what entry {entry} said was erased before.")
        return {found: entry}
    wanted = (text or "").casefold()
    if not wanted:
        raise LedgerError("Nothing was erased: name an entry, or a text that is not empty.")
    meant = [one.opening for one in reader.all_openings() if wanted in one.value.casefold()]
    if not meant:
        raise LedgerError("Nothing was erased: no text that can be erased contains this.")
    return {commitment: reader.index_of(commitment) for commitment in meant}


def blank_spools(folder: Path, commitments: Collection[str]) -> None:
    """Overwrite these openings where they still stand in spools, others' included. Their writers only append.

    Raises OSError for a spool that cannot be written: then nothing may be said to be erased.
    """
    for path in sorted(folder.glob(PATTERN)):
        if not stat.S_ISREG(path.lstat().st_mode):
            continue  # planted: no kernel made it, and it is never folded
        file = os.open(path, os.O_RDWR | _PLAIN)
        with os.fdopen(file, "r+b") as spool:
            place, changed = 0, False
            for line in spool:
                opening = read_opening(line) if line.startswith(b'{"opening":') else None
                if opening is not None and opening.opening in commitments and not opening.is_erased:
                    _overwrite(spool.fileno(), place, blank(line.rstrip(b"\n")))
                    changed = True
                place += len(line)
            if changed:
                os.fsync(spool.fileno())


def _overwrite(file: int, place: int, content: bytes) -> None:
    if hasattr(os, "pwrite"):
        os.pwrite(file, content, place)
        return
    with os.fdopen(os.dup(file), "r+b", buffering=0) as again:
        again.seek(place)
        again.write(content)
