"""Sentences with code and emphasis in them, before they become Markdown or HTML: so data can never turn into markup."""

from __future__ import annotations

import html
import re
from typing import Literal

import msgspec

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~$&])")


class Piece(msgspec.Struct, frozen=True):
    """A stretch of text that is read as plain words, as code, or with emphasis."""

    text: str
    kind: Literal["plain", "code", "strong"] = "plain"


Prose = tuple[Piece, ...]


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A heading (or none), a leading sentence, and below it rows of a name and what is said of it, then lines."""

    title: str = ""
    lead: Prose = ()
    rows: tuple[tuple[str, Prose], ...] = ()
    lines: tuple[Prose, ...] = ()
    drawing: str = ""
    """Text to be set as it stands, in a fixed-width face."""


def say(*parts: str | Piece) -> Prose:
    """Prose of plain words and pieces."""
    return tuple(part if isinstance(part, Piece) else Piece(part) for part in parts)


def code(text: str) -> Piece:
    """Text that is quoted exactly: a name, a digest."""
    return Piece(text, "code")


def strong(text: str) -> Piece:
    """Words to be seen first."""
    return Piece(text, "strong")


def plain(prose: Prose) -> str:
    """Prose as bare text, for a terminal."""
    return "".join(piece.text for piece in prose)


def markdown(blocks: tuple[Block, ...], level: int = 2) -> str:
    """Blocks as CommonMark. Titles get `level` hashes."""
    parts: list[str] = []
    for block in blocks:
        if block.title:
            parts.append(f"{'#' * level} {_escaped(block.title)}")
        if block.lead:
            parts.append(_markdown(block.lead))
        if block.rows:
            parts.append("\n".join(f"- {_escaped(name)}: {_markdown(said)}" for name, said in block.rows))
        if block.lines:
            parts.append("\n".join(f"- {_markdown(line)}" for line in block.lines))
        if block.drawing:
            fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", block.drawing)), default=0))
            parts.append(f"{fence}text\n{block.drawing}\n{fence}")
    return "\n\n".join(parts)


def _markdown(prose: Prose) -> str:
    return "".join(_marked(piece) for piece in prose)


def _marked(piece: Piece) -> str:
    text = " ".join(piece.text.splitlines())
    if piece.kind == "code":
        fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
        pad = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
        return f"{fence}{pad}{text}{pad}{fence}"
    return f"**{_escaped(text)}**" if piece.kind == "strong" else _escaped(text)


def _escaped(text: str) -> str:
    return _MARKS.sub(r"\\\1", text)


def as_html(prose: Prose) -> str:
    """Prose as HTML phrasing content."""
    tags = {"plain": ("", ""), "code": ("<code>", "</code>"), "strong": ("<strong>", "</strong>")}
    return "".join(tags[piece.kind][0] + html.escape(piece.text) + tags[piece.kind][1] for piece in prose)
