"""Loaded in a test's kernel: puts made-up records on the real channel, for what a real guard does not do on demand."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from IPython import get_ipython

from jupyter_mlsec.protocol.entries import Outcome, Recorded
from jupyter_mlsec.protocol.facts import (
    CellFacts,
    ColumnOrigin,
    ColumnOrigins,
    Coverage,
    Elsewhere,
    Label,
    Labels,
    ModelFacts,
    SchemaVerdict,
    SealedFor,
    Shape,
)
from jupyter_mlsec.protocol.messages import EntryWritten, GuardState
from jupyter_mlsec.protocol.records import Action, Cell, Decision, Finding, Operation, Place, Resource, Subject
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


def record(
    resource: str,
    *findings: Finding,
    outcome: Outcome = "done",
    execution: int = 1,
    action: Action = "read",
    facts: tuple[Any, ...] = (),
) -> None:
    """One read (or other action) of a resource, with these findings, as if from the cell of that execution count."""
    global COUNT
    COUNT += 1
    operation = Operation(
        id=f"o{COUNT}",
        action=action,
        subject=Subject(name="tester"),
        resource=Resource(kind="file", name=resource, format="csv"),
        cell=Cell(execution=execution),
        library="pandas",
        function="read_csv" if action == "read" else action,
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
        facts=facts,
        micros=1234,
    )
    CHANNEL.publish(EntryWritten(entry=entry))


def finding(message: str, *, column: str | None = None, rule: str = "pii.us-ssn", **fields: Any) -> Finding:
    """A finding of the pii control."""
    places = () if column is None else (Place(column=column, type="US_SSN", count=412, share=1.0),)
    return Finding(control="pii", rule=rule, message=message, places=places, **fields)


def everything(name: str, execution: int = 1) -> None:
    """Fill every section with records in which whatever can have a name has this one."""
    labels = Labels(labels=(Label(column=name, type=name, score=1.0, certain=True, source="validator", share=0.5),))
    shape = Shape(rows=5, columns=(name, "b"), types=(name, "int64"))
    broken = SchemaVerdict(schema=name, state="learned", ok=False, failures=((name, name, 3),))
    origins = ColumnOrigins(columns=(ColumnOrigin(column=name, sources=((name, name),), evidence=name),))
    sealed = SealedFor(recipients=(name,), digest="d" * 64, size=12_345)
    model = ModelFacts(model=name, parameters="p" * 64, rows=5, features=2, outputs=name, training=("none",))
    unseen = Coverage(read=70_000, read_unexplained=70_000, unobserved=(Elsewhere(kind=name, program=name),))
    cell = CellFacts(writes=(name,), resources=(name,))
    record(name, finding(name, column=name), execution=execution, facts=(labels, shape, broken))
    record(name, execution=execution, action="fit", facts=(model,))
    record(name, execution=execution, action="predict", facts=(model, broken))
    record(f"out {name}", execution=execution, action="write", facts=(labels, sealed, origins))
    record(f"plain {name}", execution=execution, action="write", facts=(labels,))
    record(name, execution=execution, action="execute", facts=(unseen, cell))


def pipeline(nodes: int) -> None:
    """A lineage of so many nodes: cells that read a file, use three earlier cells and write one."""
    label = Labels(labels=(Label(column="mail", type="EMAIL", score=1.0),))
    for n in range(1, nodes * 2 // 5 + 1):
        record(f"in{n % (nodes // 5)}.csv", execution=n, facts=(label,))
        record(f"out{n}.csv", execution=n, action="write", facts=(label,) if n % 3 == 0 else ())
        uses = tuple(earlier for earlier in (n - 1, n - 7, n - 31) if earlier > 0)
        record(f"In[{n}]", execution=n, action="execute", facts=(CellFacts(uses=uses, writes=(f"frame{n}",)),))


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
