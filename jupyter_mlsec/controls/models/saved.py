"""Models on their way to disk and back: a manifest is written beside what is saved, and compared before a load."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jupyter_mlsec.controls.contract import NOTHING, Call, Judgement, Site
from jupyter_mlsec.controls.models import manifest, wording
from jupyter_mlsec.controls.models.cards import Card, Cards
from jupyter_mlsec.controls.models.formats import CHANGING, FORMATS
from jupyter_mlsec.protocol.entries import Did, Entry, Recorded
from jupyter_mlsec.protocol.errors import MlsecError
from jupyter_mlsec.protocol.facts import SchemaVerdict, SealedFor
from jupyter_mlsec.protocol.records import Operation

VERB = "model-saved"
"""What is recorded of a save: which fit's model the file holds."""
_MOST = 256
_AGE = ".age"


class Saved:
    """Follows watched saves of models whose fit or answers were seen, and loads of whatever has a manifest."""

    def __init__(self, site: Site, cards: Cards, *, signs: bool, denies: bool) -> None:
        self._site = site
        self._cards = cards
        self._signs = signs
        self._denies = denies
        self._open: dict[Path, str] = {}
        """Files that were handed over open, and so are complete when their cell is; by whom they were written."""
        self._awaited: dict[str, Card] = {}
        """Operations whose entry will tell more of a card."""

    def wrote(self, operation: Operation, call: Call) -> None:
        """A watched call wrote something: if it is a model with a card, it gets its manifest."""
        card = self._cards.of(call.value) if operation.resource.kind == "file" else None
        if card is None or operation.resource.format not in FORMATS:
            return
        self.await_entry(operation, card)
        card.saved[operation.resource.name] = False
        fit = card.training[-1] if card.training else ""
        self._site.record(VERB, operation.resource.name, {"fit": fit, "state": card.state or ""})
        path = self._path(operation)
        if path is None or not self._signs:
            return
        if operation.resource.kind == "file" and _is_handed_open(call):
            self._open[path] = operation.id
        else:
            self._sign(path)

    def await_entry(self, operation: Operation, card: Card) -> None:
        """Hear what other controls say of this operation, when it is recorded."""
        while len(self._awaited) >= _MOST:
            self._awaited.pop(next(iter(self._awaited)))
        self._awaited[operation.id] = card

    def heard(self, entry: Entry) -> None:
        """Take from an entry what the card shows: the digest of the input's schema, whether a file was sealed.

        A file that a verb of ours sealed or opened in its place is another one on disk: its manifest is written anew.
        """
        if isinstance(entry, Did) and entry.verb in CHANGING and entry.details.get("in") != "copy":
            path = self._site.project() / entry.subject
            if path.exists() and manifest.beside(path).exists():
                self._sign(path)
        if not self._awaited or not isinstance(entry, Recorded):
            return
        card = self._awaited.pop(entry.operation.id, None)
        if card is None:
            return
        for fact in entry.facts:
            if isinstance(fact, SchemaVerdict):
                card.schema = fact.digest
            elif isinstance(fact, SealedFor):
                card.saved[entry.operation.resource.name] = True

    def end_cell(self) -> None:
        """The cell ended: what was written through open files is complete."""
        for path in list(self._open):
            del self._open[path]
            self._sign(path)

    def _sign(self, path: Path) -> None:
        # A folder may take no file, and a key that others can read is not used.
        with contextlib.suppress(OSError, MlsecError), self._site.ours():
            manifest.sign(path, self._site.data())

    def before_load(self, operation: Operation) -> Iterable[Judgement]:
        """Compare what is about to be loaded with the manifest beside it, where there is one."""
        if operation.resource.kind != "file" or operation.resource.format not in FORMATS:
            return NOTHING
        path = self._path(operation)
        if path is None or path in self._open or not manifest.beside(path).exists():
            return NOTHING
        try:
            with self._site.ours():
                found = manifest.state(path, self._site.data())
        except (OSError, MlsecError):
            return NOTHING  # the load itself says what is wrong
        if found in ("holds", "none", "other"):
            return NOTHING
        return (wording.manifest_differs(operation.resource.name, found, is_denied=self._denies),)

    def _path(self, operation: Operation) -> Path | None:
        """The file or folder on disk; None outside of the project, where a name does not tell which it is."""
        name = operation.resource.name
        if name.startswith("...") or "://" in name:
            return None
        path = self._site.project() / name
        if path.exists():
            return path
        suffixed = path.with_name(path.name + _AGE)
        return suffixed if suffixed.exists() else None


def _is_handed_open(call: Call) -> bool:
    given: Any = call.resource
    return given is not None and not isinstance(given, str | bytes | os.PathLike)
