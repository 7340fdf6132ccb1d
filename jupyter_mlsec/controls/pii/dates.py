"""Dates moved or made coarse in the form they came in: a datetime stays one, `03.11.1980` becomes `24.01.1981`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

FARTHEST = 365
"""Days by which a date is moved at most, to either side."""
_YEAR_FIRST = re.compile(r"(?P<y>\d{4})(?P<s>[-/.]?)(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?P<rest>(?:[T ]\d.{0,30})?)")
_YEAR_LAST = re.compile(r"(?P<a>\d{1,2})(?P<s>[-/. ])(?P<b>\d{1,2})(?P=s)(?P<y>\d{4})(?P<rest>(?:[T ]\d.{0,30})?)")
_LOOKED_AT = 500


class Calendar:
    """How one column writes its dates. Whether `03/04/1980` is in March or April is told by the other cells."""

    def __init__(self, values: Iterable[Any]) -> None:
        texts = [value for value, _ in zip(values, range(_LOOKED_AT), strict=False) if isinstance(value, str)]
        parts = [(int(m["a"]), int(m["b"]), m["s"]) for m in map(_YEAR_LAST.fullmatch, map(str.strip, texts)) if m]
        if any(b > 12 for _, b, _ in parts):
            self._is_day_first = False
        else:
            self._is_day_first = any(a > 12 or mark != "/" for a, _, mark in parts)

    def moved(self, value: Any, days: int) -> Any:
        """The value that many days later; None when it is no date, or leaves the calendar."""
        read = self._read(value)
        if read is None:
            return None
        try:
            if not isinstance(value, str):
                return value + dt.timedelta(days=days)
            return _written(read[0] + dt.timedelta(days=days), read[1], self._is_day_first)
        except (OverflowError, ValueError):
            return None

    def month(self, value: Any) -> Any:
        """The month a date is in: the first of it, or `1980-11` for a text. None when it is no date."""
        read = self._read(value)
        if read is None:
            return None
        if isinstance(value, str):
            return f"{read[0]:%Y-%m}"
        if not isinstance(value, dt.datetime):
            return value.replace(day=1)
        first = value.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return first.replace(nanosecond=0) if hasattr(first, "nanosecond") else first  # type: ignore[call-arg]

    def day(self, value: Any) -> dt.date | None:
        """The day itself."""
        read = self._read(value)
        return None if read is None else read[0]

    def _read(self, value: Any) -> tuple[dt.date, re.Match[str]] | tuple[dt.date, None] | None:
        if isinstance(value, dt.datetime):
            return value.date(), None
        if isinstance(value, dt.date):
            return value, None
        if not isinstance(value, str):
            return None
        text = value.strip()
        match = _YEAR_FIRST.fullmatch(text) or _YEAR_LAST.fullmatch(text)
        if match is None or (match["s"] == "" and len(text.split("T")[0].split(" ")[0]) != 8):
            return None
        month, day = (match["m"], match["d"]) if match.re is _YEAR_FIRST else (match["b"], match["a"])
        if match.re is _YEAR_LAST and not self._is_day_first:
            month, day = day, month
        try:
            return dt.date(int(match["y"]), int(month), int(day)), match
        except ValueError:
            return None


def _written(day: dt.date, form: re.Match[str] | None, is_day_first: bool) -> str:
    """The day in the form another was written in: order, marks, leading zeros, and the time after it."""
    assert form is not None
    mark, rest = form["s"], form["rest"]
    if form.re is _YEAR_FIRST:
        return f"{day.year:04d}{mark}{_wide(day.month, form['m'])}{mark}{_wide(day.day, form['d'])}{rest}"
    first, second = (day.day, day.month) if is_day_first else (day.month, day.day)
    return f"{_wide(first, form['a'])}{mark}{_wide(second, form['b'])}{mark}{day.year:04d}{rest}"


def _wide(number: int, like: str) -> str:
    """With a leading zero where the other had two digits that needed none, or one."""
    return f"{number:02d}" if len(like) == 2 else str(number)
