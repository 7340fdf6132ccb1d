"""Values made coarse, so that more people share them: ages in bands, postcodes by their beginning, dates by month."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from jupyter_mlsec.controls.pii.dates import Calendar

BAND = 10
"""Years in a band of ages."""
FEW = 5
"""A word that fewer rows share becomes `other`."""
_BANDS = 10
"""Bands that other numbers are put into, about."""
_POSTCODE = re.compile(r"[A-Za-z]{0,2}\d[A-Za-z\d]{0,3}[ -]?[A-Za-z\d]{2,5}|\d{4,7}|\d{5}-\d{4}")
_POSTAL = re.compile(r"(?i)(?:^|[^a-z])(?:zip|post|postal|plz|cap|cep|pin|postleitzahl|postnr|postnummer|codigo)")
_IP = re.compile(r"(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}")
_OTHER = "other"
Coarsen = Callable[[Any], Any]
"""Gives None for a value it knows no coarser form of."""


def coarsener(name: str, values: Sequence[Any], counts: Sequence[int] | None = None) -> tuple[Coarsen, str]:
    """How the values of a column are made coarser, and that in words. `counts`: how often each of the values occurs."""
    often = [(v, n) for v, n in zip(values, counts or [1] * len(values), strict=True) if not is_missing(v)]
    held = [value for value, _ in often]
    numbers = [v for v in held if isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v)]
    if held and len(numbers) == len(held) and not _POSTAL.search(name):
        return _banded(numbers)
    calendar = Calendar(held)
    if held and sum(calendar.day(value) is not None for value in held[:200]) > 0.8 * len(held[:200]):
        return calendar.month, "months"
    texts = [str(value) for value in held]
    if texts and sum(_IP.fullmatch(text) is not None for text in texts[:200]) > 0.8 * len(texts[:200]):
        return (lambda value: f"{m[1]}.0/24" if (m := _IP.fullmatch(str(value).strip())) else None), "networks"
    if _POSTAL.search(name) or _are_postcodes(texts):
        return _beginning, "the beginning of the code"
    return _frequent(often)


def _are_postcodes(texts: Sequence[str]) -> bool:
    few = texts[:200]
    alike = sum(_POSTCODE.fullmatch(text.strip()) is not None and any(c.isdigit() for c in text) for text in few)
    return bool(few) and alike > 0.9 * len(few) and len({len(text) for text in few}) <= 4


def _beginning(value: Any) -> str | None:
    """`123**`, `SW1A ***`: about half of what a postcode tells."""
    text = (str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)).strip()
    head, space, tail = text.partition(" ") if " " in text else text.partition("-")
    if space and head and tail:
        return f"{head[:3]}**" if len(head) == 5 and head.isdigit() else f"{head}{space}{'*' * len(tail)}"
    kept = 3 if len(text) == 5 else max(1, len(text) - max(2, len(text) // 2))
    return text[:kept] + "*" * (len(text) - kept) if text else None


def _banded(numbers: Sequence[float]) -> tuple[Coarsen, str]:
    low, high = min(numbers), max(numbers)
    is_whole = all(float(number).is_integer() for number in numbers)
    are_years = is_whole and ((low >= 0 and high <= 130) or (low >= 1850 and high <= 2100))
    width = float(BAND) if are_years else _nice(low, high)

    def band(value: Any) -> str | None:
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            return None
        start = math.floor(value / width) * width
        if is_whole and width >= 1:
            return f"{int(start)}-{int(start + width) - 1}"
        return f"{start:g}-{start + width:g}"

    return band, f"bands of {width:g}"


def _nice(low: float, high: float) -> float:
    """A width of 1, 2 or 5 times a power of ten that makes about ten bands."""
    rough = (high - low) / _BANDS or 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough)


def _frequent(often: Sequence[tuple[Any, int]]) -> tuple[Coarsen, str]:
    counts: Counter[str] = Counter()
    for value, count in often:
        counts[str(value)] += count
    known = {text for text, count in counts.items() if count >= FEW}
    words = f"words of fewer than {FEW} rows as {_OTHER}"
    return (lambda value: str(value) if str(value) in known else _OTHER), words


def is_missing(value: Any) -> bool:
    """None, NaN, NaT or pandas' NA: what is not equal to itself, or cannot say."""
    try:
        return value is None or bool(value != value)
    except (TypeError, ValueError):
        return type(value).__name__ == "NAType"
