"""What a cell's code says it reads and stores, as a list of events in the order they would happen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import msgspec

from jupyter_mlsec.controls.lineage import source
from jupyter_mlsec.controls.lineage.accesses import Accesses, Handed, accesses, handed
from jupyter_mlsec.controls.lineage.expressions import Event
from jupyter_mlsec.controls.lineage.marks import NOWHERE, Place
from jupyter_mlsec.controls.lineage.statements import Statements

__all__ = ["Event", "Reading", "is_pathlike", "read"]
_PATH = re.compile(r"^[^\n\0]{1,250}$")


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A cell's events and what else its text gives away. Made once per text."""

    events: tuple[Event, ...] = ()
    parents: tuple[int, ...] = (0,)
    """For each block the block it stands in; block 0 is the cell itself."""
    marked: dict[Place, int] = {}
    """Where the blocks begin that are worth a mark: something is read in them that is read nowhere around."""
    loops: dict[int, str] = {}
    """Blocks that run for each value of a loop, and the name that gets the value."""
    attributes: frozenset[str] = frozenset()
    touches: frozenset[str] = frozenset()
    """Names whose object some statement changes in form: `x[...] =`, `x.a =`, `x.append(...)`, `inplace=True`."""
    touches_other: bool = False
    """Some statement changes an object that is not reached by a plain name."""
    parts: frozenset[tuple[str, str]] = frozenset()
    """(name, attribute): what some statement changes of a name that may be a module's."""
    accesses: dict[str, Accesses] = {}
    """Names of which only parts are used."""
    handed: dict[str, Handed] = {}
    """What names get from a cell that computes nothing."""
    calls: frozenset[str] = frozenset()
    """Names passed to, or used as, a call: their objects may be changed by it."""
    paths: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()
    """Short string constants, such as an open mode."""
    dynamic: tuple[tuple[str, str], ...] = ()
    """(`code` | `sql` | `at` | `name`, name): a string variable whose text is run or looked up."""
    apart: bool = False
    plain: bool = True
    readable: bool = True


@lru_cache(maxsize=256)
def read(text: str) -> Reading:
    """The reading of a cell's text; an unreadable text gives an empty one with `readable` False."""
    parsed = source.parse(text)
    if parsed.tree is None:
        return Reading(readable=False)
    walker = Statements()
    try:
        walker.statements(parsed.tree.body)
    except RecursionError:
        return Reading(readable=False)
    if walker.sql:
        walker.words(walker.texts)
    words = (word.strip("'\"") for word in parsed.shell.split())
    return Reading(
        events=tuple(walker.events),
        parents=tuple(walker.parents),
        marked=_worth_marking(walker),
        loops=walker.loops,
        attributes=frozenset(walker.attributes),
        touches=frozenset(walker.touches),
        touches_other=walker.touches_other,
        parts=frozenset(walker.parts),
        accesses=accesses(parsed.tree) if parsed.plain else {},
        handed=handed(parsed.tree) if parsed.plain else {},
        calls=frozenset(walker.calls),
        paths=tuple(dict.fromkeys(each for each in (*walker.texts, *walker.modules, *words) if is_pathlike(each))),
        words=frozenset(text for text in walker.texts if len(text) <= 2),
        dynamic=tuple(walker.dynamic),
        apart=parsed.apart,
        plain=parsed.plain,
    )


def is_pathlike(text: str) -> bool:
    """Whether a string could name a file: one line, with a dot or a slash inside."""
    return ("." in text or "/" in text) and _PATH.match(text) is not None and "://" not in text


def outward(block: int, parents: Sequence[int]) -> Iterator[int]:
    """A block and those it stands in, up to the cell."""
    while block > 0:
        yield block
        block = parents[block]
    yield 0


def _worth_marking(walker: Statements) -> dict[Place, int]:
    """Blocks whose reads are not decided by the blocks around them."""
    known: dict[str, set[int]] = {}
    for event in walker.events:
        if event.kind == "read":
            known.setdefault(event.name, set()).add(event.block)
    worth: dict[Place, int] = {}
    for event in walker.events:
        if event.kind == "read":
            around = list(outward(event.block, walker.parents))
            inner = next((each for each in around if walker.starts[each] != NOWHERE), 0)
            if inner and known[event.name].isdisjoint(around[around.index(inner) + 1 :]):
                worth[walker.starts[inner]] = inner
        else:
            known.setdefault(event.name, set()).add(event.block)
    return worth
