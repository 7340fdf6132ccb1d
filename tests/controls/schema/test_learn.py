"""What a learned schema knows beyond types and bounds, that it leaves room for chance, and that it names no person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_mlsec import frames
from jupyter_mlsec.controls.schema.fused import judge
from jupyter_mlsec.controls.schema.growth import grown
from jupyter_mlsec.controls.schema.habits import HABITS, tolerated, unusual, without
from jupyter_mlsec.controls.schema.learn import learn
from jupyter_mlsec.controls.schema.shapes import shape
from jupyter_mlsec.controls.schema.spec import Column, Schema

CHANCE = np.random.default_rng(1)


def view(table: Any) -> frames.Frame:
    frame = frames.view(table)
    assert frame is not None
    return frame


def taught(**columns: Any) -> Schema:
    return learn(view(pd.DataFrame(columns)), "table")


def failing(schema: Schema, **columns: Any) -> dict[str, str]:
    return {one.column: one.check for one in judge(view(pd.DataFrame(columns)), schema).failures}


def column(schema: Schema, name: str) -> Column:
    return next(one for one in schema.columns if one.name == name)


def codes(rows: int, first: int = 0) -> list[str]:
    return [f"AB-{number:06d}" for number in range(first, first + rows)]


def test_half_of_the_rows_are_missed_and_a_tenth_is_not() -> None:
    schema = taught(x=CHANCE.normal(size=200))
    assert failing(schema, x=CHANCE.normal(size=90)) == {"": "row_count"}
    assert failing(schema, x=CHANCE.normal(size=180)) == {}
    assert failing(schema, x=CHANCE.normal(size=2100)) == {"": "row_count"}


def test_a_piece_of_a_table_has_no_row_count() -> None:
    schema = taught(x=CHANCE.normal(size=200))
    assert judge(view(pd.DataFrame({"x": CHANCE.normal(size=30)})), schema, is_whole=False).ok
    piece = learn(view(pd.DataFrame({"x": CHANCE.normal(size=200)})), "table", is_whole=False)
    assert judge(view(pd.DataFrame({"x": CHANCE.normal(size=30)})), piece).ok


def test_columns_in_another_order_are_pointed_out_once() -> None:
    schema = taught(a=range(50), b=range(50), c=range(50))
    verdict = judge(view(pd.DataFrame({"a": range(50), "c": range(50), "b": range(50)})), schema)
    assert [(one.column, one.check) for one in verdict.failures] == [("b", "column_ordered")]


def test_a_column_whose_values_all_moved_is_caught_within_its_bounds() -> None:
    schema = taught(height=CHANCE.normal(1.75, 0.1, 500), wage=CHANCE.pareto(1.1, 500))
    assert failing(schema, height=CHANCE.normal(1.35, 0.1, 500), wage=CHANCE.pareto(1.1, 500)) == {
        "height": "usual_range"
    }
    assert failing(schema, height=CHANCE.normal(1.75, 0.1, 500), wage=100 * CHANCE.pareto(1.1, 500) + 50) == {
        "wage": "usual_range"
    }


def test_a_pair_of_columns_that_is_a_key_is_found_and_kept() -> None:
    country, year = np.repeat(range(30), 20), np.tile(range(2000, 2020), 30)
    schema = taught(country=country, year=year, value=CHANCE.integers(0, 3, 600))
    assert schema.habits is not None
    assert (schema.habits.key, schema.habits.is_exact) == (("country", "year"), True)
    again = {"country": [*country, 3], "year": [*year, 2003], "value": CHANCE.integers(0, 3, 601)}
    assert failing(schema, **again) == {"country + year": "unique"}


def test_repeated_rows_are_caught_where_no_column_is_a_key() -> None:
    x, y = CHANCE.normal(size=1000).round(2), CHANCE.integers(0, 50, 1000)
    schema = taught(x=x, y=y)
    assert failing(schema, x=CHANCE.normal(size=1000).round(2), y=CHANCE.integers(0, 50, 1000)) == {}
    fresh = pd.DataFrame({"x": CHANCE.normal(size=1000).round(2), "y": CHANCE.integers(0, 50, 1000)})
    twice = pd.concat([fresh, fresh.head(150)])
    assert failing(schema, x=twice["x"], y=twice["y"]) == {"x + y": "unique"}


def test_codes_with_a_shape_are_learned_as_a_shape_and_not_as_values() -> None:
    schema = taught(code=codes(200))
    (pattern,) = (check.statistics for check in column(schema, "code").checks if check.name == "str_matches")
    assert pattern == {"pattern": "[A-Z]{2}-[0-9]{6}$"}
    assert failing(schema, code=codes(200, first=5000)) == {}
    assert failing(schema, code=[code.replace("-", "") for code in codes(200)]) == {"code": "str_matches"}


@pytest.mark.parametrize(
    ("values", "pattern"),
    [
        ([f"{n}.{n}" for n in range(20)], "[0-9]+[.][0-9]+$"),
        ([f"a{n:02}" for n in range(20)], "[a-z]{1}[0-9]{2}$"),
        (["a1"] * 20, None),
        (["north", "south"] * 20, None),
        ([f"é{n}" for n in range(20)], None),
        ([], None),
    ],
)
def test_a_shape_is_one_of_many_codes_alike(values: list[str], pattern: str | None) -> None:
    assert shape(values) == pattern


@pytest.mark.parametrize(
    ("made", "broken"),
    [
        (lambda n: f"user{n}@example.org", lambda n: f"user{n}"),
        (lambda n: f"2024-01-{n % 28 + 1:02}", lambda n: f"{n % 28 + 1:02}.01.2024"),
        (lambda n: f"2024-01-{n % 28 + 1:02} 10:{n % 60:02}", lambda n: f"01/{n % 28 + 1:02}/2024 10:00"),
        (lambda n: f"https://host/{n}", lambda n: f"host/{n}"),
        (lambda n: f"{n * 37}", lambda n: f"{n * 37} kg"),
    ],
    ids=["mail", "date", "time", "url", "number"],
)
def test_a_format_is_learned(made: Any, broken: Any) -> None:
    schema = taught(text=[made(n) for n in range(300)])
    assert failing(schema, text=[made(n + 7) for n in range(300)]) == {}
    assert "text" in failing(schema, text=[broken(n) for n in range(300)])


def test_text_read_in_a_wrong_encoding_is_caught_and_foreign_names_are_not() -> None:
    names = ["Müller", "Øster", "Łuk", "Smith", "Nuñez"]
    schema = taught(name=[f"{name} {n}" for n in range(60) for name in names])
    fresh = [f"{name} {n + 60}" for n in range(60) for name in names]
    assert failing(schema, name=fresh) == {}
    broken = [name.encode().decode("latin-1") for name in fresh]
    assert "name" in failing(schema, name=broken)


def test_whole_numbers_with_gaps_are_codes_and_a_run_of_them_is_a_measure() -> None:
    schema = taught(cylinders=[4, 6, 8] * 40, grade=[1, 2, 3] * 40)
    assert failing(schema, cylinders=[5, 6, 8] * 40, grade=[2, 3, 4] * 40) == {"cylinders": "isin"}


def test_a_number_that_is_the_same_in_a_whole_file_is_free_to_be_another_in_the_next() -> None:
    x = CHANCE.normal(size=100)
    assert failing(taught(month=[1] * 100, x=x), month=[2] * 100, x=x) == {}


def test_a_column_that_counts_on_has_no_upper_bound() -> None:
    serial = np.cumsum(CHANCE.integers(1, 9000, 500))
    schema = taught(order=serial, shop=CHANCE.integers(0, 5, 500))
    assert failing(schema, order=serial + serial[-1] * 20, shop=CHANCE.integers(0, 5, 500)) == {}
    assert "order" in failing(schema, order=serial - 10**9, shop=CHANCE.integers(0, 5, 500))


def test_a_labelled_column_leaves_only_its_name_type_and_gaps() -> None:
    table = pd.DataFrame(
        {"who": [f"P{n:04}" for n in range(100)], "age": CHANCE.integers(18, 90, 100), "x": range(100)}
    )
    schema = learn(view(table), "table", labelled={"who", "age"})
    assert [column(schema, name) for name in ("who", "age")] == [
        Column(name="who", type="text", nulls=0.0),
        Column(name="age", type="integer", nulls=0.0),
    ]
    assert schema.habits is not None
    named = {*schema.habits.key, *schema.habits.usual, *schema.habits.periods, *schema.habits.readable}
    assert not named & {"who", "age"}


def test_secrets_and_long_numbers_are_never_listed() -> None:
    for values in (["sk-live-8f3Kq2Lm9", "b"], ["4929123412341234", "b"], ["me@example.org", "b"]):
        assert column(taught(x=values * 50), "x").checks == () or "isin" not in {
            check.name for check in column(taught(x=values * 50), "x").checks
        }


def test_every_habit_can_be_given_up_alone() -> None:
    chance = np.random.default_rng(2)
    table = pd.DataFrame({"a": chance.normal(size=100), "day": ["2024-01-01"] * 100, "t": codes(100)})
    schema = learn(view(table), "table")
    wrong = pd.DataFrame({"t": ["Ã©"] * 300, "day": ["1924-01-01"] * 300, "a": [9e9] * 300})
    habits, order = schema.habits, [one.name for one in schema.columns]
    given_up: set[str] = set()
    while habits is not None and (broken := unusual(view(wrong.head(40)), habits, order, 100, ())[0]):
        given_up |= {one.check for one in broken}
        for one in broken:
            habits = without(habits, one.column, one.check)
    assert given_up == set(HABITS)


def test_a_few_values_far_out_are_chance_and_many_are_not() -> None:
    chance = np.random.default_rng(5)
    heavy = pd.DataFrame({"a": chance.standard_cauchy(2000)})
    schema = learn(view(heavy), "table")
    assert column(schema, "a").checks == ()
    furthest = float(heavy["a"].abs().max()) * np.linspace(20, 30, 21)
    few, many = heavy.copy(), heavy.copy()
    few.loc[:2, "a"], many.loc[:20, "a"] = furthest[:3], furthest
    assert judge(view(few), schema).ok
    assert [(one.check, one.count) for one in judge(view(many), schema).failures] == [("far_out", 21)]


def test_room_for_chance_grows_with_rows_and_shrinks_with_knowledge() -> None:
    assert tolerated(0, 100, 100) < tolerated(0, 100, 1000)
    assert tolerated(0, 1000, 100) < tolerated(0, 100, 100)
    assert tolerated(0.5, 0, 10) == 10
    assert tolerated(0, 0, 10) == 0


def months(first: str, rows: int = 100) -> pd.DataFrame:
    when = pd.date_range(first, periods=rows, freq="6h")
    return pd.DataFrame({"when": when, "day": when.strftime("%Y-%m-%d"), "value": CHANCE.normal(size=rows)})


def more(table: pd.DataFrame, schema: Schema) -> Schema | None:
    return grown(view(table), schema, labelled=(), max_values=20, is_whole=True)


def test_a_table_that_goes_on_month_by_month_fits_for_years() -> None:
    schema = learn(view(months("2020-01-01")), "table")
    for year in range(2020, 2030):
        table = months(f"{year}-07-01")
        assert judge(view(table), schema).ok
        schema = more(table, schema) or schema
    assert {one.column for one in judge(view(months("2010-01-01")), schema).failures} == {"when", "day"}


def test_a_leap_in_time_is_no_continuation() -> None:
    schema = learn(view(months("2020-01-01")), "table")
    assert {one.column for one in judge(view(months("2029-07-01")), schema).failures} == {"when", "day"}


def test_what_says_nothing_new_changes_nothing() -> None:
    schema = learn(view(months("2020-01-01")), "table")
    assert more(months("2020-01-02"), schema) is None


def test_a_peek_at_five_rows_is_not_all_that_is_ever_learned() -> None:
    peek = learn(view(months("2020-01-01").head(5)), "table")
    schema = more(months("2020-01-01"), peek)
    assert schema is not None
    assert column(schema, "value").checks
    assert schema.rows == 100
