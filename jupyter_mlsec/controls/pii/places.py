"""Street addresses: street words of many languages beside a house number."""

# ruff: noqa: E501, RUF001  (patterns and words of other scripts, kept whole)

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from jupyter_mlsec.controls.pii.headers import Header
from jupyter_mlsec.controls.pii.people import is_known
from jupyter_mlsec.controls.pii.recognizer import factored

_MORE = (
    r"(?:,? {0,2}(?:\d{1,4}(?![\w-])|(?i:interior|int\.|edif\.|depto\.|piso|puerta|piano|apt\.?|"
    r"appartamento|suite|esc\.|bloque|local|dep\.|no\.|apto\.?|lok\.|m\.|кв\.|appt\.?) "
    r"{0,2}\w{1,5})(?: ?,(?= (?i:depto|apt|piso|int)))?){0,4}"
)
_N = r"\d{1,5}[A-Za-z]?(?:[-/]\d{1,4}[A-Za-z]?)?"
_AFTER = ["street", "st", "road", "rd", "avenue", "ave", "boulevard", "blvd", "lane", "ln", "drive", "dr", "court", "ct", "place", "pl", "square", "sq", "terrace", "ter", "trail", "trl", "parkway", "pkwy", "highway", "hwy", "way", "circle", "cir", "alley", "crescent", "cres", "close", "grove", "gardens", "walk", "row", "mews", "rise", "hill", "heights", "ridge", "route", "loop", "path", "plaza", "point", "park", "pass", "bridge", "brook", "burg", "bypass", "camp", "canyon", "cape", "causeway", "center", "centers", "cliff", "cliffs", "club", "common", "corner", "course", "courts", "cove", "coves", "creek", "crest", "crossing", "crossroad", "curve", "dale", "dam", "divide", "drives", "estate", "estates", "expressway", "extension", "fall", "falls", "ferry", "field", "fields", "flat", "flats", "ford", "fords", "forest", "forge", "forges", "fork", "forks", "fort", "freeway", "garden", "gateway", "glen", "glens", "green", "greens", "groves", "harbor", "harbors", "haven", "hills", "hollow", "inlet", "island", "islands", "isle", "junction", "junctions", "key", "keys", "knoll", "knolls", "lake", "lakes", "land", "landing", "light", "lights", "loaf", "lock", "locks", "lodge", "mall", "manor", "manors", "meadow", "meadows", "mill", "mills", "mission", "motorway", "mount", "mountain", "mountains", "neck", "orchard", "oval", "overpass", "parks", "parkways", "passage", "pike", "pine", "pines", "plain", "plains", "plazas", "points", "port", "ports", "prairie", "radial", "ramp", "ranch", "rapid", "rapids", "rest", "ridges", "river", "roads", "routes", "rue", "run", "shoal", "shoals", "shore", "shores", "skyway", "spring", "springs", "spur", "spurs", "squares", "station", "stravenue", "stream", "streets", "summit", "throughway", "trace", "track", "trafficway", "trails", "tunnel", "turnpike", "underpass", "union", "unions", "valley", "valleys", "via", "viaduct", "view", "views", "village", "villages", "ville", "vista", "walks", "wall", "ways", "well", "wells", "chowk", "nagar", "marg", "circle", "ganj", "bypass", "strip", "parade", "quay", "esplanade", "concourse", "nook", "stairs", "steps", "broadway", "circuit", "amble", "arcade", "foreshore", "cul", "deviation", "retreat", "copse", "cluster", "colonnade", "brae", "boulevarde", "chase", "close", "cutting", "dene", "drove", "end", "folly", "garth", "gate", "green", "grange", "howe", "lea", "lee", "nook", "orchard", "reach", "range", "ride", "row", "side", "slope", "strand", "tor", "vale", "wharf", "wynd", "yard", "circlet", "bowl", "elbow", "fairway", "fireline", "firetrack", "frontage", "glade", "glen", "highroad", "interchange", "kingsway", "ley", "maze", "mew", "mile", "outlook", "parkside", "promenade", "quadrant", "quays", "rising", "riverway", "roadside", "roadway", "rosebowl", "rotary", "siding", "subway", "thoroughfare", "tollway", "towers", "triangle", "tramway", "upper", "vista", "walkway", "waterway", "woods"]  # fmt: skip
_BEFORE = (
    r"rue|avenue|av\.|boulevard|bd|chemin|allée|impasse|place|quai|cours|calle|c/|c\.|cl\.|avenida|"
    r"avda\.?|paseo|plaza|camino|carretera|ronda|glorieta|rambla|travesía|pasaje|callejón|cañada|"
    r"cuesta|alameda|acceso|urbanización|vial|via|viale|vicolo|piazza|corso|largo|"
    r"contrada|strada|stretto|borgo|canale|incrocio|rotonda|rua|travessa|praça|estrada|rodovia|"
    r"alameda|ladeira|viela|vila|núcleo|passarela|trevo|recanto|residencial|setor|parque|jardim|"
    r"fazenda|favela|feira|esplanada|distrito|conjunto|condomínio|colônia|chácara|campo|aeroporto|"
    r"sítio|"
    r"prolongación|privada|peatonal|retorno|cerrada|calzada|ampliación|circuito|diagonal|viaducto|"
    r"corredor|continuación|eje vial|andador|periférico|circunvalación|"
    r"ul\.|ulica|al\.|aleja|pl\.|os\.|plac|ulice|nám\.|náměstí|str\.|strada|calea|aleea|bulevardul|"
    r"bd\.|drumul|șoseaua|soseaua|piața|intrarea|ulitsa|ул\.|улица|пр\.|проспект|пр-т|пер\.|переулок|ш\.|шоссе|бул\.|бульвар|наб\.|"
    r"вул\.|вулиця|площа|пл\.|алл\.|οδός|λεωφόρος|jl\.|jalan|gang|gg\.|đường|phố|lorong|lrg|taman"
)
_SUFFIX = (
    r"straße|strasse|str\.|weg|gasse|platz|allee|ring|damm|ufer|steig|stieg|pfad|chaussee|straat|laan|"
r"plein|kade|dijk|singel|gracht|hof|steeg|pad|dreef|boulevard|vej|gade|allé|stræde|torv|vænget|"
r"parken|gata|gate|gaten|vägen|väg|vegen|veien|vei|veg|gränd|stigen|plassen|bakken|kroken|svingen|"
    r"torget|plats|backen|baan|burg|katu|tie|polku|kuja|kaari|raitti|rinne|utca|út|útja|tér|köz|"
r"sétány|sokak|sokağı|caddesi|bulvarı|sk\.|cad\.|cd\.|mah\.|mahallesi|ova|ová|ného|ského|cká|ská|"
r"ní|skeho|ova|ulice|ulica|gatve|iela|tänav|puiestee|stígur|gata"
)  # fmt: skip
_ENGLISH = re.compile(
    rf"(?<![\w.,$€-])(?:(?:Suite|Unit|Apt\.|Flat|Level|Floor) ?\d{{1,4}}[A-Z]?,?[ "
    rf"/\n])?\d{{1,5}}[A-Za-z]?(?:[-/]\d{{1,4}})?,?[ \n](?:[NSEW]\.? )?(?:[A-Z0-9][\w.'’-]{{0,24}}[ "
    rf"\n]){{1,3}}(?:{'|'.join(w.capitalize() for w in sorted(_AFTER, key=len, reverse=True))})(?![a-z])\.?(?:,"
    rf"? (?:Suite|Apt\.?|Unit|Floor|Fl\.?|#|Level|Flat) ?\w{{1,5}})?(?:[,\n] ?[A-Z][\w' .-]{{1,30}},? "
    rf"[A-Z]{{2,3}},? \d{{4,6}}(?:-\d{{4}})?)?"
)
_LEADING = re.compile(
    rf"(?<![\w])(?:\d{{1,4}}(?: bis| ter)?,? )?(?P<head>(?i:{factored(_BEFORE)}))(?:(?<=[./])|(?![^\W\d_]))\s?(?:(?i:de la|de los|de las|de|del|du|"
    rf"des|da|do|dos|di|d'|l') ?)?[^\W\d_][\w.'’-]{{0,24}}(?:[ -][\w.'’º°-]{{1,24}}){{0,5}}?(?:,? "
    rf"(?:nr\.?|n[ºo°]\.?|č\.|д\.|num\.?|nº)? ?{_N})(?!\d){_MORE}",
    re.MULTILINE,
)
_FRENCH = re.compile(
    r"(?<![\w.,$€-])\d{1,4}(?: (?:bis|ter))?,? (?i:rue|avenue|av\.|boulevard|bd|chemin|allée|impasse|"
    r"place|quai|cours|passage|square|route)[ ](?:(?:de la|de|du|des|d'|l'|le|la|les)[ "
    r"]?)?[A-ZÀ-Ý][\w'’-]{0,24}(?:[ -][\w'’]{1,24}){0,3}"
)
_ENDING = re.compile(
    rf"(?<![\w.,$€/-])(?:[A-ZÀ-ÝČŠŽŘ0-9][\w.'’-]{{0,20}} "
    rf"){{0,3}}[A-ZÀ-ÝČŠŽŘÅÄÖØ]?[\w.'’-]{{0,30}}(?i:{factored(_SUFFIX)}) {{1,2}}(?:nr\.? |no: ?|No: "
    rf"?)?{_N}(?![\w.:%-])(?:, ?\d{{3,6}} ?\d{{0,2}} [A-ZÀ-ÝČŠŽ][\w .-]{{1,30}})?"
)
_EAST = re.compile(
    r"[\u4e00-\u9fff]{2,20}(?:省|市|区|县|路|街|道|巷)[\u4e00-\u9fff\w]{0,12}?\d|[\u4e00-\u9fff]{1,4}(?:都|道|府|"
    r"県)[\u4e00-\u9fff\u3040-\u30ff]{1,8}(?:市|区|郡|町|村)|[\u4e00-\u9fff]{2,8}(?:市|县|"
    r"省)[\u4e00-\u9fff]{1,6}(?:区|路|街)|(?:[가-힣]{1,10}[시도군구] ){0,4}[가-힣]{1,10}[시도군구] ?[가-힣0-9 ]{1,20}(?:로|길|동|가)\s?\d|"
    r"\d{1,3}丁目\d|[\u4e00-\u9fff\u30a0-\u30ff]{1,8}\d{1,3}丁目"
)
_INDIA = re.compile(
    r"(?<!\w)(?:H\.? ?No\.?|House No\.?|Flat|Plot|मकान|म\.? ?नं\.?|गली|सेक्टर)[ .]{0,2}\d{1,4}", re.IGNORECASE
)
_POSTAL = re.compile(
    r"[^\W\d_][\w.'’-]{1,30}(?: [\w.'’-]{1,30}){0,4} (?:буд\. |д\. |nr\.? )?\d{1,4} ?[A-Za-z]?(?:/\d{1,3})?\.?,{1,2} "
    r"(?:[A-Z]{1,2}-|ΤΚ |[^\W\d_][\w -]{1,30}, )?\d{4,6}(?: [^\W\d_]{2,}|$)"
)
"""A name and a number, a postal code and a place: for columns, where a share of all cells must fit."""
_WORDS = r"[^\W\d_][^\s\d,;@:]{0,40}"
_HOUSE = r"\d{1,5}(?:[/-]\d{1,4}){0,3} ?[A-Za-zА-яΑ-ω]?(?: ?(?:bis|ter))?"
_MADE = re.compile(
    rf"(?:(?:[Nn]o\.? ?|#)?{_HOUSE},? (?P<a>{_WORDS}(?: {_WORDS}){{0,5}})|(?P<b>{_WORDS}(?:,? {_WORDS}){{0,6}}),? {_HOUSE})"
    r"(?P<rest>[,;\n][^@:]{0,90}| (?:Bl|Sc|Ap|Apt|Suite|Et|кв|оф|корп|стр)\.? .{1,40})?"
)
"""A house number beside words, then perhaps a town: the make of addresses in any language. For whole columns of such."""
_NUMBERED = re.compile(r"(?<=[\w.]) {1,2}(?:nr\.? |[nN]o: ?)?\d")
_SUFFIXES = tuple(_SUFFIX.replace("\\", "").split("|"))
_RULES = (_ENGLISH, _FRENCH, _LEADING, _ENDING, _EAST, _INDIA)
_DIGIT = re.compile(r"\d")
_DATED = re.compile(r"[^\W\d_]{3,12}\.? \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d\d")
_YEAR = re.compile(r"(?:19|20)\d\d(?!\d)")
_CITED = re.compile(
    r"(?i)(?:rfc|pep|iso|iec|ieee|din|bug|issue|section|chapter|page|line|port|error|code|step|version)s?[ #.:]{1,2}$"
)
_ORDINAL = re.compile(r"\d{1,3}(?:st|nd|rd|th)?|\d{1,4}[A-Z]?")
_UNIT = re.compile(r"(?:Suite|Unit|Apt|Flat|Level|Floor)|\d{1,4}[A-Z]\b")
_GOES_ON = re.compile(r"[A-Za-z]?(?:/\d+)? ?,")
_STREETS = frozenset(_AFTER[: _AFTER.index("way")])
"""Words that end the names of streets and little else."""
_AMBIGUOUS = frozenset(
    ("via", "place", "plaza", "diagonal", "avenue", "gang", "park", "campo", "circuit", "cours", "largo", "vial", "vila", "os.", "al.", "pl.", "cl.", "str.", "av.", "bd.", "jardim", "distrito")
)  # fmt: skip
"""Street words that are words of other languages, or what programs are full of."""
_LINKS = frozenset(
    ("de", "la", "las", "los", "le", "les", "del", "della", "delle", "dello", "dei", "da", "do", "dos", "das", "di", "du", "des", "d", "l", "el", "al", "y", "e", "et", "von", "van", "der", "den", "san", "santa", "of")
)  # fmt: skip
_ENGLISH_END = re.compile(
    r".*[aeiouy]ring|s[pt]ring|i-?pad|.*(?:key|note|touch|launch|track)pad|.+(?:sk|cad|cd|mah)\.|.*gregate|neck-?tie|tie"
)
_CZECH_PLAIN = re.compile(r"[A-ZÁ-Ž][\w'’. -]{2,40} {1,2}\d{1,4}(?:/\d{1,4})?[a-z]?(?:, ?\d{3} ?\d{2}.{0,40})?")


