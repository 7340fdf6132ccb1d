"""What a scan says: a Detection per column and type, a Span per place in a text. Neither ever holds a value."""

from __future__ import annotations

from itertools import pairwise

import msgspec

TYPES: tuple[str, ...] = (
    "CREDENTIAL", "US_SSN", "CREDIT_CARD", "NATIONAL_ID", "IBAN", "PASSPORT", "HEALTH_ID", "SPECIAL_CATEGORY",
    "DRIVER_LICENSE", "DATE_OF_BIRTH", "PERSON", "EMAIL", "PHONE", "ADDRESS", "DEVICE_ID", "VEHICLE_ID", "CRYPTO",
    "IP_ADDRESS", "USERNAME", "URL_PERSONAL",
)  # fmt: skip
"""Every type of personal data we know, what weighs most first."""

RANK: dict[str, int] = {name: place for place, name in enumerate(TYPES)}


_HELD = ((0.5, 0.5), (0.68, 0.66), (0.72, 0.93), (0.85, 0.965), (0.9, 0.985), (0.95, 0.998), (1.0, 1.0))
"""How often what got such a score by our rules was right, on made tables of other makers (docs/personal-data.md)."""


def calibrated(score: float) -> float:
    """A score of our rules as how often it is right: straight between measured points, never turning an order round."""
    for (low, below), (high, above) in pairwise(_HELD):
        if score <= high:
            return below + (above - below) * (max(score, low) - low) / (high - low)
    return 1.0


class Detection(msgspec.Struct, frozen=True, kw_only=True):
    """Personal data of one type in one column: how sure, in how many rows (estimated from a sample), on what ground."""

    type: str
    score: float
    """0 to 1, about how often such a finding is right. Below 0.5 nothing is reported."""
    count: int
    """Rows that hold it, estimated from the cells that were examined."""
    share: float
    """Of the rows that hold anything at all."""
    certain: bool = False
    """A validator agreed far more often than chance would have it."""
    source: str = "pattern"
    """`validator`, `pattern` or `header` (the column's name, and values that allow what it says)."""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Personal data in a text, in Python characters, end exclusive."""

    start: int
    end: int
    type: str
    score: float
