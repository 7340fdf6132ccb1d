"""Scores over the made sets: micro F1 over (column, type), with names and by values alone, and what went wrong."""

# ruff: noqa: E501  (tables of what is made, a kind a line)

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import msgspec

from benchmarks.pii_sets import marked, numbers, people, things
from benchmarks.pii_sets.column import Column, Kind, tables

SEEDS = (20261125, 20261126, 20261127)
Scan = Callable[[dict[str, list[str | None]], bool], dict[str, set[str]]]
"""A detector: columns, and whether their names may be read; gives the types told of each."""


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """What a detector made of a set."""

    hit: int
    wrong: int
    missed: int
    alarms: int
    """Columns without anything personal of which something was told."""
    clean: int
    faults: tuple[str, ...] = ()

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall over (column, type)."""
        return 2 * self.hit / max(1, 2 * self.hit + self.wrong + self.missed)

    def __str__(self) -> str:
        return f"F1 {self.f1:.3f} ({self.hit} hit, {self.wrong} wrong, {self.missed} missed); {self.alarms} alarms in {self.clean} clean columns"


def kinds(half: int) -> Iterator[Kind]:
    """Everything the tables of one set hold."""
    for room in (people, numbers, marked, things):
        yield from room.kinds(half)


def made(half: int, seed: int | None = None) -> list[list[Column]]:
    """The tables of one set: the same ones each time for a seed and the same releases of the generators."""
    return tables(tuple(kinds(half)), SEEDS[half] if seed is None else seed)


def scored(sets: Iterable[list[Column]], scan: Scan, *, names: bool) -> Score:
    """What a detector makes of them."""
    count: Counter[str] = Counter()
    faults: list[str] = []
    for columns in sets:
        found = scan({one.name: one.values for one in columns}, names)
        for one in columns:
            told, want = found.get(one.name, set()), one.expect if names else one.bare
            beside, lost = told - want - one.allow, want - told
            count.update(
                hit=len(told & want),
                wrong=len(beside),
                missed=len(lost),
                clean=not one.allow,
                alarms=bool(beside) and not one.allow,
            )
            if beside or lost:
                faults.append(
                    f"{one.tag} [{one.name}] x{len(one.values)}: {'missed ' + ','.join(lost) if lost else ''} {'told ' + ','.join(beside) if beside else ''}"
                )
    return Score(**{part: count[part] for part in ("hit", "wrong", "missed", "alarms", "clean")}, faults=tuple(faults))


def ours(columns: dict[str, list[str | None]], names: bool) -> dict[str, set[str]]:
    """This project's detector."""
    import pyarrow as pa

    from jupyter_mlsec.controls.pii import scan_table

    return {name: {d.type for d in told} for name, told in scan_table(pa.table(columns), names=names).items()}


if __name__ == "__main__":
    for names in (True, False):
        result = scored(made(int(sys.argv[1])), ours, names=names)
        print("with names" if names else "values alone", result)
        if "-v" in sys.argv:
            print("\n".join(sorted(result.faults)))
