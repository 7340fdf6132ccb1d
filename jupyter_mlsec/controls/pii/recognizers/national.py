"""Personal and tax numbers of many countries: form, check digits (python-stdnum) and how telling they are."""

# ruff: noqa: E501  (patterns and words of other scripts, kept whole)

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from functools import lru_cache

import msgspec


class Scheme(msgspec.Struct, frozen=True, kw_only=True):
    """One country's number. `form` fits the value in capitals without spaces, dots, dashes and slashes."""

    key: str
    form: re.Pattern[str]
    chance: float
    words: tuple[str, ...]
    """What a column of them is called (folded to ASCII, lower case)."""
    alone: bool = False
    """Whether values alone may decide: the chance of a mistake is small enough."""
    many: bool = False
    """Whether only many different values, all of which hold, may decide alone: other numbers look the same."""
    type: str = "NATIONAL_ID"
    checked: bool = True
    """False: the form (a date in it) is all there is to check."""


# key | form | chance | alone (2: where many hold) | header words
_TABLE = r"""
es.dni | \d{8}[A-Z] | .05 | 1 | dni nif
es.nie | [XYZ]\d{7}[A-Z] | .05 | 1 | nie
it.codicefiscale | [A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z] | .03 | 1 | codice fiscale codicefiscale cf codfisc
nl.bsn | \d{8,9} | .09 | 2 | bsn burgerservicenummer sofinummer sofi
cz.rc | \d{9,10} | .03 | 2 | rc rodne cislo rodnecislo rodnecislo rodne
cn.ric | \d{17}[\dX] | .004 | 1 | sfz shenfenzheng ric sfzh
kr.rrn | \d{6}[1-8]\d{6} | .01 | 1 | rrn jumin juminno jumin
dk.cpr | [0-3]\d[01]\d{7} | .012 | 2 | cpr personnummer cprnr
ca.sin | [1-79]\d{8} | .09 | 2 | sin nas
au.tfn | \d{8,9} | .09 | 2 | tfn taxfile
in_.aadhaar | [2-9]\d{11} | .1 | 2 | aadhaar aadhar adhaar uidai
in_.pan | [A-Z]{3}[ABCFGHLJPTK][A-Z]\d{4}[A-Z] | .01 | 1 | pan pancard panno
br.cpf | \d{11} | .01 | 1 | cpf
mx.curp | [A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d | .02 | 1 | curp
mx.rfc | [A-Z&]{4}\d{6}[A-Z0-9]{2}[0-9A] | .02 | 2 | rfc
pl.pesel | \d{11} | .012 | 1 | pesel
fr.nir | [12]\d{4}[\dAB]\d{9} | .005 | 1 | nir insee secu numsecu nss securitesociale
fr.nir | [12]\d{4}(?:\d\d|2[AB])\d{6} | .3 | 0 | nir insee secu numsecu nss
fr.nif | [0-3]\d{12} | .003 | 2 | spi numfiscal
de.idnr | [1-9]\d{10} | .03 | 1 | steuerid steueridnr steueridentifikationsnummer idnr steuernummer steuer taxid tin
se.personnummer | (?:19|20)?\d{2}[01]\d[0-3]\d\d{4} | .01 | 1 | personnummer pnr personnr samordningsnummer
tr.tckimlik | [1-9]\d{10} | .01 | 1 | tc tckn tckimlik kimlik kimlikno tcno
fi.hetu | [0-3]\d[01]\d{3}[+A-FU-Y]?\d{3}[0-9A-Y] | .01 | 1 | hetu henkilotunnus sotu
no.fodselsnummer | [0-7]\d[0-9]\d{8} | .003 | 1 | fodselsnummer fnr personnummer fodselsnr
be.nn | \d{11} | .005 | 1 | rijksregisternummer nn niss insz rrn registrenational
ch.ssn | 756\d{10} | .01 | 1 | ahv avs ahvnr avsnr
at.vnr | [1-9]\d{3}[0-3]\d[01]\d{3} | .03 | 2 | svnr sozialversicherungsnummer svnummer
pt.nif | (?:[123]|45)\d{7,8} | .09 | 2 | nif contribuinte
pt.cc | \d{9}[A-Z][A-Z0-9]\d | .03 | 1 | cartaocidadao cc ncc
ro.cnp | [1-9]\d{12} | .005 | 1 | cnp
bg.egn | \d{10} | .003 | 1 | egn
hr.oib | \d{11} | .09 | 2 | oib
ee.ik | [1-8]\d{10} | .003 | 1 | isikukood ik
lt.asmens | [1-8]\d{10} | .003 | 1 | asmenskodas asmens
lv.pvn | [0-3]\d[01]\d{8} | .02 | 2 | personaskods
is_.kennitala | [0-7]\d[01]\d{7} | .003 | 1 | kennitala kt
gr.amka | [0-3]\d[01]\d{8} | .003 | 1 | amka
ie.pps | \d{7}[A-W][ABHWTX]? | .05 | 1 | pps ppsn ppsno
za.idnr | \d{13} | .005 | 1 | zaid rsaid saidno idnr idnumber
il.idnr | \d{9} | .1 | 0 | teudatzehut teudat zehut mispar
cl.rut | \d{7,8}[\dK] | .09 | 0 | rut run
ar.dni | \d{7,8} | .9 | 0 | dni documento
ar.cuit | 2[0347]\d{9} | .09 | 2 | cuit cuil
ec.ci | [0-3]\d{9} | .02 | 2 | cedula ci
co.nit | \d{8,10} | .09 | 0 | cedula nit
do.cedula | \d{11} | .1 | 0 | cedula
th.pin | [1-8]\d{12} | .1 | 2 | pin thaiid citizenid
my.nric | \d{2}[01]\d[0-3]\d\d{6} | .02 | 1 | nric mykad ic icno
id.nik | \d{16} | .02 | 1 | nik ktp
jp.in_ | \d{12} | .09 | 2 | mynumber kojinbango
ua.rntrc | \d{10} | .09 | 2 | rnokpp ipn
gb.nhs | [3-9]\d{9} | .09 | 2 | nhs nhsno nhsnumber
pk.cnic | [1-7]\d{12} | .3 | 0 | cnic nic
us.itin | 9\d{2}[5-9]\d{5} | .3 | 0 | itin
si.emso | [0-3]\d[01]\d{10} | .003 | 1 | emso jmbg
sk.rc | \d{9,10} | .03 | 2 | rodne rc
ru.inn | \d{12} | .01 | 1 | inn
by.unp | [A-Z0-9]{2}\d{7} | .09 | 0 | unp
nz.ird | \d{8,9} | .09 | 0 | ird
eg.tn | \d{9} | .9 | 0 | tn
"""
_OWN = r"""
uk.nino | [A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D] | .12 | 1 | nino ni nationalinsurance nin insurance
ru.snils | \d{11} | .01 | 1 | snils
hk.hkid | [A-Z]{1,2}\d{6}[\dA] | .09 | 0 | hkid
sg.nric | [STFGM]\d{7}[A-Z] | .04 | 1 | nric fin
tw.nid | [A-Z][12]\d{8} | .1 | 1 | shenfenzheng twid
"""
_BAD_NINO = re.compile(r"BG|GB|NK|KN|TN|NT|ZZ")
_STRIP = re.compile(r"[\s./-]")


