"""One column's verdict: what its cells hold, weighed against chance, its neighbours in the cell, and its name."""

# ruff: noqa: E501  (patterns and words of other scripts, kept whole)

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

import msgspec

from jupyter_mlsec.controls.pii.cells import PART, Cells, picked, spread
from jupyter_mlsec.controls.pii.crowd import share_of_names
from jupyter_mlsec.controls.pii.detection import RANK, Detection, calibrated
from jupyter_mlsec.controls.pii.headers import Header
from jupyter_mlsec.controls.pii.named import named_types
from jupyter_mlsec.controls.pii.places import share_of_addresses
from jupyter_mlsec.controls.pii.prefilter import candidates, rows_of
from jupyter_mlsec.controls.pii.recognizer import Recognizer, value_of
from jupyter_mlsec.controls.pii.recognizers.national import SCHEMES, Scheme, compacted, validator
from jupyter_mlsec.controls.pii.recognizers.phones import best_region, is_planned

EXAMINED = 80
"""Candidates whose pattern and validator are run, per column and recognizer."""
FEW_BARE = 0.2
"""The share of its column from which a plain number without any mark counts."""
CERTAIN = 12.0
"""Nats of evidence against chance from which a verdict is certain."""


CRITICAL = frozenset(("CREDENTIAL", "US_SSN", "CREDIT_CARD", "IBAN", "EMAIL", "PHONE", "NATIONAL_ID", "CRYPTO"))
"""Types that matter even once in a column."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What one line of reasoning found in the sample."""

    type: str
    score: float
    share: float
    nats: float = 0.0
    source: str = "pattern"
    whole: bool = False
    """Whether the values fill their cells."""
    rows: frozenset[int] = frozenset()


def judge(cells: Cells, header: Header, examined: int = EXAMINED) -> list[Evidence]:
    """Everything personal in a column, the strongest evidence per type, look-alikes settled."""
    if header.masked:
        return [
            e
            for e in _patterns(cells, header, examined)
            if e.score > 0.9 and e.type in {"EMAIL", "CREDIT_CARD", "IBAN"} and e.whole
        ]
    found = [] if cells.kind == "date" else _patterns(cells, header, examined)
    found += [] if cells.kind == "date" else _numbers(cells, header)
    strong = max((e.share for e in found), default=0.0)
    found += [
        Evidence(type=t, score=s, share=1.0, source="header", whole=True)
        for t, s in named_types(cells.probe, header)
        if strong < 0.5 or t in header.types
    ]
    if cells.kind == "text" and strong < 0.8:
        found += _words(cells, header)
    return _settled(found, header)


def judge_rare(cells: Cells, header: Header, known: frozenset[str]) -> list[Evidence]:
    """The types worth finding once in a whole column, `known` ones left out: for rows that no sample showed."""
    return _settled(_patterns(cells, header, EXAMINED, CRITICAL - known), header) if not header.masked else []


def _words(cells: Cells, header: Header) -> list[Evidence]:
    """Addresses and people's names, which have no form of their own."""
    found = [("ADDRESS", *share_of_addresses(cells.probe, header))]
    if found[0][1] < 0.65:
        found.append(("PERSON", *share_of_names(cells.probe, header)))
    return [
        Evidence(
            type=kind,
            score=score,
            share=share,
            source="header" if kind in header.types else "pattern",
            whole=share > 0.5,
        )
        for kind, score, share in found
        if score
    ]


def _patterns(cells: Cells, header: Header, examined: int, only: frozenset[str] | None = None) -> list[Evidence]:
    found: list[Evidence] = []
    for recognizer in candidates(cells.texts, only):
        evidence = _tally(recognizer, cells, header, examined)
        if evidence is not None:
            found.append(evidence)
    return found


