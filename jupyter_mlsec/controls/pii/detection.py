"""What a scan says: a Detection per column and type, a Span per place in a text. Neither ever holds a value."""

from __future__ import annotations

import msgspec

TYPES: tuple[str, ...] = (
    "CREDENTIAL", "US_SSN", "CREDIT_CARD", "NATIONAL_ID", "IBAN", "PASSPORT", "HEALTH_ID", "SPECIAL_CATEGORY",
    "DRIVER_LICENSE", "DATE_OF_BIRTH", "PERSON", "EMAIL", "PHONE", "ADDRESS", "DEVICE_ID", "VEHICLE_ID", "CRYPTO",
    "IP_ADDRESS", "USERNAME", "URL_PERSONAL",
)  # fmt: skip
"""Every type of personal data we know, what weighs most first."""

RANK: dict[str, int] = {name: place for place, name in enumerate(TYPES)}


class Detection(msgspec.Struct, frozen=True, kw_only=True):
    """Personal data of one type in one column: how sure, in how many rows (estimated from a sample), on what ground."""

    type: str
    score: float
    """0 to 1. Below 0.5 nothing is reported."""
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
