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
