"""Notebooks made at random of ways to make columns, and the truth: what changes when a column of a file is changed.

Nothing here leaves rows out or orders them by their values: which rows are kept is not a source by our word.
"""

from __future__ import annotations

import random
from typing import Any

import pandas as pd

HEAD = (
    "import numpy as np, pandas as pd, polars as pl, duckdb\n"
    "from sklearn.preprocessing import StandardScaler\nfrom sklearn.linear_model import LinearRegression"
)
LOADS = ("t = pd.read_csv('people.csv')", "u = pd.read_csv('teams.csv')")
# A, B: numeric columns of t; S: a text column; N: a new name
MOVES = (
    "t = t.assign(N=t.A + t.B)",
    "t['N'] = t['A'] * 2 - t['B']",
    "t['N'] = np.where(t.A > 3, t.A, t.B)",
    "t['N'] = t.groupby('team').A.transform('mean')",
    "t = t.rename(columns={'A': 'N'})",
    "t['N'] = t.S.str.upper() + t.S.str[:1]",
    "t['N'] = t.S.str.len() * t.A",
    "t['N'] = t.A.rank()",
    "t['N'] = pd.cut(t.A, 3, labels=False)",
    "t = t.assign(N=lambda d: d.A / (d.B.abs() + 1))",
    "t['N'] = t[['A', 'B']].sum(axis=1)",
    "t['N'] = t.A.where(t.B > 2).fillna(t.B).clip(-5, 90)",
    "t = t.eval('N = A - B')",
    "t['N'] = np.log1p(t.A.abs())",
    "t['N'] = [v * 2 for v in t.A]",
    "t = t.copy()\nt.loc[t.A > 3, 'B'] = 0",
    "t['N'] = t.A - t.A.mean()",
    "t = pd.concat([t, t.A.rename('N')], axis=1)",
    "t = t.join(t.groupby('team').A.max().rename('N'), on='team')",
    "k = t.A.median()\nt['N'] = t.B + k",
    "t['N'] = StandardScaler().fit_transform(t[['A']])[:, 0]",
    "t['N'] = LinearRegression().fit(t[['A']], t['B']).predict(t[['A']])",
    "sc = StandardScaler()\nz = sc.fit_transform(t[['A', 'B']])\nt['N'] = z.sum(axis=1)",
    "m = LinearRegression().fit(t[['A']], t['B'])\nt['N'] = m.predict(t[['A']])",
    "t = pl.from_pandas(t).with_columns(N=pl.col('A') * pl.col('B')).to_pandas()",
    "p = pl.from_pandas(t)\np = p.with_columns(N=pl.col('A').mean().over('team'))\nt = p.to_pandas()",
    "t = duckdb.sql('select *, A + B as N from t').df()",
    "def step(d):\n    return d.assign(N=d.A * d.B)\nt = step(t)",
    "for name in ['N']:\n    t[name] = t.A + 1",
    "t = t.drop(columns=['A'])",
    "t['A'] = t.A * 3",
    "t = t.assign(N=t.A.map(lambda v: v * 2))",
    "t['N'] = t.apply(lambda r: r.A + r['B'], axis=1)",
)
ENDS = (
    "out = t",
    "out = t.groupby('team')[['A', 'B']].sum().reset_index()",
    "out = t.groupby('team').agg(N=('A', 'max'), M=('B', 'count')).reset_index()",
    "out = t.melt(id_vars='team', value_vars=['A', 'B'], value_name='N')[['team', 'N']]",
    "out = t.pivot_table(index='team', values=['A', 'B']).reset_index()",
    "out = t[['A', 'B']].describe()",
    "out = t[['A', 'B']].corr()",
)
SOURCES = {"people.csv": ("a", "b", "c", "s"), "teams.csv": ("x", "y")}


def notebook(seed: int) -> list[str]:
    """The cells of one notebook."""
    chance = random.Random(seed)
    numeric, new = ["a", "b", "c"], 0
    cells = [HEAD, *LOADS]
    if chance.random() < 0.5:
        cells.append("t = t.merge(u, on='team')")
        numeric += ["x", "y"]
    for _ in range(chance.randint(2, 6)):
        move = chance.choice(MOVES)
        if "drop" in move and len(numeric) < 4:
            continue
        one, other = chance.sample(numeric, 2)
        new += 1
        cells.append(spelt(move, one, other, f"n{new}"))
        if "rename(columns" in move or "drop(" in move:
            numeric.remove(one)
        if "'N'" in move or "N=" in move or "N =" in move or "as N" in move:
            numeric += [f"n{new}"] if "S.str.upper" not in move else []
    one, other = chance.sample(numeric, 2)
    cells.append(spelt(chance.choice(ENDS), one, other, "n99"))
    return cells


def spelt(move: str, one: str, other: str, new: str) -> str:
    """A way to make columns with names in it."""
    names = {"A": one, "B": other, "S": "s", "N": new, "M": f"{new}m"}
    made = ""
    for place, sign in enumerate(move):
        alone = (
            not (move[place - 1 : place] or " ")[-1].isalnum() and not (move[place + 1 : place + 2] or " ").isalnum()
        )
        made += names[sign] if sign in names and alone else sign
    return made


def tables(changed: str = "") -> dict[str, pd.DataFrame]:
    """The files, with one column (`file:column`) changed."""
    chance = random.Random(3)
    rows = range(120)
    people = pd.DataFrame({"id": rows, "team": [f"t{each % 5}" for each in rows]})
    for name in ("a", "b", "c"):
        people[name] = [round(chance.gauss(5, 4), 3) for _ in rows]
    people["s"] = [chance.choice(["oak", "elm", "birch", "yew"]) for _ in rows]
    teams = pd.DataFrame({"team": [f"t{each}" for each in range(5)], "x": [1.5, 9, 4, 7, 2], "y": [8.0, 3, 6, 1, 5]})
    found = {"people.csv": people, "teams.csv": teams}
    file, _, column = changed.partition(":")
    if file:
        old = found[file][column]
        found[file][column] = (
            old.map(lambda v: v[::-1] + "zz")
            if column == "s"
            else old.sample(frac=1, random_state=4).to_numpy() * 1.37 + 2
        )
    return found


def outcome(cells: list[str]) -> dict[str, str]:
    """What each column of `out` holds after the cells have run, without the guard."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells:
        exec(cell, namespace)
    out = namespace["out"]
    return {str(name): out[name].to_json() for name in out.columns}


def truth(cells: list[str], write: Any) -> dict[str, set[str]]:
    """For each column of `out`, the columns of files without which it would be another."""
    write(tables())
    plain = outcome(cells)
    found: dict[str, set[str]] = {name: set() for name in plain}
    for source in (f"{file}:{column}" for file, columns in SOURCES.items() for column in columns):
        write(tables(source))
        changed = outcome(cells)
        for name in plain:
            if changed.get(name) != plain[name]:
                found[name].add(source)
    write(tables())
    return found
