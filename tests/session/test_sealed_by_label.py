"""In the default profile, what certainly holds personal data is sealed by itself: the table, and what comes of it."""

from __future__ import annotations

import pytest

from jupyter_mlsec.vault import is_sealed

SETUP = """
%load_ext jupyter_mlsec
import numpy as np, pandas as pd, joblib, pickle
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder
encode = make_column_transformer((OrdinalEncoder(), ["ssn"]), remainder="passthrough")
"""
MODELS = ("words.joblib", "pipe.joblib", "tree.joblib")
ROWS = """
digits = np.random.default_rng(3).integers
df = pd.DataFrame({
    "ssn": [f"{digits(100, 665)}-{digits(10, 99)}-{digits(1000, 9999)}" for _ in range(400)],
    "age": digits(18, 90, 400),
    "income": digits(1000, 9000, 400),
})
df.to_csv("people.csv", index=False)
"""


@pytest.fixture
def people(kernel):
    kernel.run(SETUP)
    kernel.run("%mlsec keys init --yes --fleeting")
    kernel.run(ROWS)
    kernel.run("df = pd.read_csv('people.csv')")
    return kernel


def sealed(project, name):
    return is_sealed((project / name).read_bytes())


def test_the_table_and_what_is_made_of_it_is_sealed(people, project):
    people.run("df.to_parquet('a.parquet')")
    people.run("df[df.age > 50].groupby('ssn', as_index=False).income.sum().to_csv('b.csv')")
    people.run("df.rename(columns={'ssn': 'id'}).to_pickle('c.pkl')")
    people.run("np.save('d.npy', df.ssn.to_numpy(dtype=str))")
    assert [name for name in ("a.parquet", "b.csv", "c.pkl", "d.npy") if not sealed(project, name)] == []


def test_a_model_that_was_trained_on_it_is_sealed(people, project):
    people.run("words = TfidfVectorizer(token_pattern=r'.+').fit(df.ssn)\njoblib.dump(words, 'words.joblib')")
    people.run("pipe = make_pipeline(TfidfVectorizer(), LinearRegression()).fit(df.ssn, df.income)")
    people.run("with open('pipe.pkl', 'wb') as file: pickle.dump(pipe, file)\njoblib.dump(pipe, 'pipe.joblib')")
    people.run("frame = df[['age', 'ssn']].assign(ssn=df.ssn)\ntree = make_pipeline(encode, LinearRegression())")
    people.run("joblib.dump(tree.fit(frame, df.income), 'tree.joblib')")
    assert [name for name in MODELS if not sealed(project, name)] == []
    assert people.run("print(joblib.load('pipe.joblib').predict(df.ssn.head(1)).shape)").text.strip() == "(1,)"


def test_a_model_that_may_hold_a_part_of_it_is_saved_in_plain_and_said(people, project):
    people.run("X = df[['age']].assign(code=df.ssn.str[:3].astype(int))\nmodel = LinearRegression().fit(X, df.income)")
    ran = people.run("joblib.dump(model, 'm.joblib')")
    assert "m.joblib was saved in plain (holds as a whole: US_SSN)" in ran.text
    assert not sealed(project, "m.joblib")


def test_what_holds_none_of_it_stays_plain(people, project):
    ran = people.run("df[['age', 'income']].to_csv('e.csv')\ndf.age.describe().to_csv('f.csv')")
    assert "sealed" not in ran.text
    assert not sealed(project, "e.csv")
    assert not sealed(project, "f.csv")
