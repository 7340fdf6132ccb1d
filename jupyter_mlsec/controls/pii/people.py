"""Whether values are people's names: their shape, how rarely they repeat, and names we know."""

# ruff: noqa: E501, RUF001  (patterns and words of other scripts, kept whole)

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from jupyter_mlsec.controls.pii.headers import Header
from jupyter_mlsec.controls.pii.names import ELSEWHERE, FAMILY, GIVEN, HAN_FAMILY, HANGUL_FAMILY, JAPANESE_FAMILY

_PARTICLE = (
    r"(?:de|del|de la|de las|de los|da|das|do|dos|di|du|van|van de|van den|van der|van 't|von|von der|"
    r"zu|zum|der|den|ter|ten|te|le|la|el|al|bin|bint|ben|ibn|y|e|af|av|san|st\.|'t|dos)"
)
_CAP = r"(?:[^\W\d_a-zà-öø-ÿ]['’]?[^\W\d_]{1,20}(?:[-'’][^\W\d_]{1,20}){0,2}|[^\W\d_a-zà-öø-ÿ]\.)"
SEQUENCE = re.compile(
    rf"(?<![\w@./-])(?<!\w['’]){_CAP}(?:[ ]{_PARTICLE})?(?:[ ]{_CAP}(?:[ ]{_PARTICLE})?){{0,3}}[ ]{_CAP}(?![\w@]|\.\w)"
)
"""Two to five capitalised words, with the small words that names have."""
_TITLE = re.compile(
    r"^(?:mr|mrs|ms|miss|dr|prof|mx|sir|dame|herr|frau|mme|mlle|m|sr|sra|srta|don|doña|sig|sig\.ra|"
    r"dott|dhr|mevr|hr|fru|pan|paní|ing|mgr|bc|univ\.prof|dipl\.-ing|prof\.dr|bay|bayan|श्री|श्रीमती|"
    r"डॉ|นาย|นาง|นางสาว|г-н|г-жа)\.?\s+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r",?\s+(?:jr|sr|ii|iii|iv|md|dds|dvm|phd|ph\.d|mba|b\.sc|m\.sc|ba|ma|csc|dis|mba|esq)\.?$", re.IGNORECASE
)
_FIRM = frozenset(
    [
        "inc",
        "llc",
        "ltd",
        "plc",
        "corp",
        "co",
        "gmbh",
        "ag",
        "kg",
        "ohg",
        "sa",
        "sarl",
        "sas",
        "srl",
        "spa",
        "bv",
        "nv",
        "oy",
        "ab",
        "as",
        "aps",
        "group",
        "sons",
        "and",
        "bros",
        "company",
        "corporation",
        "holdings",
        "partners",
        "associates",
        "institute",
        "university",
        "college",
        "school",
        "hospital",
        "bank",
        "hotel",
        "street",
        "road",
        "avenue",
        "lane",
        "park",
        "city",
        "county",
        "lake",
        "river",
        "mount",
        "island",
        "beach",
        "north",
        "south",
        "east",
        "west",
        "new",
        "saint",
        "san",
        "los",
        "las",
        "el",
        "the",
        "of",
        "for",
        "with",
        "cola",
        "coffee",
        "foods",
        "motors",
        "airlines",
        "systems",
        "solutions",
        "services",
        "technologies",
        "software",
        "energy",
        "studio",
    ]
)
_NOT_NAMES = frozenset(
    [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "true",
        "false",
        "yes",
        "no",
        "male",
        "female",
        "high",
        "low",
        "medium",
        "red",
        "green",
        "blue",
        "white",
        "black",
        "gray",
        "grey",
        "yellow",
        "orange",
        "purple",
        "pink",
        "brown",
        "open",
        "closed",
        "active",
        "inactive",
        "pending",
        "new",
        "york",
        "london",
        "paris",
        "berlin",
        "georgia",
        "carolina",
        "virginia",
        "chelsea",
        "brooklyn",
        "orlando",
        "adelaide",
        "savannah",
        "sydney",
        "florence",
        "milan",
        "austin",
        "jordan",
        "israel",
        "china",
        "india",
        "chad",
        "phoenix",
        "dallas",
        "madison",
        "jackson",
        "lincoln",
        "houston",
        "charlotte",
        "paris",
        "victoria",
        "regina",
        "sofia",
        "alma",
        "sirius",
        "altair",
        "antares",
        "bella",
        "max",
        "molly",
        "rex",
        "luna",
        "buddy",
        "charlie",
        "rocky",
        "duke",
    ]
)
_BRANDS = frozenset(["tommy hilfiger", "levi strauss", "betty crocker", "sara lee", "mary kay", "louis vuitton", "calvin klein", "ralph lauren", "hugo boss", "jack daniels", "johnnie walker", "ben jerry", "ben and jerry", "dolce gabbana", "michael kors", "marc jacobs", "harley davidson", "mercedes benz", "martha stewart", "jim beam", "estee lauder", "elizabeth arden", "john deere", "stella artois", "jimmy choo", "oscar mayer", "uncle ben", "aunt jemima", "wendys", "victoria secret", "paul smith", "ted baker", "kate spade", "tory burch", "tom ford", "giorgio armani", "christian dior", "alexander mcqueen", "vera wang", "laura ashley", "eddie bauer", "jean paul", "yves rocher", "samuel adams", "dr pepper", "captain morgan", "marie callender"]) | {"tommy hilfiger"}  # fmt: skip
CUE = re.compile(
    r"(?:\b(?:by|to|contact|with|from|for|patient|paciente|paciënt|pacient|pazient[ei]|client|cliente|"
    r"customer|kunde|klant|señora?|signora?|pan|paní|herra|name is|this is|ist|of|von|an|par|de|por|"
    r"per|met|af|av|przez)|(?:Mr|Mrs|Ms|Dr|Dhr|Sr|Sra|Hr|Fru|Herr|Frau|Mme)\.?) " + SEQUENCE.pattern
)
_CJK = re.compile(r"[\u4e00-\u9fff\u3040-\u30ff々ー]{1,8}(?:[ 　・][\u4e00-\u9fff\u3040-\u30ff々ー]{1,6})?")
_HANGUL = re.compile(r"[가-힣]{1,4}(?: [가-힣]{1,4})?")


