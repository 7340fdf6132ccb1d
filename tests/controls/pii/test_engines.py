"""Hyperscan only makes it faster: hints match wherever patterns do, and verdicts are the same without it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlsec.controls.pii import prefilter, scan_table
from jupyter_mlsec.controls.pii.recognizer import Recognizer
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
    assert prefilter.engine().ends("@", b"a@b.org") == [2]
    quick = [scan_table(table) for table in tables]
    monkeypatch.setattr(prefilter.Engine, "ends", lambda *_: None)
    assert [scan_table(table) for table in tables] == quick


@pytest.mark.parametrize("recognizer", catalogue(), ids=lambda one: one.name)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_a_hint_matches_holds_its_mark_and_run(recognizer: Recognizer, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(re.compile(recognizer.hint, re.ASCII), fullmatch=True))
    assert not recognizer.marks or set(recognizer.marks) & set(text)
    assert not recognizer.run or re.search(prefilter.RUNS[recognizer.run], text)
    assert not recognizer.run or "\n" not in text


def test_a_value_between_many_numbers_is_found_by_either_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("hyperscan")
    prefilter.engine().warm(wait=True)
    for noise in ("1234567 \n", "12 \n"):
        text = (noise * 5000 + "ssn 212-09-9999 \n" + noise * 5000).encode()
        quick = [r.name for r in prefilter.hinted(text)]
        with monkeypatch.context() as patched:
            patched.setattr(prefilter.Engine, "ends", lambda *_: None)
            assert quick == [r.name for r in prefilter.hinted(text)]
        assert "ssn" in quick
