"""How one personal value is hidden: taken out, cut to a hint, or given a name that joins."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from jupyter_mlsec.controls.pii.detection import TYPES
from jupyter_mlsec.protocol.errors import UsageError

if TYPE_CHECKING:
    from jupyter_mlsec.vault.pseudonyms import TokenKey

Hide = Callable[[str, str], str]
"""Takes a value and its type; gives what stands in its place."""
WAYS = ("redact", "partial", "token", "reversible", "shift", "generalise")
KEYED = frozenset(("token", "reversible", "shift"))
"""The ways that need a key."""
STRICTEST = ("redact", "generalise", "partial", "shift", "token", "reversible")
"""The ways by how little they leave of a value."""
KEEP = "keep"
_YEAR = re.compile(r"(?:19|20)\d\d")


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Which way goes for which column or type: of both together, the column's own, the type's, the usual one."""

    usual: str = "redact"
    own: dict[str, str] = {}
    both: dict[tuple[str, str], str] = {}

    def of(self, column: str, kind: str) -> str:
        return self.both.get((column, kind)) or self.own.get(column) or self.own.get(kind) or self.usual

    @property
    def needs_key(self) -> bool:
        return not KEYED.isdisjoint((self.usual, *self.own.values(), *self.both.values()))

    @property
    def columns(self) -> set[str]:
        """The columns that are named, whatever they hold."""
        return {name for name, way in self.own.items() if name not in TYPES and way != KEEP}


def wish_of(how: str | Mapping[str, str]) -> Wish:
    """The wish behind `how`: one way for all, or one for each named column or type. Raises UsageError."""
    wish = Wish(usual=how) if isinstance(how, str) else Wish(own={str(name): way for name, way in how.items()})
    for way in (wish.usual, *wish.own.values()):
        if way not in WAYS and not (way == KEEP and way in wish.own.values()):
            raise UsageError(f"Nothing was masked: how is one of {', '.join(WAYS)}, or a dict of columns or types.")
    return wish


def redacted(_value: str, kind: str) -> str:
    """`[EMAIL]`."""
    return f"[{kind}]"


def partial(value: str, kind: str) -> str:
    """A hint: `a***@***.org`, `***6789`, `A***`, of a date its year."""
    if kind == "DATE_OF_BIRTH":
        return f"{year[0]}-**-**" if (year := _YEAR.search(value)) else "***"
    local, at, domain = value.rpartition("@")
    if at:
        return f"{local[:1]}***@***.{domain.rpartition('.')[2]}"
    return f"***{value[-4:]}" if len(value) >= 9 and any(c.isdigit() for c in value) else f"{value[:1]}***"


def hider(way: str, key: TokenKey | None) -> Hide:
    """The Hide of a way. What moves or coarsens whole values has none for a place in a text: that is redacted."""
    if key is not None and way == "token":
        return lambda value, kind: f"{kind.lower()}_{key.token(value)}"
    if key is not None and way == "reversible":
        return lambda value, kind: f"{kind.lower()}~{key.cover(value)}"
    return partial if way == "partial" else redacted
