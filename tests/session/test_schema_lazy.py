"""A lazy scan is checked when it is collected, in what it keeps of the file, and what was not checked is said."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

import jupyter_mlsec
from jupyter_mlsec.protocol.entries import Amended, Recorded
from jupyter_mlsec.protocol.errors import Denied

AGES = [20 + n % 50 for n in range(100)]


@pytest.fixture
def heard(tmp_path, monkeypatch):
    """Findings heard of, in a project whose t.csv has an approved schema and odd values in column a by now."""
    (tmp_path / ".mlsec" / "schemas").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    found = []

    def hear(entry):
        if isinstance(entry, Recorded):
            found.extend(entry.decision.findings)
        elif isinstance(entry, Amended):
            found.extend(entry.findings)

    pl.DataFrame({"a": AGES, "b": ["x", "y"] * 50}).write_csv("t.csv")
    with jupyter_mlsec.guard("guard") as house:
        pl.read_csv("t.csv")
        house.controls["schema"].verbs()[0].run(["approve", "t.csv"], {})
        house.journal.listen(hear)
        bad = pl.DataFrame({"a": [*AGES[:99], 10**9], "b": ["x"] * 100})
        with open("t.csv", "w") as file:
            file.write(bad.write_csv())
        yield found


def rules(heard):
    return [finding.rule for finding in heard if finding.control == "schema"]


@pytest.mark.parametrize(
    "plan",
    [
        lambda scan: scan,
        lambda scan: scan.filter(pl.col("b") == "x"),
        lambda scan: scan.select("a"),
        lambda scan: scan.sort("a").tail(3),
        lambda scan: scan.with_columns(c=pl.col("a") * 2, b=pl.lit("moon")),
    ],
)
def test_rows_of_the_file_are_checked_wherever_the_plan_keeps_their_column(heard, plan):
    with pytest.raises(Denied, match=r"column a: less_than_or_equal_to failed for 1 of \d+ rows"):
        plan(pl.scan_csv("t.csv")).collect()


def test_what_a_plan_computes_is_not_judged_and_that_is_said(heard):
    assert pl.scan_csv("t.csv").select(a=pl.col("a").sum()).collect().shape == (1, 1)
    assert rules(heard) == ["schema.unchecked"]
    assert "columns the plan leaves out or computes (a, b)" in heard[-1].message


@pytest.mark.parametrize(
    ("plan", "step"),
    [
        (lambda scan: scan.group_by("b").agg(pl.col("a").max()), "aggregate"),
        (lambda scan: scan.map_batches(lambda table: table), "opaque_python"),
    ],
)
def test_a_plan_that_makes_rows_of_its_own_is_said_to_be_unchecked(heard, plan, step):
    plan(pl.scan_csv("t.csv")).collect()
    assert rules(heard) == ["schema.unchecked"]
    assert f"nothing of what the plan makes ({step})" in heard[-1].message


def test_a_column_that_is_not_loaded_is_not_read_for_the_check(heard):
    pl.scan_csv("t.csv").select("b").collect()
    assert rules(heard) == ["schema.unchecked"]  # the odd value of a, which was never loaded, is not looked for


def test_batches_of_a_plan_are_checked_one_by_one(heard):
    with pytest.raises(Denied, match="column a"):
        list(pl.scan_csv("t.csv").filter(pl.col("a") >= 0).collect_batches(chunk_size=10))


def test_a_chunk_that_violates_is_denied_with_its_place_in_the_file(heard):
    chunks = pd.read_csv("t.csv", chunksize=40)
    assert [len(next(chunks)), len(next(chunks))] == [40, 40]
    with pytest.raises(Denied, match="column a") as raised:
        next(chunks)
    assert "rows 99" in raised.value.report
