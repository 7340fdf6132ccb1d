"""`jupyter mlsec export NOTEBOOK`: make the audit of a notebook's run, from the ledger of its project."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Sequence
from pathlib import Path

from jupyter_mlsec.cli.answers import say, say_json
from jupyter_mlsec.cli.project import ledger_of, root_of
from jupyter_mlsec.host import places
from jupyter_mlsec.ledger import note
from jupyter_mlsec.protocol.errors import ExportError, LedgerError, UsageError
from jupyter_mlsec.reports import earlier
from jupyter_mlsec.reports.audit import Audit, export
from jupyter_mlsec.reports.redaction import by_policy
from jupyter_mlsec.reports.verify import verify
from jupyter_mlsec.vault.agent.client import signer_of


def run(arguments: Sequence[str]) -> int:
    """Make the audit and say what it rests on."""
    given = _parser().parse_args(list(arguments))
    target = given.output or given.notebook.with_suffix(".audit.ipynb")
    made = audit_of(given.notebook, target, run=given.run, keep_outputs=given.keep_outputs, since=given.since)
    if given.html is not None:
        _write_html(made, given.html)
    if given.json:
        say_json(
            {
                "path": str(target),
                "run": made.run,
                "cells": made.cells,
                "entries": made.entries,
                "not_seen": list(made.not_seen),
                "key": made.key,
            }
        )
        return 0
    unseen = f" Not seen: {'; '.join(made.not_seen)}." if made.not_seen else ""
    say(f"{target}: {made.cells} cells, {made.entries} entries of run {made.run} ({made.run_chosen}).{unseen}")
    say(f"Signed by key {made.key}; give reviewers the key on another way: jupyter mlsec keys signer")
    say(f"To check it: jupyter mlsec verify {target}")
    return 0


def audit_of(
    notebook: Path, target: Path, *, run: str | None = None, keep_outputs: bool = False, since: Path | None = None
) -> Audit:
    """The audit of a notebook file, written to `target`. Raises ExportError, LedgerError, UsageError."""
    root = root_of(notebook)
    path = notebook.resolve()
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else notebook.name
    redact = by_policy(root, places.data_folder(), name, keep=keep_outputs)
    before = _checkpoint_of(since) if since is not None else None
    with ledger_of(root) as ledger:
        with contextlib.suppress(LedgerError):  # of a ledger that can only be read, its newest as it is
            ledger.strengthen()
        signer = signer_of(places.data_folder())
        made = export(notebook, target, ledger, signer, name=name, run=run, redact=redact, since=before)
        earlier.remember(ledger, target.name, made.checkpoint)
        return made


def _checkpoint_of(audit: Path) -> note.Checkpoint:
    """The checkpoint in an audit that holds. Raises UsageError."""
    found = verify(audit)
    if not found.ok:
        raise UsageError(f"No audit was made: {audit} is none to continue. {found.problems[0]}")
    return note.parse_checkpoint(found.checkpoint)


def _write_html(made: Audit, target: Path) -> None:
    from jupyter_mlsec.reports.pairing import signed_page

    try:
        target.write_text(signed_page(made.text.encode(), signer_of(places.data_folder())), encoding="utf-8")
    except OSError as error:
        raise ExportError(f"The HTML was not written to {target}: {error.strerror}.") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="jupyter mlsec export", description="Make the audit of a notebook's run.")
    parser.add_argument("notebook", type=Path)
    parser.add_argument("-o", "--output", type=Path, metavar="AUDIT.ipynb", help="default: NOTEBOOK.audit.ipynb")
    parser.add_argument("--run", help="the run to audit; default: the newest of this notebook")
    parser.add_argument(
        "--since", type=Path, metavar="AUDIT", help="show that the ledger continues that of an older audit"
    )
    parser.add_argument("--keep-outputs", action="store_true", help="do not redact personal data in outputs")
    parser.add_argument("--html", type=Path, metavar="OUT", help="also write the audit as one HTML file")
    parser.add_argument("--json", action="store_true", help="what was made, as JSON")
    return parser
