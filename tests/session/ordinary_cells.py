"""Two hundred cells as people write them, none of which reads or writes much but through watched functions."""

from __future__ import annotations

import random
from importlib.util import find_spec

FIRST = [
    "import json, math, collections, itertools, re, datetime",
    "import numpy as np",
    "import pandas as pd",
    "import sklearn",
    "from sklearn.linear_model import LinearRegression, LogisticRegression",
    "from sklearn.ensemble import RandomForestClassifier",
    "from sklearn.datasets import load_iris",
    "import polars as pl",
    "import pyarrow as pa, pyarrow.parquet as pq",
    "import sqlite3, csv, zipfile, decimal, fractions, statistics, textwrap, uuid, http.client, email, unittest",
    "df = pd.DataFrame({'a': range(5000), 'b': np.random.rand(5000), 'c': ['x', 'y'] * 2500})",
    "df.to_csv('small.csv', index=False)",
    "iris = load_iris(as_frame=True).frame",
    "model = LinearRegression().fit(df[['a']], df['b'])",
]
USUAL = [
    "x = {n} * 7 + 3\nx",
    "print('hello', {n})",
    "[i ** 2 for i in range({n})][:3]",
    "df.describe()",
    "df.groupby('c')['b'].mean()",
    "df.head()",
    "df2 = df.assign(d=df['a'] * {n}).query('d > 10')\ndf2.shape",
    "df.merge(df2, on='a').sample(5)",
    "pd.read_csv('small.csv').info()",
    "df.head({n}).to_parquet('part.parquet')\npd.read_parquet('part.parquet').shape",
    "df.head(100).to_json('part.json')\npd.read_json('part.json').shape",
    "%time sum(range(10000))",
    "%timeit -n 10 -r 2 sum(range(100))",
    "%%time\ntotal = 0\nfor i in range(1000):\n    total += i",
    "%%capture out\nprint('a' * 100)",
    "1 / 0",
    "df['missing']",
    "model.predict(df[['a']].head({n}))",
    "LogisticRegression(max_iter=50).fit(iris.iloc[:, :4], iris['target']).score(iris.iloc[:, :4], iris['target'])",
    "RandomForestClassifier(n_estimators=3).fit(iris.iloc[:, :4], iris['target'])",
    "def f_{n}(a, b=2):\n    return a + b\nf_{n}(1)",
    "class C_{n}:\n    '''Made here.'''\nC_{n}()",
    "with open('note_{n}.txt', 'w') as file:\n    file.write('a few words ' * 20)",
    "open('note_{n}.txt', 'a').close()\nprint(open('note_{n}.txt').read()[:20])",
    "json.dumps({{'n': {n}, 'list': list(range(50))}})[:40]",
    "pl.DataFrame({{'a': range({n})}}).with_columns(b=pl.col('a') * 2).sum()",
    "pl.read_csv('small.csv').group_by('c').agg(pl.col('b').mean())",
    "np.linalg.inv(np.random.rand(20, 20)).sum()",
    "?math.sqrt",
    "%who",
    "help(len)",
    "sqlite3.connect(':memory:').execute('select {n}').fetchall()",
    "datetime.datetime.now(datetime.timezone.utc).isoformat()[:4]",
    "print('\\n'.join(str(i) for i in range(2000)))",
    "big = np.random.rand(200_000).reshape(-1, 4)\nbig.mean()",
    "raise ValueError('number {n}')",
    "import importlib, wave, colorsys, calendar, html.parser",
    "pd.to_datetime(['2024-01-{n:02d}'], utc=True).tz_convert('Europe/Berlin')",
    "",
    "# only a comment",
]
PLOTS = [
    "import matplotlib.pyplot as plt\nplt.plot([1, 2, {n}])\nplt.show()",
    "df['b'].hist(bins={n})\nplt.title('b')\nplt.show()",
]


def ordinary_cells(count: int = 200) -> list[str]:
    """That many cells; the same ones each time."""
    draw = random.Random(7)
    usual = [*USUAL, *(PLOTS if find_spec("matplotlib") else [])]
    order = [cell for _ in range(count // len(usual) + 1) for cell in draw.sample(usual, len(usual))]
    drawn = [cell.format(n=draw.randint(2, 28)) for cell in order]
    return [*FIRST, *drawn][:count]
