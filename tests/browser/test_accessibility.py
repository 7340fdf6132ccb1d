"""axe finds nothing in the panel or the badges, in any state and section, in light, dark and high contrast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from lab import Page

pytestmark = pytest.mark.browser

START = "import driver; channel = driver.start()"
FILL = """
driver.record("patients.csv", driver.finding("ssn looks like US_SSN.", column="ssn"), execution=1)
driver.record("patients.csv", driver.finding("It was refused.", rule="schema.missing", level="error", effect="deny",
              fix="%mlsec schema approve patients.csv"), outcome="denied", execution=2)
driver.record("patients.csv", driver.finding("A note.", level="note"), execution=2)
driver.everything("visits.csv", execution=2)
driver.from_the_future()
"""
SECTIONS = {
    "Overview": "2 cells",
    "Findings": "It was refused.",
    "Data": "visits.csv",
    "Lineage": "nodes",
    "Artifacts": "out visits.csv",
    "Models": "visits.csv",
    "Ledger": "read_csv patients.csv",
}
"""What each section shows."""
OPEN = "buttons => buttons[0]?.click()"
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}


def violations(page: Page, *, selector: str = "#jp-mlsec-panel") -> list[str]:
    """What axe finds, as `rule: node`."""
    report: dict[str, Any] = Axe().run(page.page, context=selector, options=RULES).response
    assert report["passes"]
    return [f"{found['id']}: {node['html'][:160]}" for found in report["violations"] for node in found["nodes"]]


@pytest.mark.parametrize(
    "theme",
    [
        "JupyterLab Light",
        pytest.param("JupyterLab Dark", marks=pytest.mark.long),
        pytest.param("JupyterLab Dark High Contrast", marks=pytest.mark.long),
    ],
)
def test_axe_finds_nothing_in_any_state(open_notebook: Callable[..., Page], theme: str) -> None:
    page = open_notebook([START, FILL])
    page.expect("Not guarded")
    page.theme(theme)
    found = violations(page)

    page.run(0)
    page.expect("Nothing found so far")
    found += violations(page)

    page.run(1)
    page.expect("It was refused.")
    page.panel.get_by_role("checkbox").check()
    found += violations(page, selector=".jp-MlsecStatus")
    page.page.locator(".jp-MlsecBadge").first.wait_for()
    found += violations(page, selector=".jp-MlsecBadge")
    for section, text in SECTIONS.items():
        page.tab(section)
        page.expect(text)
        page.open_rows()
        page.panel.get_by_role("button", name="Mute", expanded=False).locator("visible=true").evaluate_all(OPEN)
        found += [f"{section}: {one}" for one in violations(page)]

    assert found == []
