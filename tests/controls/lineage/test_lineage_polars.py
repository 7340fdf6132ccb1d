"""What the columns of polars tables were made of: eager and lazy, through helpers, joins, groups and SQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from lineage_guarded import Guarded

CASES: list[tuple[str, str, set[str]]] = [
    ("out = df.with_columns(z=pl.col('age') + pl.col('pay'))", "z", {"age", "pay"}),
    ("out = df.with_columns(pl.col('pay') * 2)", "pay", {"pay"}),
    ("out = df.filter(pl.col('age') > 30).select(pl.col('pay').alias('p2').round(1))", "p2", {"pay"}),
    ("out = df.group_by('city').agg(top=pl.col('pay').max() * 3)", "top", {"city", "pay"}),
    ("out = df.with_columns(r=pl.col('pay').mean().over('city'))", "r", {"city", "pay"}),
    ("out = df.with_columns(w=pl.when(pl.col('age') > 9).then(pl.col('pay')).otherwise(0))", "w", {"age", "pay"}),
    ("out = df.select((pl.col(c) * 2).alias(f'{c}_twice') for c in ['age', 'pay'])", "age_twice", {"age"}),
    ("m = df['pay'].mean()\nout = df.with_columns(d=pl.col('age') - m)", "d", {"age", "pay"}),
    ("out = df.with_columns(u=pl.col('name').map_elements(lambda v: v[::-1], return_dtype=pl.String))", "u", {"name"}),
    ("e = pl.col('age') * 7\nout = df.with_columns(e.alias('seven'))", "seven", {"age"}),
    ("out = df.unpivot(index='name', on=['age', 'pay'])", "value", {"age", "pay"}),
    ("out = df.lazy().with_columns(k=pl.col('age') % 7).filter(pl.col('k') > 2).collect()", "k", {"age"}),
    ("import polars.selectors as cs\nout = df.select(cs.numeric().sum().name.suffix('_s'))", "pay_s", {"pay"}),
    ("out = df.sql('select age * pay as ap from self')", "ap", {"age", "pay"}),
    ("out = df.with_columns(z=pl.col('age') + 1).to_pandas().assign(q=lambda d: d.z * d.pay)", "q", {"age", "pay"}),
]


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guarded]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    rows = range(300)
    columns = {"name": [f"n{i:04d}" for i in rows], "city": [f"c{i % 5}" for i in rows]}
    numbers = {"age": [(i * 37) % 90 for i in rows], "pay": [i * 1.7 + 3 for i in rows]}
    pl.DataFrame({**columns, **numbers}).write_csv(tmp_path / "people.csv")
    pl.DataFrame({"city": [f"c{i}" for i in range(5)], "zone": list("vwxyz")}).write_csv(tmp_path / "zones.csv")
    book = Guarded(tmp_path)
    book.run("import polars as pl")
    yield book
    book.close()


@pytest.mark.parametrize(
    ("cell", "column", "truth"), CASES, ids=lambda each: str(sorted(each) if isinstance(each, set) else each)[:50]
)
def test_a_polars_column_is_traced_to_what_it_was_made_of(
    book: Guarded, cell: str, column: str, truth: set[str]
) -> None:
    book.run("df = pl.read_csv('people.csv')")
    book.run(cell)

    sources, evidence = book.told("out", column)

    assert sources == {f"people.csv:{each}" for each in truth}
    assert evidence in ("plan", "operation")


def test_a_computed_column_of_a_scan_is_not_taken_for_one_of_the_file(book: Guarded) -> None:
    book.run("def made(lf):\n    return lf.with_columns(twice=pl.col('pay') * 2).collect()")
    book.run("out = made(pl.scan_csv('people.csv'))")

    assert book.told("out", "twice") == ({"people.csv:pay"}, "plan")
    assert book.told("out", "name") == ({"people.csv:name"}, "fingerprint")


def test_a_plan_over_two_files_names_both(book: Guarded) -> None:
    book.run(
        "z = pl.scan_csv('zones.csv').with_columns(at=pl.col('zone').str.to_uppercase())\n"
        "out = pl.scan_csv('people.csv').join(z, on='city').select('name', 'at').collect()"
    )

    assert book.told("out", "at") == ({"zones.csv:zone"}, "plan")


def test_an_eager_join_keeps_both_sides_apart(book: Guarded) -> None:
    book.run("a = pl.read_csv('people.csv')\nb = pl.read_csv('zones.csv')")
    book.run("out = a.join(b, on='city').with_columns(both=pl.col('zone') + pl.col('name'))")

    assert book.told("out", "both") == ({"people.csv:name", "zones.csv:zone"}, "plan")


def test_what_polars_does_not_show_is_any_column_below_it(book: Guarded) -> None:
    book.run("def odd(t):\n    return t.with_columns(age=pl.col('pay').cast(pl.Int64) + 900)")
    book.run("out = pl.scan_csv('people.csv').select('age', 'pay').map_batches(odd).collect()")

    assert book.told("out", "age") == ({"people.csv:age", "people.csv:pay"}, "assumed")


@pytest.mark.parametrize("call", ["pl.read_csv('people.csv')", "(0).__class__", "pl.Config.set_tbl_rows(1)"])
def test_only_what_builds_expressions_is_called_again(book: Guarded, call: str) -> None:
    book.run("df = pl.read_csv('people.csv')\ncount = 0")
    book.run("def seen():\n    global count\n    count += 1\n    return 1")
    book.run(f"out = df.with_columns(x=pl.lit(seen()), y=pl.lit(str({call})[:2]))")

    assert book.shell.user_ns["count"] == 1
    assert book.told("out", "x")[1] == "assumed"
