"""Which columns a figure was drawn from. With the libraries themselves in `make test-heavy`; else by form alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from lineage_guarded import Guarded

from jupyter_mlsec.controls.lineage.drawing import drawn
from jupyter_mlsec.controls.lineage.forms import UNKNOWN, Form, Plain, Table, Values

PEOPLE = Table({name: frozenset((("p", name),)) for name in ("age", "pay", "city")})
PAY = Values(frozenset((("p", "pay"),)), "pay", is_column=True)

SHOWN: list[tuple[list[Form], dict[str, Form], set[str]]] = [
    ([PEOPLE], {"x": Plain("age"), "y": Plain("pay")}, {"age", "pay"}),
    ([PEOPLE, Plain("age")], {"color": Plain("city"), "title": Plain("Wages")}, {"age", "city"}),
    ([], {"data": PEOPLE, "x": Plain("pay"), "bins": Plain(20)}, {"pay"}),
    ([PEOPLE], {"y": Plain(["age", "pay"])}, {"age", "pay"}),
    ([], {"x": PAY}, {"pay"}),
    ([PEOPLE], {}, {"age", "pay", "city"}),
]


@pytest.mark.parametrize(("arguments", "named", "shown"), SHOWN)
def test_a_figure_shows_the_columns_that_are_named(
    arguments: list[Form], named: dict[str, Form], shown: set[str]
) -> None:
    made = drawn(arguments, named)

    assert isinstance(made, Table)
    assert {each for sources in made.columns.values() for each in sources or ()} == {("p", name) for name in shown}


def test_what_is_not_understood_may_show_any_column() -> None:
    made = drawn([PEOPLE], {"x": UNKNOWN})

    assert isinstance(made, Table)
    assert {("p", "age"), ("p", "pay"), ("p", "city")} < (made.rest or set())
    assert drawn([UNKNOWN], {}) is UNKNOWN


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guarded]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MPLBACKEND", "agg")
    rows = range(60)
    pd.DataFrame({"age": rows, "pay": [i * 1.7 for i in rows], "city": ["a", "b"] * 30}).to_csv("p.csv", index=False)
    book = Guarded(tmp_path)
    book.run("import pandas as pd\ndf = pd.read_csv('p.csv').assign(more=lambda d: d.pay * 2)")
    yield book
    book.close()


def test_a_figure_of_plotly_names_its_columns(book: Guarded) -> None:
    pytest.importorskip("plotly.express")
    book.run("import plotly.express as px\nfig = px.scatter(df, x='age', y='more', title='Pay')")

    assert book.slice("fig").executions == (1, 2)
    assert book.slice("fig").columns == {"age": {"p.csv:age"}, "more": {"p.csv:pay"}}


def test_a_figure_of_seaborn_names_its_columns(book: Guarded) -> None:
    pytest.importorskip("seaborn")
    book.run("import seaborn as sns\nax = sns.histplot(data=df, x='pay', hue='city')")

    assert book.slice("ax").columns == {"pay": {"p.csv:pay"}, "city": {"p.csv:city"}}


def test_a_figure_of_matplotlib_by_pandas_names_its_columns(book: Guarded) -> None:
    pytest.importorskip("matplotlib")
    book.run("ax = df.plot(x='age', y='more', kind='scatter')")

    assert book.slice("ax").columns == {"age": {"p.csv:age"}, "more": {"p.csv:pay"}}
