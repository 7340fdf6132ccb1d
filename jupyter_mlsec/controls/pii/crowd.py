"""Whether a column's cells are people's names: their shape, how rarely they repeat, names we know, and how words sound."""

# ruff: noqa: E501, RUF001  (patterns and words of other scripts, kept whole)

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import msgspec

from jupyter_mlsec.controls.pii.headers import Header
from jupyter_mlsec.controls.pii.naming import plain, resemblance
from jupyter_mlsec.controls.pii.people import (
    CJK,
    CUE,
    HANGUL,
    NOT_NAMES,
    SEQUENCE,
    SMALL,
    TITLE,
    is_brand,
    is_known,
    knows,
    shape,
)

_WEIGHED = 60
"""How many distinct cells are weighed word by word."""
_FULL, _SINGLE = 0.55, 0.75
"""The weight from which cells of several words, or of one, are names though the column's name says nothing."""
_SPLIT = re.compile(r"[\s,.-]+")


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


_PLACE = re.compile(
    r"\b(?:airport|airfield|aerodrome|heliport|municipal|regional|museum|gallery|station|county|township|university|college|hospital|"
    r"institute|library|stadium|heights|mountains?|mtn|mt|peak|creek|falls|island|gare|aéroport|flughafen|bahnhof|aeropuerto|museo|musée)\b",
    re.IGNORECASE,
)
"""What places are called, and few people."""
_STATED = re.compile(r",\s(?!MD|JR|SR|II|RN|MA|BA|DO|OD|PE)[A-Z]{2}$")
"""A town and its state."""


def are_places(values: Sequence[str]) -> bool:
    """Whether enough cells say that they are places, or words (months, states, yes and no) that are no names."""
    if sum(_PLACE.search(v) is not None for v in values) > 0.06 * len(values):
        return True
    if sum(_STATED.search(v.strip()) is not None for v in values) > 0.5 * len(values):
        return True
    words = [[w for w in _SPLIT.split(plain(v)) if w] for v in values]
    return sum(bool(one) and all(w in NOT_NAMES for w in one) for one in words) > 0.4 * len(values)


def _are_firms_or_streets(values: Sequence[str]) -> bool:
    """Whether enough cells say so: firms and streets are called after people."""
    firms = sum(_LEGAL.search(v) is not None for v in values)
    streets = sum(_STREET.search(v.strip()) is not None for v in values)
    return firms > 0.1 * len(values) or streets > 0.25 * len(values)


class _Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """What the cells of name-like shape have in common."""

    whole: float
    """The share of cells of that shape."""
    known: float
    """The share of distinct ones with a name we know."""
    weight: float
    """How much they sound like names, in nats a cell, and what is known of them."""
    variety: float
    multi: float
    """The share that has several words."""
    odd: float
    """The share that is not in plain Latin letters."""
    distinct: int
    enough: bool


def share_of_names(values: Sequence[str], header: Header) -> tuple[float, float]:
    """How sure (0 to 1), and the share of these cells, that they are people's names. `values` are a column's cells."""
    if len(values) < 3 or header.masked:
        return 0.0, 0.0
    glance = [shape(v) for v in values[:: max(1, len(values) // 30)]]
    if not any(glance):
        return _names_inside(values, header) if any(" " in v for v in values[:20]) else (0.0, 0.0)
    known_shapes = {v: shape(v) for v in set(values)}
    shapes = [known_shapes[v] for v in values]
    whole = sum(map(bool, shapes)) / len(values)
    if whole < 0.5:
        return _names_inside(values, header)
    crowd = _crowd([v for v, s in zip(values, shapes, strict=True) if s], [s for s in shapes if s], whole)
    if are_places(values):
        return 0.0, 0.0
    if "PERSON" in header.types and not header.thing:
        return (min(0.97, 0.8 + 0.1 * crowd.weight), whole) if _as_named(crowd, weak=header.weak) else (0.0, 0.0)
    if (
        header.thing
        or header.types - {"PERSON", "USERNAME"}
        or not crowd.enough
        or whole < 0.75
        or _are_firms_or_streets(values)
    ):
        return 0.0, 0.0
    return (min(0.95, 0.5 + 0.22 * crowd.weight), whole) if _by_itself(crowd) else (0.0, 0.0)


def _crowd(named: list[str], shapes: list[str], whole: float) -> _Crowd:
    distinct = sorted(set(named))
    weighed = distinct[:: max(1, len(distinct) // _WEIGHED)]
    known = sum(knows(v) and not is_brand(v) and plain(v) not in NOT_NAMES for v in weighed) / len(weighed)
    return _Crowd(
        whole=whole,
        known=known,
        weight=known
        + sum(map(_weight, weighed)) / len(weighed)
        + (_composed(weighed) if len(distinct) > 0.8 * len(named) else 0),
        variety=len(distinct) / len(named),
        multi=sum(s == "full" for s in shapes) / len(named),
        odd=sum(not v.isascii() for v in distinct) / len(distinct),
        distinct=len(distinct),
        enough=len(distinct) >= min(12, 0.5 * len(named)),
    )


def _weight(value: str) -> float:
    """How much the words of a cell sound like names on average, none of them deciding alone."""
    bare = TITLE.sub("", value)
    words = [w for w in _SPLIT.split(plain(bare)) if w and w not in SMALL and (len(w) > 1 or ord(w) > 0x2E80)]
    if not words:
        return 0.0
    parts = [] if bare.isascii() else [w for w in _SPLIT.split(bare) if w]
    pair = 1.6 if len(parts) == 2 and all(CJK.fullmatch(w) or HANGUL.fullmatch(w) for w in parts) else 0.0
    return pair + sum(max(-3.0, min(3.0, resemblance(w))) for w in words) / len(words)


def _composed(cells: list[str]) -> float:
    """What it adds that all cells are two to four words and the same word is in few: full names are made so, few
    other columns are. More where our ear for the script is worse."""
    words = [_SPLIT.split(TITLE.sub("", v.strip())) for v in cells]
    if sum(2 <= len(w) <= 4 for w in words) < 0.95 * len(words):
        return 0.0
    _, most = Counter(w for one in words for w in set(one) if w and w not in SMALL).most_common(1)[0]
    if most > max(2, 0.2 * len(words)):
        return 0.0
    return 0.9 if sum(ord(v[0]) > 0x36F for v in cells) > 0.5 * len(cells) else 0.25


def _as_named(crowd: _Crowd, *, weak: bool) -> bool:
    """Whether cells may be what the column's name calls them: of animals and firms `name` is said too."""
    if weak:
        return crowd.known >= 0.25 or crowd.weight >= 0.3
    if crowd.distinct < 3 and crowd.known < 0.3:
        return False
    return (
        crowd.known >= 0.08
        or crowd.weight >= -0.7
        or (crowd.whole > 0.8 and crowd.variety > 0.4 and (crowd.odd > 0.3 or crowd.multi > 0.7))
    )


def _by_itself(crowd: _Crowd) -> bool:
    """Whether cells are names by themselves: those of one word must sound like it more."""
    if crowd.multi > 0.7:
        return crowd.weight >= _FULL and crowd.variety > 0.3
    return crowd.weight >= _SINGLE


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
