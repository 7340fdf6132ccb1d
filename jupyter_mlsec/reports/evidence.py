"""What the entries of one run say about a notebook: cell by cell, and as a whole. Pure: the verifier redoes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from jupyter_mlsec.protocol.entries import (
    Allowed,
    Amended,
    AnyEntry,
    Closed,
    Did,
    Opened,
    Outcome,
    Recorded,
    Switched,
    Troubled,
)
from jupyter_mlsec.protocol.facts import AnyFact
from jupyter_mlsec.protocol.records import Decision, Finding, Operation
from jupyter_mlsec.reports.canonical import Json
from jupyter_mlsec.reports.matching import CodeCell, Execution, Match, code_cells, execution_of, match

State = Literal["as shown", "edited", "unknown", "never ran", "unrecorded", "loader", "switch"]
"""The last run was of the code shown; of other code; of code whose digest was not kept; there was no run; or the saved
notebook gives an execution count that the ledger does not have; or that is so because it only switched the guard on,
or only paused or resumed it."""

_LOADS = re.compile(r"%load_ext +jupyter_mlsec\s*(#.*)?|#.*|")
"""What a line may be in a cell that does nothing but switch the guard on."""
_SWITCHES = re.compile(r"%mlsec +(pause|resume)\b[^;{$]*|#.*|")
"""What a line may be in a cell that does nothing but pause or resume it; IPython puts values in for braces."""


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One watched operation inside a cell, with what was learned later added to it."""

    operation: Operation
    decision: Decision
    outcome: Outcome
    error: str | None
    findings: tuple[Finding, ...]
    facts: tuple[AnyFact, ...]
    entry: int


class CellEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one code cell: its runs in order of time, whether it is what ran, and what it did."""

    cell: CodeCell
    match: Match
    state: State
    runs: tuple[Execution, ...]
    other_code: tuple[int, ...]
    """Execution counts of earlier runs whose code was not the code shown."""
    overtaken: int | None
    """The number of a cell further up whose last run came after this cell's last run."""
    deeds: tuple[Deed, ...]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All that one run's entries say. `deleted` are executions of no cell shown; `elsewhere`, deeds outside any."""

    run: str
    children: int
    """Processes that it started and that recorded something themselves."""
    opened: Opened | None
    closed: Closed | None
    cells: tuple[CellEvidence, ...]
    deleted: tuple[tuple[Execution, tuple[Deed, ...]], ...]
    elsewhere: tuple[Deed, ...]
    allowed: tuple[Allowed, ...]
    switched: tuple[Switched, ...]
    did: tuple[Did, ...]
    troubled: tuple[Troubled, ...]
    missing: tuple[int, ...]
    """Numbers the run's own counter passed that no entry has."""
    entries: int
    shortened: int
    """Entries from which something was left out for its size."""

    def deeds(self) -> Iterable[Deed]:
        """Every watched operation of the run, cells first."""
        for cell in self.cells:
            yield from cell.deeds
        for _, deeds in self.deleted:
            yield from deeds
        yield from self.elsewhere

    def executions(self) -> Iterable[Execution]:
        """Every run of a cell, of those shown and of those that are gone."""
        for cell in self.cells:
            yield from cell.runs
        for execution, _ in self.deleted:
            yield execution


def gather(run: str, entries: Sequence[AnyEntry], cells: Sequence[Json]) -> Evidence:
    """The evidence of one run's entries about a notebook's cells (nbformat dicts, our own evidence cells left out)."""
    recorded = [entry for entry in entries if isinstance(entry, Recorded)]
    executions = [execution for entry in recorded if (execution := execution_of(entry)) is not None]
    shown = code_cells(cells)
    matching = match(shown, executions)
    nested = _nested(executions, _deeds(recorded, entries))
    known = {execution.count for execution in executions}
    overtaken = _overtaken(matching.runs)
    was_paused = any(isinstance(entry, Switched) and entry.to == "paused" for entry in entries)
    return Evidence(
        run=run,
        children=len({entry.run for entry in entries} - {run}),
        opened=next((entry for entry in entries if isinstance(entry, Opened) and entry.run == run), None),
        closed=next((entry for entry in entries if isinstance(entry, Closed) and entry.run == run), None),
        cells=tuple(
            CellEvidence(
                cell=cell,
                match=matching.kinds[place],
                state=_state(cell, matching.runs[place], known, was_paused=was_paused),
                runs=matching.runs[place],
                other_code=tuple(
                    run.count for run in matching.runs[place][:-1] if run.digest not in (None, cell.digest)
                ),
                overtaken=overtaken[place],
                deeds=tuple(deed for run in matching.runs[place] for deed in nested.get(run.operation, ())),
            )
            for place, cell in enumerate(shown)
        ),
        deleted=tuple((run, tuple(nested.get(run.operation, ()))) for run in matching.orphans),
        elsewhere=tuple(nested.get(None, ())),
        allowed=tuple(entry for entry in entries if isinstance(entry, Allowed)),
        switched=tuple(entry for entry in entries if isinstance(entry, Switched)),
        did=tuple(entry for entry in entries if isinstance(entry, Did)),
        troubled=tuple(entry for entry in entries if isinstance(entry, Troubled)),
        missing=_missing(entries),
        entries=len(entries),
        shortened=sum(isinstance(entry, Recorded | Amended) and bool(entry.left_out) for entry in entries),
    )