def find(text: str) -> tuple[int, int] | None:
    """Where the first street address of a text stands, or None."""
    if _DATED.fullmatch(text.strip()):
        return None
    for rule in (*_rules_for(text), _POSTAL):
        match = rule.search(text)
        if match:
            return match.span()
    return None


def spans(text: str) -> list[tuple[int, int]]:
    """Where street addresses stand in a text, in which street words may be plain words of the language or of a program."""
    return [
        match.span()
        for rule in _rules_for(text)
        for match in rule.finditer(text)
        if rule not in _DOUBTS or _DOUBTS[rule](match)
    ]


def _is_english(match: re.Match[str]) -> bool:
    """Whether a number and capitalised words end as streets do: `3 Simple Steps` and `2016 Bruce Lee` do not."""
    number, *words = re.findall(r"[^\W_]+", match[0])
    if _CITED.search(match.string, max(0, match.start() - 12), match.start()):
        return False
    if not number.isdigit() or any(word[0].isdigit() and not _ORDINAL.fullmatch(word) for word in words[:-1]):
        return _UNIT.match(match[0]) is not None
    if "," in match[0] or any(word.lower() in _STREETS for word in words) or any(map(is_known, words[:-1])):
        return True
    return len(number) > 2 and not _YEAR.fullmatch(number)


