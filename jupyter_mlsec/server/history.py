"""What a notebook's last run recorded, from the ledger of its project. Reads only, and makes nothing."""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path
from typing import Any

import msgspec

from jupyter_mlsec.host import places
from jupyter_mlsec.host.ledgerplace import ledger_folder
from jupyter_mlsec.ledger.commitments import opened
from jupyter_mlsec.ledger.reader import Reader, Run, open_reader
from jupyter_mlsec.protocol.messages import VERSION
from jupyter_mlsec.protocol.resources import relative_name

KEPT = 5_000
"""Entries that are sent: as many as a panel holds."""
_LOOKED_AT = 8 * KEPT
"""Entries that are looked at for those of one run, among those of others."""


def last_run(notebook: Path) -> bytes | None:
    """The newest entries of the last run of this notebook, as the JSON of a Batch; None if there was none.

    Raises LedgerError where there is no ledger, or none that can be read.
    """
    notebook = notebook.resolve()
    root = places.project_root(notebook)
    reader = open_reader(ledger_folder(root / places.MARK).path)
    try:
        with reader.snapshot():
            opening = _opening(reader, relative_name(str(notebook), str(root)))
            if opening is None:
                return None
            run = next((one for one in reader.runs() if one.run == opening["run"]), None)
            return None if run is None else _batch(reader, run, opening)
    finally:
        reader.close()


def _opening(reader: Reader, name: str) -> dict[str, Any] | None:
    """The newest Opened entry that names this notebook."""
    for _, raw in reader.newest_with(b'"notebook":' + msgspec.json.encode(name)):
        entry: dict[str, Any] = json.loads(raw)
        if entry.get("entry") == "Opened" and entry.get("notebook") == name:
            return entry
    return None


def _batch(reader: Reader, run: Run, opening: dict[str, Any]) -> bytes:
    start = max(run.first, run.last - _LOOKED_AT)
    kept = deque(reader.entries(run.run, start=start), maxlen=KEPT)
    checkpoint = reader.checkpoint()
    state = {
        "type": "state",
        "state": "off",
        "profile": opening["profile"],
        "watching": opening.get("watching", []),
        "off": opening.get("off", []),
        "recorded": run.count,
        "checkpoint": None if checkpoint is None else checkpoint.short,
    }
    entries = [opened(json.loads(raw), reader.text_of) for _, raw in kept]
    notices = [state, *({"type": "entry", "entry": entry} for entry in entries)]
    events = [{"seq": number, "notice": notice} for number, notice in enumerate(notices, 1)]
    return msgspec.json.encode({"version": VERSION, "run": run.run, "events": events, "replay": True})
