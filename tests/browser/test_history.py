"""A notebook that is opened again shows what its ledger knows, through the server's own login."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
from lab import Lab, Page

pytestmark = pytest.mark.browser


def test_a_notebook_opened_again_shows_its_last_run(open_notebook: Callable[..., Page], lab: Lab) -> None:
    write = "import json\nwith open('settings.json', 'w') as file: json.dump({'a': 1}, file)"
    page = open_notebook(["%load_ext jupyter_mlsec", write])
    page.run(0)
    page.run(1)
    page.tab("Artifacts")
    page.expect("settings.json")
    page.page.locator(".jp-MlsecBadge").wait_for()
    page.command("docmanager:save")

    page.restart()
    page.expect("From the ledger")

    page.tab("Artifacts")
    page.expect("settings.json")
    page.page.locator(".jp-MlsecBadge").wait_for()
    page.run(0)
    page.expect("On")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(lab.url(f"jupyter-mlsec/history?path={page.name}"), timeout=10)


@pytest.mark.long
def test_a_kernel_that_dies_or_is_shut_down_leaves_what_it_recorded(
    open_notebook: Callable[..., Page], lab: Lab
) -> None:
    (lab.notebooks / "dying.csv").write_text("n,mail\n" + "\n".join(f"{n},anna{n}@example.org" for n in range(60)))
    load = "import pandas as pd; t = pd.read_csv('dying.csv')"
    page = open_notebook(["%load_ext jupyter_mlsec", load, "import os; os._exit(1)"])
    page.run(0)
    page.run(1)
    page.expect("EMAIL")
    page.command("docmanager:save")
    page.tab("Ledger")
    page.expect("Newest checkpoint")

    page.run(2, wait=False)
    page.page.get_by_role("dialog").get_by_role("button", name="Ok").click()
    page.expect("From the ledger")
    page.tab("Findings")
    page.expect("EMAIL")
    assert page.panel.get_by_role("button", name="Mute").count() == 0

    page.page.evaluate("() => void window.jupyterapp.commands.execute('kernelmenu:shutdown')")
    page.page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel")
    page.expect("From the ledger")
    assert page.status == "Not guarded"
