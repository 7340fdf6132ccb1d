"""What can be done about a finding without leaving the panel: say that it is known, or run its fix."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lab import Lab, Page

pytestmark = pytest.mark.browser

ROWS = "\n".join(f"{n},anna{n}@example.org" for n in range(60))
LOAD = "import pandas as pd; t = pd.read_csv({name!r})"
ODD = "it's [1] {print(1)}.csv"


@pytest.fixture
def muted(lab: Lab, open_notebook: Callable[..., Page]) -> Page:
    """A real guard's finding on a table with an odd name, muted by keys alone."""
    (lab.notebooks / ODD).write_text(f"n,mail\n{ROWS}\n")
    page = open_notebook(["%load_ext jupyter_mlsec", LOAD.format(name=ODD)])
    page.run(0)
    page.run(1)
    page.expect("EMAIL")
    page.panel.get_by_role("button", name=f"Mute pii.email for {ODD}").press("Enter")
    page.page.keyboard.type("all invented")
    page.page.keyboard.press("Enter")
    page.expect("none passes the filter")
    return page


def test_a_finding_is_muted_with_a_reason_and_told_again_by_keys(muted: Page) -> None:
    muted.page.reload()
    muted.await_kernel().show_panel()
    muted.expect("none passes the filter")

    muted.panel.get_by_role("checkbox", name="Notes and muted").press("Space")
    muted.expect("Muted: all invented")
    muted.panel.get_by_role("button", name="Tell again").press("Enter")
    muted.panel.get_by_role("button", name=f"Mute pii.email for {ODD}").wait_for()
    muted.tab("Ledger")
    muted.expect("Did: ended an allowance")

    assert muted.errors == []


@pytest.mark.long
def test_a_fix_of_ours_runs_where_it_is_shown(lab: Lab, open_notebook: Callable[..., Page]) -> None:
    write = "from pathlib import Path; Path('t.csv').write_text('a\\n' + '\\n'.join({values}))"
    numbers, words = write.format(values="map(str, range(60))"), write.format(values="['oops'] * 60")
    page = open_notebook(["%load_ext jupyter_mlsec", numbers, LOAD.format(name="t.csv"), words])
    for index in (0, 1, 2, 3, 2):
        page.run(index)
    page.expect("schema.differs")

    page.panel.get_by_role("button", name="Run: the fix").first.click()
    page.panel.locator(".jp-MlsecAnswer", has_text="t.csv").wait_for()

    assert (lab.notebooks / page.name).read_text().count("%mlsec") == 0
    assert page.cell(4).count() == 0


@pytest.mark.long
def test_a_fix_that_is_not_ours_is_only_put_into_the_notebook(open_notebook: Callable[..., Page]) -> None:
    start = "import driver; driver.start()"
    page = open_notebook([start, 'driver.record("a", driver.finding("one", fix="import os"))'])
    page.run(0)
    page.run(1)
    page.expect("one")

    assert page.panel.get_by_role("button", name="Run: the fix").count() == 0
    page.panel.get_by_role("button", name="Add as a new cell: the fix").click()
    assert page.cell(2).locator(".cm-content").inner_text() == "import os"


@pytest.mark.long
def test_a_name_that_would_end_a_line_is_never_run(lab: Lab, open_notebook: Callable[..., Page]) -> None:
    name = "a'\u2028open('ran', 'w')#.csv"
    (lab.notebooks / name).write_text(f"n,mail\n{ROWS}\n")
    page = open_notebook(["%load_ext jupyter_mlsec", LOAD.format(name=name)])
    page.run(0)
    page.run(1)
    page.expect("EMAIL")

    page.panel.get_by_role("button", name="Mute pii.email").press("Enter")
    page.page.keyboard.type("all invented")
    page.page.keyboard.press("Enter")
    page.expect("Nothing was done: a name here holds a line end")
    page.tab("Data")
    page.panel.locator("details:visible > summary").click()
    page.expect("SHA-256")

    assert page.panel.get_by_role("button", name="Run:").count() == 0
    assert not (lab.notebooks / "ran").exists()
