"""Text in a loaded table that is shaped like code for somebody else: SQL, a script, a spreadsheet formula.

Shapes only: a quote, a sign or a tag alone is ordinary text. Sources: OWASP's pages on CSV injection, SQL injection
and cross-site scripting.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec

from jupyter_mlsec.frames import Frame

FORMULA = (
    r"^[\t\r\n ]*(?:[=+@-][ ]*(?:[A-Za-z][A-Za-z0-9_.]{1,30}\(|[^\n|]{0,40}\|[^\n]{0,80}!)"
    r"|=[ ]*\$?[A-Z]{1,3}\$?[0-9]{1,7}[+*/:&(-])"
)
SQL = (
    r"(?i:['\"]\s*\)*\s*(?:or|and)\s+\(*(?:['\"]?\w+['\"]?\s*(?:=|<|>|like\b)\s*['\"]?\w|['\"]\w*['\"]\s*=)"
    r"|\bunion\s+(?:all\s+|distinct\s+)?select\b"
    r"|['\";)]\s*;?\s*(?:drop|alter|truncate)\s+(?:table|database|schema)\b|;\s*delete\s+from\b|;\s*insert\s+into\b"
    r"|;\s*update\s+\w+\s+set\b|;\s*exec(?:ute)?\s+(?:xp_|sp_|immediate\b)|\bxp_cmdshell\b|\bwaitfor\s+delay\s+'"
    r"|'\s*(?:;|\))?\s*--)"
)
SCRIPT = (
    r"(?i:<\s*/?\s*script\b|\bjavascript\s*:\s*[\w(]|<\s*\w+[^<>]{0,200}\son(?:error|load|click|focus|mouseover|toggle)\s*="
    r"|<\s*iframe\b|\bdata:text/html\b)"
)
KINDS = {"formula": FORMULA, "SQL": SQL, "script": SCRIPT}
_ANY = "|".join(f"(?:{pattern})" for pattern in KINDS.values())
_ALL_ROWS = 100_000
"""Tables up to this are looked through; of larger ones as many rows as `_SAMPLE`, spread over all of it."""
_SAMPLE = 50_000


_BY_PYTHON = 256


@cache
def _prepared() -> re.Pattern[str]:
    """The shapes for Python, prepared when the first few texts are looked at."""
    return re.compile(_ANY)


class Shaped(msgspec.Struct, frozen=True, kw_only=True):
    """How many values of a column have the shape of what."""

    column: str
    kind: str
    count: int


def shaped(frame: Frame) -> tuple[Shaped, ...]:
    """The columns with injection-shaped text."""
    texts = [name for name, kind in zip(frame.columns, frame.types, strict=True) if _is_text(kind)]
    if not texts:
        return ()
    sample = frame.sample(_SAMPLE) if frame.rows > _ALL_ROWS else None
    found: list[Shaped] = []
    for name in texts:
        found += _in_column(name, frame.column(name) if sample is None else sample[name])
    return tuple(found)


def said(found: Sequence[Shaped]) -> str:
    """In words: column, shape, count. Never a value."""
    return "; ".join(f"{one.count} values of column {one.column} are shaped like {_A[one.kind]}" for one in found[:4])


_A = {"formula": "a spreadsheet formula", "SQL": "SQL", "script": "a script"}


def _in_column(name: str, array: Any) -> list[Shaped]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        return []
    if len(array) <= _BY_PYTHON:  # Arrow prepares its pattern anew for each column, which takes a millisecond
        search = _prepared().search
        hits = pa.array([one for one in array.to_pylist() if one and search(one)], array.type)
    else:
        hits = pc.filter(array, pc.fill_null(pc.match_substring_regex(array, pattern=_ANY), False))
    if not len(hits):
        return []
    counts = {kind: pc.sum(pc.match_substring_regex(hits, pattern=shape)).as_py() for kind, shape in KINDS.items()}
    return [Shaped(column=name, kind=kind, count=count) for kind, count in counts.items() if count]


def _is_text(kind: str) -> bool:
    return kind.startswith(("string", "large_string", "dictionary<values=string", "dictionary<values=large_string"))
