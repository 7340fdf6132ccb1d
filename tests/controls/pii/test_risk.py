"""How easily rows are told apart: the measures are counted right, and what coarsening buys is what it then comes to."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from jupyter_mlsec.controls.pii import risk
from jupyter_mlsec.controls.pii.anonymity import Risk
from jupyter_mlsec.controls.pii.coarse import coarsener
from jupyter_mlsec.protocol.errors import UsageError

ROWS = {
    "sex": ["m", "m", "m", "f", "f", "f"],
    "age": [30, 30, 30, 30, 30, 31],
    "illness": ["flu", "flu", "flu", "flu", "cold", "cold"],
    "other": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
}


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "arrow"])
def test_unique_rows_and_the_smallest_groups_are_counted(kind: Any) -> None:
    found = risk(kind(ROWS))

    assert found.quasi == ("sex", "age")
    assert found.sensitive == "illness"
    assert found.now.unique == pytest.approx(1 / 6)
    assert (found.now.k, found.now.l) == (1, 1)
    assert sum(found.now.sizes) == pytest.approx(1)


def test_a_group_with_several_secrets_is_diverse() -> None:
    found = risk(pd.DataFrame(ROWS), quasi=["sex"], sensitive="illness")

    assert (found.now.k, found.now.l) == (3, 1)
    assert risk(pd.DataFrame(ROWS).assign(sex="x"), quasi=["sex"], sensitive="illness").now.l == 2


def test_coarsening_is_suggested_in_the_order_that_buys_most() -> None:
    table = pd.DataFrame({"zip": [f"{10000 + n % 90}" for n in range(600)], "age": [20 + n % 60 for n in range(600)]})

    found = risk(table)

    assert found.now.exposed == 1
    assert found.path[-1].measure.k >= 5
    exposed = [step.measure.exposed for step in found.path]
    assert exposed == sorted(exposed, reverse=True)


def test_missing_values_are_alike() -> None:
    found = risk([{"age": None}, {"age": float("nan")}, {"age": 4}, {"age": 4}], quasi=["age"])

    assert found.now.k >= 1
    assert found.rows == 4


def test_it_is_told_in_words_and_drawn_without_a_value() -> None:
    found = risk(pd.DataFrame(ROWS).rename(columns={"age": "<b>age"}), quasi=["sex", "<b>age"])

    assert "17 % are unique, k = 1" in str(found)
    assert isinstance(found, Risk)
    assert "<svg" in found._repr_html_()
    assert "<b>age" not in found._repr_html_()


@pytest.mark.parametrize(
    ("name", "values", "coarse"),
    [
        ("age", [20, 34, 61], ["20-29", "30-39", "60-69"]),
        ("born", [1971, 1988], ["1970-1979", "1980-1989"]),
        ("pay", [1000.0, 52000.0], ["0-9999", "50000-59999"]),
        ("zip", [12345, 12399], ["123**", "123**"]),
        ("postcode", ["SW1A 1AA", "M1 1AE"], ["SW1A ***", "M1 ***"]),
        ("ip", ["10.0.0.7", "10.0.0.9"], ["10.0.0.0/24", "10.0.0.0/24"]),
        ("job", ["nurse"] * 5 + ["astronaut"], ["nurse"] * 5 + ["other"]),
    ],
)
def test_values_are_made_coarse_by_what_they_are(name: str, values: list[Any], coarse: list[str]) -> None:
    make, _ = coarsener(name, values)

    assert [make(value) for value in values] == coarse


def test_what_cannot_be_measured_is_said() -> None:
    with pytest.raises(UsageError, match="there is no column nothing"):
        risk(pd.DataFrame(ROWS), quasi=["nothing"])
    with pytest.raises(UsageError, match="no column tells rows apart"):
        risk(pd.DataFrame({"x": [0.5, 0.25, 0.125]}))


def test_the_drawing_says_which_bar_is_of_now_and_which_of_after_the_steps() -> None:
    ages = [20 + number % 50 for number in range(200)]

    drawn = risk(pd.DataFrame({"age": ages}), ["age"])._repr_html_()

    assert ">now</text>" in drawn
    assert (">then</text>" in drawn) is ("make coarser" in drawn)