def compacted(value: str) -> str:
    """The value in capitals, without spaces, dots, dashes and slashes: how every `form` is written."""
    return _STRIP.sub("", value).upper()


def _snils(v: str) -> bool:
    total = sum(int(d) * (9 - i) for i, d in enumerate(v[:9])) % 101 % 100
    return total == int(v[9:])


def _hkid(v: str) -> bool:
    letters = v[:-7].rjust(2)
    codes = [36 if c == " " else ord(c) - 55 for c in letters] + [int(d) for d in v[-7:-1]]
    check = 10 if v[-1] == "A" else int(v[-1])
    return (sum(c * w for c, w in zip(codes, range(9, 1, -1), strict=True)) + check) % 11 == 0


def _sg_nric(v: str) -> bool:
    total = sum(int(d) * w for d, w in zip(v[1:8], (2, 7, 6, 5, 4, 3, 2), strict=True))
    total += {"S": 0, "F": 0, "T": 4, "G": 4, "M": 3}[v[0]]
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "KLJNPQRTUWX"}[v[0]]
    return letters[total % 11] == v[8]


def _tw_nid(v: str) -> bool:
    number = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(v[0]) + 10
    digits = [number // 10, number % 10, *map(int, v[1:])]
    return sum(d * w for d, w in zip(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1), strict=True)) % 10 == 0


