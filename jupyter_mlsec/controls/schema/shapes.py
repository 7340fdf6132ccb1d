"""What texts and codes look like: small sets, formats and shapes. Never a value that is rare or may be a secret."""

from __future__ import annotations

import re
from typing import Any

from jupyter_mlsec.controls.schema import checks
from jupyter_mlsec.controls.schema.ranges import ENOUGH, bounds
from jupyter_mlsec.controls.schema.spec import Check

_SEEN = 7
"""A value is common when seen this often: that it was chance is less likely than e**-7, under 1 in 1,000."""
_RARE = 0.05
"""A set is learned when its common codes make up all but this share."""
_CODES = 10
"""How many different whole numbers may be codes."""
_CODE = re.compile(r"[^\W_][\w &/+.,:;()<>=%'-]{0,39}|[<>=+-][\w <>=.,%-]{0,19}|[A-Z0-9-]{1,6}")
_SECRET = re.compile(r"(?=\S*[0-9])(?=\S*[A-Za-z])\S{12,}|[0-9]{6,}")
"""A long word of letters and digits, a long number: a key, a serial, a telephone number. Never listed."""
_DATES = ("[0-9]{4}-[0-9]{2}-[0-9]{2}", "[0-9]{4}/[0-9]{2}/[0-9]{2}")
_FORMATS = (
    "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}",
    *_DATES,
    "[0-9]{2}/[0-9]{2}/[0-9]{4}",
    "[0-9]{2}[.][0-9]{2}[.][0-9]{4}",
    "[0-9]{2}:[0-9]{2}",
    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    "[^@ ]+@[^@ ]+[.][^@ ]+$",
    "-?[0-9]+$",
    "-?[0-9]+[.,][0-9]+$",
    "https?://[^ ]+",
)
_RUNS = re.compile(r"([A-Z]+)|([a-z]+)|([0-9]+)|([ _,:;@/%#=-])|([.])")
_CLASSES = ("[A-Z]", "[a-z]", "[0-9]")
_LOOKED_AT = 2000
"""Values a shape is made of at most; all must hold it before it is learned."""
_LONGEST = 9
"""Runs a shape may have."""


def of_text(array: Any, sample: Any, max_values: int) -> tuple[tuple[Check, ...], float]:
    """The checks of a text column, and the share of values outside its set (if a set is among them)."""
    import pyarrow.compute as pc

    if 1 < pc.count_distinct(sample).as_py() <= max_values:
        counts = _counts(array)
        common = sorted(value for value, count in counts.items() if count >= _SEEN and _is_code(value))
        others = 1 - sum(counts[value] for value in common) / sum(counts.values())
        if 1 < len(common) <= max_values and others <= _RARE:
            return (Check(name="isin", statistics={"allowed_values": common}),), others
    values = [value for value in sample.to_pylist() if value is not None]
    pattern = next((one for one in _FORMATS if all(re.match(one, value) for value in values)), None) or shape(
        values[:: 1 + len(values) // _LOOKED_AT]
    )
    found = [Check(name="str_matches", statistics={"pattern": pattern})] if pattern else []
    found = [one for one in found if not checks.failures(checks.Values(array), one.name, one.statistics)]
    return (*found, *_lengths(array, sample)), 0.0


def of_codes(array: Any) -> tuple[tuple[Check, ...], float] | None:
    """The set of a few whole numbers that are no run of neighbours, or of two; None for numbers that are a measure."""
    import pyarrow.compute as pc

    if pc.count_distinct(array).as_py() > _CODES:
        return None
    counts = _counts(array)
    common = sorted(value for value, count in counts.items() if count >= _SEEN)
    if len(common) < 2 or len(common) != len(counts):
        return None
    has_gaps = common[-1] - common[0] >= len(common)
    if not (has_gaps or common == [0, 1]) or max(map(abs, common)) > 99:
        return None
    return (Check(name="isin", statistics={"allowed_values": common}),), 0.0 if common == [0, 1] else 1e-9


def period(array: Any, found: tuple[Check, ...]) -> tuple[str, str] | None:
    """First and last year of dates written so that they sort as text, as much again (at least a year) further out."""
    import pyarrow.compute as pc

    pattern = next((one.statistics["pattern"] for one in found if one.name == "str_matches"), "")
    if not pattern.startswith(_DATES):
        return None
    extremes = pc.min_max(array).as_py()
    first, last = int(extremes["min"][:4]), int(extremes["max"][:4])
    room = max(1, last - first)
    return f"{max(0, first - room):04}", f"{min(9999, last + room):04}"


def shape(values: list[str]) -> str | None:
    """The pattern all codes share: runs of capitals, letters and digits with what stands between; None for words."""
    shapes = set()
    lengths: list[tuple[int, ...]] = []
    for value in values:
        runs = list(_RUNS.finditer(value)) if len(value) <= 64 else []
        if not runs or len(runs) > _LONGEST or sum(len(run[0]) for run in runs) != len(value):
            return None
        shapes.add(tuple((run.lastindex, run[0] if run.lastindex == 4 else "") for run in runs))
        if len(shapes) > 1:
            return None
        lengths.append(tuple(len(run[0]) for run in runs))
    kinds = next(iter(shapes)) if len(set(values)) >= ENOUGH else ()
    if not any(kind == 3 for kind, _ in kinds):
        return None
    parts = []
    for (kind, text), sizes in zip(kinds, zip(*lengths, strict=True), strict=True):
        atom = text if kind == 4 else "[.]" if kind == 5 else _CLASSES[(kind or 1) - 1]
        parts.append(atom if kind in (4, 5) else f"{atom}{{{sizes[0]}}}" if len(set(sizes)) == 1 else f"{atom}+")
    return "".join(parts) + "$"


def _counts(array: Any) -> dict[Any, int]:
    import pyarrow.compute as pc

    return {pair["values"]: pair["counts"] for pair in pc.value_counts(pc.drop_null(array)).to_pylist()}


def _is_code(value: str) -> bool:
    return bool(_CODE.fullmatch(value)) and not _SECRET.search(value)


def _lengths(array: Any, sample: Any) -> tuple[Check, ...]:
    import pyarrow.compute as pc

    found = bounds(pc.utf8_length(array), pc.utf8_length(sample), whole=True)
    limits = {key: value for check in found for key, value in check.statistics.items()}
    return (Check(name="str_length", statistics=limits),) if "max_value" in limits else ()
