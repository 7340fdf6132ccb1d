"""Personal data in a text: values with a form of their own, and those that the words before them give away."""

# ruff: noqa: E501  (patterns and words of other scripts, kept whole)

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from jupyter_mlsec.controls.pii import people, places
from jupyter_mlsec.controls.pii.detection import Span
from jupyter_mlsec.controls.pii.naming import plain, resemblance
from jupyter_mlsec.controls.pii.prefilter import engine, hinted
from jupyter_mlsec.controls.pii.reader import read_over
from jupyter_mlsec.controls.pii.recognizer import factored, span_of, value_of
from jupyter_mlsec.controls.pii.recognizers.national import SCHEMES, compacted, validator
from jupyter_mlsec.controls.pii.surroundings import fits, sureness

_WIDE = {0xFF01 + i: 0x21 + i for i in range(94)}
_DAY = (
    r"(?:(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|"
    r"3[01])[-/. ]{1,2}(?:0?[1-9]|[12]\d|3[01]|[^\W\d_]{3,10}\.?)[-/., ]{1,2}(?:(?:19|20)\d\d|\d\d)|"
    r"[A-Z][a-z]{2,8} \d{1,2},? (?:19|20)\d\d)(?!\d)"
)
_BORN = re.compile(
    r"(?<!\w)(?:"
    + factored(
        r"dob|d\.o\.b\.?|born(?: on)?|date of birth|birth[ _]?da(?:te|y)|geboren(?: am)?|"
        r"geburtsdatum|geb\.|née? le|date de naissance|nacid[oa](?: el)?|fecha de nacimiento|nat[oa] il|"
        r"data di nascita|nascid[oa] em|data de nascimento|"
        r"født|född|syntynyt|ur\.|urodzon[ay]|narozen[aý]?|datum narození|geboortedatum|doğum tarihi|дата "
        r"рождения|生年月日|出生日期"
    )
    + r")['\"]?\W{0,5}(?:is )?(?P<v>"
    + _DAY
    + ")",
    re.IGNORECASE,
)
_STATE = re.compile(
    r"(?<!\w)(?P<cue>"
    + factored(
        r"dni|nif|nie|bsn|cpr|cpf|pesel|nir|sin|tfn|nhs(?: number| no)?|aadhaar|aadhar|pan|"
        r"curp|rfc|hetu|nino|ni(?: number| no)|personnummer|personnr|fødselsnummer|cnp|egn|oib|amka|rrn|"
        r"tckn|tc(?: kimlik)?(?: no)?|kimlik(?: no)?|steuer-?id(?:nr)?|codice fiscale|"
        r"cf|rodné číslo|rč|r\.č\.|national(?: id| identity)?(?: number| no)?|tax(?: file)?(?: id| number|"
        r" no)|social insurance|identity(?: card| number)?|id(?:[ -]?card|[ -]?number| no| nr)?|cédula|"
        r"cedula|rut|ahv|avs|svnr|insz|снилс|инн|身份证号?"
    )
    + r")['\"]?[ :=#.]{1,4}(?:is |no\.? |nr\.? )?['\"]?(?P<v>[A-Z0-9](?:[ ./-]?[A-Z0-9]){6,18})(?!\w)",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"(?<!\w)(?:"
    + factored(
        r"phone|tel|telephone|mobile|cell|fax|call|ph|gsm|whatsapp|sms|telefon|teléfono|"
        r"telefono|tél|téléphone|tlf|tfn|telefone|telefoon|móvil|handy|mobil|komórka|телефон|тел|电话|手机|電話|"
        r"전화"
    )
    + r")(?: ?(?:no|nr|number|num))?['\"]?[.:)]{0,2}[ ='\":]{0,4}(?:is |me at |us at |on |at "
    r")?(?P<v>\+?\(?\d(?:[ ().\-/]{0,2}\d){6,14}(?: ?(?:x|ext\.?) ?\d{1,5})?)(?![\w@])",
    re.IGNORECASE,
)
_LIVES = re.compile(
    r"(?<!\w)(?:address|lives at|living at|adresse|anschrift|domicilio|dirección|indirizzo|adres|"
    r"endereço|adresa|osoite)(?: is| es| ist| est|:)\s?(?P<v>[^,\n<>|\"']{4,70})",
    re.IGNORECASE,
)
_LEAD = frozenset(
    [
        "dear",
        "hello",
        "hi",
        "contact",
        "patient",
        "client",
        "customer",
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "reviewed",
        "approved",
        "signed",
        "from",
        "to",
        "by",
        "name",
        "employee",
        "user",
        "el",
        "la",
        "herr",
        "frau",
        "call",
        "ask",
        "email",
        "write",
        "the",
        "this",
        "sincerely",
        "regards",
        "best",
        "kind",
        "thanks",
    ]
)
_NUMERIC = frozenset(("PHONE", "NATIONAL_ID", "CREDIT_CARD", "US_SSN"))


def scan_text(text: str) -> list[Span]:
    """Personal data in a text, in order, without overlaps. Reads linear in its length; never raises on odd text."""
    if not isinstance(text, str) or len(text) < 3:
        return []
    engine().warm()
    wide = text.translate(_WIDE) if not text.isascii() else text
    found = list(_formed(wide))
    found += [Span(start=m.start("v"), end=m.end("v"), type="DATE_OF_BIRTH", score=0.9) for m in _BORN.finditer(wide)]
    found += list(_called(wide))
    found += [Span(start=a, end=b, type="ADDRESS", score=0.86) for a, b in places.spans(wide)]
    found += [_trimmed(wide, m) for m in _LIVES.finditer(wide) if any(c.isdigit() for c in m["v"])]
    found = _apart(found)
    found += list(_people(wide, found))
    found += list(_numbered(wide, found))
    return _apart(found)


