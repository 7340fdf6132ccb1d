"""Entries as OpenLineage 2-0-2 run events.

A run is one execution of one cell, and its job the cell: that is what is run again, stays the same when cells move, and
what a lineage graph can show. Cells are children of the notebook's run (the parent facet). Each operation in a cell is
a RUNNING event of the cell's run, which by the specification adds to it; the cell's own entry begins (START) and ends
it (COMPLETE, FAIL or ABORT). What is of no cell belongs to the notebook's run.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from jupyter_mlsec.protocol.entries import Closed, Opened, Outcome, Recorded
from jupyter_mlsec.protocol.records import Operation
from jupyter_mlsec.reports.standards import facets
from jupyter_mlsec.reports.standards.datasets import Dataset, flow
from jupyter_mlsec.reports.standards.source import Around, Told, job_of, json, moment
from jupyter_mlsec.reports.standards.summary import summarise

Json = dict[str, Any]
"""Builtins, as JSON takes them."""

SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
_IDS = uuid.UUID("6f0fd8ce-5f0a-5d0c-9a53-0a4f4b6f7c11").bytes
"""Ours, for run ids that anyone can compute again from the ledger."""
_ENDS: dict[Outcome, str] = {"done": "COMPLETE", "failed": "FAIL", "denied": "FAIL", "interrupted": "ABORT"}
_MOST_OPEN = 1_000
_MOST_HELD = 1_000


def encode(entry: Told, around: Around) -> bytes:
    """The entry's events, one line of JSON each: two for a cell, one for all else."""
    return b"\n".join([json(event) for event in events(entry, around)])


def events(entry: Told, around: Around) -> list[Json]:
    """The entry's events as builtins."""
    said = summarise(entry, around)
    told: Json = {"mlsec_entry": facets.of_entry(entry.number, said)}
    if not isinstance(entry, Recorded):
        kind = "OTHER"
        if "/" not in entry.run and isinstance(entry, Opened):
            kind, told["processing_engine"] = "START", facets.engine(around)
        elif "/" not in entry.run and isinstance(entry, Closed):
            kind = "COMPLETE"
        return [_event(kind, entry.at, entry.run, None, around, told)]
    operation = entry.operation
    if operation.action != "execute":
        return [_moving(entry, around, told)]
    if said.error:
        told["errorMessage"] = facets.error(said.error)
    begun = _event("START", operation.at, entry.run, operation, around, {})
    return [begun, _event(_ENDS[entry.outcome], entry.at, entry.run, operation, around, told)]


def gather(entries: Iterable[tuple[Told, Around]]) -> Iterator[bytes]:
    """The events of entries in a ledger's order, one line each, a run's in the order of its time.

    The event that ends a run repeats all that was read and made in it: some collectors read no other.
    """
    running: dict[str, _Run] = {}
    for entry, around in entries:
        for event in events(entry, around):
            key = event["run"]["runId"]
            run = running.get(key)
            if run is None:
                if len(running) >= _MOST_OPEN:
                    yield from running.pop(next(iter(running))).held
                run = running[key] = _Run()
            yield from run.take(event, of_cell="parent" in event["run"]["facets"])
            if run.ended:
                del running[key]
    for run in running.values():
        yield from run.held


class _Run:
    """What is known of one run that has not ended."""

    def __init__(self) -> None:
        self.held: list[bytes] = []
        self.ended = False
        self._begun = False
        self._moved: dict[str, dict[tuple[str, str], Json]] = {"inputs": {}, "outputs": {}}

    def take(self, event: Json, *, of_cell: bool) -> Iterator[bytes]:
        """Add an event, and hand on what need not wait: a cell's events wait for its beginning, which comes last."""
        kind = event["eventType"]
        self.ended = kind in ("COMPLETE", "FAIL", "ABORT")
        for side, known in self._moved.items():
            if self.ended:
                event[side] = list(known.values())
            for each in event[side]:
                known[each["namespace"], each["name"]] = each
        line = json(event)
        if kind == "START":
            self._begun = True
            yield line
            yield from self.held
            self.held = []
        elif self._begun or not of_cell or len(self.held) >= _MOST_HELD:
            yield line
        else:
            self.held.append(line)


def _moving(entry: Recorded, around: Around, told: Json) -> Json:
    operation = entry.operation
    moved = flow(entry, around.project)
    event = _event("RUNNING", entry.at, entry.run, operation, around, told)
    event["inputs"] = _listed(moved.read, entry, around, is_made=False) + [_bare(each) for each in moved.made_from]
    event["outputs"] = _listed(moved.made, entry, around, is_made=True)
    return event


def _listed(found: tuple[Dataset, ...], entry: Recorded, around: Around, *, is_made: bool) -> list[Json]:
    """Facts are about all that a call moved: they are told of a dataset when it is the only one."""
    if len(found) != 1:
        return [_bare(each) for each in found]
    return [{"namespace": found[0][0], "name": found[0][1], **facets.described(entry, around, is_made=is_made)}]


def _bare(each: Dataset) -> Json:
    return {"namespace": each.namespace, "name": each.name, "facets": {}}


def _event(kind: str, at: int, run: str, operation: Operation | None, around: Around, told: Json) -> Json:
    whole = run.partition("/")[0]
    notebook = around.notebook
    job = "NOTEBOOK"
    name, run_id = notebook, _run_id(whole, "")
    cell = operation.cell if operation is not None else None
    if operation is not None and cell is not None and (cell.execution or cell.id or cell.digest):
        job, name = "CELL", f"{notebook}.{job_of(operation)}"
        told = {"parent": facets.parent(run_id, around.project, notebook), **told}
        run_id = _run_id(whole, f"{cell.execution}/{cell.id}/{cell.digest}")
    return {
        "eventType": kind,
        "eventTime": moment(at),
        "run": {"runId": run_id, "facets": told},
        "job": {"namespace": around.project, "name": name, "facets": {"jobType": facets.job_type(job)}},
        "inputs": [],
        "outputs": [],
        "producer": facets.PRODUCER,
        "schemaURL": SCHEMA,
    }


@lru_cache(maxsize=4096)
def _run_id(run: str, cell: str) -> str:
    """A version 5 UUID (RFC 9562), as `uuid.uuid5` makes it."""
    hashed = bytearray(hashlib.sha1(_IDS + f"{run}/{cell}".encode(), usedforsecurity=False).digest()[:16])
    hashed[6] = hashed[6] & 0x0F | 0x50
    hashed[8] = hashed[8] & 0x3F | 0x80
    text = hashed.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
