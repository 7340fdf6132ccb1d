"""What an SQL statement does, and which files it names: read from its text, never run, never parsed in full."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

import msgspec

from jupyter_mlsec.protocol.records import Action
from jupyter_mlsec.protocol.watch import Spelling


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """The deed of a statement. `target`: the file it writes; `sources`: the files it reads."""

    action: Action
    target: str | None = None
    sources: tuple[str, ...] = ()


_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.S)
_HEAD = re.compile(r"\s*\(*\s*([a-z]+)", re.I)
_CHANGES = re.compile(r"\b(?:insert\s+(?:or\s+\w+\s+)?into|update\s+\S+\s+set|delete\s+from|merge\s+into)\b", re.I)
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
_KNOWN = r"(?:csv|tsv|txt|parquet|pq|jsonl?|ndjson|arrow|feather|ipc|xlsx?|orc|avro|duckdb|db|sqlite3?|vortex)"
_FILE = rf"[^'\"]*\.{_KNOWN}(?:\.(?:gz|zst|bz2|xz|zip))?(?:\?[^'\"]*)?"
_FROM = re.compile(rf"(?:\b(?:from|join)|,)\s*(?:'({_FILE})'|\"({_FILE})\")", re.I)
"""A literal after FROM may be a value (`extract(year from '2020-01-01')`): only what ends as a data file counts."""
_FUNCTION = re.compile(r"\b(?:read_\w+|\w+_scan|scan_\w+|sniff_csv|glob)\s*\(\s*(\[[^\]]*\]|'[^']*')", re.I)
_TO = re.compile(r"\bto\s+'([^']*)'", re.I)
_OPENS = re.compile(r"\b(?:attach|database)\s+(?:if\s+not\s+exists\s+)?'([^']*)'", re.I)
_LITERAL = re.compile(r"'([^']*)'")


@lru_cache(maxsize=256)
def read_statement(text: str) -> Statement:
    """What the statement (or the last of several) does. A text that is no SQL reads as one that reads."""
    text = _COMMENT.sub(" ", text)
    last = next((part for part in reversed(text.split(";")) if part.strip()), text)
    found = _HEAD.match(last)
    head = found[1].lower() if found else ""
    sources = tuple(dict.fromkeys((*_functions(text), *(one[1] or one[2] for one in _FROM.finditer(text)))))
    if head == "attach":
        opened = _OPENS.search(last)
        return Statement(action="connect", target=opened[1] if opened else None, sources=sources)
    if head in ("copy", "export"):
        to = _TO.search(last) or _OPENS.search(last)
        return Statement(action="write", target=to[1] if to else None, sources=sources)
    writes = head in _WRITES or (head == "with" and _CHANGES.search(last) is not None)
    return Statement(action="write" if writes else "read", sources=sources)


def _functions(text: str) -> list[str]:
    return [name for call in _FUNCTION.finditer(text) for name in _LITERAL.findall(call[1])]


def _renamed(text: str, names: Mapping[str, str]) -> str:
    """The statement with other files in place of those: each name as a literal, in either kind of quotes."""
    for old, new in names.items():
        for quote in ("'", '"'):
            text = text.replace(f"{quote}{old}{quote}", f"'{new}'")
    return text


IN_SQL = Spelling(
    read=lambda text: read_statement(text).sources, written=lambda text: read_statement(text).target, put=_renamed
)
"""How files are named in SQL."""
