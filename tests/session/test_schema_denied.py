"""A denied load in a real kernel: the report without a value, the fix as a cell, and the way on."""

from __future__ import annotations

import pytest

TABLE = """
import pandas as pd
pd.DataFrame({"age": [20 + n % 50 for n in range(100)], "site": ["north", "south"] * 50}).to_csv("t.csv", index=False)
pd.read_csv("t.csv")
%mlsec schema approve t.csv
odd = pd.DataFrame({"age": [20 + n % 50 for n in range(97)] + [4711] * 3, "site": ["Moonbase"] + ["north"] * 99})
odd.to_csv("t.csv", index=False)
"""


@pytest.fixture
def denied(guarded):
    """A kernel in which t.csv no longer is what its approved schema says."""
    ran = guarded.run(TABLE)
    assert ran.error == "", ran
    return guarded


def test_the_denial_reports_counts_positions_and_masked_examples_and_a_cell_that_helps(denied):
    ran = denied.run("pd.read_csv('t.csv')")
    assert ran.error == "Denied"
    assert "2 checks failed in 100 rows" in ran.traceback
    assert "age: less_than_or_equal_to  3 of 100  rows 97, 98, 99  such as ####" in ran.traceback
    assert "site: isin" in ran.traceback
    assert "such as Xxxxxxxx" in ran.traceback
    assert "    %mlsec schema relax t.csv" in ran.traceback
    assert "%mlsec allow schema.violated" in ran.traceback
    assert "4711" not in ran.traceback
    assert "Moonbase" not in ran.traceback


def test_the_cells_of_the_denial_lead_on(denied):
    denied.run("pd.read_csv('t.csv')")
    assert "less_than_or_equal_to" in denied.run("%mlsec schema check t.csv").text
    shown = denied.run("%mlsec schema relax t.csv").text
    assert "+    - Moonbase" in shown
    assert denied.run("pd.read_csv('t.csv')").error == "Denied"
    denied.run("%mlsec schema relax t.csv --yes")
    assert denied.run("pd.read_csv('t.csv')").error == ""
    denied.run("%mlsec undo")
    assert denied.run("pd.read_csv('t.csv')").error == "Denied"


def test_nothing_that_is_kept_holds_a_value_of_the_refused_table(denied, project, tmp_path):
    denied.run("pd.read_csv('t.csv')\n")
    assert denied.run("%mlsec findings").error == ""
    assert denied.run("%mlsec ledger verify").error == ""
    kept = [path for folder in (project / ".mlsec", tmp_path / "home" / "data") for path in folder.rglob("*")]
    held = [path for path in kept if path.is_file() and b"Moonbase" in path.read_bytes()]
    assert held == []


def test_a_script_sees_the_report_as_a_note(denied):
    ran = denied.run(
        "try:\n    pd.read_csv('t.csv')\nexcept Exception as error:\n    print(error.report, error.__notes__)"
    )
    assert ran.text.count("2 checks failed in 100 rows") == 2


def test_a_model_that_is_asked_about_another_unit_is_said_in_one_line(guarded):
    guarded.run(
        "import numpy as np\nfrom sklearn.linear_model import LinearRegression\n"
        "X = np.random.default_rng(0).normal(50, 5, (100, 2))\nmodel = LinearRegression().fit(X, X[:, 0])"
    )
    assert guarded.run("a = model.predict(X[:1])").text == ""
    said = guarded.run("for _ in range(100): a = model.predict(X[:1] * 1000)").text
    assert said.count("LinearRegression is asked about what it was not fitted on") == 1
