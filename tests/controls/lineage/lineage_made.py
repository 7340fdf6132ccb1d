"""Notebooks made from a seed: moves in a row, with re-runs, edits and deletions, and names to ask for at the end."""

from __future__ import annotations

import random
import re
from typing import NamedTuple

from lineage_moves import CONTAINERS, PLAIN, Move
from lineage_moves_code import FUNCTIONS, NOTEBOOK, OBJECTS, OUTSIDE
from lineage_moves_data import ARRAYS, TABLES

FAMILIES = (PLAIN, CONTAINERS, FUNCTIONS, OBJECTS, OUTSIDE, NOTEBOOK, ARRAYS, TABLES)
SHOWN = frozenset(
    [
        "int",
        "str",
        "list",
        "nest",
        "dict",
        "dlist",
        "set",
        "deque",
        "tuple",
        "bytes",
        "obj",
        "space",
        "arr",
        "view",
        "mat",
        "frame",
        "series",
    ]
)
"""Kinds a target may have: their values can be told from their text."""
LONGEST = 14


class Made(NamedTuple):
    """A notebook as it was run: (cell id, source) per execution, and the names to ask for."""

    steps: tuple[tuple[str, str], ...]
    targets: tuple[str, ...]
    deleted: tuple[tuple[int, str], ...] = ()
    """(before which step, which cell) was deleted from the notebook."""


class _Book:
    """A notebook while it is written. `choices` decides its shape, `constants` the numbers in it."""

    def __init__(self, seed: int, variant: int) -> None:
        self.choices = random.Random(f"shape {seed}")
        self.constants = random.Random(f"numbers {seed} {variant}")
        self.steps: list[tuple[str, str]] = []
        self.names: dict[str, str] = {}
        self.touched: list[str] = []
        self.deleted: list[tuple[int, str]] = []
        self._used: set[int] = set()
        self._count = 0

    def number(self) -> str:
        while (found := self.constants.randrange(11, 99_999)) in self._used:
            pass
        self._used.add(found)
        return str(found)

    def run(self, text: str) -> None:
        self._count += 1
        self.steps.append((f"cell-{self._count}", re.sub("#", lambda _: self.number(), text)))

    def filled(self, move: Move) -> dict[str, str] | None:
        """Names for the move's needs, or None when there are none of a kind."""
        found: dict[str, str] = {}
        for each in move.needs.split():
            slot, kind = each.split(":")
            fitting = [name for name, is_a in self.names.items() if is_a == kind and name not in found.values()]
            if not fitting:
                return None
            found[slot] = self.choices.choice(fitting[-4:])
        return found

    def play(self, move: Move) -> bool:
        found = self.filled(move)
        if found is None:
            return False
        needed = dict.fromkeys(found.values())
        made: dict[str, str] = {}
        for each in move.makes.split():
            slot, kind = each.split(":")
            again = [name for name, is_a in self.names.items() if is_a == kind and name not in needed]
            if again and self.choices.random() < 0.2:
                found[slot] = self.choices.choice(again)
            else:
                found[slot] = f"{kind}_{len(self.names) + len(made) + 1}"
            made[found[slot]] = kind
        self.run(move.text.format(**found))
        self.names |= made
        for slot in move.ends.split():
            self.names.pop(found[slot], None)
        self.touched += [*needed, *made]
        return True

    def again(self) -> None:
        """Run an earlier cell once more, edited half of the times."""
        cell, text = self.choices.choice(self.steps[2:])
        if self.choices.random() < 0.5:
            text = re.sub(r"(?<![\w.'])\d{2,5}(?![\w.'])", lambda _: self.number(), text)
        self.steps.append((cell, text))


def made(seed: int, variant: int = 0) -> Made:
    """The notebook of a seed. Variants differ in their constants only, so what made a name is the same in all."""
    book = _Book(seed, variant)
    choices = book.choices
    families = choices.sample(FAMILIES, k=choices.choice((2, 3, 4)))
    book.run("import numpy as np\nimport pandas as pd" if {ARRAYS, TABLES} & set(families) else "import math")
    for start in ("{a} = #", "{v} = [#, #]"):
        book.play(Move(start, "", "a:int" if "a" in start else "v:list"))
    size = choices.randrange(6, LONGEST)
    while len(book.steps) < size:
        chance = choices.random()
        if chance < 0.06 and len(book.steps) > 4:
            book.again()
        elif chance < 0.09 and len(book.steps) > 4:
            book.deleted.append((len(book.steps), choices.choice(book.steps)[0]))
        else:
            book.play(_next_move(book, families, choices))
    shown = [name for name in dict.fromkeys(reversed(book.touched)) if book.names.get(name) in SHOWN]
    targets = shown[:1] + choices.sample(shown[1:], k=min(2, len(shown) - 1))
    return Made(tuple(book.steps), tuple(targets), tuple(book.deleted))


def _next_move(book: _Book, families: list[tuple[Move, ...]], choices: random.Random) -> Move:
    """A move that can be played now; rather one that needs what was just made than one that makes more."""
    every = [move for family in families for move in family]
    sampled = choices.sample(every, k=min(10, len(every)))
    playable = [move for move in sampled if book.filled(move) is not None]
    playable.sort(key=lambda move: len(move.needs), reverse=True)
    return playable[0] if playable and choices.random() < 0.4 else choices.choice(playable or [PLAIN[0]])
