"""One notebook that two people edit together (jupyter-collaboration): both see the same guard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lab import Lab, Page

pytest.importorskip("jupyter_collaboration", reason="make test-heavy brings jupyter-collaboration")
pytestmark = pytest.mark.browser

ROWS = "\n".join(f"{n},anna{n}@example.org" for n in range(60))
LOAD = "import pandas as pd; t = pd.read_csv('shared.csv')"


def test_two_who_share_a_notebook_see_the_same(lab: Lab, chromium: object, open_notebook: Callable[..., Page]) -> None:
    (lab.notebooks / "shared.csv").write_text(f"n,mail\n{ROWS}\n")
    first = open_notebook(["%load_ext jupyter_mlsec", LOAD])
    view = chromium.new_context(viewport={"width": 1280, "height": 800})  # type: ignore[attr-defined]
    second = Page(lab, view.new_page(), first.name).open(workspace="second").show_panel()

    first.run(0)
    first.run(1)
    for each in (first, second):
        each.expect("EMAIL")
        each.page.locator(".jp-MlsecBadge").first.wait_for()
    second.panel.get_by_role("button", name="Mute pii.email for shared.csv").click()
    second.page.keyboard.type("invented")
    second.page.keyboard.press("Enter")

    for each in (first, second):
        each.expect("none passes the filter")
    second.cell(1).locator(".cm-content").click()
    second.page.keyboard.press("End")
    second.page.keyboard.type("  # ours")
    first.cell(1).get_by_text("# ours").wait_for()
    first.restart()
    for each in (first, second):
        each.expect("From the ledger")
    assert [first.errors, second.errors] == [[], []]
    view.close()
