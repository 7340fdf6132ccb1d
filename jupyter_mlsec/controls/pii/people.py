"""Whether a value is a person's name: its shape, its titles, and names we know."""

# ruff: noqa: E501, RUF001  (patterns and words of other scripts, kept whole)

from __future__ import annotations

import re
import unicodedata

from jupyter_mlsec.controls.pii.names import ELSEWHERE, FAMILY, GIVEN, HAN_FAMILY, HANGUL_FAMILY, JAPANESE_FAMILY
from jupyter_mlsec.controls.pii.naming import plain

_PARTICLE = (
    r"(?:de|del|de la|de las|de los|da|das|do|dos|di|du|van|van de|van den|van der|van 't|von|von der|"
    r"zu|zum|der|den|ter|ten|te|le|la|el|al|bin|bint|ben|ibn|y|e|af|av|san|st\.|'t|dos)"
)
_CAP = r"(?:[^\W\d_a-zà-öø-ÿ]['’]?[^\W\d_]{1,20}(?:[-'’][^\W\d_]{1,20}){0,2}|[^\W\d_a-zà-öø-ÿ]\.)"
SEQUENCE = re.compile(
    rf"(?<![\w@./-])(?<!\w['’]){_CAP}(?:[ ]{_PARTICLE})?(?:[ ]{_CAP}(?:[ ]{_PARTICLE})?){{0,3}}[ ]{_CAP}(?![\w@]|\.\w)"
)
"""Two to five capitalised words, with the small words that names have."""
TITLE = re.compile(
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
_STATES = (
    "alabama", "alaska", "arizona", "arkansas", "california", "colorado", "connecticut", "delaware", "florida", "hawaii", "idaho", "illinois", "indiana", "iowa", "kansas", "kentucky", "louisiana", "maine", "maryland", "massachusetts",
    "michigan", "minnesota", "mississippi", "missouri", "montana", "nebraska", "nevada", "hampshire", "jersey", "ohio", "oklahoma", "oregon", "pennsylvania", "tennessee", "texas", "utah", "vermont", "wisconsin", "wyoming",
)  # fmt: skip
NOT_NAMES = frozenset(
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
        *_STATES,
    ]
)
_BRANDS = frozenset(["tommy hilfiger", "levi strauss", "betty crocker", "sara lee", "mary kay", "louis vuitton", "calvin klein", "ralph lauren", "hugo boss", "jack daniels", "johnnie walker", "ben jerry", "ben and jerry", "dolce gabbana", "michael kors", "marc jacobs", "harley davidson", "mercedes benz", "martha stewart", "jim beam", "estee lauder", "elizabeth arden", "john deere", "stella artois", "jimmy choo", "oscar mayer", "uncle ben", "aunt jemima", "wendys", "victoria secret", "paul smith", "ted baker", "kate spade", "tory burch", "tom ford", "giorgio armani", "christian dior", "alexander mcqueen", "vera wang", "laura ashley", "eddie bauer", "jean paul", "yves rocher", "samuel adams", "dr pepper", "captain morgan", "marie callender"]) | {"tommy hilfiger"}  # fmt: skip
_TERMS = frozenset(
    (
        "deep learning", "naive bayes", "naïve bayes", "monte carlo", "markov chain", "iris setosa", "iris virginica", "iris versicolor",
        "labor day", "independence day", "christmas eve", "claude code", "rose hips", "dot product", "big data", "jordan form",
    )
)  # fmt: skip
"""What notebooks talk about in capitals, half of it called after people."""
CUE = re.compile(
    r"(?:\b(?:by|to|contact|with|from|for|patient|paciente|paciënt|pacient|pazient[ei]|client|cliente|"
    r"customer|kunde|klant|señora?|signora?|pan|paní|herra|name is|this is|ist|of|von|an|par|de|por|"
    r"per|met|af|av|przez)|(?:Mr|Mrs|Ms|Dr|Dhr|Sr|Sra|Hr|Fru|Herr|Frau|Mme)\.?) " + SEQUENCE.pattern
)
CJK = re.compile(r"[\u4e00-\u9fff\u3040-\u30ff々ー]{1,8}(?:[ 　・][\u4e00-\u9fff\u3040-\u30ff々ー]{1,6})?")
HANGUL = re.compile(r"[가-힣]{1,4}(?: [가-힣]{1,4})?")


def is_known(word: str) -> bool:
    """Whether a word is a name we know, in any of its usual forms (a feminine ending, a double name)."""
    low = word.lower()
    if low in ELSEWHERE:
        return True
    parts = plain(word).replace("’", "'").split("-")
    return any(
        p in GIVEN
        or p in FAMILY
        or (p.endswith(("ova", "eva")) and (p[:-3] in FAMILY or len(p) > 6))
        or _ends_as_name(p)
        for p in parts
    )


def _ends_as_name(word: str) -> bool:
    return len(word) > 6 and word.endswith(
        ("owski", "owska", "ewski", "ewska", "inski", "inska", "czyk", "sson", "sdottir", "opoulos", "ovic", "evic", "enko", "shvili", "ovich", "ovna", "evich", "evna", "idis", "akis", "oglu", "ович", "евич", "овна", "евна", "енко", "ский", "ская", "ова", "όπουλος", "ίδης", "άκης", "sen")
    )  # fmt: skip


def _is_known_cjk(value: str) -> bool:
    value = value.replace("　", " ").strip()
    parts = value.split(" ")
    if HANGUL.fullmatch(value):
        return parts[-1] in HANGUL_FAMILY or (value[0] in HANGUL_FAMILY and 2 <= len(value) <= 4)
    if any(p in JAPANESE_FAMILY for p in parts) or value[:2] in JAPANESE_FAMILY or value[:3] in JAPANESE_FAMILY:
        return True
    return value[0] in HAN_FAMILY and len(value.replace(" ", "")) <= 4


def is_brand(text: str) -> bool:
    """Whether a pair of capitalised words is a firm, a brand or a place rather than a person."""
    words = [plain(w).strip(".,") for w in text.split()]
    said = " ".join(words)
    return said in _BRANDS or said in _TERMS or any(w in _FIRM for w in words)


SMALL = frozenset(
    "de la van der den von y e da do dos di del el al bin le du ter ten te het 't in las los das af av zu".split()  # noqa: SIM905
)
"""Words that stand in names in lower case."""


def shape(value: str) -> str:
    """`full`, `single`, `cjk` or `` (not a name's shape)."""
    value = _TAIL.sub("", TITLE.sub("", value.strip()))
    if not 1 <= len(value) <= 60 or any(c.isdigit() or c in '@_/\\:;#$%&*+=<>[]{}|!?"' for c in value):
        return ""
    if CJK.fullmatch(value) or HANGUL.fullmatch(value):
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
    if any(plain(w).strip(".") in _FIRM and len(w) > 2 and w[0].isupper() for w in words) or "and" in words:
        return ""
    if len(words) == 1:
        return "" if _is_small(value) else "single"
    small = [w for w in words if _is_small(w)]
    if not SMALL.issuperset(small):
        return ""
    return "full" if sum(w not in small for w in words) >= (2 if not small else 1) else ""


def _is_small(word: str) -> bool:
    """Whether a word begins small, in a script that has capitals and uses them (Georgian has and does not)."""
    return word[0].islower() and word[0] < "\u0590"


def knows(value: str) -> bool:
    """Whether a cell holds a name we know."""
    if not value.isascii() and (CJK.fullmatch(value.strip()) or HANGUL.fullmatch(value.strip())):
        return _is_known_cjk(value)
    return any(is_known(w.strip(".,")) for w in TITLE.sub("", value).split())