def _tally(recognizer: Recognizer, cells: Cells, header: Header, examined: int) -> Evidence | None:
    """Run one recognizer on the cells its hint occurs in, and weigh what its validator accepts."""
    named = recognizer.type in header.types
    if not (named or recognizer.alone) or (
        cells.kind in {"integer", "float"} and recognizer.type in {"PHONE", "US_SSN"} and not named
    ):
        return None
    rows, of = _hinted_rows(recognizer, cells, examined)
    chosen = [rows[i] for i in spread(len(rows), examined)]
    shaped, good, whole, values = 0, [], 0, []
    for row, text in zip(chosen, picked(cells.texts, chosen), strict=True):
        matches = [m for _, m in zip(range(4), recognizer.pattern.finditer(text), strict=False)]
        if not matches:
            continue
        shaped += 1
        valid = [value_of(m) for m in matches if recognizer.valid(value_of(m))]
        if valid:
            good.append(row)
            values.append(valid[0])
            whole += len(valid[0]) >= 0.9 * len(text.strip())
    if not good or not _accepted(recognizer, shaped, len(good), named):
        return None
    share = min(1.0, len(rows) / of * len(good) / len(chosen) / _filled(cells))
    fills = whole > 0.5 * len(good)
    if (
        fills
        and not named
        and ((share < FEW_BARE and _is_bare(recognizer, values)) or _is_part(recognizer, values, share, cells))
    ):
        return None
    if not _plausible(recognizer, values, header, fills, named):
        return None
    nats = len(set(values)) * math.log(1 / recognizer.chance) + (8 if named else 0)
    score = min(0.995, recognizer.score + (0.04 if named else 0.0))
    source = "validator" if recognizer.chance < 0.95 else "pattern"
    return Evidence(
        type=recognizer.type, score=score, share=share, nats=nats, source=source, whole=fills, rows=frozenset(good)
    )


def _is_bare(recognizer: Recognizer, values: Sequence[str]) -> bool:
    """Plain digits that a few cells of a column of numbers hold by chance: a code's prefix is no dialling code."""
    if recognizer.type == "NATIONAL_ID":
        return all(v.isdigit() for v in values)
    return recognizer.name in {"phone-abroad", "phone-china"} and not any("+" in v for v in values)


def _is_part(recognizer: Recognizer, values: Sequence[str], share: float, cells: Cells) -> bool:
    """Whether the other cells are written just like these: then these are the part of them that chance would please."""
    if recognizer.type not in {"PHONE", "NATIONAL_ID"}:
        return False
    masks = {_NUMERAL.sub("9", v.strip()) for v in values}
    alike = sum(_NUMERAL.sub("9", v.strip()) in masks for v in cells.probe)
    return share < 0.7 * alike / len(cells.probe)


def _hinted_rows(recognizer: Recognizer, cells: Cells, examined: int) -> tuple[list[int], int]:
    """Cells the hint occurs in, and of how many: a part of the sample where that holds enough of them, else all of it."""
    if cells.part is not None and examined < PART:
        rows = rows_of(cells.part, recognizer.hint)
        if len(rows) >= examined:
            places = spread(len(cells.texts), PART)
            return [places[row] for row in rows], PART
    return rows_of(cells.texts, recognizer.hint), len(cells.texts)


def _filled(cells: Cells) -> float:
    """The share of the non-null cells that are no fillers."""
    return max(0.05, cells.filled if cells.filled < 1 else 1.0)


def _accepted(recognizer: Recognizer, shaped: int, good: int, named: bool) -> bool:
    """Whether the validator agreed often enough, and far more often than chance."""
    share = good / shaped
    need = recognizer.need if not named else min(recognizer.need, 0.8)
    if share < need:
        return False
    spread_by_chance = math.sqrt(recognizer.chance * (1 - recognizer.chance) / shaped)
    return recognizer.chance >= 0.5 or shaped < 5 or share > recognizer.chance + 3 * spread_by_chance


