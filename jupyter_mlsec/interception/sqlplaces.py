"""Where in the text of SQL statements files are named: told by the words before them, past comments and quotes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Literal

import msgspec

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?(?:\*/|\Z))"""
    r"""|(?P<escaped>[eE]'(?:[^'\\]|''|\\.)*')"""
    r"""|(?P<text>'(?:[^']|'')*')"""
    r"""|(?P<name>"(?:[^"]|"")*")"""
    r"""|(?P<dollar>\$(?P<tag>[A-Za-z_]\w*)?\$.*?\$(?(tag)(?P=tag))\$)"""
    r"""|(?P<word>[A-Za-z_]\w*)"""
    r"""|(?P<other>.)""",
    re.S,
)
_KNOWN = r"(?:csv|tsv|txt|parquet|pq|jsonl?|ndjson|arrow|feather|ipc|xlsx?|orc|avro|duckdb|db|sqlite3?|vortex)"
_FILE = re.compile(rf".*\.{_KNOWN}(?:\.(?:gz|zst|bz2|xz|zip))?(?:\?.*)?", re.I | re.S)
"""A literal after FROM may be a value (`extract(year from '2020-01-01')`): only what ends as a data file counts."""
_FUNCTION = re.compile(r"read_\w+|\w+_scan|scan_\w+|sniff_csv", re.I)
_ENDS_FROM = frozenset(
    {
        "where",
        "group",
        "order",
        "having",
        "limit",
        "offset",
        "union",
        "except",
        "intersect",
        "select",
        "window",
        "qualify",
        "set",
        "values",
        "returning",
        "sample",
        "tablesample",
        "pivot",
        "unpivot",
    }
)
_OPENING = frozenset(["export", "attach", "or", "replace", "database", "if", "not", "exists"])
"""Words before the name of what is attached or exported to."""
_IN_MEMORY = ("", ":memory:")
Kind = Literal["space", "text", "name", "word", "other"]


class Token(msgspec.Struct, frozen=True):
    """A word, a literal or a sign. `value`: a literal without its quotes, a word in lower case."""

    kind: Kind
    value: str
    start: int
    end: int


class FilePlace(msgspec.Struct, frozen=True):
    """Where a file is named."""

    name: str
    start: int
    end: int


class Part(msgspec.Struct):
    """One statement of a text."""

    words: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    target: str | None = None
    """The file that COPY or EXPORT writes; empty where it is no literal."""
    attached: str | None = None
    """The database that ATTACH names; empty where it is no literal."""
    opened: tuple[str, ...] = ()
    """The same, if it can be changed then."""
    places: tuple[FilePlace, ...] = ()

    @property
    def head(self) -> str:
        """What the statement begins with."""
        return self.words[0] if self.words else ""

    @property
    def writes_file(self) -> bool:
        """Whether it is the kind of statement that makes files."""
        return self.target is not None


def parts_of(text: str) -> Iterator[Part]:
    """The statements of a text. Never raises; of what is no SQL something is made all the same."""
    tokens: list[Token] = []
    for token in _tokens(text):
        if _is_end(token):
            yield _part(tokens)
            tokens = []
        else:
            tokens.append(token)
    yield _part(tokens)


def copied(text: str) -> tuple[str, str] | None:
    """Of a single `COPY ... TO 'file'` a query for its rows, and what follows them; None for any other text.

    What stands for a parameter after TO, or hides in a statement that is prepared, cannot be taken apart.
    """
    tokens = list(_tokens(text))
    while tokens and _is_end(tokens[-1]):
        del tokens[-1]
    if not tokens or (tokens[0].kind, tokens[0].value) != ("word", "copy") or any(_is_end(t) for t in tokens):
        return None
    following = _after_to(tokens)
    part = _part(list(tokens))
    if not following or not part.target or any(t.kind == "other" and t.value in "?$" for t in following):
        return None
    to = tokens[-len(following) - 1]
    rows, end = text[tokens[0].end : to.start].strip(), tokens[-1].end
    if tokens[1].value == "(" and tokens[1].kind == "other":
        return rows, text[to.start : end]
    name, bracket, columns = rows.partition("(")  # COPY t (a, b) TO: these columns of a table
    listed = columns.rpartition(")")[0] if bracket else "*"
    return f"SELECT {listed} FROM {name.strip()}", text[to.start : end]  # noqa: S608  # the user's own names, for their own connection


def _is_end(token: Token) -> bool:
    return token.kind == "other" and token.value == ";"


