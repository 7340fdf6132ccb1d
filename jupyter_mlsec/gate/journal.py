"""Numbers this run's entries and hands each to whoever keeps or shows it: the ledger first, then the listeners."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

from jupyter_mlsec.protocol.entries import AnyEntry, Entry

Listener = Callable[[AnyEntry], None]


class Journal:
    """Writes entries of one run. Listeners must be quick and must not raise; the ledger counts what it lost."""

    def __init__(self, run: str, keep: Listener, listeners: tuple[Listener, ...] = ()) -> None:
        self.run = run
        self.recorded = 0
        self._keep = keep
        self._listeners = list(listeners)
        self._numbers = itertools.count(1)

    def listen(self, listener: Listener) -> None:
        """Hand every entry from now on to `listener` as well."""
        self._listeners.append(listener)

    def write(self, kind: type[Entry], **fields: Any) -> None:  # Any: the fields of whichever entry it is
        """Write one entry of that kind; run, number and clock are filled in here."""
        entry: AnyEntry = kind(run=self.run, number=next(self._numbers), at=time.time_ns(), **fields)  # type: ignore[assignment]
        self.recorded += 1
        self._keep(entry)
        for listener in self._listeners:
            listener(entry)
