"""What finds one kind of value: a cheap hint, a pattern, a validator, and how often chance would please it."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec


def always(_value: str) -> bool:
    """For patterns so telling that nothing is left to check."""
    return True


def factored(words: str) -> str:
    """The same alternatives, grouped by their first letter: `re` would try them one by one at every place."""
    groups: dict[str, list[str]] = {}
    for word in re.findall(r"(?:\((?:[^()]|\([^()]*\))*\)|[^|()])+", words):
        groups.setdefault(word[0], []).append(word[1:])
    return "|".join(f"{first}(?:{'|'.join(rest)})" for first, rest in groups.items())


class Recognizer(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of value. `hint` must match wherever `pattern` does: it is all that most cells ever meet."""

    name: str
    type: str
    hint: str
    """A regular expression that both RE2 and Hyperscan take: ASCII, no anchors, no look-around."""
    marks: str = ""
    """Characters of which every match of `hint` holds at least one: a glance for them is cheaper than the hint."""
    run: str = ""
    """`digits` or `word`: the run of characters (prefilter.RUNS) that every match of `hint` holds."""
    pattern: re.Pattern[str]
    """Finds the value; group `v`, where there is one, is the value itself. Bounded repeats only: time stays linear."""
    valid: Callable[[str], bool] = always
    chance: float = 0.001
    """The share of random values of this shape that `valid` accepts."""
    need: float = 0.6
    """The share of the values of this shape in a column that `valid` must accept."""
    alone: bool = True
    """Whether it may speak in a column whose name says nothing of the kind."""
    whole: bool = False
    """Whether only a cell that is nothing else counts, unless the column's name agrees."""
    in_text: bool = True
    score: float = 0.9


def value_of(match: re.Match[str]) -> str:
    """The value of a match: its group `v`, else all of it."""
    return match["v"] if "v" in match.re.groupindex else match[0]


def span_of(match: re.Match[str]) -> tuple[int, int]:
    """Where that value stands."""
    return match.span("v") if "v" in match.re.groupindex else match.span()
