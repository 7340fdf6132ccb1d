"""What an SQL statement does, and which files it names: read from its text, never run, never parsed in full."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from jupyter_mlsec.interception.sqlplaces import Part, copied, parts_of
from jupyter_mlsec.protocol.records import Action
from jupyter_mlsec.protocol.watch import Spelling


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """The deed of a statement, or of several in one text.

    `target`: the file it writes; empty where that cannot be told from the text, or where there are several.
    `sources`: the files it reads. `opened`: the databases it opens in such a way that they can be changed.
    """

    action: Action
    target: str | None = None
    sources: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()


_WRITES = frozenset(
    {
        "insert",
        "update",
        "delete",
        "merge",
        "create",
        "replace",
        "drop",
        "alter",
        "truncate",
        "copy",
        "export",
        "import",
    }
)
_CHANGING = frozenset({"insert", "update", "delete", "merge"})


@lru_cache(maxsize=256)
def read_statement(text: str) -> Statement:
    """What the statement does: of several the last, unless one writes a file. A text that is no SQL reads as one."""
    parts = [part for part in parts_of(text) if part.words] or [Part()]
    sources = tuple(dict.fromkeys(name for part in parts for name in part.sources))
    opened = tuple(name for part in parts for name in part.opened)
    saving = [part for part in parts if part.writes_file]
    if saving:
        target = saving[0].target if len(saving) == 1 else ""
        return Statement(action="write", target=target, sources=sources, opened=opened)
    last = parts[-1]
    if last.head == "attach":
        return Statement(action="connect", target=last.attached, sources=sources, opened=opened)
    writes = last.head in _WRITES or (last.head == "with" and not _CHANGING.isdisjoint(last.words))
    return Statement(action="write" if writes else "read", sources=sources, opened=opened)


def _renamed(text: str, names: Mapping[str, str]) -> str:
    """The statement with other files where those stand as files: a value that reads the same stays as it is."""
    places = [place for part in parts_of(text) for place in part.places if place.name in names]
    for place in sorted(places, key=lambda each: -each.start):
        new = names[place.name].replace("'", "''")
        text = f"{text[: place.start]}'{new}'{text[place.end :]}"
    return text


IN_SQL = Spelling(
    read=lambda text: read_statement(text).sources,
    written=lambda text: read_statement(text).target,
    opened=lambda text: read_statement(text).opened,
    put=_renamed,
    rows=copied,
)
"""How files are named in SQL."""
