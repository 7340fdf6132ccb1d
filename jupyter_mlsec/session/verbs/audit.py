"""`export` and `verify`: the audit notebook, made and checked."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_mlsec.controls.contract import Answer, Verb
from jupyter_mlsec.protocol.errors import LedgerError, UsageError
from jupyter_mlsec.protocol.resources import relative_name
from jupyter_mlsec.session.house import House
from jupyter_mlsec.session.verbs.options import Options

_EXPORT = """%mlsec export [NOTEBOOK] [-o AUDIT.ipynb] [--keep-outputs]

Without NOTEBOOK: the one this kernel belongs to, as it was last saved. Personal data in outputs is redacted
unless --keep-outputs is given, or the policy says [pii] outputs = "keep"."""


_VERIFY = """%mlsec verify FILE [--trust KEYFILE] [--against OLDER]

FILE is an audit notebook or its page; OLDER is an audit of the same ledger that it must continue."""

_PATIENCE = 10.0
"""Seconds that an export waits for digests of files."""


def audit_verbs(house: House) -> tuple[Verb, ...]:
    """The verbs about audits."""

    def export(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:  # noqa: ARG001
        options = Options("export")
        options.add_argument("notebook", nargs="?")
        options.add_argument("-o", "--output")
        options.add_argument("--keep-outputs", action="store_true")
        given = options.read(arguments)
        return _export(house, notebook_path(given.notebook), given.output, given.keep_outputs)

    def verify(arguments: Sequence[str], namespace: Mapping[str, Any]) -> Answer:  # noqa: ARG001
        options = Options("verify")
        options.add_argument("file")
        options.add_argument("--trust")
        options.add_argument("--against")
        given = options.read(arguments)
        return _verify(_file(given.file), given.trust, _file(given.against) if given.against else None)

    return (
        Verb(name="export", summary="Make the audit notebook of this run.", usage=_EXPORT, run=export),
        Verb(name="verify", summary="Verify an audit.", usage=_VERIFY, run=verify),
    )


def notebook_path(given: str | None) -> Path:
    """The notebook asked for, or the one Jupyter Server says this kernel belongs to."""
    if given:
        return _file(given)
    session = os.environ.get("JPY_SESSION_NAME")
    if session and Path(session).suffix == ".ipynb":
        for candidate in (Path(session), Path.cwd() / Path(session).name):
            if candidate.is_file():
                return candidate
    raise UsageError("Which notebook is this? Name its file: %mlsec export NOTEBOOK.ipynb. Nothing was exported.")


def _file(given: str) -> Path:
    """The path of a file that was named. Raises UsageError for what can be the name of none."""
    path = Path(given)
    if "\0" in given or not path.name:
        raise UsageError(f"{given!r} is not the name of a file.")
    return path


def _export(house: House, notebook: Path, output: str | None, keep_outputs: bool) -> Answer:
    from jupyter_mlsec.host import places
    from jupyter_mlsec.protocol.entries import Did
    from jupyter_mlsec.reports import earlier
    from jupyter_mlsec.reports.audit import export
    from jupyter_mlsec.reports.redaction import by_settings
    from jupyter_mlsec.vault.agent.client import signer_of

    house.settle(_PATIENCE)
    house.note_environment()
    ledger = house.keeping.open()
    ledger.fold()
    with contextlib.suppress(LedgerError):  # of a ledger that can only be read, its newest as it is
        ledger.strengthen()
    target = _file(output) if output else notebook.with_suffix(".audit.ipynb")
    if target.is_absolute() and target.is_relative_to(Path.cwd()):
        target = target.relative_to(Path.cwd())
    name = relative_name(str(notebook), house.root)
    audit = export(
        notebook,
        target,
        ledger,
        signer_of(places.data_folder()),
        name=name,
        run=house.run,
        redact=by_settings(house.policy.section("pii"), name, house.scope.subject.name, keep=keep_outputs),
    )
    house.journal.write(Did, verb=earlier.VERB, subject=target.name, details=earlier.details(audit.checkpoint))
    missing = f" Not seen: {', '.join(audit.not_seen)}." if audit.not_seen else ""
    text = (
        f"{target}: {audit.cells} cells and {audit.entries} entries, signed by {audit.key}.{missing}\n"
        f"Anyone can check it offline: jupyter mlsec verify {target}"
    )
    return Answer(
        text=text, data={"path": str(target), "cells": audit.cells, "entries": audit.entries, "key": audit.key}
    )


def _verify(file: Path, trust: str | None, older: Path | None) -> Answer:
    from jupyter_mlsec.reports.verify import verify

    verification = verify(file, trust=trust, against=older)
    return Answer(text=str(verification), data=None, ok=verification.ok)
