"""Hyperscan only makes it faster: hints match wherever patterns do, and verdicts are the same without it."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from jupyter_mlsec.controls.pii import prefilter, scan_table
from jupyter_mlsec.controls.pii.recognizers import catalogue

DEV = Path(__file__).parents[2] / "data" / "pii_dev"
TEXTS = [text["text"] for text in json.loads((DEV / "texts.json").read_text())]


def test_a_hint_matches_wherever_its_pattern_does() -> None:
    for recognizer in catalogue():
        valid = [
            t
            for t in TEXTS
            if any(recognizer.valid(m[0]) for m in recognizer.pattern.finditer(t) if "v" not in m.groupdict())
        ]
        if valid:
            assert pc.all(pc.match_substring_regex(pa.array(valid), recognizer.hint)).as_py(), recognizer.name


def test_verdicts_are_the_same_without_hyperscan(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("hyperscan")
    tables = [pq.read_table(path) for path in sorted((DEV / "tables").glob("t0*.parquet"))[:12]]
    prefilter.engine().warm(wait=True)
    assert prefilter.engine().hits(memoryview(b"a@b.org")) is not None
    quick = [scan_table(table) for table in tables]
    monkeypatch.setattr(prefilter.Engine, "hits", lambda self, data: None)
    assert [scan_table(table) for table in tables] == quick
