"""A private view tells the truth to within its error bars, asks for bounds, and spends before it tells anything."""

from __future__ import annotations

import math
import pickle
from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from jupyter_mlsec.controls.privacy.columns import Columns
from jupyter_mlsec.controls.privacy.handle import Block, Private
from jupyter_mlsec.controls.privacy.noise import Dice
from jupyter_mlsec.frames import view
from jupyter_mlsec.protocol.errors import UsageError
from tests.controls.privacy.test_noise import seeded

ROWS = 4_000
RNG = np.random.default_rng(3)
TABLE = pd.DataFrame(
    {
        "age": RNG.integers(18, 90, ROWS),
        "income": RNG.lognormal(10, 1, ROWS),
        "city": RNG.choice(["Bonn", "Kiel", "Ulm"], ROWS),
    }
)
BOUNDS = {"age": (0, 120), "income": (0, 200_000)}
TRUE = {
    "count": ROWS,
    "sum": TABLE.age.sum(),
    "mean": TABLE.age.mean(),
    "income": TABLE.income.clip(0, 200_000).mean(),
    "median": TABLE.age.quantile(0.5, interpolation="inverted_cdf"),
    "high": TABLE.income.quantile(0.9, interpolation="inverted_cdf"),
}


class Purse:
    """Notes what was spent."""

    def __init__(self) -> None:
        self.spent: list[float] = []

    def pay(self, epsilon: Fraction, _noise: str, _what: str) -> Fraction:
        self.spent.append(float(epsilon))
        return Fraction(1)


def private(table=TABLE, *, epsilon=100, noise="laplace", missing="refuse", rows=1, seed=0, purse=None, bounds=BOUNDS):
    block = Block(epsilon=Fraction(epsilon), share=0.25, rows=rows, noise=noise, bounds=bounds, sets=("people.csv",))
    return Private(Columns(view(table), missing), block, (purse or Purse()).pay, Dice(seeded(seed)))


def asked(one: Private, epsilon: float) -> dict:
    return {
        "count": one.count(epsilon=epsilon),
        "sum": one.sum("age", epsilon=epsilon),
        "mean": one.mean("age", epsilon=epsilon),
        "income": one.mean("income", epsilon=epsilon),
        "median": one.median("age", epsilon=epsilon),
        "high": one.quantile("income", 0.9, epsilon=epsilon),
    }


@pytest.mark.parametrize("noise", ["laplace", "gaussian"])
def test_error_bars_hold_at_least_as_often_as_they_say(noise):
    held = dict.fromkeys(TRUE, 0)
    for seed in range(60):
        for name, found in asked(private(noise=noise, seed=seed), 0.1).items():
            held[name] += found.low <= TRUE[name] <= found.high

    assert min(held.values()) >= 60 * 0.95 - 2 * math.sqrt(60 * 0.05 * 0.95)


@pytest.mark.parametrize("make", [pd.DataFrame, lambda t: pl.from_pandas(t), lambda t: pa.Table.from_pandas(t)])
def test_every_kind_of_table_is_answered_alike(make):
    found = asked(private(make(TABLE)), 2)

    assert {name: found[name].low <= true <= found[name].high for name, true in TRUE.items()} == dict.fromkeys(
        TRUE, True
    )


def test_a_release_says_what_it_is_worth_and_what_it_cost():
    found = private().mean("age", epsilon=0.5)

    assert str(found).startswith(f"mean of age {found.value:.2f} +/- ")
    assert str(found).endswith("at 95 %, cost 0.5, left 1")
    assert found + 1 == found.value + 1
    assert pickle.loads(pickle.dumps(found)).high == found.high


def test_groups_cost_once_and_only_named_keys_are_told():
    purse = Purse()

    found = private(purse=purse).groupby("city", ["Bonn", "Rome"]).mean("age", epsilon=5)

    assert purse.spent == [5.0]
    assert list(found) == ["Bonn", "Rome"]
    assert found["Bonn"].low <= TABLE.age[TABLE.city == "Bonn"].mean() <= found["Bonn"].high
    assert (found["Rome"].low, found["Rome"].high) == (0, 120)


