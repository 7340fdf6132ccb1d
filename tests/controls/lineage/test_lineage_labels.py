"""Which labels reach what is saved, and by which rule they weaken on the way or are cleared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from lineage_guarded import Guarded

from jupyter_mlsec.controls.lineage.settings import Settings
from jupyter_mlsec.protocol.facts import Labels


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guarded]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    ssn = [f"{200 + n % 400:03d}-{10 + n % 80:02d}-{1000 + n * 7:04d}" for n in range(300)]
    people = pd.DataFrame({"id": range(300), "ssn": ssn, "team": [f"t{n % 6}" for n in range(300)]})
    people.to_csv("people.csv", index=False)
    pd.DataFrame({"team": [f"t{n}" for n in range(6)], "site": list("abcdef")}).to_csv("teams.csv", index=False)
    book = Guarded(tmp_path)
    book.run("import pandas as pd, polars as pl, duckdb, jupyter_mlsec as mlsec\ndf = pd.read_csv('people.csv')")
    yield book
    book.close()


COMPUTED = ("computed", False)
FOUND = (None, True)
"""The detector finds it in what is written as well, with as sure a word: that stands."""

# what is made of df, and for each labelled column of it the rule and whether the label is certain
KEPT: list[tuple[str, dict[str, tuple[str | None, bool]]]] = [
    ("df[['ssn']].sample(frac=0.9, random_state=1)", {"ssn": FOUND}),
    ("df.merge(pd.read_csv('teams.csv'), on='team')", {"ssn": FOUND}),
    ("df.assign(tail=df.ssn.str[-2:])[['tail']]", {"tail": COMPUTED}),
    ("df.groupby('team').agg(worst=('ssn', 'max')).reset_index()", {"worst": (None, False)}),
    ("df.groupby('ssn').agg(n=('id', 'count')).reset_index()", {"ssn": FOUND, "n": COMPUTED}),
    ("df.assign(n=df.ssn.str[-2:].astype(int)).groupby('team').n.mean().reset_index()", {"n": ("aggregated", False)}),
    ("mlsec.mask(df, how='partial')", {"ssn": COMPUTED}),
    ("pl.read_csv('people.csv').select(pl.col('ssn').str.slice(0, 3).alias('area')).to_pandas()", {"area": COMPUTED}),
]


@pytest.mark.parametrize(
    ("made", "truth"), KEPT, ids=lambda each: str(sorted(each) if isinstance(each, set) else each)[:50]
)
def test_a_label_comes_along_by_its_rule(book: Guarded, made: str, truth: dict[str, tuple[str, bool]]) -> None:
    book.run(f"out = {made}")
    book.run("out.to_csv('out.csv', index=False)")

    found = {column: (label.rule, label.certain) for (column, _), label in book.labels("to_csv").items()}
    assert {column: found.get(column) for column in truth} == truth


CLEARED = [
    ("df.groupby('team').agg(n=('ssn', 'nunique')).reset_index()", "n", "counted"),
    ("df.ssn.value_counts().reset_index().drop(columns='ssn')", "count", "counted"),
    ("mlsec.mask(df)", "ssn", "masked"),
]


@pytest.mark.parametrize(
    ("made", "column", "rule"), CLEARED, ids=lambda each: str(sorted(each) if isinstance(each, set) else each)[:50]
)
def test_a_label_that_a_rule_clears_is_recorded_as_cleared(book: Guarded, made: str, column: str, rule: str) -> None:
    book.run(f"out = {made}")
    book.run("out.to_csv('out.csv', index=False)")

    told = book.fact("to_csv", Labels)
    assert [(each.column, each.type, each.rule) for each in told.cleared] == [(column, "US_SSN", rule)]
    assert told.labels == ()


def test_what_a_mask_left_alone_keeps_its_label(book: Guarded) -> None:
    book.run("out = mlsec.mask(df, columns=['team'])\nout.to_csv('out.csv', index=False)")

    assert book.labels("to_csv")["ssn", "US_SSN"].certain


def test_a_plan_that_is_written_carries_the_labels_of_its_file(book: Guarded) -> None:
    book.run("lf = pl.scan_csv('people.csv')\n_ = lf.head(200).collect()")
    book.run("lf.with_columns(copy=pl.col('ssn')).sink_csv('out.csv')")

    assert book.labels("sink_csv")["copy", "US_SSN"].certain


def test_a_label_of_the_users_own_holds_for_its_resource_and_goes_on(book: Guarded, tmp_path: Path) -> None:
    book.close()
    (tmp_path / ".mlsec").mkdir(exist_ok=True)
    (tmp_path / ".mlsec" / "policy.toml").write_text('[lineage.labels]\n"tea*.csv:site" = "PLACE"\n', "utf-8")
    again = Guarded(tmp_path)
    again.run("import pandas as pd\nt = pd.read_csv('teams.csv').rename(columns={'site': 'where'})")
    again.run("t.to_csv('out.csv')")

    label = again.labels("read_csv")["site", "PLACE"]
    assert (label.source, label.certain) == ("user", True)
    assert again.labels("to_csv")["where", "PLACE"].certain


def test_a_policy_without_a_label_of_another_sees_less() -> None:
    base = Settings(labels={"a.csv:x": "SECRET"})

    assert Settings().loosened(base) == ("labels",)
    assert Settings(labels={"a.csv:x": "SECRET", "b.csv:y": "OTHER"}).loosened(base) == ()