def read_text(text: str) -> list[Span]:
    """The same, with what the small model of the extra `names` tells where that is installed: for texts, not for cells.

    A piece of a text costs it ten to forty milliseconds.
    """
    found = scan_text(text)
    return _apart(read_over(text, found)) if isinstance(text, str) else found


def _formed(text: str, only: frozenset[str] | None = None) -> Iterator[Span]:
    for recognizer in hinted(text.encode("utf-8", "replace"), only):
        if not recognizer.in_text or recognizer.whole:
            continue
        for match in recognizer.pattern.finditer(text):
            value = value_of(match)
            if not recognizer.valid(value):
                continue
            start, end = span_of(match)
            if fits(recognizer.name, value, text, start, end):
                score = sureness(recognizer.name, value, recognizer.score)
                yield Span(start=start, end=end, type=recognizer.type, score=score)


_DECIMAL = re.compile(r"\d+\.\d+")


def _called(text: str) -> Iterator[Span]:
    for match in _CALL.finditer(text):
        start, end = match.span("v")
        if _DECIMAL.fullmatch(match["v"]):
            continue
        if text[start - 1 : start] == "(":
            start -= 1
        yield Span(start=start, end=end, type="PHONE", score=0.8)


def _trimmed(text: str, match: re.Match[str]) -> Span:
    start, end = match.span("v")
    while end > start and text[end - 1] in " .;)":
        end -= 1
    return Span(start=start, end=end, type="ADDRESS", score=0.95)


def _people(text: str, found: list[Span]) -> Iterator[Span]:
    """Capitalised words that hold a name we know, or stand right before an address or number of somebody."""
    starts = sorted(s.start for s in found if s.type in {"EMAIL", "US_SSN", "PHONE", "ADDRESS"})
    for match in people.SEQUENCE.finditer(text):
        start, end = match.span()
        words = match[0].split(" ")
        while len(words) > 2 and words[0].lower().strip(".") in _LEAD:
            start += len(words.pop(0)) + 1
        name = text[start:end]
        if words[0].lower().strip(".") in _LEAD or people.is_brand(name):
            continue
        known = sum(people.is_known(w.strip(".,")) for w in words)
        following = bisect_left(starts, end)
        beside = following < len(starts) and starts[following] - end <= 5
        cued = people.CUE.search(text[max(0, start - 12) : end]) is not None
        if known >= 2:
            yield Span(start=start, end=end, type="PERSON", score=0.85)
        elif beside or (known and len(words) <= 4 and _sounds(words, -4.0, -1.0)):
            yield Span(start=start, end=end, type="PERSON", score=0.65)
        elif cued and len(words) == 2 and not name.isupper() and _sounds(words, -9.0, 0.0):
            yield Span(start=start, end=end, type="PERSON", score=0.6)


def _sounds(words: list[str], least: float, mean: float) -> bool:
    """Whether words sound enough like names: no unknown one less than `least`, all of them `mean` (nats)."""
    parts = [word.strip(".,'") for word in words]
    weights = [(resemblance(plain(word)), people.is_known(word)) for word in parts if len(word) > 2]
    if not weights:
        return True
    unknown = min((weight for weight, is_known in weights if not is_known), default=least + 1)
    return unknown > least and sum(weight for weight, _ in weights) > mean * len(weights)


def _numbered(text: str, found: list[Span]) -> Iterator[Span]:
    """Numbers of a state after the word for them; after a mere `id` only beside a person and with a check that holds."""
    personal = any(s.type in {"DATE_OF_BIRTH", "PERSON"} for s in found)
    for match in _STATE.finditer(text):
        said = _worded(match["v"])
        value = compacted(said)
        digits = sum(c.isdigit() for c in value)
        if digits < 6 or len(value) > 18 or (value.isdigit() and match["cue"].lower() == "rfc"):
            continue
        checked = any(s.chance <= 0.1 and s.form.fullmatch(value) and validator(s.key)(value) for s in SCHEMES)
        weak = match["cue"].lower().startswith("id") or match["cue"].lower() in {"pan", "sin", "cf", "tax"}
        if (checked and personal) or (not weak and (checked or digits >= 8)):
            start = match.start("v")
            yield Span(start=start, end=start + len(said), type="NATIONAL_ID", score=0.85 if checked else 0.65)


def _worded(value: str) -> str:
    """The value up to the first word that is none of its groups: those hold a digit, or are a letter or two."""
    word = next((m for m in re.finditer(r" [A-Za-z]{3,}(?![A-Za-z0-9])", value)), None)
    return value if word is None else value[: word.start()]


def _apart(found: list[Span]) -> list[Span]:
    """The best spans that do not overlap: what scores more, then what is longer."""
    kept: list[Span] = []  # by their starts
    starts: list[int] = []
    for span in sorted(found, key=lambda s: (-s.score, s.start - s.end)):
        place = bisect_left(starts, span.start)
        is_free = place == len(starts) or starts[place] >= span.end
        if is_free and (not place or kept[place - 1].end <= span.start):
            kept.insert(place, span)
            starts.insert(place, span.start)
    return kept


def credentials_in(source: str) -> list[Span]:
    """Keys, tokens and passwords written out in a cell's source."""
    return _apart(list(_formed(source, only=frozenset(("CREDENTIAL",)))))


def redact_text(text: str) -> str:
    """The text with every span of personal data replaced by its type in brackets: `[EMAIL]`."""
    for span in sorted(scan_text(text), key=lambda one: one.start, reverse=True):
        text = f"{text[: span.start]}[{span.type}]{text[span.end :]}"
    return text