def test_a_histogram_counts_every_number_and_every_named_text():
    ages = private().histogram("age", [0, 30, 60, 90], epsilon=50)
    cities = private().histogram("city", ["Bonn", "Rome"], epsilon=50)

    assert sum(ages.values()) == pytest.approx(ROWS, abs=3)
    assert ages[0.0, 30.0] == pytest.approx((TABLE.age < 30).sum(), abs=1)
    assert cities["Bonn"] == pytest.approx((TABLE.city == "Bonn").sum(), abs=1)
    assert cities["Rome"] <= 1


def test_unless_told_a_release_takes_a_quarter_of_what_the_block_has_left():
    purse = Purse()
    one = private(epsilon=Fraction(1, 5), purse=purse)

    one.count()
    one.count()

    assert purse.spent == [0.05, 0.0375]
    assert one.left == pytest.approx(0.1125)


def test_a_block_never_spends_more_than_it_may():
    purse = Purse()
    one = private(epsilon=Fraction(1, 5), purse=purse)
    one.count(epsilon=0.15)

    with pytest.raises(UsageError, match="more than the block has left"):
        one.count(epsilon=0.1)
    assert purse.spent == [0.15]


def test_a_block_that_ended_tells_nothing():
    purse = Purse()
    one = private(purse=purse)
    one.close()

    with pytest.raises(UsageError, match="ended"):
        one.count()
    assert purse.spent == []


def test_what_is_spent_stays_spent_when_the_release_is_interrupted(monkeypatch):
    purse = Purse()
    one = private(epsilon=1, purse=purse)
    monkeypatch.setattr(one._dice, "draw", interrupted)

    with pytest.raises(KeyboardInterrupt):
        one.count(epsilon=0.5)
    assert purse.spent == [0.5]
    assert one.left == 0.5


def interrupted(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "pair", [(5, 1), (1, 1), (0, math.inf), (math.nan, 1), (0,), "ab", None, (0, 1e300), (0, 1e-300), ("a", "b")]
)
def test_bounds_that_are_none_cost_nothing(pair):
    purse = Purse()

    with pytest.raises(UsageError, match="bounds"):
        private(purse=purse, bounds={}).sum("age", bounds=pair)
    assert purse.spent == []


@pytest.mark.parametrize("hole", [math.nan, math.inf, -math.inf, None])
def test_what_is_missing_is_refused_unless_it_is_to_be_left_out(hole):
    table, purse = pd.DataFrame({"x": [1.0, hole, 3.0] * 500}), Purse()

    with pytest.raises(UsageError, match="missing"):
        private(table, purse=purse).sum("x", bounds=(0, 10))
    assert purse.spent == []
    left_out = private(table, missing="drop").mean("x", bounds=(0, 10), epsilon=20)
    assert left_out.low <= 2 <= left_out.high
    assert left_out.error < 0.1


@pytest.mark.parametrize(
    "ask",
    [
        lambda one: one.sum("city", bounds=(0, 1)),
        lambda one: one.sum("nowhere", bounds=(0, 1)),
        lambda one: one.quantile("age", 1.5),
        lambda one: one.quantiles("age", []),
        lambda one: one.histogram("age", 0),
        lambda one: one.histogram("age", [3, 2]),
        lambda one: one.groupby("city", ["Bonn", "Bonn"]).count(),
        lambda one: one.groupby("age", ["Bonn"]).count(),
        lambda one: one.count(epsilon=0),
        lambda one: one.count(epsilon=math.nan),
        lambda one: private(noise="gaussian", purse=one._pay.__self__).count(epsilon=1e-5),
    ],
)
def test_what_cannot_be_asked_costs_nothing(ask):
    purse = Purse()

    with pytest.raises(UsageError):
        ask(private(purse=purse))
    assert purse.spent == []


