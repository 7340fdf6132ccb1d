"""The panel in a real JupyterLab, with a real kernel: what a user sees."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lab import Page

pytestmark = pytest.mark.browser

START = "import driver; channel = driver.start()"
FIND = """
driver.record("patients.csv", driver.finding("ssn looks like US_SSN.", column="ssn"), execution={execution})
"""
SHOWN_OF_MANY = {
    "Data": "5000 resources",
    "Lineage": "5001 nodes",
    "Overview": "1 cell",
    "Artifacts": "Nothing was written so far",
    "Models": "No model so far",
    "Findings": "9999 holds names.",
}
MALICIOUS = "<img src=x onerror=document.body.dataset.pwned=1>"


def test_without_the_guard_the_panel_shows_the_one_line_to_type(open_notebook: Callable[..., Page]) -> None:
    page = open_notebook(["1 + 1"])

    page.expect("Not guarded")
    page.expect("%load_ext jupyter_mlsec")

    assert page.status == "Not guarded"


@pytest.mark.long
def test_the_one_line_can_be_put_into_the_notebook(open_notebook: Callable[..., Page]) -> None:
    page = open_notebook(["1 + 1"])

    page.panel.get_by_role("button", name="Add as a new cell: load the guard").click()

    assert page.cell(1).locator(".cm-content").inner_text() == "%load_ext jupyter_mlsec"


@pytest.mark.long
def test_a_guarded_notebook_without_findings_shows_three_things_to_try(open_notebook: Callable[..., Page]) -> None:
    page = open_notebook([START])

    page.run(0)
    page.expect("Nothing found so far")

    assert page.panel.locator(".jp-MlsecEmpty li").count() == 3


def test_a_finding_appears_while_its_cell_still_runs(open_notebook: Callable[..., Page]) -> None:
    page = open_notebook([START, FIND.format(execution=2) + "import time; time.sleep(20)"])
    page.run(0)

    page.run(1, wait=False)
    page.expect("ssn looks like US_SSN.")

    assert page.cell(1).locator(".jp-InputPrompt").inner_text() == "[*]:"
    assert page.errors == []


@pytest.mark.long
def test_a_finding_leads_to_its_cell(open_notebook: Callable[..., Page]) -> None:
    page = open_notebook([START, FIND.format(execution=2), *(["1"] * 40)])
    page.run(0)
    page.run(1)
    page.cell(40).click()

    page.panel.get_by_role("button", name="Go to the cell of In [2]").first.click()
    page.page.wait_for_selector(".jp-Cell.jp-mod-active:nth-child(2)")

    assert page.cell(1).is_visible()


@pytest.mark.long
def test_a_cell_that_is_gone_is_said_to_be(open_notebook: Callable[..., Page]) -> None:
    page = open_notebook([START, FIND.format(execution=77)])
    page.run(0)
    page.run(1)

    page.panel.get_by_role("button", name="Go to the cell of In [77]").click()

    page.page.get_by_text("That cell is no longer in the notebook").first.wait_for()


def test_a_reloaded_page_shows_what_it_showed_before(open_notebook: Callable[..., Page]) -> None:
    page = open_notebook([START, FIND.format(execution=2)])
    page.run(0)
    page.run(1)
    page.expect("ssn looks like US_SSN.")

    page.page.reload()
    page.await_kernel().show_panel()

    page.expect("ssn looks like US_SSN.")
    assert page.panel.locator(".jp-MlsecFindings-row").count() == 1


def test_two_pages_of_one_notebook_show_the_same(open_notebook: Callable[..., Page]) -> None:
    first = open_notebook([START, FIND.format(execution=2)])
    first.run(0)
    first.run(1)

    second = Page(first.lab, first.page.context.new_page(), first.name).open(workspace="second").show_panel()
    second.expect("ssn looks like US_SSN.")

    assert first.panel.locator(".jp-MlsecFindings-row").count() == 1
    assert second.errors == []


def test_a_restarted_kernel_clears_the_panel_and_fills_it_again(open_notebook: Callable[..., Page]) -> None:
    page = open_notebook([START, FIND.format(execution=2)])
    page.run(0)
    page.run(1)
    page.expect("ssn looks like US_SSN.")

    page.restart()
    page.expect("Not guarded")
    page.run(0)

    page.expect("Nothing found so far")


def test_a_name_that_is_html_is_shown_as_text_in_every_section(open_notebook: Callable[..., Page]) -> None:
    page = open_notebook([START, f'driver.everything("{MALICIOUS}", execution=2)'])
    page.run(0)

    page.run(1)
    for section in ("Overview", "Findings", "Data", "Lineage", "Artifacts", "Models", "Ledger"):
        page.tab(section)
        page.open_rows()
        page.expect(MALICIOUS)

    assert page.page.evaluate("document.body.dataset.pwned") is None
    assert page.panel.locator("img").count() == 0
    assert page.errors == []


def test_a_kernel_of_another_version_is_named_and_what_both_know_is_shown(open_notebook: Callable[..., Page]) -> None:
    page = open_notebook([START, "driver.from_the_future()"])
    page.run(0)

    page.run(1)
    page.expect("The kernel speaks version 99, this panel version 1")

    page.expect("strict")
    page.expect("1 event is not shown")
    assert page.errors == []


def test_ten_thousand_events_arrive_and_the_page_stays_usable(open_notebook: Callable[..., Page]) -> None:
    page = open_notebook(
        [START, 'for n in range(10_000): driver.record(f"{n}.csv", driver.finding(f"{n} holds names."))']
    )
    page.run(0)

    page.run(1)
    page.expect("9999 holds names.")
    page.tab("Ledger")
    page.expect("5000 entries")

    page.expect("older events are in the ledger only.")
    assert page.panel.locator(".jp-MlsecLedger-row").count() == 100
    page.panel.get_by_role("button", name="Show more").click()
    assert page.panel.locator(".jp-MlsecLedger-row").count() == 200
    for section, text in SHOWN_OF_MANY.items():
        page.tab(section)
        page.expect(text)


@pytest.mark.long
def test_findings_are_filtered_as_one_types(open_notebook: Callable[..., Page]) -> None:
    page = open_notebook([START, 'driver.record("a.csv", driver.finding("one"), driver.finding("two", column="age"))'])
    page.run(0)
    page.run(1)
    page.expect("two")

    page.panel.get_by_role("searchbox").fill("AGE")
    page.expect("1 finding")

    assert page.panel.locator(".jp-MlsecFindings-message").all_inner_texts() == ["two"]


def test_sections_are_reached_and_left_by_keys_alone(open_notebook: Callable[..., Page]) -> None:
    page = open_notebook([START, FIND.format(execution=2)])
    page.run(0)
    page.run(1)
    page.expect("ssn looks like US_SSN.")

    page.panel.get_by_role("tab", name="Findings").focus()
    page.page.keyboard.press("End")
    page.expect("read_csv patients.csv")
    page.page.keyboard.press("ArrowRight")
    page.expect("1 cell")
    page.page.keyboard.press("ArrowRight")
    page.expect("ssn looks like US_SSN.")
    for _ in range(20):
        page.page.keyboard.press("Tab")
        if page.page.evaluate("document.activeElement.getAttribute('aria-label')") == "Go to the cell of In [2]":
            break
    page.page.keyboard.press("Enter")

    page.page.wait_for_selector(".jp-Cell.jp-mod-active:nth-child(2)")


def test_the_status_bar_counts_findings_and_opens_the_panel(open_notebook: Callable[..., Page]) -> None:
    state = 'channel.publish(driver.GuardState(state="on", profile="guard", findings=3)); channel.flush()'
    page = open_notebook([START, state], panel=False)
    page.run(0)
    page.run(1)

    page.page.get_by_text("Guard: 3 findings").click()

    page.panel.wait_for(state="visible")
    assert page.status == "Guard: 3 findings"


def test_nothing_of_ours_is_written_into_the_notebook(open_notebook: Callable[..., Page]) -> None:
    page = open_notebook([START, FIND.format(execution=2)])
    page.run(0)
    page.run(1)
    page.expect("ssn looks like US_SSN.")

    page.command("docmanager:save")

    text = (page.lab.notebooks / page.name).read_text()
    assert '"execution_count": 2' in text
    assert "mlsec" not in text
    assert text.count("US_SSN") == 1  # in the cell's own source
