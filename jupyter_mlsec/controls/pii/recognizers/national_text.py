"""National numbers inside text: only those whose written form is their own, checked as `national` checks them."""

# ruff: noqa: E501  (patterns and words of other scripts, kept whole)

from __future__ import annotations

import re
from collections.abc import Callable

from jupyter_mlsec.controls.pii.recognizer import Recognizer
from jupyter_mlsec.controls.pii.recognizers.national import SCHEMES, compacted, validator

_FORMS = {scheme.key: scheme.form for scheme in SCHEMES}


def _checked(key: str) -> Callable[[str], bool]:
    def valid(value: str) -> bool:
        plain = compacted(value)
        return _FORMS[key].fullmatch(plain) is not None and validator(key)(plain)

    return valid


def _form(
    key: str, pattern: str, hint: str, chance: float = 0.02, *, whole: bool = False, marks: str = "", run: str = ""
) -> Recognizer:
    return Recognizer(
        name=f"national-{key}", type="NATIONAL_ID", hint=hint, pattern=re.compile(rf"(?<![\w.-])(?:{pattern})(?![\w-])(?!\.\d)"),
        valid=_checked(key), chance=chance, need=0.9, whole=whole, marks=marks, run=run, score=0.92,
    )  # fmt: skip


def _is_ssn(value: str) -> bool:
    area, group, serial = value.split("-")
    return area not in {"000", "666"} and area[0] != "9" and group != "00" and serial != "0000"


RECOGNIZERS = (
    Recognizer(
        name="ssn", type="US_SSN", marks="-", run="number", hint=r"[0-9]{3}-[0-9]{2}-[0-9]{4}", pattern=re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])"),
        valid=_is_ssn, chance=0.89, need=0.985, score=0.9,
    ),
    _form("uk.nino", r"[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]", r"[A-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]", 0.5, run="number"),
    _form("it.codicefiscale", r"[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]", r"[A-Z]{6}[0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{3}[A-Z]", run="word"),
    _form("mx.curp", r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d", r"[A-Z]{4}[0-9]{6}[HMX][A-Z]{5}", run="word"),
    _form("br.cpf", r"\d{3}\.\d{3}\.\d{3}-\d{2}", r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}", 0.01, marks=".", run="number"),
    _form("kr.rrn", r"\d{6}-[1-8]\d{6}", r"[0-9]{6}-[1-8][0-9]{6}", 0.01, marks="-", run="number"),
    _form("cz.rc", r"\d{6}/\d{3,4}", r"[0-9]{6}/[0-9]{3}", 0.03, marks="/", run="number"),
    _form("es.dni", r"\d{8}-?[A-Z]", r"[0-9]{8}-?[A-Z]", 0.05, run="number"),
    _form("es.nie", r"[XYZ]-?\d{7}-?[A-Z]", r"[XYZ]-?[0-9]{7}-?[A-Z]", 0.05, run="number"),
    _form("se.personnummer", r"(?:19|20)?\d{6}[-+]\d{4}", r"[0-9]{6}[-+][0-9]{4}", 0.01, marks="-+", run="number"),
    _form("fi.hetu", r"[0-3]\d[01]\d{3}[-+A-FU-Y]\d{3}[0-9A-Y]", r"[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Y]", 0.01, run="number"),
    _form("cn.ric", r"\d{17}[\dX]", r"[0-9]{17}[0-9X]", 0.004, run="number"),
    _form("fr.nir", r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}", r"[12] ?[0-9]{2} ?[0-9]{2} ?[0-9][0-9AB] ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}", 0.005, run="number"),
    _form("in_.pan", r"[A-Z]{3}[ABCFGHLJPTK][A-Z]\d{4}[A-Z]", r"[A-Z]{5}[0-9]{4}[A-Z]", 0.2, whole=True),
    _form("ch.ssn", r"756\.?\d{4}\.?\d{4}\.?\d{2}", r"756\.?[0-9]{4}\.?[0-9]{4}\.?[0-9]{2}", 0.1, run="number"),
    _form("ru.snils", r"\d{3}-\d{3}-\d{3}[ -]\d{2}", r"[0-9]{3}-[0-9]{3}-[0-9]{3}[ -][0-9]{2}", 0.01, marks="-", run="number"),
    _form("be.nn", r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}\.[0-9]{2}", 0.01, marks=".", run="number"),
    _form("cl.rut", r"\d{1,2}\.\d{3}\.\d{3}-[\dK]", r"[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}-[0-9K]", 0.09, marks=".", run="number"),
    _form("sg.nric", r"[STFGM]\d{7}[A-Z]", r"[STFGM][0-9]{7}[A-Z]", 0.04, run="number"),
    _form("tw.nid", r"[A-Z][12]\d{8}", r"[A-Z][12][0-9]{8}", 0.1, whole=True, run="number"),
    _form("ie.pps", r"\d{7}[A-W][ABHWTX]?", r"[0-9]{7}[A-W]", 0.05, whole=True, run="number"),
)  # fmt: skip
