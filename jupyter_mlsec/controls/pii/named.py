"""Types that a column's name brings up and its values must allow: dates of birth, passports, licences, records, user names,
special categories, plain digits that are phones, cards or numbers of a state."""

# ruff: noqa: E501  (patterns and words of other scripts, kept whole)

# ruff: noqa: ARG001  (all judges are asked alike)

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

from jupyter_mlsec.controls.pii.headers import Header
from jupyter_mlsec.controls.pii.recognizers.credentials import is_secretive
from jupyter_mlsec.controls.pii.recognizers.vehicles import is_vin

_DATE = re.compile(
    r"(?:(?P<y>1[89]\d\d|20[0-2]\d)[-/. ]?(?P<m>0?[1-9]|1[0-2])[-/. ]?(?:0?[1-9]|[12]\d|3[01])|"
    r"(?:0?[1-9]|[12]\d|3[01])[-/. ]{1,2}(?:0?[1-9]|[12]\d|3[01]|[A-Za-zÀ-ž]{3,10}\.?)[-/., "
    r"]{1,2}(?P<z>1[89]\d\d|20[0-2]\d|\d\d)|[A-Za-z]{3,9}\.? \d{1,2},? (?P<w>1[89]\d\d|20[0-2]\d)|"
    r"(?P<j>1[89]\d\d|20[0-2]\d)年\d{1,2}月\d{1,2}日)(?:[T ]00:00.{0,14})?"
)
_CODE = re.compile(r"(?=[^ ]{0,24}\d)[A-Za-z]{0,4}[ -]?[A-Za-z0-9](?:[ -]?[A-Za-z0-9]){4,19}")
_PASSPORT = re.compile(r"(?=.{0,3}\d)[A-Z]{0,3}\d{6,9}[A-Z]{0,2}|[A-Z0-9]{8,10}")
_HANDLE = re.compile(r"@?[\w][\w.+-]{1,40}")
_ICD = re.compile(r"[A-TV-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?")
_STATUS = frozenset(
    [
        "pos",
        "neg",
        "positive",
        "negative",
        "unk",
        "unknown",
        "reactive",
        "nonreactive",
        "non-reactive",
        "yes",
        "no",
        "y",
        "n",
        "true",
        "false",
        "indeterminate",
        "0",
        "1",
        "+",
        "-",
        "detected",
        "undetected",
    ]
)
_VOCABULARY = frozenset(
    ["christian catholic roman catholic", "protestant", "orthodox", "muslim", "islam", "sunni", "shia", "jewish", "judaism", "hindu", "hinduism", "buddhist", "buddhism", "sikh", "sikhism", "jain", "atheist", "agnostic", "mormon", "lutheran", "methodist", "baptist", "anglican", "evangelical", "evangelisch", "katholisch", "römisch-katholisch", "konfessionslos", "muslimisch", "católica", "catholique", "protestante", "musulmán", "musulman", "judío", "juif", "ateo", "athée", "cristiano", "christianity", "christian", "catholic", "jehovah's witness", "pentecostal", "presbyterian", "taoist", "shinto", "bahai", "zoroastrian", "pagan", "quaker", "islamic", "none/atheist", "heterosexual", "homosexual", "gay", "lesbian", "bisexual", "straight", "pansexual", "asexual", "queer", "questioning", "heterosexuell", "homosexuell", "bisexuell", "white", "black", "black or african american", "african american", "asian", "hispanic", "latino", "hispanic or latino", "caucasian", "pacific islander", "native american", "american indian", "alaska native", "native hawaiian", "roma", "arab", "middle eastern", "mixed race", "two or more races", "white british", "black caribbean", "black african", "south asian", "east asian", "multiracial", "maori", "aboriginal", "inuit", "kurdish", "romani", "indigenous", "bangladeshi", "pakistani", "chinese", "indian", "afro-caribbean", "latinx", "biracial", "mestizo", "diabetes", "type 1 diabetes", "type 2 diabetes", "hypertension", "asthma", "copd", "epilepsy", "depression", "major depression", "anxiety", "schizophrenia", "bipolar disorder", "hiv", "hiv positive", "aids", "cancer", "breast cancer", "lung cancer", "leukemia", "lymphoma", "multiple sclerosis", "parkinson's disease", "parkinson", "alzheimer's disease", "dementia", "migraine", "arthritis", "rheumatoid arthritis", "osteoporosis", "pneumonia", "tuberculosis", "hepatitis b", "hepatitis c", "cirrhosis", "stroke", "heart failure", "coronary artery disease", "myocardial infarction", "atrial fibrillation", "obesity", "anemia", "lupus", "crohn's disease", "ulcerative colitis", "psoriasis", "eczema", "adhd", "autism", "ptsd", "ocd", "eating disorder", "chronic kidney disease", "hypothyroidism", "hyperthyroidism", "gout", "glaucoma", "melanoma", "syphilis", "chlamydia", "gonorrhea", "endometriosis", "substance use disorder", "alcohol dependence", "insomnia", "fibromyalgia", "influenza", "covid-19", "bronchitis", "sepsis", "angina", "asthme", "diabète", "diabetes mellitus", "hipertensión", "cáncer", "dépression", "épilepsie", "krebs", "bluthochdruck", "depresión", "epilepsie", "asma", "schizophrenie", "diabetes tipo 2", "diabetes typ 2", "democrat", "republican", "union member", "communist", "socialist", "labour party", "conservative party"]
)  # fmt: skip
_AMBIGUOUS = frozenset(
    ("white", "black", "straight", "indian", "chinese", "asian", "arab", "orthodox", "pagan", "questioning")
)
_TOUCHY = frozenset(("hiv", "hivstatus"))


