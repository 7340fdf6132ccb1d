"""Every section, filled by a real guard in one notebook: what it shows, by pointer and by keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lab import Lab, Page

pytestmark = pytest.mark.browser

CELLS = (
    "%load_ext jupyter_mlsec\n%mlsec keys init --yes",
    "import pandas as pd; people = pd.read_csv('people.csv')",
    "from sklearn.tree import DecisionTreeClassifier\n"
    "tree = DecisionTreeClassifier().fit(people[['age']], people.age > 40)",
    "people['old'] = tree.predict(people[['age']]); people.to_parquet('scored.parquet')",
    "!true",
)


def filled(lab: Lab, view: Any, app: str) -> Page:
    """A notebook of its own in which a real guard saw all of the above."""
    rows = [f"{100 + n}-{10 + n}-{4000 + 7 * n},{20 + n * 7 % 41}" for n in range(60)]
    (lab.notebooks / "people.csv").write_text("ssn,age\n" + "\n".join(rows) + "\n")
    page = Page(lab, view.new_page(), lab.notebook(f"sections-{app}", CELLS)).open(app=app).show_panel()
    for index in range(len(CELLS)):
        page.run(index)
    page.expect("US_SSN")
    return page


@pytest.fixture(scope="module")
def page(lab: Lab, chromium: Any) -> Iterator[Page]:
    """One page for all tests of this file, which run in order: a guarded notebook takes seconds to fill."""
    view = chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    yield filled(lab, view, "lab")
    view.close()


def see_every_section(page: Page) -> None:
    """What each section must show of the cells above."""
    page.tab("Overview")
    page.expect("Ran unobserved: 1 shell command")
    page.tab("Data")
    page.panel.locator("summary:visible", has_text="people.csv").click()
    page.expect("US_SSN 100 %")
    page.panel.get_by_role("row", name="age").locator(".jp-mod-range").wait_for()
    assert page.panel.get_by_role("row", name="ssn").locator(".jp-mod-range").count() == 0
    page.tab("Artifacts")
    page.expect("1 artifact, 1 sealed")
    page.tab("Models")
    page.panel.locator("summary:visible", has_text="DecisionTreeClassifier").click()
    page.expect("used 1 time")
    page.tab("Ledger")
    page.expect("read_csv people.csv")


def trace_by_keys(page: Page) -> None:
    """From a file to what was made of it, without a pointer."""
    page.tab("Lineage")
    page.panel.locator("canvas").focus()
    page.page.keyboard.press("0")
    for _ in range(8):
        page.page.keyboard.press("ArrowUp")
    page.panel.get_by_label("The chosen node").get_by_role("heading", name="people.csv").wait_for()
    page.panel.get_by_label("Trace").select_option("down")
    page.expect("scored.parquet")
    page.panel.get_by_role("searchbox").fill("scored")
    page.expect("1 node")
    page.panel.get_by_role("button", name="data scored.parquet").press("Enter")
    page.panel.get_by_label("The chosen node").get_by_role("heading", name="scored.parquet").wait_for()


def test_every_section_shows_what_a_real_notebook_did(page: Page) -> None:
    see_every_section(page)
    trace_by_keys(page)

    assert page.errors == []


@pytest.mark.long
def test_notebook_7_has_every_section(lab: Lab, chromium: Any) -> None:
    view = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = filled(lab, view, "notebooks")

    see_every_section(page)
    trace_by_keys(page)
    view.close()


def test_the_toolbar_changes_between_guarding_and_observing(page: Page) -> None:
    page.command("mlsec:toggle-profile")
    page.panel.locator(".jp-MlsecState-profile", has_text="observe").wait_for()
    page.command("mlsec:toggle-profile")
    page.panel.locator(".jp-MlsecState-profile", has_text="guard").wait_for()

    page.command("mlsec:export-audit")
    page.page.get_by_text("signed by").wait_for()
    assert (page.lab.notebooks / page.name.replace(".ipynb", ".audit.ipynb")).is_file()


def test_a_badge_leads_to_its_cell_s_rows_and_survives_a_reload(page: Page) -> None:
    page.page.locator(".jp-MlsecBadge").nth(2).wait_for()
    page.page.reload()
    page.await_kernel().show_panel()

    badge = page.cell(3).locator(".jp-MlsecBadge")
    badge.wait_for()
    assert "1 write, 1 sealed, 1 model call" in str(badge.get_attribute("aria-label"))
    badge.focus()
    page.page.keyboard.press("Enter")
    page.expect("Only the cell of In [4]")
    page.expect("scored.parquet")
    page.panel.get_by_role("button", name="Show all").locator("visible=true").click()