def _date_in(v: str) -> bool:
    """Danish, Czech before 1954 and others: a day of birth and no check digit that still holds."""
    day, month = int(v[:2]), int(v[2:4])
    return 1 <= day <= 31 and 1 <= month <= 12


def _czech(v: str) -> bool:
    month = int(v[2:4]) % 50
    return (
        1 <= (month - 20 if month > 20 else month) <= 12
        and 1 <= int(v[4:6]) <= 31
        and (len(v) == 9 or int(v) % 11 == 0 or int(v[:9]) % 11 == 10)
    )


def _swedish(v: str) -> bool:
    ten = v[-10:]
    day = int(ten[4:6])
    total = sum(sum(divmod(int(d) * (2 - i % 2), 10)) for i, d in enumerate(ten))
    return total % 10 == 0 and 1 <= int(ten[2:4]) <= 12 and (1 <= day <= 31 or 61 <= day <= 91)


def _resident(v: str) -> bool:
    """The Chinese resident number: a date, and ISO 7064 mod 11-2. Districts change too often to be checked."""
    total = sum((10 if c == "X" else int(c)) * pow(2, 17 - i, 11) for i, c in enumerate(v))
    return total % 11 == 1 and v[6:8] in ("19", "20") and 1 <= int(v[10:12]) <= 12 and 1 <= int(v[12:14]) <= 31


def _finnish(v: str) -> bool:
    """Day, number and the letter of their remainder; the sign between them may be gone."""
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(v[:6] + v[-4:-1]) % 31] == v[-1] and _date_in(v)


def _korean(v: str) -> bool:
    return 1 <= int(v[2:4]) <= 12 and 1 <= int(v[4:6]) <= 31


def _nir_short(v: str) -> bool:
    return len(v) == 15 or 1 <= int(v[3:5]) <= 12 or int(v[3:5]) >= 20


_HERE: dict[str, Callable[[str], bool]] = {
    "uk.nino": lambda v: not _BAD_NINO.match(v), "ru.snils": _snils, "hk.hkid": _hkid, "sg.nric": _sg_nric, "tw.nid": _tw_nid,
    "dk.cpr": _date_in, "fi.hetu": _finnish,
    "cn.ric": _resident, "cz.rc": _czech, "sk.rc": _czech, "se.personnummer": _swedish, "kr.rrn": _korean,
}  # fmt: skip


@lru_cache(maxsize=256)
def validator(key: str) -> Callable[[str], bool]:
    """The check of a scheme: our own, or python-stdnum's module of that name. False for all where it is missing."""
    own = _HERE.get(key)
    if own is not None:
        return own
    try:
        module = importlib.import_module(f"stdnum.{key}")
    except ImportError:
        return lambda _v: False

    def valid(value: str) -> bool:
        try:
            return bool(module.is_valid(value)) and (key != "fr.nir" or _nir_short(value))
        except (ValueError, TypeError, KeyError, IndexError):
            return False

    return valid


def _read(table: str) -> tuple[Scheme, ...]:
    rows = (line.split(" | ") for line in table.strip().splitlines())
    return tuple(
        Scheme(
            key=key,
            form=re.compile(form),
            chance=float(chance),
            alone=alone in {"1", "2"},
            many=alone == "2",
            words=tuple(words.split()),
            checked=key != "dk.cpr",
        )
        for key, form, chance, alone, words in rows
    )


SCHEMES = _read(_TABLE) + _read(_OWN)
