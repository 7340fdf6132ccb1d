"""Loaded in a test's kernel: puts made-up records on the real channel, for what a real guard does not do on demand."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from IPython import get_ipython

from jupyter_mlsec.protocol.entries import Outcome, Recorded
from jupyter_mlsec.protocol.messages import EntryWritten, GuardState
from jupyter_mlsec.protocol.records import Cell, Decision, Finding, Operation, Place, Resource, Subject
from jupyter_mlsec.session import channel as channels
from jupyter_mlsec.session.channel import Channel

CHANNEL: Channel | None = None
COUNT = 0


def start() -> Channel:
    """Connect a channel to this kernel's panels, and say that the guard is on."""
    global CHANNEL
    CHANNEL = Channel.connect(get_ipython())
    assert CHANNEL is not None
    CHANNEL.publish(GuardState(state="on", profile="guard", watching=("pandas", "pickle"), recorded=0))
    CHANNEL.flush()
    return CHANNEL


def record(resource: str, *findings: Finding, outcome: Outcome = "done", execution: int = 1) -> None:
    """One read of a resource, with these findings, as if from the cell of that execution count."""
    global COUNT
    COUNT += 1
    operation = Operation(
        id=f"o{COUNT}",
        action="read",
        subject=Subject(name="tester"),
        resource=Resource(kind="file", name=resource, format="csv"),
        cell=Cell(execution=execution),
        library="pandas",
        function="read_csv",
        at=time.time_ns(),
    )
    decision = Decision(effect="deny" if outcome == "denied" else "permit", findings=findings)
    assert CHANNEL is not None
    entry = Recorded(
        run=CHANNEL.run,
        number=COUNT,
        at=time.time_ns(),
        operation=operation,
        decision=decision,
        outcome=outcome,
        micros=1234,
    )
    CHANNEL.publish(EntryWritten(entry=entry))


def finding(message: str, *, column: str | None = None, rule: str = "pii.us-ssn", **fields: Any) -> Finding:
    """A finding of the pii control."""
    places = () if column is None else (Place(column=column, type="US_SSN", count=412, share=1.0),)
    return Finding(control="pii", rule=rule, message=message, places=places, **fields)


def from_the_future() -> None:
    """Send a batch of a later protocol: one event that is known, one that is not."""
    assert CHANNEL is not None
    CHANNEL.flush()
    batch = msgspec.to_builtins(
        channels.Batch(version=99, run=CHANNEL.run, events=()),
    )
    known = msgspec.to_builtins(GuardState(state="on", profile="strict"))
    batch["events"] = [
        {"seq": 2, "notice": known},
        {"seq": 3, "notice": {"type": "hologram", "depth": 3}},
    ]
    kernel = get_ipython().kernel  # type: ignore[no-untyped-call]
    kernel.session.send(kernel.iopub_socket, "comm_msg", {"comm_id": channels.COMM_ID, "data": batch})
