"""What one entry takes to become an event of each standard, JSON included: a run's usual entries, and a wide write."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec

from benchmarks.measure import Row, Spread, cpu_seconds, take_turns
from jupyter_mlsec.protocol.entries import Did, Opened, Recorded
from jupyter_mlsec.protocol.facts import (
    CellFacts,
    ColumnOrigin,
    ColumnOrigins,
    Fingerprint,
    Label,
    Labels,
    Origin,
    SchemaVerdict,
    SealedFor,
    Shape,
)
from jupyter_mlsec.protocol.records import Cell, Decision, Finding, Operation, Place, Resource, Subject
from jupyter_mlsec.reports.standards import Around, Told, ocsf, openlineage, otlp, prov, read, syslog

_GOAL = 30.0
_SETS = 5_000
"""So many that no name is remembered from the round before."""
_RUN = "a1b2c3d4e5f60718"
_AT = 1_790_000_000_000_000_000
_COLUMNS = tuple(f"column_{number}" for number in range(10))
_ENCODERS: dict[str, Callable[[Told, Around], bytes]] = {
    "OpenLineage": openlineage.encode,
    "PROV-JSON": prov.encode,
    "OCSF": ocsf.encode,
    "OTLP logs": otlp.encode,
    "RFC 5424": syslog.encode,
}


def rows() -> list[Row]:
    """Per entry: the mean over the usual ones, then a write with ten columns whose sources are known."""
    opened = _opened()
    around = Around(project="bench", opened=opened)
    usual = [entry for number in range(_SETS) for entry in _usual(number)]
    wide = [entry for entry in usual if isinstance(entry, Recorded) and entry.operation.action == "write"]
    raw = [msgspec.json.encode(entry) for entry in usual]
    variants: dict[str, Callable[[], float]] = {"read": lambda: cpu_seconds(lambda: deque(map(read, raw), 0), 1)}
    for name, encode in _ENCODERS.items():
        variants[name] = _timed(encode, usual, around)
        variants[f"{name} wide"] = _timed(encode, wide, around)
    gc.collect()
    gc.freeze()  # what is measured makes events one by one, beside no such heap of entries
    try:
        measured = take_turns(variants)
    finally:
        gc.unfreeze()
    reading = Row(what="read from the ledger's bytes", unit="us", measured=_per_entry(measured["read"], len(usual)))
    return [reading, *(row for name in _ENCODERS for row in _rows_of(name, measured, len(usual), len(wide)))]


def _timed(encode: Callable[[Told, Around], bytes], entries: list[Told], around: Around) -> Callable[[], float]:
    return lambda: cpu_seconds(lambda: [encode(entry, around) for entry in entries], 1)


def _rows_of(name: str, measured: dict[str, list[float]], usual: int, wide: int) -> tuple[Row, Row]:
    return (
        Row(what=f"{name}, usual entries", unit="us", measured=_per_entry(measured[name], usual), goal=_GOAL),
        Row(what=f"{name}, a wide write", unit="us", measured=_per_entry(measured[f"{name} wide"], wide), goal=_GOAL),
    )


def _per_entry(seconds: list[float], entries: int) -> Spread:
    return Spread.of([each / entries * 1e6 for each in seconds])


def _opened() -> Opened:
    return Opened(
        run=_RUN,
        number=1,
        at=_AT,
        subject=Subject(name="uid-1000"),
        profile="guard",
        policy="7f3a" * 16,
        notebook="study.ipynb",
        versions={"ipython": "9.18.0"},
    )


def _usual(set: int) -> list[Told]:
    """A read with a finding, its cell, a sealed write, its cell, a deed. Names differ from set to set."""
    source, target, first = f"patients_{set}.csv", f"out_{set}.parquet", set * 5 + 2
    place = Place(column="column_1", type="US_SSN", share=1.0)
    finding = Finding(control="pii", rule="pii.us-ssn", message="patients.csv: column_1 US_SSN 100 %.", places=(place,))
    labels = Labels(labels=(Label(column="column_1", type="US_SSN", score=0.99, certain=True),))
    shape = Shape(rows=1000, columns=_COLUMNS, types=("int64",) * len(_COLUMNS))
    arrived = (
        shape,
        labels,
        Fingerprint(algorithm="sha256", digest="ab" * 32, of="resource", size=4096),
        SchemaVerdict(schema="patients", state="learned", ok=True),
    )
    made = ColumnOrigins(
        columns=tuple(ColumnOrigin(column=name, sources=((source, name),), evidence="fingerprint") for name in _COLUMNS)
    )
    leaving = (
        Origin(operations=("op-2",), resources=(source,)),
        made,
        labels,
        SealedFor(recipients=("age1xyz",), digest="cd" * 32, size=2048),
    )
    cell = (CellFacts(reads=("df",), writes=("out",), uses=(1,), resources=(source,)),)
    return [
        _recorded(first, "read", Resource(kind="file", name=source, format="csv"), arrived, (finding,)),
        _recorded(first + 1, "execute", Resource(kind="cell", name=f"In[{first}]"), cell),
        _recorded(first + 2, "write", Resource(kind="file", name=target, format="parquet"), leaving),
        _recorded(first + 3, "execute", Resource(kind="cell", name=f"In[{first + 2}]"), cell),
        Did(run=_RUN, number=first + 4, at=_AT + first, verb="sealed", subject=target),
    ]


def _recorded(
    number: int, action: Any, resource: Resource, facts: tuple[Any, ...], findings: tuple[Finding, ...] = ()
) -> Recorded:
    operation = Operation(
        id=f"op-{number}",
        action=action,
        subject=Subject(name="uid-1000"),
        resource=resource,
        cell=Cell(execution=number, id=f"cell-{number}", digest="ef" * 32),
        library="pandas",
        function="read_csv",
        at=_AT + number,
    )
    decision = Decision(effect="permit", findings=findings)
    return Recorded(
        run=_RUN, number=number, at=_AT + number, operation=operation, decision=decision, outcome="done", facts=facts
    )
