"""Personal data, seen where it is loaded: a line below the cell, and a figure of how easily rows are told apart."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lab import Lab, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def patients(lab: Lab) -> str:
    """A table with an e-mail address in each row, and what tells rows apart."""
    rows = [f"anna{n}@example.org,{20 + n % 50},{10115 + n}" for n in range(60)]
    (lab.notebooks / "patients.csv").write_text("mail,age,zip\n" + "\n".join(rows) + "\n")
    return "patients.csv"


def test_a_warning_appears_below_the_cell_that_loads(open_notebook: Callable[..., Page], patients: str) -> None:
    page = open_notebook(
        ["%load_ext jupyter_mlsec", f"import pandas as pd; df = pd.read_csv('{patients}')", "%mlsec pii df --risk"],
        panel=False,
    )

    page.run(0)
    page.run(1)

    page.cell(1).get_by_text("patients.csv: mail EMAIL 100 %").wait_for()
    assert "anna" not in page.cell(1).locator(".jp-OutputArea").inner_text()

    page.run(2)
    page.cell(2).get_by_role("img", name="Rows by how many are alike").wait_for()
    assert page.errors == []
