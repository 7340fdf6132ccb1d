"""Vehicle identification numbers, by the check digit of ISO 3779 as North America uses it."""

from __future__ import annotations

import re

from jupyter_mlsec.controls.pii.recognizer import Recognizer

_VIN = re.compile(r"(?<![A-Za-z0-9])(?<!\d\.)[A-HJ-NPR-Z0-9]{9}[A-HJ-NPR-TV-Y1-9][A-HJ-NPR-Z0-9]{7}(?![A-Za-z0-9])")
_VALUES = dict(
    zip(
        "ABCDEFGHJKLMNPRSTUVWXYZ0123456789", [*range(1, 9), 1, 2, 3, 4, 5, 7, 9, *range(2, 10), *range(10)], strict=True
    )
)
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def is_vin(value: str) -> bool:
    """Whether the check digit (the ninth) holds."""
    if value.isdigit() or value.isalpha():
        return False
    rest = sum(_VALUES[c] * w for c, w in zip(value, _WEIGHTS, strict=True)) % 11
    return value[8] == ("X" if rest == 10 else str(rest))


RECOGNIZERS = (
    Recognizer(
        name="vin", type="VEHICLE_ID", run="word", hint=r"[A-HJ-NPR-Z0-9]{17}",
        pattern=_VIN, valid=is_vin, chance=0.09, need=0.7, score=0.95,
    ),
)  # fmt: skip
