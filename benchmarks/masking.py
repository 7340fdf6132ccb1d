"""What masks and the risk of being told apart cost against reading the same file: 100,000 rows x 8 columns, 4 personal.

Each way masks a table that was scanned already; `every row searched` is what finding the columns costs on top, as
`mlsec.mask` and a mask by policy do.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from benchmarks.measure import Row, Spread, cpu_seconds, take_turns
from jupyter_mlsec.controls.pii import mask, risk
from jupyter_mlsec.controls.pii.masking import everything_in, mask_found
from jupyter_mlsec.controls.pii.printed import columns_hidden
from jupyter_mlsec.controls.pii.shown import hidden
from jupyter_mlsec.controls.pii.ways import Wish

ROWS = 100_000
_KEY = b"k" * 32
_WAYS = ("redact", "partial", "token", "reversible", "generalise")
_FAMILY = ("Alvarez", "Bauer", "Chen", "Dubois", "Eriksen", "Fischer", "Garcia", "Hansen", "Ivanova", "Jansen")
_GIVEN = ("Anna", "Ben", "Clara", "David", "Elena", "Felix", "Greta", "Hugo", "Ida", "Jonas")


def rows() -> list[Row]:
    """The ways on one table, then the risk, then a cell's output."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "people.csv"
        frame = _people(ROWS)
        frame.to_csv(path, index=False)
        found = everything_in(frame)
        cells = sum(len(frame) for _ in found)
        text = frame.head(60).to_string()
        variants: dict[str, Callable[[], float]] = {
            "read": lambda: cpu_seconds(lambda: pd.read_csv(path), 1),
            "search": lambda: cpu_seconds(lambda: everything_in(frame), 1),
            "whole": lambda: cpu_seconds(lambda: mask(frame), 1),
            "risk": lambda: cpu_seconds(lambda: risk(frame, ["age", "zip", "sex"], "illness"), 1),
            "output": lambda: cpu_seconds(lambda: _printed(text), 20),
        }
        for way in _WAYS:
            variants[way] = _masking(frame, found, way)
        measured = {what: Spread.of(values) for what, values in take_turns(variants).items()}
    return _table(measured, cells)


def _table(measured: dict[str, Spread], cells: int) -> list[Row]:
    """One line each, with what it is as a multiple of reading the file."""
    read = measured["read"].median

    def row(what: str, key: str, note: str = "") -> Row:
        said = note or f"x{measured[key].median / read:.1f} of read_csv"
        return Row(what=what, unit="ms", measured=_in_ms(measured[key]), note=said)

    table = [row("read_csv of the same file", "read", " "), row("every row searched", "search")]
    for way in _WAYS:
        made = row(f"masked: {way}", way)
        speed = f"{cells / measured[way].median / 1e6:.2f} M cells a second; {made.note}"
        table.append(row(f"masked: {way}", way, speed))
    return [
        *table,
        row("mlsec.mask(table), all of it", "whole"),
        row("mlsec.risk by three columns", "risk"),
        row("60 printed rows redacted", "output", "by what the columns are known to hold, then by the text"),
    ]


def _masking(frame: pd.DataFrame, found: dict[str, list], way: str) -> Callable[[], float]:  # type: ignore[type-arg]
    return lambda: cpu_seconds(lambda: mask_found(frame, found, Wish(usual=way), key=_KEY), 1)


def _printed(text: str) -> str:
    return hidden("text/plain", columns_hidden("text/plain", text, {"ssn": "US_SSN", "name": "PERSON"}))


def _in_ms(spread: Spread) -> Spread:
    return Spread(low=1000 * spread.low, median=1000 * spread.median, high=1000 * spread.high)


def _people(count: int) -> pd.DataFrame:
    """A table whose personal values are all different, as they are in a register."""
    draw = random.Random(7)
    return pd.DataFrame(
        {
            "name": [f"{draw.choice(_GIVEN)} {draw.choice(_FAMILY)}" for _ in range(count)],
            "mail": [f"user{number}@example.org" for number in range(count)],
            "ssn": [
                f"{draw.randrange(100, 665)}-{draw.randrange(10, 99)}-{number % 9000 + 1000}" for number in range(count)
            ],
            "born": [
                f"{draw.randrange(1930, 2008)}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}"
                for _ in range(count)
            ],
            "age": [draw.randrange(16, 95) for _ in range(count)],
            "zip": [f"{draw.randrange(10000, 12000)}" for _ in range(count)],
            "sex": [draw.choice("fm") for _ in range(count)],
            "illness": [draw.choice(("none", "flu", "asthma", "diabetes")) for _ in range(count)],
        }
    )