def _is_led(match: re.Match[str]) -> bool:
    """Whether a street word before a name is none of English or of a program: `via HLL with 2`, `pl.Int64, 3`."""
    head, rest = match["head"].lower(), match[0].partition(match["head"])[2]
    if head == "c." or (head.endswith(".") and head.isascii() and head != "ul." and not rest[:1].isspace()):
        return False
    if head not in _AMBIGUOUS:
        return True
    words = re.findall(r"[^\W\d_][\w'’]*", rest)
    named = all(word[0].isupper() or word.lower() in _LINKS for word in words)
    return named and not _YEAR.search(match[0]) and not match.string.endswith("et ", 0, match.start())


def _is_ended(match: re.Match[str]) -> bool:
    """Whether a word with a street's ending is no word of English: `Spring 2016`, `Clustering 3`, `iPad 7`, `task. 0`."""
    before, number = re.split(r"[ ]{1,2}(?=\S*\d)", match[0], maxsplit=1)
    word = before.rsplit(" ", 1)[-1].lower()
    return not (_YEAR.match(number) or number.strip() == "0" or _ENGLISH_END.fullmatch(word))


def _is_indian(match: re.Match[str]) -> bool:
    """Whether `Flat 4` and `Plot 12` begin an address: capital, apart from their number, and something follows."""
    if not match[0].lower().startswith(("flat", "plot")):
        return True
    return re.match(r"[A-Z]+[a-z]*[ .]", match[0]) is not None and _GOES_ON.match(match.string, match.end()) is not None