def _share(values: Sequence[str], test: Callable[[str], object]) -> float:
    return sum(bool(test(v)) for v in values) / len(values)


def _digits(value: str) -> str:
    return re.sub(r"[\s().+/-]", "", value)


def _year(value: str) -> int | None:
    match = _DATE.fullmatch(value.strip())
    if not match:
        return None
    year = int(next(y for y in (match["y"], match["z"], match["w"], match["j"]) if y is not None))
    return year if year > 100 else (1900 + year if year > 25 else 2000 + year)


def _birth(values: Sequence[str], header: Header) -> float:
    years = [y for y in map(_year, values) if y is not None]
    old = sum(y < 2012 for y in years) / len(years) if years else 0.0
    return 0.93 if len(years) >= 0.7 * len(values) and old >= 0.5 else 0.0


def _special(values: Sequence[str], header: Header) -> float:
    named = "SPECIAL_CATEGORY" in header.types
    low = [v.strip().lower() for v in values]
    told = [v for v in low if v not in ("other", "prefer not to say", "unknown", "none", "declined", "not stated")]
    if not told:
        return 0.0
    known = [v for v in told if v in _VOCABULARY]
    share = len(known) / len(told)
    if named and share >= 0.25:
        return 0.95
    if named and (
        _share(values, lambda v: _ICD.fullmatch(v.strip())) >= 0.7 or _share(low, lambda v: v in _STATUS) >= 0.8
    ):
        return 0.85
    kinds = set(known) - _AMBIGUOUS
    return 0.7 if share >= 0.8 and len(kinds) >= 2 and not header.masked and not header.thing else 0.0


def _phone(values: Sequence[str], header: Header) -> float:
    sizes = [len(_digits(v)) for v in values if _digits(v).isdigit()]
    fits = sum(7 <= s <= 15 for s in sizes) / len(values)
    return (
        0.85
        if fits >= 0.7 and _share(values, lambda v: _year(v) is None) > 0.7 and len(set(values)) > 0.3 * len(values)
        else 0.0
    )


def _ssn(values: Sequence[str], header: Header) -> float:
    nine = [_digits(v) for v in values if len(_digits(v)) == 9 and _digits(v).isdigit()]
    if len(nine) < 0.6 * len(values):
        return 0.0
    allowed = sum(
        v[:3] not in ("000", "666") and v[0] != "9" and v[3:5] != "00" and v[5:] != "0000" for v in nine
    ) / len(nine)
    return 0.92 if allowed >= 0.97 else 0.0


def _secret(values: Sequence[str], header: Header) -> float:
    made = _share(values, lambda v: " " not in v.strip() and is_secretive(v))
    return 0.85 if made >= 0.5 and len(set(values)) > 0.5 * len(values) and not header.masked else 0.0


def _handle(values: Sequence[str], header: Header) -> float:
    fits = _share(values, lambda v: _HANDLE.fullmatch(v.strip()) and any(c.isalpha() for c in v))
    return 0.82 if fits >= 0.8 and len(set(values)) >= 0.5 * len(values) else 0.0


def _are_counts(values: Sequence[str]) -> bool:
    """Whether these are plain numbers of all lengths, as counts and sums are; numbers that are handed out are as long."""
    lengths = Counter(len(v.strip()) for v in values if v.strip().isdigit())
    return (
        lengths.total() > 0.9 * len(values)
        and max(lengths) - min(lengths) >= 2
        and max(lengths.values()) < 0.6 * len(values)
    )


def _coded(pattern: re.Pattern[str], score: float) -> Callable[[Sequence[str], Header], float]:
    def judge(values: Sequence[str], header: Header) -> float:
        varied = len(set(values)) >= 0.5 * len(values) and not _are_counts(values)
        return score if varied and _share(values, lambda v: pattern.fullmatch(v.strip())) >= 0.7 else 0.0

    return judge


def _vehicle(values: Sequence[str], header: Header) -> float:
    form = _share(values, lambda v: re.fullmatch(r"[A-HJ-NPR-Z0-9]{17}", v.strip().upper()) and not v.isdigit())
    return (
        (
            0.95
            if _share(
                values,
                lambda v: (
                    len(v) == 17
                    and v.isalnum()
                    and v.isascii()
                    and re.fullmatch(r"[A-HJ-NPR-Z0-9]{17}", v)
                    and is_vin(v)
                ),
            )
            > 0.5
            else 0.8
        )
        if form >= 0.8
        else 0.0
    )


_JUDGES: dict[str, Callable[[Sequence[str], Header], float]] = {
    "DATE_OF_BIRTH": _birth, "SPECIAL_CATEGORY": _special, "PHONE": _phone, "US_SSN": _ssn, "CREDENTIAL": _secret, "USERNAME": _handle,
    "PASSPORT": _coded(_PASSPORT, 0.82), "DRIVER_LICENSE": _coded(_CODE, 0.8), "HEALTH_ID": _coded(_CODE, 0.82), "VEHICLE_ID": _vehicle,
    "NATIONAL_ID": _coded(re.compile(r"(?=.{0,3}\d)[A-Za-z0-9](?:[ ./-]{0,2}[A-Za-z0-9]){6,20}"), 0.72),
}  # fmt: skip


def named_types(values: Sequence[str], header: Header) -> list[tuple[str, float]]:
    """Types that name and values agree on, with how sure we are; special categories also without a name."""
    if len(values) < 3 or header.masked:
        return []
    found = [(kind, judge(values, header)) for kind, judge in _JUDGES.items() if kind in header.types]
    if "SPECIAL_CATEGORY" not in header.types:
        found.append(("SPECIAL_CATEGORY", _special(values, header)))
    return [(kind, score) for kind, score in found if score >= 0.5 and math.isfinite(score)]
