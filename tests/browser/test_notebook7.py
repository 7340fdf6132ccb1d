"""The same bundle in Notebook 7, which has no status bar."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lab import Page

pytestmark = pytest.mark.browser


def test_notebook_7_shows_the_panel_live(open_notebook: Callable[..., Page]) -> None:
    page = open_notebook(
        ["import driver; driver.start()", 'driver.record("patients.csv", driver.finding("ssn looks like US_SSN."))'],
        app="notebooks",
    )
    page.run(0)
    page.run(1)

    page.expect("ssn looks like US_SSN.")
    page.tab("Ledger")
    page.expect("read_csv patients.csv")