def test_nobody_is_no_error_and_the_bar_says_that_nothing_is_known():
    none = private(TABLE[:0])

    assert none.count(epsilon=1).low == 0
    mean = none.mean("age", epsilon=0.1)
    assert (mean.low, mean.high) == (0, 120)
    assert 0 <= none.median("age", epsilon=0.1) <= 120


def test_more_rows_of_a_person_need_more_noise():
    one, three = private().sum("age", epsilon=1), private(rows=3).sum("age", epsilon=1)

    assert three.error == pytest.approx(3 * one.error, rel=0.01)


def test_one_row_more_moves_the_noise_and_not_the_grid():
    table = pd.DataFrame({"x": [0.1, 0.7]})
    more = pd.concat([table, pd.DataFrame({"x": [1.0]})])

    before = private(table, seed=5).sum("x", bounds=(0, 1), epsilon=1)
    after = private(more, seed=5).sum("x", bounds=(0, 1), epsilon=1)

    assert after - before == pytest.approx(1.0, abs=1e-8)
    assert before.error == after.error


def test_where_a_group_is_a_person_it_cannot_be_told_who_is_there():
    table = pd.DataFrame({"id": range(100)})

    found = private(table).groupby("id", range(200)).count(epsilon=0.5)

    there = [found[each] for each in range(100)]
    others = [found[each] for each in range(100, 200)]
    assert sum(each >= 1 for each in others) > 20
    assert sum(each < 1 for each in there) > 20


@pytest.mark.parametrize("start", [2**53, 2**60, 2**63])
def test_bars_hold_of_integers_that_no_double_is(start):
    table = pd.DataFrame({"x": np.array([start + 5, start + 6, start + 7] * 400, "u8")})
    one = private(table, bounds={"x": (start, start + 10)})

    for found, true in ((one.mean("x", epsilon=20), start + 6), (one.quantile("x", 0.5, epsilon=20), start + 6)):
        assert found.low <= true <= found.high
        assert found.high - found.low <= 4 * math.ulp(start)
    total = one.sum("x", epsilon=20)
    assert total.low <= 1200 * (start + 6) <= total.high


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_columns_of_other_kinds_are_told_apart(make):
    table = make({"day": [date(2020, 1, 1), date(2021, 1, 1)] * 200, "is": [True, False] * 200, "n": [1, None] * 200})
    one = private(table, bounds={"is": (0, 1), "n": (0, 3)}, missing="drop")

    assert one.groupby("day", [date(2020, 1, 1)]).count(epsilon=20)[date(2020, 1, 1)] == pytest.approx(200, abs=1)
    assert one.mean("is", epsilon=20) == pytest.approx(0.5, abs=0.01)
    assert one.count("n", epsilon=20) == pytest.approx(200, abs=1)
    with pytest.raises(UsageError, match="not numbers"):
        one.sum("day", bounds=(0, 1))


@pytest.mark.parametrize("noise", ["laplace", "gaussian"])
@pytest.mark.parametrize("epsilon", [0.02, 0.5])
def test_how_far_off_a_release_will_be_is_told_before_it_costs_anything(noise, epsilon):
    purse = Purse()
    one = private(noise=noise, purse=purse)

    told = [
        one.error_of("count", epsilon=epsilon),
        one.error_of("sum", "age", epsilon=epsilon),
        one.error_of("mean", "age", epsilon=epsilon, rows=ROWS),
    ]

    assert purse.spent == []
    assert told[0] == one.count(epsilon=epsilon).error
    assert told[1] == pytest.approx(one.sum("age", epsilon=epsilon).error)
    assert 0.5 * told[2] <= one.mean("age", epsilon=epsilon).error <= 1.1 * told[2]


def test_of_a_mean_the_rows_have_to_be_said():
    with pytest.raises(UsageError, match="rows"):
        private().error_of("mean", "age", epsilon=1)
