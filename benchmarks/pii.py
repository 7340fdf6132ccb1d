"""The whole personal-data detector against reading the same file: 20 columns, median CPU time of interleaved rounds."""

from __future__ import annotations

import random
import string
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

from benchmarks.measure import ROUNDS, Row, Spread, cpu_seconds, ratio, take_turns
from jupyter_mlsec.controls.pii import scan_table, scan_text
from jupyter_mlsec.controls.pii.prefilter import engine

_WORDS = [
    "the",
    "order",
    "was",
    "late",
    "again",
    "please",
    "call",
    "back",
    "and",
    "send",
    "parts",
    "before",
    "noon",
    "with",
    "care",
    "every",
    "sensor",
    "drifted",
    "slightly",
    "today",
]


def table(rows: int, seed: int = 7) -> pd.DataFrame:
    """11 text, 5 integer and 4 float columns: prose, logs, identifiers, two columns that hold personal data."""
    rng = random.Random(seed)
    hexes = "".join(rng.choices("0123456789abcdef", k=65536))
    letters = "".join(rng.choices(string.ascii_lowercase, k=65536))

    def cut(source: str, length: int) -> str:
        start = rng.randrange(65536 - length)
        return source[start : start + length]

    prose = [" ".join(rng.choices(_WORDS, k=14)) for _ in range(5000)]
    text = {
        "notes": [rng.choice(prose) for _ in range(rows)],
        "summary": [rng.choice(prose) for _ in range(rows)],
        "log": [f"2026-03-0{i % 9 + 1}T10:{i % 60:02d}:00 INFO worker {i} took {i % 997} ms" for i in range(rows)],
        "sha": [cut(hexes, 40) for _ in range(rows)],
        "uuid": [
            f"{cut(hexes, 8)}-{cut(hexes, 4)}-4{cut(hexes, 3)}-a{cut(hexes, 3)}-{cut(hexes, 12)}" for _ in range(rows)
        ],
        "email": [f"{cut(letters, 8)}@{cut(letters, 6)}.org" for _ in range(rows)],
        "phone": [f"+1 415 55{rng.randrange(10)} {rng.randrange(10000):04d}" for _ in range(rows)],
        "sku": [f"{cut(letters, 3).upper()}-{rng.randrange(10**6):06d}" for _ in range(rows)],
        "status": [rng.choice(("open", "closed", "waiting")) for _ in range(rows)],
        "path": [f"/data/{cut(letters, 5)}/{cut(letters, 8)}.parquet" for _ in range(rows)],
        "city": [rng.choice(("Oslo", "Turin", "Lyon", "Porto", "Brno")) for _ in range(rows)],
    }
    whole = {f"n{i}": [rng.randrange(10 ** (3 + i)) for _ in range(rows)] for i in range(5)}
    real = {f"x{i}": [rng.gauss(0, 1) for _ in range(rows)] for i in range(4)}
    return pd.DataFrame({**text, **whole, **real})


def _versus_read(rows: int) -> list[Row]:
    frame = table(rows)
    with tempfile.TemporaryDirectory() as folder:
        csv, parquet = Path(folder, "t.csv"), Path(folder, "t.parquet")
        frame.to_csv(csv, index=False)
        frame.to_parquet(parquet)
        deeds: dict[str, Callable[[], object]] = {
            "scan": lambda: scan_table(frame),
            "csv": lambda: pd.read_csv(csv),
            "parquet": lambda: pd.read_parquet(parquet),
        }
        variants = {name: partial(cpu_seconds, deed, 1) for name, deed in deeds.items()}
        measured = take_turns(variants, 3 if rows >= 500_000 else ROUNDS)
    of_csv, of_parquet = (100 * ratio(measured, plain, "scan").median for plain in ("csv", "parquet"))
    return [
        Row(
            what=f"scan_table, {rows:,} x 20",
            unit="ms",
            measured=Spread.of([1000 * seconds for seconds in measured["scan"]]),
            goal=50.0,
            note=f"{of_csv:.0f} % of read_csv, {of_parquet:.0f} % of read_parquet",
        )
    ]


def _by_width(columns: int) -> Row:
    """Columns of 10,000 rows: cost grows with them, not with rows."""
    narrow = table(10_000)
    wide = pd.concat(dict.fromkeys(range(columns // 20 + 1), narrow), axis=1).iloc[:, :columns]
    wide.columns = [f"{name}_{n}" for n, name in wide.columns]
    seconds = take_turns({"scan": partial(cpu_seconds, lambda: scan_table(wide), 1)}, 5)["scan"]
    measured = Spread.of([1000 * one for one in seconds])
    note = f"{measured.median / columns:.2f} ms a column"
    return Row(what=f"scan_table, 10,000 x {columns}", unit="ms", measured=measured, note=note)


def rows(sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)) -> list[Row]:
    """One row per table size, and one for a displayed output."""
    engine().warm(wait=True)
    found = [row for size in sizes for row in _versus_read(size)]
    found += [_by_width(columns) for columns in (10, 100, 400)]
    shown = table(10).to_string()
    text = take_turns({"text": partial(cpu_seconds, lambda: scan_text(shown), 5)})["text"]
    measured = Spread.of([1000 * seconds for seconds in text])
    found.append(
        Row(
            what="scan_text, 10 displayed rows",
            unit="ms",
            measured=measured,
            goal=5.0,
            note=f"{len(shown):,} characters",
        )
    )
    return found


if __name__ == "__main__":
    for row in rows((10_000, 100_000, 1_000_000)):
        print(row)
