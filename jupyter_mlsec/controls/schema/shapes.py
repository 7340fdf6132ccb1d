"""What texts and codes look like: small sets, formats and shapes. Never a value that is rare or may be a secret."""

from __future__ import annotations

import re
from typing import Any

from jupyter_mlsec.controls.schema import checks
from jupyter_mlsec.controls.schema.ranges import ENOUGH, Sample, bounds
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
_LONGEST, _LONGEST_CODE = 9, 64
"""Runs, and letters, that a code may have."""


def of_text(array: Any, sample: Sample, max_values: int) -> tuple[tuple[Check, ...], float]:
    """The checks of a text column, and the share of values outside its set (if a set is among them)."""
    if 1 < sample.different <= max_values:
        counts = _counts(array)
        common = sorted(value for value, count in counts.items() if count >= _SEEN and _is_code(value))
        others = 1 - sum(counts[value] for value in common) / sum(counts.values())
        if 1 < len(common) <= max_values and others <= _RARE:
            return (Check(name="isin", statistics={"allowed_values": common}),), others
    values = sample.known
    pattern = next((one for one in _FORMATS if all(map(re.compile(one).match, values))), None) or shape(
        values[:: 1 + len(values) // _LOOKED_AT]
    )
    found = [Check(name="str_matches", statistics={"pattern": pattern})] if pattern else []
    found = [one for one in found if not checks.failures(checks.Values(array), one.name, one.statistics)]
    return (*found, *_lengths(array, sample)), 0.0


def of_codes(array: Any, sample: Sample) -> tuple[tuple[Check, ...], float] | None:
    """The set of a few whole numbers that are no run of neighbours, or of two; None for numbers that are a measure."""
    import pyarrow.compute as pc

    if sample.different > _CODES or pc.count_distinct(array).as_py() > _CODES:
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
    first = values[0] if values else ""
    runs = [(run.lastindex or 0, run[0]) for run in _RUNS.finditer(first[: _LONGEST_CODE + 1])]
    is_code = len(runs) <= _LONGEST and any(kind == 3 for kind, _ in runs)
    if not is_code or len(set(values)) < ENOUGH or max(map(len, values)) > _LONGEST_CODE:
        return None
    exact = "".join(_atom(kind, text, f"{{{len(text)}}}") for kind, text in runs)
    if not all(map(re.compile(exact).fullmatch, values)):
        loose = re.compile("".join(f"({_atom(kind, text, '+')})" for kind, text in runs))
        held = [match for match in map(loose.fullmatch, values) if match is not None]
        if len(held) < len(values):
            return None
        sizes = [[len(run) for run in match.groups()] for match in held]
        exact = "".join(
            _atom(kind, text, f"{{{len(text)}}}" if len(set(lengths)) == 1 else "+")
            for (kind, text), lengths in zip(runs, zip(*sizes, strict=True), strict=True)
        )
    return exact + "$"


def _atom(kind: int, text: str, times: str) -> str:
    """One run of a shape as a pattern: what stands between codes stands for itself."""
    return text if kind == 4 else "[.]" if kind == 5 else f"{_CLASSES[kind - 1]}{times}"


def _counts(array: Any) -> dict[Any, int]:
    import pyarrow.compute as pc

    return {pair["values"]: pair["counts"] for pair in pc.value_counts(pc.drop_null(array)).to_pylist()}


def _is_code(value: str) -> bool:
    return bool(_CODE.fullmatch(value)) and not _SECRET.search(value)


def _lengths(array: Any, sample: Sample) -> tuple[Check, ...]:
    import pyarrow.compute as pc

    found = bounds(pc.utf8_length(array), Sample(pc.utf8_length(sample.array)), whole=True)
    limits = {key: value for check in found for key, value in check.statistics.items()}
    return (Check(name="str_length", statistics=limits),) if "max_value" in limits else ()
