"""What one pass cannot judge of an approved file is judged by pandera, once this user approved those very bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pandera
import polars as pl
import pytest
from pandera import extensions

from jupyter_mlsec.controls.schema.store import safe_name
from tests.controls.schema.test_control import RESOURCE, Place, rules


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture(scope="module", autouse=True)
def registered() -> None:
    """A check of the user's own, as a notebook registers one."""
    if "is_even" not in pandera.Check.REGISTERED_CUSTOM_CHECKS:

        @extensions.register_check_method(check_type="vectorized")
        def is_even(column: Any) -> Any:
            return column % 2 == 0


def table(**changed: Any) -> pd.DataFrame:
    return pd.DataFrame({"n": [0, 2, 4], "code": ["ab", "abb", "abc"], "x1": [0.0, 0.5, 1.0], **changed})


def approved(place: Place, schema: Any, *, is_mine: bool = True) -> None:
    """A schema of pandera's as the project's approved file."""
    (place.state / "schemas").mkdir(exist_ok=True)
    text = schema if isinstance(schema, str) else schema.to_yaml()
    (place.state / "schemas" / f"{safe_name(RESOURCE)}.yaml").write_text(text)
    if is_mine:
        place.say("approve", RESOURCE)


def asked(**more: Any) -> pandera.DataFrameSchema:
    columns = {
        "n": pandera.Column(int, [pandera.Check.ge(0), pandera.Check.is_even()]),
        "code": pandera.Column(str, pandera.Check.str_matches(r"(?=a)ab")),
        "^x": pandera.Column(float, pandera.Check.in_range(0, 1), regex=True),
    }
    return pandera.DataFrameSchema(columns, **more)


@pytest.mark.parametrize("library", [pd.DataFrame, pl.from_pandas])
def test_own_checks_other_patterns_and_patterns_of_columns_pass_what_holds_them(place: Place, library: Any) -> None:
    approved(place, asked())
    assert place.load(library(table())) == []


@pytest.mark.parametrize("library", [pd.DataFrame, pl.from_pandas])
@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ({"n": [0, 2, 3]}, "column n: is_even failed for 1 of 3 rows"),
        ({"n": [0, 2, -2]}, "column n: greater_than_or_equal_to failed for 1 of 3 rows"),
        ({"code": ["ab", "b", "bb"]}, "column code: str_matches failed for 2 of 3 rows"),
        ({"x1": [0.0, 0.5, 7.0]}, "column x1: in_range failed for 1 of 3 rows"),
    ],
)
def test_what_breaks_one_of_them_is_denied_with_its_count(place: Place, library: Any, odd: Any, said: str) -> None:
    approved(place, asked())
    (finding,) = place.load(library(table(**odd)))
    assert (finding.rule, finding.effect) == ("schema.violated", "deny")
    assert said in finding.message


@pytest.mark.parametrize(
    ("more", "odd", "check"),
    [
        (
            {"unique": ["n", "code"]},
            table(n=[0, 0, 2], code=["ab", "ab", "ab"]),
            "2 of 3 values tell no rows apart",
        ),
        ({"ordered": True}, table()[["code", "n", "x1"]], "n is not where it was"),
        ({"strict": True}, table(y=1), "column y is not in the schema"),
        (
            {"index": pandera.Index(int, pandera.Check.ge(0), name="i")},
            table().set_index(pd.Index([-1, 0, 1], name="i")),
            "i:",
        ),
    ],
)
def test_what_is_asked_of_the_whole_table_is_denied(place: Place, more: Any, odd: pd.DataFrame, check: str) -> None:
    approved(place, asked(**more))
    (finding,) = place.load(odd)
    assert finding.rule == "schema.violated"
    assert check in finding.message


def test_a_file_that_came_with_the_project_is_not_run_by_pandera_and_that_is_said(place: Place) -> None:
    approved(place, asked(), is_mine=False)
    findings = place.load(table(n=[0, 2, 3]))
    assert rules(findings) == ["schema.unchecked", "schema.learned"]
    assert "n is_even" in findings[0].message
    assert "until you approve" in findings[0].message


def test_a_check_nobody_registered_is_named_and_found_once_it_is(place: Place) -> None:
    approved(place, "columns:\n  n:\n    is_odd_one: {}\n", is_mine=False)
    (finding, _) = place.load(table())
    assert "line 3: key columns.n.is_odd_one is no check we know. Register it with pandera" in finding.message


def test_the_smallest_change_admits_what_pandera_refused(place: Place) -> None:
    approved(place, asked(unique=["n", "code"]))
    odd = table(n=[3, 3, 2], code=["ab", "ab", "ab"], x1=[0.0, 0.5, 7.0])
    assert rules(place.load(odd)) == ["schema.violated"]
    answer = place.say("relax", RESOURCE, "--yes")
    assert {"-        check_name: is_even", "-unique:"} <= set(answer.data["diff"].splitlines())
    assert place.load(odd) == []
    assert rules(place.load(table(code=["b", "b", "b"]))) == ["schema.violated"]


def test_a_type_that_is_coerced_is_judged_as_it_would_be_made(place: Place) -> None:
    approved(place, pandera.DataFrameSchema({"n": pandera.Column(int, pandera.Check.ge(0), coerce=True)}))
    assert place.load(table(n=["0", "1", "2"])) == []
    (finding,) = place.load(table(n=["0", "1", "-2"]))
    assert "column n: greater_than_or_equal_to failed for 1" in finding.message
