"""Numbers this run's entries and hands each to whoever keeps or shows it: the ledger first, then the listeners."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any, TypeVar

from jupyter_mlsec.protocol.entries import Entry, Troubled

Listener = Callable[[Any], None]
"""Takes one entry (of `AnyEntry`)."""
E = TypeVar("E", bound=Entry)


class Journal:
    """Writes entries of one run. Listeners must be quick; one that raises is noted once and never breaks a call."""

    def __init__(self, run: str, keep: Listener, listeners: tuple[Listener, ...] = ()) -> None:
        self.run = run
        self.recorded = 0
        self._keep = keep
        self._listeners = list(listeners)
        self._numbers = itertools.count(1)
        self._broken: set[int] = set()
        self.raise_ours = False

    def listen(self, listener: Listener) -> None:
        """Hand every entry from now on to `listener` as well."""
        self._listeners.append(listener)

    def write(self, kind: type[E], **fields: Any) -> E:  # Any: the fields of whichever entry it is
        """Write one entry of that kind and give it; run, number and clock are filled in here."""
        entry = kind(run=self.run, number=next(self._numbers), at=time.time_ns(), **fields)
        self.recorded += 1
        listener = self._keep
        try:
            listener(entry)
        except Exception as error:
            self._broke(listener, error)
        for listener in self._listeners:
            try:
                listener(entry)
            except Exception as error:
                self._broke(listener, error)
        return entry

    def _broke(self, listener: Listener, error: Exception) -> None:
        if self.raise_ours:
            raise error
        if id(listener) not in self._broken:
            self._broken.add(id(listener))
            where = f"telling {getattr(listener, '__qualname__', 'a listener')}"
            self.write(Troubled, where=where, error=type(error).__name__)
