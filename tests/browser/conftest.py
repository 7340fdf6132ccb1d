"""One server and one Chromium for all browser tests; a page of its own for each."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from lab import BUNDLE, ROOT, Lab, Page, find_chromium

WITHOUT = "The browser tests need Chromium: make system-deps (or apt-get install chromium)."


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running Chromium. Skips without one, except in CI, where that is a failure."""
    found = find_chromium()
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(WITHOUT)
        pytest.skip(WITHOUT)
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab that serves this checkout's bundle, which must be that of these sources."""
    digest = _digest_of_sources()
    recorded = BUNDLE / "build.sha256"
    if not recorded.is_file() or recorded.read_text() != digest:
        pytest.fail("The panel's bundle is not of these sources: pip install -e . builds it.")
    server = Lab(tmp_path_factory.mktemp("lab"))
    yield server
    server.close()


@pytest.fixture
def open_notebook(lab: Lab, chromium: Any, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Write a notebook with the given cells and open it in JupyterLab, the panel in front."""
    contexts = []

    def opened(cells: Sequence[str], *, panel: bool = True, app: str = "lab") -> Page:
        context = chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        contexts.append(context)
        name = lab.notebook(f"{re.sub(r'[^a-z0-9]+', '-', request.node.name.lower())[:60]}-{len(contexts)}", cells)
        page = Page(lab, context.new_page(), name).open(app=app)
        return page.show_panel() if panel else page

    yield opened
    for context in contexts:
        context.close()


def _digest_of_sources() -> str:
    import importlib.util

    spec = importlib.util.spec_from_file_location("hatch_build", Path(ROOT) / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(module.digest(ROOT / "labextension"))
