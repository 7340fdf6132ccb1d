"""Payment cards: issuer's prefix, its length, and the Luhn digit."""

from __future__ import annotations

import re

from jupyter_mlsec.controls.pii.recognizer import Recognizer

_DIGITS = re.compile(
    r"(?<![\w.+/-])(?:[3-6]\d{3}([ -]?)\d{4}\1\d{4}\1\d{1,7}|2[2-7]\d{2}([ -]?)\d{4}\2\d{4}\2\d{4}|"
    r"3[47]\d{2}([ -]?)\d{6}\3\d{5}|3[0689]\d{2}([ -]?)\d{6}\4\d{4})(?![\w-])(?!\.\d)"
)
_BY_LENGTH = {
    14: re.compile(r"3(?:0[0-5]|[689])"),
    15: re.compile(r"3[47]"),
    16: re.compile(r"4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|6(?:011|4[4-9]|5)|35(?:2[89]|[3-8])|62|60|81|508"),
    19: re.compile(r"4|62|6(?:011|4[4-9]|5)"),
    13: re.compile(r"4"),
}


def luhn_holds(digits: str) -> bool:
    """The Luhn check over a string of digits (ISO/IEC 7812)."""
    total = sum(int(d) for d in digits[-1::-2]) + sum(sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return total % 10 == 0


def is_card(value: str) -> bool:
    """Whether this is a card number by prefix, length and check digit."""
    digits = value.replace(" ", "").replace("-", "")
    prefix = _BY_LENGTH.get(len(digits))
    return prefix is not None and prefix.match(digits) is not None and len(set(digits)) > 1 and luhn_holds(digits)


RECOGNIZERS = (
    Recognizer(
        name="card", type="CREDIT_CARD", run="number", hint=r"[2-6][0-9]{3}[ -]?[0-9]{4,6}[ -]?[0-9]{4,5}",
        pattern=_DIGITS, valid=is_card, chance=0.1, need=0.6, score=0.97,
    ),
)  # fmt: skip
