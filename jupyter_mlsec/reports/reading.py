"""JSON read so that no two readers can differ about it: strict text first, then strict types."""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

import msgspec

Made = TypeVar("Made")

_HALF = re.compile(r"\\u[dD][89a-fA-F]")
"""The escape of half a character; whole ones come in pairs."""


class NamedTwice(ValueError):
    """An object in a JSON text names the same key twice, so that readers may differ about what it says."""


def parsed(text: str) -> Any:  # Any: whatever a JSON text can hold
    """A JSON text as values. Raises ValueError for broken JSON, NamedTwice for an object with a key twice."""
    return json.loads(text, object_pairs_hook=_once)


def typed(raw: bytes | str, kind: type[Made]) -> Made:
    """A JSON text as a value of that type; NaN, Infinity and halves of characters are no part of it.

    Raises ValueError for a text that does not read as one.
    """
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
        if _HALF.search(text):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise ValueError("the text is not of the form it should have") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:  # Any: as above
    made = dict(pairs)
    if len(made) != len(pairs):
        raise NamedTwice("an object names the same key twice")
    return made


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no word of JSON")
