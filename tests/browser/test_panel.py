"""The panel in a real JupyterLab, with a real kernel: what a user sees."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lab import Page

pytestmark = pytest.mark.browser

START = "import driver; driver.start()"
FIND = (
    'driver.record("patients.csv", driver.finding("patients.csv: ssn looks like US_SSN.", column="ssn"), execution={n})'
)


def test_without_the_guard_the_panel_shows_the_one_line_to_type(open_notebook: Callable[..., Page]) -> None:
    page = open_notebook(["1 + 1"])

    page.expect("Not guarded")
    page.expect("%load_ext jupyter_mlsec")

    assert page.page.locator(".jp-MlsecStatus").inner_text() == "Not guarded"


def test_a_guarded_notebook_without_findings_shows_three_things_to_try(open_notebook: Callable[..., Page]) -> None:
    page = open_notebook([START])

    page.run(0)
    page.expect("Nothing found so far")

    assert page.panel.locator(".jp-MlsecEmpty li").count() == 3


def test_a_finding_appears_while_its_cell_still_runs(open_notebook: Callable[..., Page]) -> None:
    page = open_notebook([START, FIND.format(n=2) + "import time; time.sleep(20)"])
    page.run(0)

    page.run(1, wait=False)
    page.expect("patients.csv: ssn looks like US_SSN.")

    assert page.cell(1).locator(".jp-InputPrompt").inner_text() == "[*]:"
    assert page.errors == []
