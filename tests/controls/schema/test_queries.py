"""What a query or a plan makes of a file is not judged by the file's own schema."""

from __future__ import annotations

import duckdb
import pandas as pd
import polars as pl
import pytest

import jupyter_mlsec
from jupyter_mlsec.protocol.entries import Amended, Recorded


@pytest.fixture
def findings(tmp_path, monkeypatch):
    """The rules heard of, in a project with a learned schema of t.csv."""
    (tmp_path / ".mlsec").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    heard = []

    def hear(entry):
        if isinstance(entry, Recorded):
            heard.extend(finding.rule for finding in entry.decision.findings)
        elif isinstance(entry, Amended):
            heard.extend(finding.rule for finding in entry.findings)

    pd.DataFrame({"a": range(100), "b": ["x", "y"] * 50}).to_csv("t.csv", index=False)
    with jupyter_mlsec.guard("guard") as house:
        pd.read_csv("t.csv")
        house.journal.listen(hear)
        yield heard


def test_an_aggregate_of_a_file_by_sql_is_not(findings):
    assert duckdb.sql("select sum(a) as total from 't.csv'").df().shape == (1, 1)
    assert [rule for rule in findings if rule.startswith("schema.")] == []


def test_a_filtered_scan_is_judged_in_the_columns_it_keeps_and_the_rest_is_said_to_be_unchecked(findings):
    assert pl.scan_csv("t.csv").filter(pl.col("a") > 98).select("b").collect().shape == (1, 1)
    assert [rule for rule in findings if rule.startswith("schema.")] == ["schema.unchecked"]


def test_a_scan_collected_as_it_is_is(findings):
    pd.DataFrame({"a": ["no number"] * 100, "b": ["x"] * 100}).to_csv("t.csv", index=False)
    pl.scan_csv("t.csv").collect()
    assert "schema.differs" in findings
