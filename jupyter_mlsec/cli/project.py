"""The project a command was given in: its root, its ledger, and what a control needs to be put to work here."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlsec.controls import CONTROLS
from jupyter_mlsec.controls.contract import Site, Speaks, Verb
from jupyter_mlsec.host import places
from jupyter_mlsec.host.ledgerplace import ledger_folder
from jupyter_mlsec.policy.ledger import LedgerSettings
from jupyter_mlsec.protocol.entries import Did
from jupyter_mlsec.protocol.errors import LedgerError, UsageError

if TYPE_CHECKING:
    from jupyter_mlsec.ledger import Ledger


def root_of(start: Path | None = None) -> Path:
    """The project's root, from a file or folder in it (default: the current folder)."""
    return places.project_root((start or Path.cwd()).resolve())


@contextlib.contextmanager
def ledger_of(root: Path) -> Iterator[Ledger]:
    """The project's ledger, with what kernels have spooled brought in if it can be. Raises LedgerError for none."""
    mark = root / places.MARK
    if not mark.exists() and os.access(root, os.W_OK):
        raise LedgerError(f"There is no ledger in {root}: nothing was recorded there yet.")
    opened = _ledger(root)
    try:
        with contextlib.suppress(LedgerError):  # a ledger that does not hold can still be shown and verified
            opened.fold()
        yield opened
    finally:
        opened.close()


def _ledger(root: Path) -> Ledger:
    from jupyter_mlsec.ledger import Ledger
    from jupyter_mlsec.vault.agent.client import second_of, signer_of

    data = places.data_folder()
    folder, second = ledger_folder(places.state_folder(root).path).path, partial(second_of, data)
    return Ledger(folder, lambda: signer_of(data), mirror=data / "checkpoints", second=second)


def sections() -> dict[str, type]:
    """The type of each section of the policy, by name."""
    rooms = {name: import_module(f"jupyter_mlsec.controls.{name}").Settings for name in CONTROLS}
    return {**rooms, "ledger": LedgerSettings}


def verb(control: str, name: str, root: Path | None = None) -> Verb:
    """A verb of a control, put to work in this project. Its deeds are recorded in the ledger."""
    from jupyter_mlsec.policy import load

    here = root or root_of()
    policy = load(here, places.data_folder(), sections())
    site = Site(
        settings=policy.section(control),
        profile=policy.profile,
        project=lambda: here,
        state=lambda: places.state_folder(here).path,
        data=places.data_folder,
        amend=_amend,
        record=lambda verb, subject, details: _record(here, verb, subject, details),
        recall=lambda *verbs: _recall(here, verbs),
    )
    speaker: Any = import_module(f"jupyter_mlsec.controls.{control}").build(site)
    found = [each for each in (speaker.verbs() if isinstance(speaker, Speaks) else ()) if each.name == name]
    if not found:
        raise UsageError(f"There is no {name} here: the {control} control does not offer it.")
    return found[0]


def _amend(*_: Any, **__: Any) -> None:
    """A shell command watches no operation, so there is none to amend."""


def _recall(root: Path, verbs: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """Of each subject the last such deed in the ledger."""
    ledger = _ledger(root)
    try:
        return {deed.subject: deed.details for _, deed in ledger.deeds() if deed.verb in verbs}
    finally:
        ledger.close()


def _record(root: Path, verb: str, subject: str, details: dict[str, str]) -> None:
    """One deed, as a run of its own, in the ledger."""
    ledger = _ledger(root)
    try:
        run = secrets.token_hex(8)
        ledger.append(Did(run=run, number=1, at=time.time_ns(), verb=verb, subject=subject, details=details))
        ledger.fold()
    finally:
        ledger.close()
