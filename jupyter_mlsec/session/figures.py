"""The texts of a matplotlib figure: titles, labels, ticks, annotations. Matplotlib itself is never imported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_MOST = 500
"""Texts of one figure that are read."""


def _artists(value: Any) -> list[Any]:
    kind = type(value)
    if not any(base.__name__ == "Figure" and base.__module__.startswith("matplotlib.") for base in kind.__mro__):
        return []
    found: list[Any] = value.findobj(lambda artist: hasattr(artist, "get_text") and hasattr(artist, "set_text"))
    return found[:_MOST]


def texts_of_figure(value: Any) -> list[str]:
    """The texts in it; empty for what is no figure."""
    return [text for artist in _artists(value) if isinstance(text := artist.get_text(), str) and text.strip()]


@contextmanager
def redacted_figure(value: Any, redact: Callable[[str, str], str]) -> Iterator[None]:
    """While it is drawn its texts are redacted. Afterwards they are what they were."""
    before = [(artist, artist.get_text()) for artist in _artists(value)]
    changed = [(artist, text, made) for artist, text in before if (made := redact("text/plain", text)) != text]
    try:
        for artist, _, made in changed:
            artist.set_text(made)
        yield
    finally:
        for artist, text, _ in changed:
            artist.set_text(text)
