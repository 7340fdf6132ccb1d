"""Odd tables, plans and models: nothing is claimed, nothing of the user's is called, and the cell runs as it would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from lineage_guarded import Guarded


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guarded]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    pd.DataFrame({"a": [each * 1.7 for each in range(99)], "k": ["x", "y", "z"] * 33}).to_csv("t.csv", index=False)
    book = Guarded(tmp_path)
    book.run("import numpy as np, pandas as pd, polars as pl\nt = pd.read_csv('t.csv')")
    yield book
    book.close()


def test_a_transformer_of_the_notebooks_own_is_not_asked(book: Guarded) -> None:
    book.run(
        "from sklearn.base import BaseEstimator, TransformerMixin\n"
        "class Own(TransformerMixin, BaseEstimator):\n"
        "    asked = 0\n"
        "    def fit(self, X, y=None): return self\n"
        "    def transform(self, X): return np.asarray(X) * 3 + 1\n"
        "    def get_feature_names_out(self, names=None): Own.asked += 1\n"
    )
    book.run("X = Own().fit_transform(t[['a']])")

    assert book.told("X", "0") == ({"t.csv:a"}, "assumed")
    assert book.shell.user_ns["Own"].asked == 0


def test_a_polars_that_does_not_show_its_plans_is_lived_with(book: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "jupyter_mlsec.controls.lineage.plans._Walk.node", lambda *_: (_ for _ in ()).throw(AttributeError)
    )
    book.run("out = pl.scan_csv('t.csv').with_columns(b=pl.col('a') * 2).collect()")

    assert book.slice("out").resources == ("t.csv",)


def test_columns_of_several_levels_and_of_numbers_are_taken_as_they_come(book: Guarded) -> None:
    book.run("out = t.assign(n=range(99)).pivot_table(index='n', columns='k', values=['a'])")
    book.run("out[('a', 'new')] = 1\nlist(out.columns)\nwide = pd.DataFrame(np.ones((4, 3)))\nwide[7] = 2")
    book.run("out.to_csv('out.csv')\nwide.to_csv('wide.csv')")

    assert "a/x" in book.slice("out").columns


def test_an_array_that_is_changed_keeps_its_sources(book: Guarded) -> None:
    book.run("from sklearn.preprocessing import StandardScaler\nX = StandardScaler().fit_transform(t[['a']])")
    book.run("X[:] = X[::-1] * 2")

    assert book.told("X", "a")[0] == {"t.csv:a"}


def test_a_statement_that_reads_the_name_it_stores_is_followed_back(book: Guarded) -> None:
    book.run("import duckdb\nt['b'] = t.a * 2")
    book.run("t = duckdb.sql('select b + 0.5 as c from t').df()")

    assert book.told("t", "c")[0] >= {"t.csv:a"}
