"""Where a run's entries go: held in memory until the first watched call, then into the project's ledger."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlsec.host import places
from jupyter_mlsec.host.ledgerplace import ledger_folder
from jupyter_mlsec.protocol.entries import ENVIRONMENT, AnyEntry, Did, Opened, Recorded
from jupyter_mlsec.protocol.errors import LedgerError, MlsecError

if TYPE_CHECKING:
    from jupyter_mlsec.ledger import Ledger
    from jupyter_mlsec.ledger.note import Checkpoint

_HELD = 1000
_REST = 2.0
"""Seconds after a cell until what it wrote is folded and signed."""


class Keeping:
    """Gives the project's state folder and ledger when first needed: a notebook that reads nothing leaves no trace.

    `said` collects what the user should hear once (state that had to go elsewhere, a ledger that cannot be written).
    """

    def __init__(self, root: Path, *, folds: bool = True, is_durable: Callable[[], bool] = lambda: False) -> None:
        """`folds` is False for a child process, whose entries its parent brings into the tree.

        `is_durable` is asked when the ledger is opened: whether each entry is to be on the disk before a call goes on.
        """
        self._root = root
        self._folds = folds
        self._is_durable = is_durable
        self._held: deque[AnyEntry] = deque(maxlen=_HELD)
        self._place: places.StatePlace | None = None
        self._ledger: Ledger | None = None
        self._pid = os.getpid()
        self._timer: threading.Timer | None = None
        self._unfolded = 0
        self.apart: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext
        """Within it the calling thread's reads and writes are taken for ours."""
        self.on_fold: Callable[[], None] = lambda: None
        """Called from the folding thread when there is a new checkpoint."""
        self.said: list[str] = []
        self._said: set[str] = set()
        self._looked = False
        self._opening = threading.RLock()
        self._is_stuck = False
        self._remembered: dict[tuple[str, str], tuple[int, dict[str, str]]] = {}
        """By verb and subject: the index of the last such entry, and its details."""
        self._remembered_to = 0
        self.is_closed = False

    @property
    def ledger(self) -> Ledger | None:
        """The ledger, if anything was written to it yet."""
        return self._ledger

    def checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint; None when there is none yet, or it cannot be read (`%mlsec ledger verify` tells)."""
        if self._ledger is None or self.is_closed:
            return None
        with contextlib.suppress(LedgerError):
            return self._ledger.checkpoint()
        return None

    def state(self) -> Path:
        """The state folder, made now if it is not there; a temporary one where neither project nor home take it."""
        if self._place is not None:
            return self._place.path
        with self._opening:  # controls ask from whatever thread the call is in
            if self._place is None:
                try:
                    place = places.state_folder(self._root)
                except OSError as error:
                    place = _temporary(error)
                if place.reason:
                    self.said.append(place.reason)
                self._place = place
            return self._place.path

    def keep(self, entry: AnyEntry) -> None:
        """Keep one entry: in the ledger, or in memory while nothing but cells has been seen. Never raises."""
        if self._ledger is not None:
            self._ledger.append(entry)
            self._unfolded += 1
            return
        self._held.append(entry)
        if not self.is_closed and not self._is_stuck and not _says_little(entry):
            try:
                self.open()
            except LedgerError as error:
                self._is_stuck = True  # until the next cell
                self._say_once(str(error))

    def open(self) -> Ledger:
        """The ledger, opened now; what was held in memory goes into it first. LedgerError where it has no place."""
        if self._ledger is not None:
            return self._ledger
        from jupyter_mlsec.ledger import Ledger
        from jupyter_mlsec.vault.agent.client import second_of, signer_of

        with self._opening:  # the first watched calls may be in several threads
            if self._ledger is None:
                data = places.data_folder()
                try:
                    place = ledger_folder(self.state())
                except OSError as error:
                    reason = (error.strerror or type(error).__name__).lower()
                    raise LedgerError(f"Nothing can be recorded: there is no folder for it ({reason}).") from error
                if place.reason:
                    self._say_once(place.reason)
                second = partial(second_of, data)
                durable, mirror = self._is_durable(), data / "checkpoints"
                ledger = Ledger(place.path, lambda: signer_of(data), mirror, second=second, is_durable=durable)
                while self._held:
                    ledger.append(self._held.popleft())
                self._ledger = ledger
            return self._ledger

    def fold_soon(self) -> None:
        """Fold and sign in the background once the notebook rests; cheap to call after every cell."""
        self._is_stuck = False
        self._tell_losses()
        if self._ledger is None or self._timer is not None or not self._unfolded or not self._may_fold():
            return
        self._timer = threading.Timer(_REST, self._fold)
        self._timer.daemon = True
        self._timer.name = "jupyter-mlsec-fold"
        self._timer.start()

    def _fold(self) -> None:
        ledger, self._timer = self._ledger, None
        if ledger is None or self.is_closed:
            return
        self._unfolded = 0
        try:
            with self.apart():
                if not self._looked:
                    self._looked = True
                    self.said.extend(problem.text for problem in ledger.open_problems())
                ledger.fold()
        except (MlsecError, OSError) as error:
            self._say_once(f"The ledger was not folded ({error}); its entries are kept and folded later.")
        with self.apart():
            self.on_fold()

    def recall(self, *verbs: str) -> Mapping[str, Mapping[str, str]]:
        """Of each subject the details of the last such deed that the ledger knows of, others' runs included."""
        with contextlib.suppress(MlsecError, OSError), self._opening:
            ledger = self.open()
            if self._may_fold():
                ledger.fold()
            for index, deed in ledger.deeds(self._remembered_to):
                self._remembered[deed.verb, deed.subject] = (index, deed.details)
                self._remembered_to = index + 1
        found = sorted((index, key[1], said) for key, (index, said) in self._remembered.items() if key[0] in verbs)
        return {subject: details for _, subject, details in found}

    def _may_fold(self) -> bool:
        return self._folds and self._pid == os.getpid()

    def _tell_losses(self) -> None:
        if self._ledger is not None and self._ledger.lost:
            self._say_once(f"Entries could not be written to the ledger ({self._ledger.lost_to}): %mlsec status.")

    def _say_once(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self.said.append(line)

    def close(self) -> None:
        """Fold and close; a run that watched nothing is forgotten."""
        if self.is_closed:
            return
        self.is_closed = True
        self._held.clear()
        self._tell_losses()
        if self._timer is not None:
            self._timer.cancel()
        if self._ledger is not None:
            if self._may_fold():
                with contextlib.suppress(MlsecError, OSError):  # the spool keeps what is not folded
                    self._ledger.fold()
                    self._ledger.strengthen()
            self._ledger.close()


def _temporary(error: OSError) -> places.StatePlace:
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="jupyter-mlsec-"))
    why = (error.strerror or type(error).__name__).lower()
    reason = (
        f"State is kept in {folder} and not for long: neither the project nor Jupyter's data folder takes it ({why})."
    )
    return places.StatePlace(path=folder, reason=reason)


def _says_little(entry: AnyEntry) -> bool:
    """Entries that alone are no reason to make a folder: the opening, versions, and cells with nothing watched."""
    if isinstance(entry, Opened) or (isinstance(entry, Did) and entry.verb == ENVIRONMENT):
        return True
    return isinstance(entry, Recorded) and entry.operation.action == "execute" and not entry.decision.findings
