"""Telephone numbers: international, North American, or by one country's own plan (phonenumbers, where installed)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from jupyter_mlsec.controls.pii.recognizer import Recognizer

_EXT = r"(?:\s?(?:x|ext\.?|extension|#)\s?\d{1,6})?"
_ABROAD = re.compile(
    rf"(?<![\w+.-])(?:\+|00(?=[1-9]))\s?\(?[1-9](?:[ ./()-]{{0,3}}\d){{6,14}}{_EXT}(?![\w@])(?!\.\d)", re.IGNORECASE
)
_AMERICA = re.compile(
    rf"(?<![\w+.-])(?:\+?1[ .-]?)?(?:\([2-9]\d{{2}}\)\s?|[2-9]\d{{2}}[ .-])[2-9]\d{{2}}[ "
    rf".-]?\d{{4}}{_EXT}(?![\w@-])(?!\.\d)",
    re.IGNORECASE,
)
_CHINA = re.compile(r"(?<![\w+.-])1[3-9]\d(?:\d{8}|[ -]\d{4}[ -]\d{4})(?![\w-])(?!\.\d)")
_HOME = re.compile(r"(?<![\w+.,:/-])\(?0\d{0,4}\)?(?:[ ./-]{0,2}\d){6,10}(?![\w@-])(?![.:]\d)")
_GROUPED = re.compile(r"\d[ )-]+\d")
_LOCAL = re.compile(
    r"(?<![\w+.,:/-])(?:8 ?)?\(?\d{1,5}(?:[ -]\d{1,4}(?=\)))?\)?(?:[ -]{1,2}\d{2,5}){1,5}(?![\w@-])(?![.:]\d)"
)
REGIONS = [
    "GB",
    "DE",
    "FR",
    "IT",
    "ES",
    "NL",
    "BE",
    "AU",
    "IN",
    "JP",
    "KR",
    "BR",
    "MX",
    "PL",
    "SE",
    "DK",
    "NO",
    "FI",
    "CH",
    "AT",
    "CZ",
    "SK",
    "HU",
    "RO",
    "BG",
    "GR",
    "PT",
    "TR",
    "RU",
    "UA",
    "IL",
    "ZA",
    "NZ",
    "IE",
    "CN",
    "TW",
    "HK",
    "SG",
    "TH",
    "VN",
    "MY",
    "ID",
    "PH",
    "AR",
    "CL",
    "CO",
    "PE",
    "HR",
    "SI",
    "RS",
    "LT",
    "LV",
    "EE",
    "IR",
    "SA",
    "AE",
    "EG",
    "NG",
    "KE",
    "PK",
    "BD",
    "CA",
    "US",
]
"""The countries whose own way of writing numbers we try, one for a whole column."""


@lru_cache(maxsize=1)
def _library() -> Any:  # Any: phonenumbers is an extra, and has its own door here
    try:
        import phonenumbers
    except ImportError:
        return None
    return phonenumbers


def is_valid_in(value: str, region: str | None) -> bool:
    """Whether a number is dialled in that country's plan (None: it brings its own country code)."""
    library = _library()
    if library is None:
        return bool(region is None and 8 <= sum(c.isdigit() for c in value) <= 15)
    if region is None and value.startswith("00"):
        value = "+" + value[2:]
    try:
        number = library.parse(value, region)
    except library.NumberParseException:
        return False
    return bool(
        library.is_valid_number(number) if region is None else library.is_valid_number_for_region(number, region)
    )


@lru_cache(maxsize=4096)
def _is_abroad(value: str) -> bool:
    return is_valid_in(value, None) or (value.startswith("+") and _is_possible(value))


def _is_possible(value: str) -> bool:
    """Whether a number with its country code has a length that its country uses: plans change, and people mistype."""
    library = _library()
    try:
        return library is not None and bool(library.is_possible_number(library.parse(value, None)))
    except library.NumberParseException:
        return False


def is_planned(values: list[str]) -> bool:
    """Whether nearly all of these numbers are valid in one country, and written as that country writes them."""
    library = _library()
    if library is None or not values:
        return False
    for region in REGIONS:
        if not all(is_valid_in(v, region) for v in values[:6]):
            continue
        said = [library.format_number(library.parse(v, region), library.PhoneNumberFormat.NATIONAL) for v in values]
        written = sum(
            v.strip() in {s, s.replace("-", " "), s.replace(" ", "-")} for v, s in zip(values, said, strict=True)
        )
        if written < 0.8 * len(values) or sum(is_valid_in(v, region) for v in values) < 0.95 * len(values):
            continue
        if sum(is_valid_in(_turned(v), region) for v in values) < 0.7 * len(values):
            return True
    return False


