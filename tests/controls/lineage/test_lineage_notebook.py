"""One whole notebook on real measurements (scikit-learn's wine data), each saved column's sources worked out by hand.

178 Italian wines of three growers: a notebook as people write them, with pandas, polars, numpy and scikit-learn.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from lineage_guarded import Guarded
from sklearn.datasets import load_wine

from jupyter_mlsec.protocol.facts import ColumnOrigins
from jupyter_mlsec.reports.standards.openlineage import events
from jupyter_mlsec.reports.standards.source import Around

CELLS = (
    "import numpy as np, pandas as pd, polars as pl, joblib\nfrom sklearn.preprocessing import StandardScaler",
    "from sklearn.linear_model import LinearRegression\nfrom sklearn.model_selection import train_test_split",
    "wine = pd.read_csv('wine.csv')",
    "growers = pd.read_csv('growers.csv')",
    "wine.shape, wine.isna().sum().sum()",
    "wine = wine.rename(columns={'od280/od315_of_diluted_wines': 'od', 'total_phenols': 'phenols'})",
    "wine = wine.merge(growers, on='grower')",
    "strong = wine[wine.alcohol > 12.5].copy()",
    "strong['acidity'] = strong.malic_acid / strong.alcohol",
    "strong = strong.assign(share=lambda d: d.flavanoids / d.phenols, dark=lambda d: d.color_intensity > 5)",
    "limit = strong.proline.quantile(0.9)\nstrong['rich'] = strong.proline > limit",
    "strong['spread'] = strong.groupby('cellar').magnesium.transform('std')",
    "strong.to_csv('strong.csv', index=False)",
    "cellars = strong.groupby('cellar').agg(wines=('grower', 'count'), best=('acidity', 'max')).reset_index()",
    "cellars.to_csv('cellars.csv', index=False)",
    "scan = pl.scan_csv('strong.csv').filter(pl.col('ash') > 2)",
    "hues = scan.group_by('cellar').agg(hue=pl.col('hue').mean(), top=pl.col('share').max() * pl.col('ash').min())",
    "hues = hues.with_columns(diff=pl.col('top') - pl.col('hue')).collect()\nhues.write_csv('hues.csv')",
    "long = strong.melt(id_vars='cellar', value_vars=['hue', 'od'], value_name='reading')",
    "long.pivot_table(index='cellar', columns='variable', values='reading').reset_index().to_csv('wide.csv')",
    "train, test = train_test_split(strong, random_state=0)\nscaler = StandardScaler().fit(train[['od', 'acidity']])",
    "model = LinearRegression().fit(scaler.transform(train[['od', 'acidity']]), train['proline'])",
    "joblib.dump(model, 'model.joblib')",
    "test = test.assign(guess=model.predict(scaler.transform(test[['od', 'acidity']])))",
    "test[['cellar', 'guess', 'rich']].to_csv('guesses.csv', index=False)",
)
W, G = "wine.csv:", "growers.csv:"
OD = W + "od280/od315_of_diluted_wines"
CELLAR, GROWER = {G + "cellar"}, {W + "grower", G + "grower"}
ACIDITY = {W + "malic_acid", W + "alcohol"}
GUESS = {OD, *ACIDITY, W + "proline"}

BY_HAND: dict[str, dict[str, set[str]]] = {
    "strong.csv": {
        "grower": GROWER,
        "alcohol": {W + "alcohol"},
        "od": {OD},
        "phenols": {W + "total_phenols"},
        "cellar": CELLAR,
        "acidity": ACIDITY,
        "share": {W + "flavanoids", W + "total_phenols"},
        "dark": {W + "color_intensity"},
        "rich": {W + "proline"},
        "spread": {W + "magnesium", *CELLAR},
    },
    "cellars.csv": {"cellar": CELLAR, "wines": CELLAR | GROWER, "best": CELLAR | ACIDITY},
    "hues.csv": {
        "cellar": {"strong.csv:cellar"},
        "hue": {"strong.csv:hue", "strong.csv:cellar"},
        "top": {"strong.csv:share", "strong.csv:ash", "strong.csv:cellar"},
        "diff": {"strong.csv:share", "strong.csv:ash", "strong.csv:hue", "strong.csv:cellar"},
    },
    "wide.csv": {"cellar": CELLAR, "hue": CELLAR | {W + "hue", OD}, "od": CELLAR | {W + "hue", OD}},
    "model.joblib": {"od": {OD}, "acidity": ACIDITY, "proline": {W + "proline"}},
    "guesses.csv": {"cellar": CELLAR, "guess": GUESS, "rich": {W + "proline"}},
}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("wine")
    patch = pytest.MonkeyPatch()
    patch.chdir(folder)
    patch.setenv("JUPYTER_DATA_DIR", str(folder / "data"))
    load_wine(as_frame=True).frame.rename(columns={"target": "grower"}).to_csv("wine.csv", index=False)
    Path("growers.csv").write_text("grower,cellar\n0,North\n1,Hill\n2,River\n", "utf-8")
    book = Guarded(folder)
    for cell in CELLS:
        book.run(cell)
    yield book
    book.close()
    patch.undo()


def told(book: Guarded, file: str) -> dict[str, set[str]]:
    entry = next(
        each for each in book.entries if each.operation.resource.name == file and each.operation.action == "write"
    )
    fact = next(each for each in entry.facts if isinstance(each, ColumnOrigins))
    return {each.column: {":".join(pair) for pair in each.sources} for each in fact.columns}


@pytest.mark.parametrize("file", BY_HAND)
def test_every_column_that_was_saved_comes_from_where_it_was_worked_out_to_come_from(book: Guarded, file: str) -> None:
    found = told(book, file)

    assert {column: found.get(column) for column in BY_HAND[file]} == BY_HAND[file]


def test_the_columns_are_told_to_openlineage(book: Guarded) -> None:
    around = Around(project="wine")
    entry = next(each for each in book.entries if each.operation.resource.name == "hues.csv")

    (event,) = [msgspec.json.decode(msgspec.json.encode(each)) for each in events(entry, around)]

    fields = event["outputs"][0]["facets"]["columnLineage"]["fields"]
    assert {each["field"] for each in fields["top"]["inputFields"]} == {"share", "ash", "cellar"}
    assert {each["name"] for each in fields["top"]["inputFields"]} == {"strong.csv"}
    how = fields["top"]["inputFields"][0]["transformations"][0]
    assert (how["subtype"], how["description"]) == ("TRANSFORMATION", "evidence: plan")
