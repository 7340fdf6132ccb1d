"""One kind of made column, and the columns and tables that come of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import msgspec

Make = Callable[[random.Random], str]


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What one column may hold. `shown`: whether the values alone tell it, so that it must be found without a name."""

    tag: str
    make: Make
    headers: tuple[str, ...]
    type: str = ""
    """The type it must be reported as; empty for what is not personal."""
    shown: bool = True
    allow: tuple[str, ...] = ()


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One made column with its truth: what must be told and what may be, with its name and without it."""

    name: str
    tag: str
    values: list[str | None]
    expect: frozenset[str]
    bare: frozenset[str]
    """What must be told from the values alone."""
    allow: frozenset[str]


_SIZES = (25, 60, 150, 400, 900)
_SILENT = ("attr_{}", "q{}", "Spalte {}", "campo{}", "k_{}", "F{}", "列{}", "data.{}")


def column(kind: Kind, rng: random.Random, *, silent: bool, rows: int) -> Column:
    """A column of that kind, some cells empty; `silent`: under a name that says nothing."""
    gaps = rng.choice((0.0, 0.0, 0.05, 0.4))
    values = [None if rng.random() < gaps else kind.make(rng) for _ in range(rows)]
    bare = frozenset((kind.type,)) if kind.type and kind.shown else frozenset[str]()
    return Column(
        name=rng.choice(_SILENT).format(rng.randrange(100)) if silent else rng.choice(kind.headers),
        tag=kind.tag,
        values=values,
        expect=bare if silent or not kind.type else frozenset((kind.type,)),
        bare=bare,
        allow=frozenset((*kind.allow, *((kind.type,) if kind.type else ()))),
    )


def tables(kinds: Sequence[Kind], seed: int) -> list[list[Column]]:
    """Each kind twice, under a telling and under a silent name, in tables of two to nine columns of one length."""
    rng = random.Random(seed)
    waiting = [(kind, silent) for kind in kinds for silent in (False, True)]
    rng.shuffle(waiting)
    made: list[list[Column]] = []
    while waiting:
        size, rows = rng.randrange(2, 10), rng.choice(_SIZES)
        chosen, waiting = waiting[:size], waiting[size:]
        columns = [column(kind, rng, silent=silent, rows=rows) for kind, silent in chosen]
        made.append([msgspec.structs.replace(one, name=f"{one.name}~{i}") for i, one in enumerate(columns)])
    return made