def _tokens(text: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(text):
        kind, value = found.lastgroup or "other", found[0]
        if kind == "tag":
            kind = "dollar"
        if kind == "space":
            continue
        if kind == "text":
            value = value[1:-1].replace("''", "'")
        elif kind == "escaped":
            kind, value = "text", re.sub(r"\\(.)", r"\1", value[2:-1].replace("''", "'"), flags=re.S)
        elif kind == "dollar":
            mark = value.index("$", 1) + 1
            kind, value = "text", value[mark:-mark]
        elif kind == "name":
            value = value[1:-1].replace('""', '"')
        elif kind == "word":
            value = value.lower()
        yield Token(kind, value, found.start(), found.end())  # type: ignore[arg-type]  # one of the groups


def _part(tokens: list[Token]) -> Part:
    while tokens and tokens[0].value == "(":
        tokens = tokens[1:]
    words = tuple(token.value for token in tokens if token.kind == "word")
    later = words[:1] == ("prepare",)
    for before in (("explain", "analyze"), words[: words.index("as") + 1] if later and "as" in words else ("prepare",)):
        words = words[len(before) :] if words[: len(before)] == before else words
    part = Part(words=words)
    reads = [FilePlace(token.value, token.start, token.end) for token in _files(tokens)]
    written = _written(part, tokens)
    if later and part.target is not None:
        part.target, written = "", []
    part.sources = tuple(place.name for place in reads)
    part.places = (*reads, *written)
    return part


def _written(part: Part, tokens: list[Token]) -> list[FilePlace]:
    """Where it says what it writes or attaches; the part is told."""
    if part.head == "copy":
        named = _after_to(tokens)
        if named is None or part.words[1:3] == ("from", "database"):  # COPY t FROM 'file'
            return []
    elif part.head in ("export", "attach"):
        named = list(itertools.dropwhile(lambda token: token.kind == "word" and token.value in _OPENING, tokens))
    else:
        return []
    stands_alone = len(named) < 2 or named[1].kind == "word" or named[1].value == "("
    first = named[0] if named and stands_alone and named[0].kind in ("text", "name") else None
    name = first.value if first is not None else ""
    if part.head == "attach":
        part.attached = name
        is_file = first is None or name not in _IN_MEMORY
        part.opened = (name,) if is_file and not _is_reading(part.words) else ()
    else:
        part.target = name
    return [FilePlace(name, first.start, first.end)] if first is not None else []


def _is_reading(words: tuple[str, ...]) -> bool:
    """READ_ONLY, unless it is followed by what says otherwise."""
    following = words[words.index("read_only") + 1 :][:1] if "read_only" in words else ("false",)
    return following not in (("false",), ("off",))


def _after_to(tokens: list[Token]) -> list[Token] | None:
    """What follows TO outside of all parentheses; None if it is not there."""
    depth = 0
    for number, token in enumerate(tokens):
        depth += (token.value == "(") - (token.value == ")") if token.kind == "other" else 0
        if depth == 0 and token.kind == "word" and token.value == "to":
            return tokens[number + 1 :]
    return None


class _Level(msgspec.Struct):
    """One depth of parentheses: whether a table may be named next, and whether files are."""

    in_from: bool = False
    is_next: bool = False
    files: bool = False


def _files(tokens: list[Token]) -> Iterator[Token]:
    """The literals that stand where a table does, or where a function takes its files."""
    levels, before = [_Level()], ""
    for token in tokens:
        level = levels[-1]
        if token.kind in ("text", "name"):
            if (level.files and token.kind == "text") or (level.is_next and _FILE.fullmatch(token.value)):
                yield token
            level.is_next = False
        elif token.kind == "word":
            level.is_next = token.value in ("from", "join") or (level.is_next and token.value == "lateral")
            level.in_from = (level.in_from or level.is_next) and token.value not in _ENDS_FROM
        elif token.value in ("(", "["):
            files = level.files if token.value == "[" else _FUNCTION.fullmatch(before) is not None
            levels.append(_Level(in_from=level.is_next, is_next=level.is_next, files=files))
        elif token.value in (")", "]") and len(levels) > 1:
            levels.pop()
            levels[-1].is_next = False
        elif token.value == ",":
            inside_list = len(levels) > 1 and level.files and levels[-2].files
            level.files = level.files and inside_list
            level.is_next = level.in_from
        before = token.value if token.kind in ("word", "name") else ""
