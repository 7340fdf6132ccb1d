"""International bank account numbers, by country, length and mod-97."""

from __future__ import annotations

import re

from jupyter_mlsec.controls.pii.recognizer import Recognizer

_LENGTHS = {
    country: int(length)
    for country, length in re.findall(
        r"([A-Z]{2})(\d\d)",
        "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BR29BY28CH21CR22CY28CZ24DE22DK18DO28EE20EG29ES24FI18FO18FR27GB22GE22GI23GL18"
        "GR27GT28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MR27MT31MU30NL18"
        "NO15PK24PL28PS29PT25QA29RO24RS22SA24SC31SD18SE24SI19SK24SM27ST25SV28TL23TN24TR26UA29VA22VG24XK20",
    )
}
_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]{4}){2,7}(?:[ -]?[A-Za-z0-9]{1,3})?(?![A-Za-z0-9])"
)


def is_iban(value: str) -> bool:
    """Whether country, length and check digits agree (ISO 13616)."""
    text = value.replace(" ", "").replace("-", "").upper()
    if _LENGTHS.get(text[:2]) != len(text):
        return False
    return int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1


def _is_iban_in_text(value: str) -> bool:
    """As `is_iban`, also when a word of the sentence was taken for a last group."""
    return is_iban(value) or (" " in value and is_iban(value.rpartition(" ")[0]))


RECOGNIZERS = (
    Recognizer(
        name="iban", type="IBAN", hint=r"[A-Za-z]{2}[0-9]{2}[ -]?[A-Za-z0-9]{4}[ -]?[A-Za-z0-9]{3}",
        pattern=_IBAN, valid=_is_iban_in_text, chance=0.01, need=0.3, score=0.98,
    ),
)  # fmt: skip
