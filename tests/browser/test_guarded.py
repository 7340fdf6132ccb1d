"""The whole way, from a real `pd.read_csv` under the real guard to the panel."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lab import Lab, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def customers(lab: Lab) -> str:
    """A table whose column `ssn` holds what a validator takes for US social security numbers."""
    rows = [f"{100 + n}-{10 + n}-{4000 + 7 * n},{20 + n}" for n in range(60)]
    (lab.notebooks / "customers.csv").write_text("ssn,age\n" + "\n".join(rows) + "\n")
    return "customers.csv"


def test_a_load_with_personal_data_appears_in_the_panel(open_notebook: Callable[..., Page], customers: str) -> None:
    page = open_notebook(["%load_ext jupyter_mlsec", f"import pandas as pd; df = pd.read_csv('{customers}')"])

    page.run(0)
    page.expect("Nothing found so far")
    page.run(1)
    page.expect("US_SSN")
    page.panel.get_by_role("button", name="Go to the cell of In [2]").first.click()
    page.tab("Ledger")
    page.expect("read_csv customers.csv")

    page.page.wait_for_selector(".jp-Cell.jp-mod-active:nth-child(2)")
    assert page.errors == []


def test_an_unloaded_guard_is_shown_as_off(open_notebook: Callable[..., Page]) -> None:
    page = open_notebook(["%load_ext jupyter_mlsec", "%unload_ext jupyter_mlsec"])
    page.run(0)
    page.expect("On")

    page.run(1)
    page.expect("Off")

    page.page.reload()
    page.await_kernel().show_panel()
    page.expect("%load_ext jupyter_mlsec")
    assert page.status == "Not guarded"
