"""The kernel's end of the wire to the panel: numbered events in batches on IOPub, and a replay for who joins late.

It never opens a comm: a front end that does not know our target would close it, or log an error, for everyone.
A panel listens on a well-known comm id instead, and opens a comm of its own only to ask for a replay.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections import deque
from contextlib import suppress
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Any

import msgspec

from jupyter_mlsec.protocol.entries import Troubled
from jupyter_mlsec.protocol.messages import (
    COMM_ID,
    TARGET,
    VERSION,
    Batch,
    EntryWritten,
    Event,
    GuardState,
    Notice,
    Replay,
)

QUICK = 0.001
"""Seconds an event waits for company before its batch leaves, while few come: a panel is to follow at once."""
APART = 0.008
"""Seconds between two batches at least."""
INTERVAL = 0.05
"""Seconds it waits once many come."""
BUSY = 10
"""Events in one wait that are many."""
FULL = 500
"""Events in one message. Jupyter Server drops IOPub messages above 1,000 a second, so few and large."""
KEPT = 5_000
"""Events kept for a replay; older ones are in the ledger only."""

_UNENCODABLE = (msgspec.MsgspecError, ValueError, TypeError, OverflowError)


class _Content(msgspec.Struct, frozen=True, kw_only=True):
    """The content of one comm_msg."""

    comm_id: str
    data: Batch


class _Marker:
    """Stands in the kernel's list of comms so that a panel can see, by comm_info, that the guard is loaded."""

    comm_id = COMM_ID
    target_name = TARGET

    def handle_msg(self, msg: dict[str, Any]) -> None:
        """A message to the marker means nothing."""

    def handle_close(self, msg: dict[str, Any]) -> None:
        """A panel may not close the marker for the others; the next connect puts it back."""


class Channel:
    """Publishes notices to every panel of one kernel. Safe from any thread, silent in a forked child.

    `kernel` is an ipykernel Kernel (its session, iopub_socket and comm_manager are used); `run` names this load of
    the guard, so that panels forget an earlier one.
    """

    def __init__(self, kernel: Any, run: str | None = None) -> None:  # Any: ipykernel is never imported by us
        self.run = run or secrets.token_hex(8)
        self._kernel = kernel
        self._pid = os.getpid()
        self._closed = False
        self._encoder = msgspec.json.Encoder()
        self._pending: deque[Notice] = deque()
        self._kept: deque[Event] = deque(maxlen=KEPT)
        self._state: Event | None = None
        self._number = 0
        self._sending = threading.RLock()
        self._bell: SimpleQueue[bool] = SimpleQueue()
        self._rung = False
        self._overdue = False
        self._marker = _Marker()
        kernel.comm_manager.register_target(TARGET, self._on_open)
        kernel.comm_manager.register_comm(self._marker)
        threading.Thread(target=self._serve, name="jupyter-mlsec-channel", daemon=True).start()

    @classmethod
    def connect(cls, shell: Any, run: str | None = None) -> Channel | None:
        """A channel to the panels of this shell's kernel, or None where there is no kernel (plain IPython)."""
        kernel = getattr(shell, "kernel", None)
        needed = ("session", "iopub_socket", "comm_manager")
        if any(getattr(kernel, name, None) is None for name in needed):
            return None
        return cls(kernel, run)

    def publish(self, notice: Notice) -> None:
        """Send a notice soon: with others, within 50 ms, or at the next `flush`. Costs about a microsecond."""
        if self._closed or os.getpid() != self._pid:
            return  # a forked child holds a copy of our socket, and its numbers would be ours again
        self._pending.append(notice)
        if not self._rung:
            self._rung = True
            self._bell.put(True)
        elif not self._overdue and len(self._pending) >= FULL:
            self._overdue = True
            self._bell.put(True)

    def flush(self) -> None:
        """Send all that waits, now. Called when a cell has run, so that the panel is up to date with it."""
        if os.getpid() != self._pid:
            return
        with self._sending:
            while self._pending:
                self._send(COMM_ID, self._number_pending())

    def close(self) -> None:
        """Send what waits, then publish nothing more and answer no panel. Twice is safe."""
        if self._closed:
            return
        self.flush()
        self._closed = True
        self._bell.put(True)
        manager = self._kernel.comm_manager
        if manager.comms.get(COMM_ID) is self._marker:  # a newer channel may have taken both places
            manager.unregister_comm(self._marker)
        if manager.targets.get(TARGET) == self._on_open:
            manager.unregister_target(TARGET, self._on_open)

    def _serve(self) -> None:
        """Flush soon after the first notice, later while many come, or once a batch is full. Else asleep."""
        sent, are_many = 0.0, False
        while not self._closed:
            self._bell.get()
            wait = INTERVAL if are_many else max(QUICK, sent + APART - time.monotonic())
            with suppress(Empty):
                self._bell.get(timeout=wait)
            self._rung = self._overdue = False  # before the flush: a later publish rings again
            are_many = len(self._pending) >= BUSY
            self.flush()
            sent = time.monotonic()

    def _number_pending(self) -> tuple[Event, ...]:
        """Take up to a batch of notices, number and keep them. Numbers are given here, in order, under the lock."""
        events: list[Event] = []
        while self._pending and len(events) < FULL:
            self._number += 1
            event = Event(seq=self._number, notice=self._pending.popleft())
            events.append(event)
            if isinstance(event.notice, GuardState):
                self._state = event
        self._kept.extend(events)
        return tuple(events)

    def _on_open(self, comm: Any, message: dict[str, Any]) -> None:
        """A panel asks: answer on its own comm, so that no other panel hears it. An empty batch ends the answer."""
        try:
            request = msgspec.convert(message["content"]["data"], Replay)
        except (KeyError, msgspec.ValidationError):
            request = Replay()  # a panel of another version: what is kept helps it whatever it asked
        self.flush()
        with self._sending:
            events = [event for event in self._kept if event.seq > request.after]
            if self._state is not None and self._kept and request.after < self._state.seq < self._kept[0].seq:
                events.insert(0, self._state)
            rest = iter(events)
            while batch := tuple(islice(rest, FULL)):
                self._send(comm.comm_id, batch, replay=True)
            self._send(comm.comm_id, (), replay=True)

    def _send(self, comm_id: str, events: tuple[Event, ...], *, replay: bool = False) -> None:
        content = _Content(comm_id=comm_id, data=Batch(version=VERSION, run=self.run, events=events, replay=replay))
        try:
            packed = self._encoder.encode(content)
        except _UNENCODABLE:
            packed = self._encoder.encode(msgspec.structs.replace(content, data=self._encodable(content.data)))
        self._kernel.session.send(
            self._kernel.iopub_socket, "comm_msg", packed, ident=f"comm-{comm_id}".encode(), metadata={}
        )

    def _encodable(self, batch: Batch) -> Batch:
        """The batch with what JSON cannot hold (a lone surrogate in a name) replaced, so that no number is missing."""
        events: list[Event] = []
        for event in batch.events:
            try:
                self._encoder.encode(event)
            except _UNENCODABLE as error:
                trouble = Troubled(run=self.run, number=0, at=0, where="session.channel", error=type(error).__name__)
                event = Event(seq=event.seq, notice=EntryWritten(entry=trouble))
            events.append(event)
        return msgspec.structs.replace(batch, events=tuple(events))
