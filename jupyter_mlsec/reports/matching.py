"""Which cell of the notebook an execution in the ledger was.

By the front end's cell id; else by source digest and order; else, when its code was changed since, by the execution
count the notebook was saved with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from jupyter_mlsec.protocol.entries import Outcome, Recorded
from jupyter_mlsec.protocol.facts import CellFacts, Coverage
from jupyter_mlsec.reports.canonical import Json, source_of, text_digest

Match = Literal["id", "code", "count", "none"]


class CodeCell(msgspec.Struct, frozen=True, kw_only=True):
    """A code cell as the notebook shows it. `number` counts code cells from 1, `count` is the saved execution count."""

    number: int
    id: str | None
    source: str
    digest: str
    count: int | None


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a cell, as the ledger has it. `count` is IPython's 1-based execution count."""

    operation: str
    count: int
    id: str | None
    digest: str | None
    at: int
    micros: int
    outcome: Outcome
    error: str | None
    facts: CellFacts | None
    coverage: Coverage | None
    """None in older ledgers, and for a cell that was not measured."""
    entry: int
    """The entry's own number in the run."""


class Matching(msgspec.Struct, frozen=True, kw_only=True):
    """Executions by the cell they were of (in order of time), how each cell was matched, and those of no cell."""

    runs: tuple[tuple[Execution, ...], ...]
    kinds: tuple[Match, ...]
    orphans: tuple[Execution, ...]


def code_cells(cells: Sequence[Json]) -> tuple[CodeCell, ...]:
    """The code cells of a notebook's `cells`, numbered from 1."""
    code = [cell for cell in cells if cell.get("cell_type") == "code"]
    return tuple(
        CodeCell(
            number=number,
            id=cell.get("id"),
            source=source_of(cell),
            digest=text_digest(source_of(cell)),
            count=cell.get("execution_count"),
        )
        for number, cell in enumerate(code, 1)
    )


def execution_of(entry: Recorded) -> Execution | None:
    """The execution an entry records, or None when it records another kind of operation."""
    operation = entry.operation
    if operation.action != "execute":
        return None
    return Execution(
        operation=operation.id,
        count=operation.cell.execution,
        id=operation.cell.id,
        digest=operation.cell.digest,
        at=operation.at,
        micros=entry.micros,
        outcome=entry.outcome,
        error=entry.error,
        facts=next((fact for fact in entry.facts if isinstance(fact, CellFacts)), None),
        coverage=next((fact for fact in entry.facts if isinstance(fact, Coverage)), None),
        entry=entry.number,
    )


def match(cells: Sequence[CodeCell], executions: Sequence[Execution]) -> Matching:
    """Give each execution its cell. Of several cells with the same code, the saved count decides, then the order."""
    by_id: dict[str | None, int] = {
        cell.id: place for place, cell in reversed(list(enumerate(cells))) if cell.id is not None
    }
    by_digest: dict[str, list[int]] = {}
    for place, cell in enumerate(cells):
        by_digest.setdefault(cell.digest, []).append(place)
    runs: list[list[Execution]] = [[] for _ in cells]
    kinds: list[Match] = ["none"] * len(cells)
    orphans: list[Execution] = []
    last = -1
    for execution in sorted(executions, key=lambda each: (each.at, each.entry)):
        alike = by_digest.get(execution.digest or "", [])
        kind: Match = "code"
        if execution.id in by_id:
            last, kind = by_id[execution.id], "id"
        elif alike:
            last = min(alike, key=_nearest(cells, runs, execution.count, last))
        else:
            orphans.append(execution)
            continue
        runs[last].append(execution)
        kinds[last] = "code" if kinds[last] == "code" else kind
    orphans = _by_saved_count(cells, orphans, runs, kinds)
    return Matching(runs=tuple(map(tuple, runs)), kinds=tuple(kinds), orphans=tuple(orphans))


def _nearest(
    cells: Sequence[CodeCell], runs: Sequence[Sequence[Execution]], count: int, last: int
) -> Callable[[int], tuple[bool, int, bool, int]]:
    """The order in which cells of the same code are tried: the saved count, then fewest runs, then further down."""
    return lambda at: (cells[at].count != count, len(runs[at]), at <= last, at)


def _by_saved_count(
    cells: Sequence[CodeCell], orphans: Sequence[Execution], runs: list[list[Execution]], kinds: list[Match]
) -> list[Execution]:
    """Place what came without an id into cells that have no run yet; give back what still has no cell."""
    free = {cell.count: place for place, cell in enumerate(cells) if cell.count is not None and not runs[place]}
    left: list[Execution] = []
    for execution in orphans:
        if execution.id is None and execution.count in free:
            place = free[execution.count]
            runs[place].append(execution)
            kinds[place] = "count"
        else:
            left.append(execution)
    return left
