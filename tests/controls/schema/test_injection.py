"""Text shaped like SQL, a script or a formula is found by column and kind; ordinary text, quotes and signs are not."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlsec import frames
from jupyter_mlsec.controls.schema import injection
from jupyter_mlsec.controls.schema.settings import Settings
from tests.controls.schema.test_control import Place, rules, table


def kinds(*texts: str) -> list[tuple[str, int]]:
    frame = frames.view(pd.DataFrame({"t": list(texts)}))
    assert frame is not None
    return [(one.kind, one.count) for one in injection.shaped(frame)]


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x", "y")',
        "=cmd|' /C calc'!A0",
        "@SUM(1+9)*cmd|' /C calc'!A0",
        "+IMPORTXML(A1)",
        "-2+3+cmd|' /C calc'!A0",
        "\t=WEBSERVICE(A1)",
        "=A1+B2",
    ],
)
def test_formulas_are_found(text: str) -> None:
    assert kinds("fine", text) == [("formula", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "' OR '1'='1",
        "x' or 1=1 --",
        "1; DROP TABLE users",
        "Robert'); DROP TABLE students;--",
        "1 UNION ALL SELECT name FROM users",
        "'; exec xp_cmdshell 'dir'",
        "'; WAITFOR DELAY '0:0:5",
        "admin'--",
        '") or ("a"="a',
        "1; delete from t",
        "1; UPDATE t SET a=1",
    ],
)
def test_sql_is_found(text: str) -> None:
    assert kinds("fine", text) == [("SQL", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<ScRiPt src=//x>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        "javascript:alert(1)",
        '<iframe src="x">',
        "data:text/html,x",
    ],
)
def test_scripts_are_found(text: str) -> None:
    assert kinds("fine", text) == [("script", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "-5",
        "+49 30 123456",
        "@handle",
        "=",
        "- see below (again)",
        "--",
        "O'Brien",
        "rock 'n' roll and more",
        "1 < 2 and 3 > 2",
        "Select a union and drop by the table",
        "<b>bold</b>",
        "use JavaScript: it is everywhere"[:14],
        "he said 'yes' or 'no'",
        "e-mail me @ home",
        "a; insert coin",
        "",
        "=)",
        "+1 (great)",
    ],
)
def test_ordinary_text_is_not(text: str) -> None:
    assert kinds(text) == []


@given(st.lists(st.text("=+@-'\"();<> oOrR1ABdropscrtUINselect|!", max_size=30), max_size=20))
def test_few_texts_are_judged_as_many_are(texts: list[str]) -> None:
    assert kinds(*texts, *["fine"] * 300) == kinds(*texts)


def test_categories_and_polars_are_looked_at_and_numbers_are_not() -> None:
    text = "x' or 1=1 --"
    for odd in (pd.DataFrame({"t": pd.Categorical([text, "a"])}), pl.DataFrame({"t": [text, None]})):
        frame = frames.view(odd)
        assert frame is not None
        assert [one.column for one in injection.shaped(frame)] == ["t"]
    frame = frames.view(pd.DataFrame({"n": [1, 2]}))
    assert frame is not None
    assert injection.shaped(frame) == ()


def test_a_load_with_such_text_is_a_finding_that_quotes_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    (finding, _) = place.load(table(site=["x' or 1=1 --"] * 100))
    assert (finding.rule, finding.effect, finding.level) == ("schema.injection", "permit", "warning")
    assert finding.message == "data/patients.csv: 100 values of column site are shaped like SQL."
    assert "or 1=1" not in str(finding)


def test_a_policy_can_refuse_them_or_leave_them_alone(tmp_path: Path) -> None:
    odd = table(site=["=cmd|' /C calc'!A0"] * 100)
    (finding, *_) = Place(tmp_path, injections="deny").load(odd)
    assert (finding.effect, finding.level) == ("deny", "error")
    assert "was not loaded" in finding.message
    assert "schema.injection" not in rules(Place(tmp_path, injections="off").load(odd))
    assert Settings(injections="note", inputs="off").loosened(Settings()) == ("inputs", "injections")
