"""Digests of data: equal for equal values, useless to whoever lacks the key, and never at the cost of the data."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from jupyter_mlsec.controls.models.content import Digests

TABLE = {"a": [1.0, 2.0, 3.0], "b": ["x", "y", "x"]}
VALUES: list[Any] = [
    np.arange(6.0).reshape(2, 3),
    np.arange(6.0).reshape(2, 3).T,
    np.array(["2020-01-01"], "M8[D]"),
    np.array([{"a": 1}, None], dtype=object),
    np.array(5),
    np.empty((0, 3)),
    pd.DataFrame(TABLE),
    pd.Series([1, 2]),
    pl.DataFrame(TABLE),
    sparse.csr_matrix(np.eye(3)),
    [[1.0, 2.0], [3.0, 4.0]],
    ["a text", "another"],
    {"messages": [{"role": "user", "content": "hello"}]},
    "text",
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_equal_values_have_equal_digests(value: Any, tmp_path: Path) -> None:
    first, second = Digests(lambda: tmp_path, 1 << 20), Digests(lambda: tmp_path, 1 << 20)

    digest, is_cut = first.of(value)
    assert (digest is not None, is_cut) == (True, False)
    assert second.of(value) == (digest, False)


def test_one_changed_value_changes_the_digest(tmp_path: Path) -> None:
    digests = Digests(lambda: tmp_path, 1 << 20)
    array = np.zeros((100, 3))
    before = digests.of(array)
    array[50, 1] = 1e-300

    assert digests.of(array) != before


def test_another_users_digest_of_the_same_row_is_another(tmp_path: Path) -> None:
    row = np.array([[41.0, 1.0]])
    mine, theirs = Digests(lambda: tmp_path / "a", 1 << 20), Digests(lambda: tmp_path / "b", 1 << 20)

    assert mine.of(row) != theirs.of(row)
    key = tmp_path / "a" / "models" / "digest.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_a_generator_is_not_used_up(tmp_path: Path) -> None:
    rows = (each for each in ([1.0], [2.0]))

    assert Digests(lambda: tmp_path, 1 << 20).of(rows) == (None, False)
    assert list(rows) == [[1.0], [2.0]]


@pytest.mark.parametrize("make", [np.asarray, pd.DataFrame], ids=["array", "table"])
def test_of_too_much_data_spread_rows_are_digested_and_it_is_said(make: Any, tmp_path: Path) -> None:
    digest, is_cut = Digests(lambda: tmp_path, 1 << 10).of(make(np.arange(3000.0).reshape(-1, 3)))

    assert digest is not None
    assert is_cut


@pytest.mark.parametrize("limit", [0, 1, 9])
@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_any_limit_will_do(value: Any, limit: int, tmp_path: Path) -> None:
    assert Digests(lambda: tmp_path, limit).of(value)[0] is not None


@pytest.mark.parametrize(
    "value", [object(), {1: object()}, None, iter([1])], ids=["object", "dict", "none", "iterator"]
)
def test_what_cannot_be_looked_at_has_no_digest(value: Any, tmp_path: Path) -> None:
    assert Digests(lambda: tmp_path, 1 << 20).of(value) == (None, False)