def _plausible(recognizer: Recognizer, values: Sequence[str], header: Header, fills: bool, named: bool) -> bool:
    """What single values cannot tell: versions that look like addresses, serials that look like SSNs."""
    rule = _CONTEXT.get(recognizer.name)
    if rule is not None and not rule(values, header, fills):
        return False
    if recognizer.whole and not fills and not named:
        return False
    return named or not (
        fills and header.thing and recognizer.type in {"US_SSN", "PHONE", "NATIONAL_ID"} and recognizer.chance > 0.015
    )


def _no_versions(values: Sequence[str], header: Header, fills: bool) -> bool:
    big = sum(any(int(part) >= 100 for part in v.split(".")) for v in values) / len(values)
    if "IP_ADDRESS" in header.types:
        return True
    return big >= 0.35 or (not fills and big > 0 and len(values) < 4)


def _home_numbers(values: Sequence[str], header: Header, fills: bool) -> bool:
    if not fills and len(values) < 3 and "PHONE" not in header.types:
        return False
    grouped = fills and len(set(values)) >= 12 and sum(v[0] in "(0" for v in values) >= 0.95 * len(values)
    share = best_region([values[i] for i in spread(len(values), 24)])[1]
    return share >= (0.3 if "PHONE" in header.types else 0.4 if grouped else 0.85)


def _local_numbers(values: Sequence[str], header: Header, fills: bool) -> bool:
    chosen = [values[i] for i in spread(len(values), 24)]
    areas = fills and len(set(values)) >= 5 and sum("(" in v for v in values) >= 0.95 * len(values)
    if areas or ("PHONE" in header.types and fills and best_region(chosen)[1] >= 0.3):
        return True
    return fills and len(set(values)) >= 8 and is_planned(chosen)


def _many_cells(values: Sequence[str], header: Header, fills: bool) -> bool:  # noqa: ARG001
    return not fills or len(set(values)) >= 3


def _chinese(values: Sequence[str], header: Header, fills: bool) -> bool:
    return "PHONE" in header.types or (fills and len({v[:3] for v in values}) <= 25 and len(values) >= 5)


_CONTEXT: dict[str, Callable[[Sequence[str], Header, bool], bool]] = {
    "ipv4": _no_versions, "phone-home": _home_numbers, "phone-local": _local_numbers, "ssn": _many_cells, "phone-america": _many_cells, "phone-china": _chinese,
}  # fmt: skip


_NUMERAL = re.compile(r"\d")
_FOUR_DIGITS = re.compile(r"(?:[^\d]{0,24}\d){4}")