def _deeds(recorded: Sequence[Recorded], entries: Sequence[AnyEntry]) -> list[Deed]:
    later: dict[str, list[Amended]] = {}
    for entry in entries:
        if isinstance(entry, Amended):
            later.setdefault(entry.amends, []).append(entry)
    return [
        Deed(
            operation=entry.operation,
            decision=entry.decision,
            outcome=entry.outcome,
            error=entry.error,
            findings=entry.decision.findings
            + tuple(finding for more in later.get(entry.operation.id, ()) for finding in more.findings),
            facts=entry.facts + tuple(fact for more in later.get(entry.operation.id, ()) for fact in more.facts),
            entry=entry.number,
        )
        for entry in recorded
    ]


def _nested(executions: Sequence[Execution], deeds: Sequence[Deed]) -> dict[str | None, list[Deed]]:
    """Deeds by the operation id of the execution they happened in; None for those of no recorded execution.

    A cell's own operation belongs to it too when something was found about it. Executions may share a count (silent
    ones do): the latest of that count that had begun is meant.
    """
    begun: dict[int, list[Execution]] = {}
    for execution in sorted(executions, key=lambda each: each.at):
        begun.setdefault(execution.count, []).append(execution)
    placed: dict[str | None, list[Deed]] = {}
    for deed in sorted(deeds, key=lambda each: (each.operation.at, each.entry)):
        operation = deed.operation
        if operation.action == "execute":
            if deed.findings:
                placed.setdefault(operation.id, []).append(deed)
            continue
        alike = begun.get(operation.cell.execution, [])
        home = next((each for each in reversed(alike) if each.at <= operation.at), alike[0] if alike else None)
        placed.setdefault(home.operation if home else None, []).append(deed)
    return placed


def _state(cell: CodeCell, runs: Sequence[Execution], known: set[int], *, was_paused: bool) -> State:
    if runs:
        if runs[-1].digest is None:
            return "unknown"
        return "as shown" if runs[-1].digest == cell.digest else "edited"
    if cell.count is None or cell.count in known:
        return "never ran"
    lines = [line.strip() for line in cell.source.splitlines()]
    if was_paused and any(line.startswith("%") for line in lines) and all(map(_SWITCHES.fullmatch, lines)):
        return "switch"
    is_loader = any(line.startswith("%") for line in lines) and all(map(_LOADS.fullmatch, lines))
    return "loader" if is_loader and cell.count < min(known, default=cell.count + 1) else "unrecorded"


def _overtaken(runs: Sequence[Sequence[Execution]]) -> list[int | None]:
    found: list[int | None] = []
    latest, holder = -1, 0
    for place, mine in enumerate(runs):
        ended = mine[-1].at if mine else None
        found.append(holder + 1 if ended is not None and ended < latest else None)
        if ended is not None and ended > latest:
            latest, holder = ended, place
    return found


def _missing(entries: Sequence[AnyEntry]) -> tuple[int, ...]:
    """A run counts its entries from 1; a forked child goes on from its parent's count and has no opening of its own.

    Each process counts for itself.
    """
    counts: dict[str, set[int]] = {}
    for entry in entries:
        counts.setdefault(entry.run, set()).add(entry.number)
    begun = {entry.run for entry in entries if isinstance(entry, Opened)}
    return tuple(
        number
        for run, have in counts.items()
        for number in range(1 if run in begun else min(have), max(have) + 1)
        if number not in have
    )