@lru_cache(maxsize=20000)
def _plain(word: str) -> str:
    word = unicodedata.normalize(
        "NFKD", word.lower().replace("ł", "l").replace("ø", "o").replace("ß", "ss").replace("đ", "d").replace("ı", "i")
    )
    return "".join(c for c in word if not unicodedata.combining(c))


def is_known(word: str) -> bool:
    """Whether a word is a name we know, in any of its usual forms (a feminine ending, a double name)."""
    low = word.lower()
    if low in ELSEWHERE:
        return True
    plain = _plain(word)
    parts = plain.replace("’", "'").split("-")
    return any(
        p in GIVEN
        or p in FAMILY
        or (p.endswith(("ova", "eva")) and (p[:-3] in FAMILY or len(p) > 6))
        or _ends_as_name(p)
        for p in parts
    )


def _ends_as_name(plain: str) -> bool:
    return len(plain) > 6 and plain.endswith(
        ("owski", "owska", "ewski", "ewska", "inski", "inska", "czyk", "sson", "sdottir", "opoulos", "ovic", "evic", "enko", "shvili", "ovich", "ovna", "evich", "evna", "idis", "akis", "oglu", "ович", "евич", "овна", "евна", "енко", "ский", "ская", "ова", "όπουλος", "ίδης", "άκης", "sen")
    )  # fmt: skip