def _numbers(cells: Cells, header: Header) -> list[Evidence]:
    """National numbers that fill their cells: form and check digits of each country against chance."""
    if not any(len(v) <= 28 and _FOUR_DIGITS.match(v) for v in cells.probe[:: max(1, len(cells.probe) // 40)]):
        return []
    plain = [compacted(v) for v in cells.probe if len(v) <= 28 and _FOUR_DIGITS.match(v)]
    plain = [v for v in plain if 7 <= len(v) <= 18 and v.isascii()]
    if len(plain) < 3 or len(plain) < 0.2 * len(cells.probe):
        return []
    named = "NATIONAL_ID" in header.types
    best: Evidence | None = None
    for scheme in SCHEMES:
        meant = scheme.key in header.schemes
        if not (scheme.alone or meant or named) or (header.types and not named and not meant):
            continue
        evidence = _number(scheme, plain, len(cells.probe), meant, named, header, cells.kind)
        if evidence is not None and (best is None or evidence.nats > best.nats):
            best = evidence
    return [] if best is None else [best]


def _number(
    scheme: Scheme, plain: list[str], of: int, meant: bool, named: bool, header: Header, kind: str
) -> Evidence | None:
    if kind in {"integer", "float"} and meant:
        plain = [next((w for n in range(4) if scheme.form.fullmatch(w := "0" * n + v)), v) for v in plain]
    glance = plain[:: max(1, len(plain) // 24)]
    if sum(scheme.form.fullmatch(v) is not None for v in glance) < 0.35 * len(glance):
        return None
    shaped = [v for v in plain if scheme.form.fullmatch(v)]
    if len(shaped) < max(3, 0.7 * len(plain)):
        return None
    valid = validator(scheme.key)
    if sum(map(valid, shaped[:12])) < 0.7 * min(12, len(shaped)):
        return None
    passed = [v for v in shaped if valid(v)]
    share = len(passed) / len(shaped)
    nats = len(set(passed)) * math.log(1 / scheme.chance)
    if (
        share < (0.8 if meant else 0.9)
        or (not meant and (nats < 18 or len(set(passed)) < 6))
        or (scheme.many and not (meant or named) and not _many_hold(scheme, passed, len(plain)))
        or (header.thing and not meant and scheme.chance > 0.015)
    ):
        return None
    nats += 8 if meant or named else 0
    return Evidence(
        type=scheme.type,
        score=min(0.99, 0.9 + (0.06 if meant or named else 0) + 0.03 * share),
        share=min(1.0, len(passed) / of),
        nats=nats,
        source="validator",
        whole=True,
    )


def _many_hold(scheme: Scheme, passed: list[str], of: int) -> bool:
    """Whether a check that others use too holds for so many different numbers that nothing else explains it."""
    if len(set(passed)) < 12 or len(passed) < 0.97 * of or len(set(passed)) < 0.5 * len(passed):
        return False
    # Days of birth lie in many years, days of orders do not.
    return scheme.checked or min(len({v[4:6] for v in passed}), len({v[:2] for v in passed})) >= 9


_DIGITAL = frozenset(
    ("PHONE", "CREDIT_CARD", "NATIONAL_ID", "US_SSN", "DEVICE_ID", "HEALTH_ID", "PASSPORT", "DRIVER_LICENSE")
)


def _settled(found: list[Evidence], header: Header) -> list[Evidence]:
    """One verdict per type; where two types read the same cells, the one the name means, else the less likely chance."""
    best: dict[str, Evidence] = {}
    for e in found:
        held = best.get(e.type)
        if held is None or (e.score, e.nats) > (held.score, held.nats):
            share = max(e.share, held.share if held else 0.0)
            best[e.type] = msgspec.structs.replace(e, share=share)
        elif e.share > held.share:
            best[e.type] = msgspec.structs.replace(held, share=min(1.0, max(held.share, e.share)))
    kept = sorted(best.values(), key=lambda e: (e.type not in header.types, -e.nats, -e.score, RANK[e.type]))
    final: list[Evidence] = []
    full = any(e.whole and e.share >= 0.95 and e.type in _DIGITAL for e in kept)
    for e in kept:
        if full and e.type in _DIGITAL and e.share < 0.05:
            continue  # a few digits of the numbers that fill the column, taken for numbers of their own
        rival = next((k for k in final if e.whole and k.whole and _same_cells(e, k)), None)
        if rival is None:
            final.append(e)
    return sorted(final, key=lambda e: RANK[e.type])


def _same_cells(one: Evidence, other: Evidence) -> bool:
    if one.rows and other.rows:
        return one.share + other.share > 1.15 or len(one.rows & other.rows) > 0.5 * min(len(one.rows), len(other.rows))
    if one.type in _DIGITAL and other.type in _DIGITAL:
        return one.share + other.share > 1.005
    return one.share + other.share > 1.15 and (
        "PERSON" not in {one.type, other.type}
        or {one.type, other.type} & {"USERNAME", "SPECIAL_CATEGORY", "ADDRESS"} != set()
    )


def as_detections(found: list[Evidence], rows: int, cells: Cells) -> list[Detection]:
    """Evidence as what the public door gives: counts are of rows, estimated from the sample."""
    return [
        Detection(
            type=e.type, score=round(min(calibrated(e.score), 0.999), 3), count=max(1, round(e.share * cells.filled * rows)), share=round(e.share, 4),
            certain=e.source == "validator" and e.nats >= CERTAIN and e.share >= 0.01, source="header" if e.source == "header" else e.source,
        )
        for e in found
        if e.score >= 0.5
    ]  # fmt: skip
