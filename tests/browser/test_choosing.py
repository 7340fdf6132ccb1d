"""Choices as buttons below a cell, where ipywidgets is installed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lab import Lab, Page

pytest.importorskip("ipywidgets", reason="make test-heavy brings ipywidgets")
pytestmark = pytest.mark.browser

ROWS = "\n".join(f"anna{n}@example.org,{20 + n * 7 % 41}" for n in range(60))


def test_a_schema_is_approved_and_a_mask_previewed_by_buttons(lab: Lab, open_notebook: Callable[..., Page]) -> None:
    (lab.notebooks / "choices.csv").write_text(f"mail,age\n{ROWS}\n")
    load = "import pandas as pd; people = pd.read_csv('choices.csv')"
    page = open_notebook(["%load_ext jupyter_mlsec", load, "%mlsec panel --choose"])
    for index in range(3):
        page.run(index)
    below = page.cell(2).locator(".jp-OutputArea")

    below.get_by_label("Mask:").select_option("redact")
    below.get_by_role("button", name="Preview").click()
    below.get_by_text("mail: [EMAIL]").wait_for()
    below.get_by_label("Schema:").select_option("choices.csv")
    below.get_by_role("button", name="Approve").click()
    below.get_by_text("choices.csv is approved").wait_for()
    page.tab("Ledger")
    page.expect("choices.csv")

    page.command("docmanager:save")
    text = (lab.notebooks / page.name).read_text()
    assert "%mlsec schema approve" in text  # what a front end without widgets shows
    assert "anna" not in text
    assert page.errors == []