def _is_known_cjk(value: str) -> bool:
    plain = value.replace("　", " ").strip()
    parts = plain.split(" ")
    if _HANGUL.fullmatch(plain):
        return parts[-1] in HANGUL_FAMILY or (plain[0] in HANGUL_FAMILY and 2 <= len(plain) <= 4)
    if any(p in JAPANESE_FAMILY for p in parts) or plain[:2] in JAPANESE_FAMILY or plain[:3] in JAPANESE_FAMILY:
        return True
    return plain[0] in HAN_FAMILY and len(plain.replace(" ", "")) <= 4


def is_brand(text: str) -> bool:
    """Whether a pair of capitalised words is a firm, a brand or a place rather than a person."""
    words = [_plain(w).strip(".,") for w in text.split()]
    return " ".join(words) in _BRANDS or any(w in _FIRM for w in words)


_SMALL = frozenset(
    "de la van der den von y e da do dos di del el al bin le du ter ten te het 't in las los das af av zu".split()  # noqa: SIM905
)
"""Words that stand in names in lower case."""


def shape(value: str) -> str:
    """`full`, `single`, `cjk` or `` (not a name's shape)."""
    value = _TAIL.sub("", _TITLE.sub("", value.strip()))
    if not 1 <= len(value) <= 60 or any(c.isdigit() or c in '@_/\\:;#$%&*+=<>[]{}|!?"' for c in value):
        return ""
    if _CJK.fullmatch(value) or _HANGUL.fullmatch(value):
        return "cjk"
    if value.count(",") == 1:
        family, given = value.split(",")
        value = f"{given.strip()} {family.strip()}"
    words = value.split()
    if len(words) > 6 or not all(
        w.replace("-", "").replace("'", "").replace("’", "").replace(".", "").isalpha()
        or any(unicodedata.combining(c) or unicodedata.category(c).startswith("M") for c in w)
        for w in words
    ):
        return ""
    if any(_plain(w).strip(".") in _FIRM and len(w) > 2 and w[0].isupper() for w in words) or "and" in words:
        return ""
    if len(words) == 1:
        return "single" if value[0].isupper() or not value[0].islower() else ""
    small = [w for w in words if w[0].islower()]
    if not _SMALL.issuperset(small):
        return ""
    return "full" if sum(w not in small for w in words) >= (2 if not small else 1) else ""


def _knows(value: str) -> bool:
    if not value.isascii() and (_CJK.fullmatch(value.strip()) or _HANGUL.fullmatch(value.strip())):
        return _is_known_cjk(value)
    return any(is_known(w.strip(".,")) for w in _TITLE.sub("", value).split())


_LEGAL = re.compile(
    r"(?:^|[\s,])(?:s\.?a\.?s?|s\.?a\.?r\.?l|e\.?i|e\.?i\.?r\.?e\.?l\.?i|lt?da|s\.?r\.?o|a\.s|s\.?r\.?l|s\.?p\.?a|"
    r"gmbh|mbh|ag|kg|kgaa|ohg|e\.v|inc|llc|ltd|plc|corp|tmi|oyj?|aps|a/s|asa|hb|kb|ab|as|b\.?v|n\.?v|v\.?o\.?f|kft|zrt|"
    r"nyrt|bt|d\.?o\.?o|pty|pt|cv|ud|et fils|e hijos|e filhos|e figli|ооо|зао|оао|пао|ип|тов|ооо|оод|ад|công ty|и партньори)\.?"
    r"(?=[\s,]|$)|(?:株式|有限|合同|合資)会社|(?:有限|股份)公司|주식회사|\(주\)|유한회사",
    re.IGNORECASE,
)
"""What firms add to their names, in many laws. A person's `Ag` or `As` is rarer than a tenth of a column."""
_STREET = re.compile(
    r"^(?:rue|avenue|boulevard|chemin|allée|place|calle|avenida|paseo|plaza|via|viale|piazza|corso|rua|travessa|praça|largo|"
    r"ulica|ul\.|aleja|strada|aleea|bulevardul|улица|ул\.|вулиця|jalan|gang)\s|\s(?:street|st|road|rd|avenue|ave|lane|drive|court|"
    r"square|way|crescent|close|gardens|grove|hill|harbor|passage|plaza|circuit|crossing|plains|crest|terrace|trail|"
    r"parkway|highway|sokak|caddesi)\.?$|(?:straße|strasse|gasse|platz|allee|weg|ring|straat|laan|plein|gracht|vej|gade|"
    r"gatan|vägen|veien|katu|tie|utca|tänav)$|(?:край|обл\.|область|район)$",
    re.IGNORECASE,
)


