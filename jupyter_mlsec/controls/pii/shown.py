"""Texts that cells show or that are sent away: what they hold is counted, and hidden so that the layout stays."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_mlsec.controls.pii.detection import Span

MOST = 32_768
"""Characters of one cell's outputs (or of one prompt) that are searched."""
_SURE = re.compile(r"@|(?<![\w.,])\d(?:[ ()/.-]?\d){6}|[A-Z]{2}\d\d[ A-Z\d]{8}|(?i:key|token|secret|passw|bearer)")
"""A text without any of these holds nothing but names, addresses or words: most texts cost no more than this look."""
_NAMES = re.compile(r"[^\W\d_]{2,} [^\W\d_]{2,}")
_MARKUP = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|<[^<>]{1,2000}>")
SURE = 0.8
"""Spans that score less are not told of outputs and prompts: a line that is wrong there is read every day."""
_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_TAGGED = ("text/html", "image/svg+xml", "text/markdown")
_UNTOUCHED = frozenset(("model", "role", "type", "id", "name", "format", "media_type", "tool_call_id"))
"""Keys of a request's body whose values are no text of the user's."""


def counted(
    texts: Iterable[str], wanted: Callable[[str, float], bool], first: Callable[[], None] = lambda: None
) -> dict[str, int]:
    """How many values of each type these texts hold, of the types and scores that are wanted.

    `first` is called before the detector is, which most texts never need.
    """
    joined = "\n".join(texts)[:MOST]
    is_loaded = "jupyter_mlsec.controls.pii.text" in sys.modules  # to load it for words alone would be felt
    if not _SURE.search(joined) and not (is_loaded and _NAMES.search(joined)):
        return {}
    first()
    counts: dict[str, int] = {}
    for span in _spans(bare(joined)):
        if span.score >= SURE and wanted(span.type, span.score):
            counts[span.type] = counts.get(span.type, 0) + 1
    return counts


def _spans(text: str) -> list[Span]:
    from jupyter_mlsec.controls.pii.text import read_text

    return read_text(text)


def bare(text: str, *, is_tagged: bool = True) -> str:
    """The text with its tags and colours blanked, each character in its place."""
    if "<" not in text and "\x1b" not in text:
        return text
    return (_MARKUP if is_tagged else _ESCAPES).sub(lambda match: " " * len(match[0]), text)


def hidden(kind: str, text: str, types: frozenset[str] | None = None) -> str:
    """The text with personal values as `[EMAIL]***`, each as long as what stood there; tags and colours stay.

    kind: its MIME type. types: hide these only.
    """
    if len(text) < 3:
        return text
    is_tagged = kind in _TAGGED
    plain = bare(text, is_tagged=is_tagged)
    pieces, at = [], 0
    for span in _spans(plain):
        if types is None or span.type in types:
            pieces += [text[at : span.start], _filled(text[span.start : span.end], span.type, is_tagged=is_tagged)]
            at = span.end
    return "".join((*pieces, text[at:])) if pieces else text


def _filled(value: str, kind: str, *, is_tagged: bool) -> str:
    """What stands for the value, with the markup inside of it kept."""
    made, at, mark = [], 0, f"[{kind}]"
    for match in (_MARKUP if is_tagged else _ESCAPES).finditer(value):
        made += [as_long(match.start() - at, mark), match[0]]
        mark = "" if match.start() > at else mark
        at = match.end()
    return "".join((*made, as_long(len(value) - at, mark)))


def as_long(length: int, mark: str) -> str:
    """`[EMAIL]***`, exactly so long; only stars where the type does not fit."""
    return mark + "*" * (length - len(mark)) if length >= len(mark) else "*" * length


def texts_in(value: Any, depth: int = 12) -> Iterator[str]:
    """Every text in a JSON-like value, such as the body of a request."""
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, dict):
        for key, inner in value.items():
            if key not in _UNTOUCHED or not isinstance(inner, str):
                yield from texts_in(inner, depth - 1)
    elif depth and isinstance(value, list | tuple):
        for inner in value:
            yield from texts_in(inner, depth - 1)


def hidden_in(value: Any, types: frozenset[str] | None = None, depth: int = 12) -> Any:
    """A copy of a JSON-like value with the personal data in its texts hidden."""
    if isinstance(value, str):
        return hidden("text/plain", value, types)
    if depth and isinstance(value, dict):
        return {
            key: inner if key in _UNTOUCHED and isinstance(inner, str) else hidden_in(inner, types, depth - 1)
            for key, inner in value.items()
        }
    if depth and isinstance(value, list | tuple):
        return type(value)([hidden_in(inner, types, depth - 1) for inner in value])
    return value
