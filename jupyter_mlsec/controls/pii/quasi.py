"""Which columns tell rows apart without naming anybody: age, sex, postcode, dates and the like."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from jupyter_mlsec.controls.pii.coarse import is_missing
from jupyter_mlsec.controls.pii.dates import Calendar

MOST = 8
"""Quasi-identifiers that are found by themselves; who wants more names them."""
_SPELT = (
    "age alter edad eta idade leeftijd wiek ikä yas jahre sex gender geschlecht sexo sexe sesso geslacht płeć kön "
    "zip zipcode postcode postal postalcode plz postleitzahl cap cep pincode codigopostal postnummer "
    "city town village municipality district county region state province country land ort stadt wohnort ville ciudad "
    "cidade città kommune location place residence neighbourhood neighborhood canton bundesland département "
    "birthdate birthday birth dob born geburtsdatum geburtstag geburtsjahr birthyear yearofbirth yob nacimiento "
    "naissance nascita nascimento job occupation profession beruf title position role grade rank department abteilung "
    "employer company school education degree bildung ausbildung marital maritalstatus civilstatus familienstand "
    "race ethnicity ethnic nationality citizenship religion language sprache income salary gehalt einkommen "
    "height weight children kids household admission discharge visit hired hire joined"
)
_WORDS = frozenset(_SPELT.split())
_SPELT_TOO = (
    "diagnosis diagnose disease illness condition icd treatment medication drug hiv religion orientation salary income "
    "gehalt einkommen union party crime offence offense verdict score result grade race ethnicity"
)
_SENSITIVE = frozenset(_SPELT_TOO.split())
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-zà-ÿąćęłńóśźżäöüß]+")


def words_of(name: str) -> set[str]:
    """The words of a column's name, in lower case, single and two together."""
    parts = [part.lower() for part in _PART.findall(name)]
    return {*parts, *("".join(pair) for pair in pairwise(parts)), "".join(parts)}


def found_among(different: Mapping[str, int], rows: int) -> tuple[str, ...]:
    """The columns by which rows can be told apart, as their names (else their numbers of different values) suggest."""
    named = [name for name, count in different.items() if words_of(name) & _WORDS and count > 1]
    if named:
        return tuple(named[:MOST])
    return tuple(name for name, count in different.items() if 1 < count <= max(20, rows // 10) and count < rows)[:MOST]


def dated(held: Mapping[str, Sequence[Any]]) -> set[str]:
    """The columns that are dates, by their values."""
    found = set()
    for name, values in held.items():
        few = [value for value in values if not is_missing(value) and not isinstance(value, int | float)][:200]
        calendar = Calendar(few)
        if few and sum(calendar.day(value) is not None for value in few) > 0.8 * len(few):
            found.add(name)
    return found


def sensitive_among(names: Sequence[str], quasi: Sequence[str]) -> str | None:
    """The column that says what nobody should learn of a person, by its name; None where no name says so."""
    return next((name for name in names if name not in quasi and words_of(name) & _SENSITIVE), None)
