"""Columns and labels go through scikit-learn: features, pipelines, predictions and the files models are saved in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lineage_guarded import Guarded
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, PolynomialFeatures, StandardScaler

from jupyter_mlsec.controls.lineage.features import outputs_of
from jupyter_mlsec.protocol.facts import ColumnOrigins

DOUBLE = FunctionTransformer(np.log1p)
TABLE = pd.DataFrame({"age": [1.0, 2, np.nan, 4], "age_2": [3.0, 1, 2, 9], "sex": list("abca")})
NUMBERS = TABLE[["age", "age_2"]].fillna(1)
POLYNOMIAL = [[0, 1], [0], [1], [0], [0, 1], [1]]  # the constant is of no input, so of any

MODELS = [
    (StandardScaler(), NUMBERS, [[0], [1]], True),
    (StandardScaler(), NUMBERS.to_numpy(), [[0], [1]], True),
    (PolynomialFeatures(2), NUMBERS, POLYNOMIAL, True),
    (OneHotEncoder(), TABLE[["sex"]], [[0], [0], [0]], True),
    (PCA(2), NUMBERS, [[0, 1], [0, 1]], True),
    (SimpleImputer(add_indicator=True), TABLE[["age", "age_2"]], [[0], [1], [0]], True),
    (FeatureUnion([("a", StandardScaler()), ("b", PCA(1))]), NUMBERS, [[0], [1], [0, 1]], True),
    (make_pipeline(DOUBLE, StandardScaler()), NUMBERS, [[0, 1], [0, 1]], False),
    (ColumnTransformer([("a", "passthrough", [1])], remainder=StandardScaler()), NUMBERS, [[1], [0]], True),
    (
        ColumnTransformer(
            [
                ("n", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "age_2"]),
                ("c", OneHotEncoder(), ["sex"]),
            ]
        ),
        TABLE,
        [[0], [1], [2], [2], [2]],
        True,
    ),
]


@pytest.mark.parametrize(("model", "table", "inputs", "is_sure"), MODELS, ids=lambda each: type(each).__name__)
def test_each_output_of_a_transformer_is_of_the_inputs_it_is_named_after(
    model: object, table: object, inputs: list[list[int]], is_sure: bool
) -> None:
    made = model.fit_transform(table)  # type: ignore[attr-defined]

    found = outputs_of(model, table.shape[1], made.shape[1])  # type: ignore[attr-defined]

    assert ([sorted(each) for each in found.outputs], found.is_sure) == (inputs, is_sure)


def test_asking_leaves_the_transformer_as_it_was() -> None:
    model = StandardScaler().fit(NUMBERS)
    before = dict(vars(model))

    outputs_of(model, 2, 2)

    assert vars(model).keys() == before.keys()
    assert list(model.feature_names_in_) == ["age", "age_2"]


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guarded]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    rng = np.random.default_rng(7)
    people = pd.DataFrame(
        {
            "ssn": [f"{200 + n % 400:03d}-{10 + n % 80:02d}-{1000 + n * 7:04d}" for n in range(300)],
            "age": rng.integers(18, 90, 300),
            "pay": rng.normal(40, 9, 300),
            "city": rng.choice(["Ulm", "Bern", "Graz"], 300),
        }
    )
    people.to_csv("people.csv", index=False)
    book = Guarded(tmp_path)
    book.run("import pandas as pd, numpy as np, joblib\ndf = pd.read_csv('people.csv')")
    book.run("from sklearn.preprocessing import StandardScaler, OneHotEncoder\nfrom sklearn.compose import *")
    book.run("from sklearn.linear_model import LinearRegression\nfrom sklearn.model_selection import train_test_split")
    yield book
    book.close()


def source(*columns: str) -> set[str]:
    return {f"people.csv:{column}" for column in columns}


def test_scaled_columns_are_known_in_the_array_and_in_a_table_made_of_it(book: Guarded) -> None:
    book.run("s = StandardScaler()\nX = s.fit_transform(df[['age', 'pay']])")
    book.run("out = pd.DataFrame(X, columns=s.get_feature_names_out()).assign(more=1)")

    assert book.told("X", "pay") == (source("pay"), "plan")
    assert book.told("out", "age") == (source("age"), "plan")


def test_a_column_transformer_maps_its_outputs_to_columns(book: Guarded) -> None:
    book.run("ct = ColumnTransformer([('n', StandardScaler(), ['pay']), ('c', OneHotEncoder(), ['city'])])")
    book.run("ct.set_output(transform='pandas'); ct.set_params(c__sparse_output=False)")
    book.run("a, b = train_test_split(df, random_state=1)\nct.fit(a)\nout = ct.transform(b)")

    assert book.told("out", "n__pay") == (source("pay"), "plan")
    assert book.told("out", "c__city_Ulm") == (source("city"), "plan")


def test_an_array_is_known_by_its_values(book: Guarded) -> None:
    book.run("out = np.asarray(df[['pay', 'age']])[40:]\nnamed = df[['pay', 'age']].to_numpy() * 2")

    assert book.told("out", "0") == (source("pay"), "values")
    assert book.told("named", "pay") == (source("pay"), "operation")


def test_a_prediction_is_made_of_features_and_target(book: Guarded) -> None:
    book.run("m = LinearRegression().fit(df[['age']], df['pay'])")
    book.run("df['guess'] = m.predict(df[['age']])\nout = df[['guess']].head(200)")

    assert book.told("out", "guess") == (source("age", "pay"), "operation")


def test_a_saved_model_says_which_columns_it_learned_from(book: Guarded) -> None:
    book.run("d = df.assign(last=df.ssn.str[-4:].astype(int))")
    book.run("m = LinearRegression().fit(d[['age', 'last']], d['pay'])\njoblib.dump(m, 'model.joblib')")

    told = book.fact("dump", ColumnOrigins)
    assert {each.column: {":".join(pair) for pair in each.sources} for each in told.columns} == {
        "age": source("age"),
        "last": source("ssn"),
        "pay": source("pay"),
    }
    label = book.labels("dump")["", "US_SSN"]
    assert (label.rule, label.certain) == ("computed", False)


def test_a_prediction_carries_its_models_labels_as_a_doubt(book: Guarded) -> None:
    book.run(
        "d = df.assign(last=df.ssn.str[-4:].astype(int))\nm = LinearRegression().fit(d[['age', 'last']], d['pay'])"
    )
    book.run("guess = pd.Series(m.predict(d[['age', 'last']]), name='guess')\nguess.to_frame().to_csv('g.csv')")

    assert book.labels("to_csv")["guess", "US_SSN"].rule == "prediction"
    assert not book.labels("to_csv")["guess", "US_SSN"].certain
