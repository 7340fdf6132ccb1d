"""Where a run's entries go: held in memory until the first watched call, then into the project's ledger."""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlsec.host import places
from jupyter_mlsec.protocol.entries import AnyEntry, Opened, Recorded

if TYPE_CHECKING:
    from jupyter_mlsec.ledger import Ledger

_HELD = 1000


class Keeping:
    """Gives the project's state folder and ledger when first needed: a notebook that reads nothing leaves no trace.

    `said` collects what the user should hear once (state that had to go elsewhere, a ledger that cannot be written).
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._held: deque[AnyEntry] = deque(maxlen=_HELD)
        self._place: places.StatePlace | None = None
        self._ledger: Ledger | None = None
        self._pid = os.getpid()
        self.said: list[str] = []
        self.is_closed = False

    @property
    def ledger(self) -> Ledger | None:
        """The ledger, if anything was written to it yet."""
        return self._ledger

    def state(self) -> Path:
        """The state folder, made now if it is not there."""
        if self._place is None:
            self._place = places.state_folder(self._root)
            if self._place.reason:
                self.said.append(self._place.reason)
        return self._place.path

    def keep(self, entry: AnyEntry) -> None:
        """Keep one entry: in the ledger, or in memory while nothing but cells has been seen."""
        if self._ledger is not None:
            self._ledger.append(entry)
            return
        self._held.append(entry)
        if not self.is_closed and not _says_little(entry):
            self.open()

    def open(self) -> Ledger:
        """The ledger, opened now; what was held in memory goes into it first."""
        if self._ledger is None:
            from jupyter_mlsec.ledger import Ledger
            from jupyter_mlsec.vault.signing import local_signer

            data = places.data_folder()
            self._ledger = Ledger(self.state() / "ledger", lambda: local_signer(data), mirror=data / "checkpoints")
            while self._held:
                self._ledger.append(self._held.popleft())
        return self._ledger

    def close(self) -> None:
        """Fold and close; a run that watched nothing is forgotten."""
        self.is_closed = True
        self._held.clear()
        if self._ledger is not None:
            if self._pid == os.getpid():
                self._ledger.fold()
            self._ledger.close()


def _says_little(entry: AnyEntry) -> bool:
    """Entries that alone are no reason to make a folder: the opening, and cells in which nothing was watched."""
    if isinstance(entry, Opened):
        return True
    return isinstance(entry, Recorded) and entry.operation.action == "execute" and not entry.decision.findings