def _turned(value: str) -> str:
    """The same number with its digits turned round: a plan that takes those as well says nothing."""
    digits = iter([c for c in value if c.isdigit()][::-1])
    return "".join(next(digits) if c.isdigit() else c for c in value)


def _is_local(value: str) -> bool:
    digits = sum(c.isdigit() for c in value)
    return 7 <= digits <= 12 and bool(_GROUPED.search(value)) and not _looks_dated(value)


_NUMBERS = re.compile(
    r"0\.\d|0-\d{7}|.*?(?: {2}|(?<!\d)\d[ .,/-]+\d(?!\d)|(?:19|20)\d\d-\d\d-\d\d)|0(?:-\d{1,7}){2}-[\dX]$", re.DOTALL
)
"""How decimals, rows of small numbers, dated rows, ranges and ISBNs begin, or what they hold."""


def _is_home(value: str) -> bool:
    digits = sum(c.isdigit() for c in value)
    return (
        9 <= digits <= 11
        and not re.match(r"\(?00", value)
        and not _NUMBERS.match(value)
        and bool(re.search(r"\d[ ./)-]", value))
        and not _looks_dated(value)
    )


def _looks_dated(value: str) -> bool:
    """A date, an American SSN, a Nordic or Czech number."""
    return (
        re.fullmatch(
            r"(?:19|20)\d\d[./ -][01]?\d[./ -][0-3]?\d|"
            r"[0-3]?\d[./-][01]?\d[./-](?:19|20)?\d{2}.{0,9}|\d{3}[- ]\d\d[- ]\d{4}|\d{6}[-/]\d{3,4}",
            value.strip(),
        )
        is not None
    )


def _is_america(value: str) -> bool:
    digits = re.sub(r"(?:x|ext|#).*", "", re.sub(r"\s", "", value), flags=re.IGNORECASE)
    digits = re.sub(r"\D", "", digits)[-10:]
    return digits[1:3] != "11" and digits[4:6] != "11" and re.fullmatch(r"\d+\.\d+", value) is None


def best_region(values: list[str], first: tuple[str, ...] = ()) -> tuple[str | None, float]:
    """The country in whose plan most of these numbers are valid, and the share that is."""
    best: tuple[str | None, float] = (None, 0.0)
    if not values or _library() is None:
        return best
    for region in (*first, *REGIONS):
        if sum(is_valid_in(v, region) for v in values[:6]) < min(5, len(values)):
            continue
        share = sum(is_valid_in(v, region) for v in values) / len(values)
        if share > best[1]:
            best = (region, share)
        if share > 0.97:
            break
    return best


RECOGNIZERS = (
    Recognizer(
        name="phone-abroad", type="PHONE", run="number", hint=r"(?:\+|00) ?\(?[1-9](?:[ ./()-]{0,3}[0-9]){6}",
        pattern=_ABROAD, valid=_is_abroad, chance=0.15, need=0.5, score=0.92,
    ),
    Recognizer(
        name="phone-america", type="PHONE", run="number", hint=r"[2-9][0-9]{2}\)? ?[ .-]?[2-9][0-9]{2}[ .-]?[0-9]{4}",
        pattern=_AMERICA, valid=_is_america, chance=0.6, need=0.9, score=0.85,
    ),
    Recognizer(
        name="phone-china", type="PHONE", run="number", hint=r"1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}",
        pattern=_CHINA, chance=0.05, need=0.97, score=0.85,
    ),
    Recognizer(
        name="phone-home", type="PHONE", run="number", hint=r"0[0-9]{0,4}\)?(?:[ ./-]{0,2}[0-9]){6}",
        pattern=_HOME, valid=_is_home, chance=0.3, need=0.85, score=0.75,
    ),
    Recognizer(
        name="phone-local", type="PHONE", run="number", hint=r"[0-9](?:[ ()-]{0,3}[0-9]){6}",
        pattern=_LOCAL, valid=_is_local, chance=0.5, need=0.9, score=0.72, whole=True, in_text=False,
    ),
)  # fmt: skip
