"""Columns on their own, as a notebook hands them to models: targets, masks, arrays, and what models make of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from lineage_guarded import Guarded

from jupyter_mlsec.protocol.facts import Labels

MADE = {"p.csv:age", "p.csv:pressure"}


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guarded]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    rows = range(200)
    mails = [f"person{each}@posteo.de" for each in rows]
    ages, pressures = [each % 90 for each in rows], [95 + each * 7 % 70 for each in rows]
    pd.DataFrame({"mail": mails, "age": ages, "pressure": pressures}).to_csv("p.csv", index=False)
    book = Guarded(tmp_path)
    book.run("import pandas as pd\nfrom sklearn.linear_model import LogisticRegression\ndf = pd.read_csv('p.csv')")
    book.run("old = df[df.age >= 18].copy()\nold['risk'] = 2 * old.pressure + old.age")
    yield book
    book.close()


@pytest.mark.parametrize(
    ("code", "column", "sources"),
    [
        ("y = old['risk']", "risk", MADE),
        ("y = old.risk > 280", "risk", MADE),
        ("y = df.age > 3", "age", {"p.csv:age"}),
        ("y = ~(old.age > 3) & (old.pressure < 100)", "value", MADE),
        ("X, y = old[['age']], old.risk > 280", "risk", MADE),
        ("(X, y), z = (old[['age']], old.risk), 3\ny = old.risk", "risk", MADE),
        ("X, *y = old.age, old.risk, 3\ny = old.age", "age", {"p.csv:age"}),
    ],
)
def test_a_column_with_a_name_of_its_own_is_known(book, code, column, sources):
    book.run(code)
    assert book.told("y", column)[0] == sources


def test_what_is_told_apart_by_a_star_is_not_mistaken(book):
    book.run("parts = (old.age, old.mail)\na, b = *parts[:1], old.pressure")
    assert book.told("b", "pressure")[0] >= {"p.csv:pressure"}
    assert book.told("a", "age")[0] >= {"p.csv:age"}


@pytest.mark.parametrize("target", ["y", "old.risk > 280", "(old.risk > 280).to_numpy()"])
def test_a_model_that_saw_no_personal_column_gives_answers_without_a_label(book, target):
    book.run("X, y = old[['age', 'pressure']], old.risk > 280")
    book.run(f"model = LogisticRegression(max_iter=2000).fit(X, {target})")
    book.run("out = pd.DataFrame({'high': model.predict(X)})\nout.to_csv('out.csv', index=False)")
    assert book.told("out", "high")[0] == MADE
    assert book.fact("to_csv", Labels) is None


def test_a_model_that_saw_one_gives_answers_that_bear_it(book):
    book.run("old['named'] = old.mail.str.len()\nX, y = old[['age', 'named']], old.risk > 280")
    book.run("model = LogisticRegression(max_iter=2000).fit(X, y)")
    book.run("out = pd.DataFrame({'high': model.predict(X)})\nout.to_csv('out.csv', index=False)")
    assert ("high", "EMAIL") in book.labels("to_csv")