_DOUBTS: dict[re.Pattern[str], Callable[[re.Match[str]], bool]] = {
    _ENGLISH: _is_english, _LEADING: _is_led, _ENDING: _is_ended, _INDIA: _is_indian,
}  # fmt: skip


def _rules_for(text: str) -> list[re.Pattern[str]]:
    """The rules that can match: most texts have no number right after the end of a street word."""
    ended = any(text[max(0, m.start() - 12) : m.start()].lower().endswith(_SUFFIXES) for m in _NUMBERED.finditer(text))
    eastern = not text.isascii()
    return [r for r in _RULES if (ended or r is not _ENDING) and (eastern or r is not _EAST)]


def _share(values: Sequence[str]) -> float:
    """The share of cells with an address. Most columns are dismissed by a glance at every fifth cell."""
    able = [v[:200] if _may_hold(v) else "" for v in values]
    glance = able[::5] if len(able) > 60 else able
    if sum(bool(v) and find(v) is not None for v in glance) < 0.04 * len(glance):
        return 0.0
    return sum(bool(v) and find(v) is not None for v in able) / len(able)


def _may_hold(value: str) -> bool:
    return (not value.isascii() or " " in value) and _DIGIT.search(value) is not None


def _share_made(values: Sequence[str]) -> float:
    """The share of cells made like an address, where words and numbers both vary as those of addresses do, else 0."""
    made = [m for m in (_MADE.fullmatch(v.strip()[:140]) for v in values) if m and not _is_small(m["a"] or m["b"])]
    if len(made) < max(8, 0.6 * len(values)):
        return 0.0
    words = {"".join(c for c in m[0] if not c.isdigit()) for m in made}
    numbers = {"".join(filter(str.isdigit, m[0][: len(m[0]) - len(m["rest"] or "")])) for m in made}
    first = Counter((m["a"] or m["b"]).split()[0] for m in made)
    years = sum(re.search(r"(?:19|20)\d\d$", m[0]) is not None for m in made)
    if len(words) < 0.4 * len(made) or len(numbers) < 0.3 * len(made) or years > 0.5 * len(made):
        return 0.0
    leading = sum(m["a"] is not None for m in made) / len(made)
    if not (leading < 0.1 or leading > 0.9) or (first.most_common(1)[0][1] > 0.5 * len(made) and not made[0]["rest"]):
        return 0.0
    return len(made) / len(values)