def _are_firms_or_streets(values: Sequence[str]) -> bool:
    """Whether enough cells say so: firms and streets are called after people."""
    firms = sum(_LEGAL.search(v) is not None for v in values)
    streets = sum(_STREET.search(v.strip()) is not None for v in values)
    return firms > 0.1 * len(values) or streets > 0.25 * len(values)


def share_of_names(values: Sequence[str], header: Header) -> tuple[float, float]:
    """How sure (0 to 1), and the share of these cells, that they are people's names. `values` are a column's cells."""
    if len(values) < 3 or header.masked:
        return 0.0, 0.0
    glance = [shape(v) for v in values[:: max(1, len(values) // 30)]]
    if not any(glance):
        return _names_inside(values, header) if any(" " in v for v in values[:20]) else (0.0, 0.0)
    known_shapes = {v: shape(v) for v in set(values)}
    shapes = [known_shapes[v] for v in values]
    whole = sum(bool(s) for s in shapes) / len(values)
    if whole < 0.5:
        return _names_inside(values, header)
    named = [v for v, s in zip(values, shapes, strict=True) if s]
    distinct = sorted(set(named))
    known = sum(_knows(v) and not is_brand(v) and _plain(v) not in _NOT_NAMES for v in distinct) / len(distinct)
    variety = len(distinct) / len(named)
    multi = sum(s == "full" for s in shapes) / len(named)
    enough = len(distinct) >= min(12, 0.5 * len(named))
    if "PERSON" in header.types and not header.thing:
        floor = 0.25 if header.weak else 0.08
        odd = sum(not v.isascii() for v in distinct) / len(distinct) > 0.3 or multi > 0.7
        if known >= floor or (odd and not header.weak and variety > 0.4 and whole > 0.8):
            return min(0.97, 0.75 + 0.25 * known), whole
        return 0.0, 0.0
    if (
        header.thing
        or header.types - {"PERSON", "USERNAME"}
        or not enough
        or whole < 0.75
        or _are_firms_or_streets(values)
    ):
        return 0.0, 0.0
    floor = 0.4 if multi > 0.7 or header.silent else 0.6
    if multi > 0.7 and header.silent and variety > 0.8 and len(named) >= 12:
        floor = 0.15
    return (0.55 + 0.35 * known, whole) if known >= floor else (0.0, 0.0)


def _names_inside(values: Sequence[str], header: Header) -> tuple[float, float]:
    """The same for names inside sentences: capitalised pairs with a name we know, mostly different ones."""
    short = sum(map(len, values)) < 50 * len(values) and "PERSON" not in header.types
    if (header.thing and not header.types) or (short and _are_firms_or_streets(values)):
        return 0.0, 0.0
    found = [m[0] for m in (SEQUENCE.search(v[:400]) for v in values) if m]
    if len(found) < max(3, 0.15 * len(values)):
        return 0.0, 0.0
    distinct = set(found)
    cued = sum(bool(CUE.search(v[:400])) for v in values)
    known = sum(any(is_known(w.strip(".,")) for w in f.split()) and not is_brand(f) for f in distinct) / len(distinct)
    if len(distinct) < 0.4 * len(found) or known < (0.2 if cued >= 0.6 * len(found) else 0.4):
        return 0.0, 0.0
    return 0.5 + 0.3 * known, len(found) / len(values)
