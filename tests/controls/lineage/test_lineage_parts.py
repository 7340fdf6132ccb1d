"""Parts of a value: what was set again no longer counts, what else may hold it always does."""

from __future__ import annotations

import pytest
from lineage_notebook import Notebook

PANDAS = "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2], 'b': [3, 4]})"
POINT = """
class Point:
    def __init__(self):
        self.x, self.rows = 1, [1]
    @property
    def both(self):
        return self.x
    @both.setter
    def both(self, value):
        self.x = value
p = Point()
"""
LOUD = """
calls = []
class Loud:
    def __getattribute__(self, name):
        calls.append(name)
        return object.__getattribute__(self, name)
    def __contains__(self, key):
        calls.append(key)
loud = Loud()
"""

NARROW = {
    "a key set again": ("y", ("d = {'a': 1, 'b': 2}", "d['a'] = 5", "d['a'] = 6", "y = d"), [1, 3, 4]),
    "another key": ("y", ("d = {'a': 1, 'b': 2}", "d['a'] = 5", "y = d['b']"), [1, 3]),
    "an element set again": ("y", ("v = [1, 2]", "v[0] = 5", "v[0] = 6", "y = v"), [1, 3, 4]),
    "another element": ("y", ("v = [1, 2]", "v[0] = 5", "y = v[1]"), [1, 3]),
    "an attribute set again": ("y", (POINT, "p.x = 5", "p.x = 6", "y = p.x"), [1, 3, 4]),
    "by another name": ("y", (POINT, "p.x = 5", "q = p", "q.x = 6", "y = p.x"), [1, 3, 4, 5]),
    "another column": ("y", (PANDAS, "df['c'] = df['b'] * 2", "df.loc[0, 'b'] = 7", "y = df['a'] * 2"), [1, 4]),
    "a column set again": ("df", (PANDAS, "df['a'] = 7", "df['a'] = [8, 9]"), [1, 3]),
    "an array": ("y", ("import numpy as np\nx = np.zeros(3)", "x[0] = 5", "x[0] = 6", "y = x.sum()"), [1, 3, 4]),
    "elements handed on": ("a", ("b = 1", "b += 4", "a, c = 7, b"), [1, 3]),
    "swapped": ("a", ("a = 1", "b = 2", "a, b = b, a"), [1, 2, 3]),
    "the same object again": ("v", ("v = [1]", "t = (0, v)", "v = t[1]"), [1]),
}
KEPT = {
    "what was added to": ("y", ("d = {'a': 1}", "d['a'] = 5", "d['a'] += 6", "y = d"), [1, 2, 3, 4]),
    "what only may be set again": ("d", ("d = {'a': 1}", "d['a'] = 5", "if d:\n    d['a'] = 6"), [1, 2, 3]),
    "where a key stands": ("d", ("d = {}", "d['a'] = 5", "d['b'] = 1", "d['a'] = 6"), [1, 2, 3, 4]),
    "moved elements": ("v", ("v = [1, 2]", "v[0] = 5", "v.insert(0, 7)", "v[0] = 6"), [1, 2, 3, 4]),
    "a list held twice": ("y", ("n = [[1]] * 2", "n[0].append(2)", "y = n[1]"), [1, 2, 3]),
    "a part by its own name": ("y", (POINT, "r = p.rows\nr.append(2)\np.x = 3", "y = p.rows"), [1, 2, 3]),
    "a part inside another": ("y", ("v = [1]\nd = {'a': v, 'b': [v]}", "d['a'].append(2)", "y = d['b']"), [1, 2, 3]),
    "a property": ("y", (POINT, "p.x = 5", "p.both = 6", "y = p.x"), [1, 2, 3, 4]),
    "a view": ("y", ("import numpy as np\nx = np.zeros(3)\nv = x[:2]", "v[1] = 5", "y = x[1]"), [1, 2, 3]),
    "a function with the same object": (
        "y",
        ("d = {'a': 1, 'b': 2}\ndef f():\n    d['b'] = 9\n    return 5", "d['a'] = f()", "y = d['b']"),
        [1, 2, 3],
    ),
    "two names of one object": (
        "y",
        ("d = {'a': 1, 'b': 2}\ne = d", "d['a'] = 5\ne['b'] = 6", "y = d['b']"),
        [1, 2, 3],
    ),
    "a cell that failed": ("d", ("d = {'a': 1}", "d['a'] = 5", "1 / 0\nd['a'] = 6"), [1, 2]),
    "negative places": ("y", ("v = [1, 2]", "v[1] = 5", "y = v[-1]"), [1, 2, 3]),
    "sorted rows": ("y", (PANDAS, "df.sort_values('a', ascending=False, inplace=True)", "y = df['b']"), [1, 2, 3]),
    "renamed columns": ("y", (PANDAS, "df['a'] = 7", "df.columns = ['b', 'a']", "y = df['b']"), [1, 2, 3, 4]),
    "what is listed with others": (
        "y",
        ("x = [1, 2]", "x[1] = 5", "a, *v = [7, x]", "y = v[0]"),
        [1, 2, 3, 4],
    ),
    "that it is there": ("a", ("b = 1", "a, c = 7, b", "del b"), [1, 2]),
}


@pytest.mark.parametrize("case", NARROW)
def test_what_was_set_again_or_not_asked_for_does_not_count(case: str) -> None:
    target, cells, truth = NARROW[case]
    notebook = Notebook()
    for cell in cells:
        notebook.run(cell)

    assert notebook.slice(target) == truth


@pytest.mark.parametrize("case", KEPT)
def test_what_may_be_held_still_counts(case: str) -> None:
    target, cells, truth = KEPT[case]
    notebook = Notebook()
    for cell in cells:
        notebook.run(cell)

    assert notebook.slice(target) == truth


def test_names_that_trade_objects_trade_what_is_known_of_their_parts() -> None:
    notebook = Notebook()
    for cell in ("d = {'a': 1, 'b': 2}", "e = {'a': 3, 'b': 4}", "d['a'] = 5", "e['b'] = 6", "d, e = e, d"):
        notebook.run(cell)
    notebook.run("y = d['b']\nz = d['a']")
    notebook.run("w = e['b']")

    assert notebook.slice("y") == [1, 2, 4, 5, 6]
    assert notebook.slice("w") == [1, 2, 5, 7]


def test_no_code_of_a_class_runs_to_tell_its_parts() -> None:
    notebook = Notebook()
    notebook.run(LOUD)
    notebook.run("loud.x = 1")

    assert notebook.shell.user_ns["calls"] == []
    assert notebook.slice("loud") == [1, 2]