def _is_small(words: str) -> bool:
    """Whether they begin with a small letter, in a script that has capitals: a sentence, not a street."""
    return words[0].islower() and words[0] < "\u0590"


def share_of_addresses(values: Sequence[str], header: Header) -> tuple[float, float]:
    """How sure, and the share of these cells, that hold a street address."""
    if header.masked or len(values) < 3:
        return 0.0, 0.0
    named = "ADDRESS" in header.types
    variety = len(set(values)) / len(values)
    if not named and (header.thing or (header.types - {"PERSON"}) or variety < 0.3):
        return 0.0, 0.0
    share = _share(values)
    if named:
        numbered = sum(
            any(c.isdigit() for c in v) and sum(c.isalpha() for c in v) >= 3 and "@" not in v and "://" not in v
            for v in values
        ) / len(values)
        if share < 0.25 and numbered < 0.6:
            share = max(share, _share_made(values))
        if share >= 0.25 or (numbered >= 0.6 and variety > 0.5):
            return 0.7 + 0.27 * max(share, numbered * 0.6), max(share, numbered)
        return 0.0, 0.0
    if share < 0.3 and not header.types and (made := _share_made(values)) >= 0.6:
        return 0.55 + 0.2 * made, made
    plain = sum(_CZECH_PLAIN.fullmatch(v.strip()) is not None for v in values) / len(values)
    if share >= 0.3 or (share >= 0.08 and plain >= 0.95):
        return 0.6 + 0.35 * share, max(share, plain if share < 0.3 else 0.0)
    return 0.0, 0.0
