"""The texts of a matplotlib figure: titles, labels, annotations, and what names ticks, made while it is drawn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_MOST = 500
"""Texts of one figure that are read."""


def is_figure(value: Any) -> bool:
    """Whether it is a figure of matplotlib's, which is never imported to find out."""
    return any(base.__name__ == "Figure" and base.__module__.startswith("matplotlib.") for base in type(value).__mro__)


@contextmanager
def drawn(value: Any, see: Callable[[str], None], redact: Callable[[str, str], str] | None) -> Iterator[None]:
    """While a figure is drawn, `see` gets its texts, redacted if asked; afterwards they are what they were."""

    def as_shown(text: Any) -> Any:
        if not isinstance(text, str) or not text.strip():
            return text
        see(text)
        return text if redact is None else redact("text/plain", text)

    before = [(artist, artist.get_text()) for artist in _artists(value)]
    changed = [(artist, text, made) for artist, text in before if (made := as_shown(text)) != text]
    for artist, _, made in changed:
        artist.set_text(made)
    try:
        with _texts_made(as_shown):
            yield
    finally:
        for artist, text, _ in changed:
            artist.set_text(text)


def _artists(value: Any) -> list[Any]:
    found: list[Any] = value.findobj(lambda artist: hasattr(artist, "get_text") and hasattr(artist, "set_text"))
    return found[:_MOST]


@contextmanager
def _texts_made(as_shown: Callable[[Any], Any]) -> Iterator[None]:
    """Within it, whatever text matplotlib sets (the labels of ticks, when it draws them) is set as it may be shown."""
    text: Any = getattr(sys.modules.get("matplotlib.text"), "Text", None)
    if text is None:
        yield
        return
    original = text.set_text

    def set_text(self: Any, said: Any) -> None:
        original(self, as_shown(said))

    text.set_text = set_text
    try:
        yield
    finally:
        text.set_text = original
