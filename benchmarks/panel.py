"""The panel in a real JupyterLab and Chromium: from an event in the kernel to the row in the page, and the lineage's
frame rate beside an empty canvas in the same page. Wall clock; without Chromium nothing is measured."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.measure import Row, Spread

BROWSER = Path(__file__).parents[1] / "tests" / "browser"
NODES = 500
BURSTS = 7
PACED = """
import time
for n in range(300):
    driver.record(f"{time.time() * 1000:.1f} sent")
    time.sleep(0.01)
"""
BURST = """
import time
first = time.time() * 1000
for n in range(9_999): driver.record(f"{n}.csv")
driver.record(f"{first:.1f} burst")
"""
WATCH = """() => {
  window.mlsecSeen = new Map();
  const panel = document.getElementById('jp-mlsec-panel');
  const look = () => {
    for (const row of [...panel.querySelectorAll('.jp-MlsecLedger-title')].slice(0, 60)) {
      const found = /([0-9.]+) (sent|burst)/.exec(row.textContent);
      if (found && !window.mlsecSeen.has(found[0])) {
        window.mlsecSeen.set(found[0], performance.timeOrigin + performance.now() - Number(found[1]));
      }
    }
  };
  new MutationObserver(look).observe(panel, { childList: true, subtree: true, characterData: true });
}"""
SEEN = "kind => [...window.mlsecSeen].filter(([key]) => key.endsWith(kind)).map(([, millis]) => millis)"
FRAMES = """async isEmpty => {
  const shown = [...document.querySelectorAll('.jp-MlsecLineage-canvas')].find(one => one.offsetParent);
  let canvas = shown;
  const pan = at => ({ deltaX: 9 * Math.cos(at), deltaY: 9 * Math.sin(at), cancelable: true });
  let step = at => shown.dispatchEvent(new WheelEvent('wheel', pan(at)));
  if (isEmpty) {
    canvas = document.createElement('canvas');
    canvas.width = shown.width; canvas.height = shown.height;
    canvas.style.cssText = 'position:fixed;left:0;top:0;z-index:9999';
    document.body.append(canvas);
    const context = canvas.getContext('2d');
    step = () => context.fillRect(0, 0, canvas.width, canvas.height);
  } else { shown.focus(); }
  const rates = [];
  for (let round = 0; round < 7; round += 1) {
    const from = performance.now();
    let frames = 0;
    while (performance.now() - from < 1000) {
      step(frames / 20);
      await new Promise(requestAnimationFrame);
      frames += 1;
    }
    rates.push(frames / ((performance.now() - from) / 1000));
  }
  if (isEmpty) canvas.remove();
  return rates;
}"""
LAYOUTS = "() => performance.getEntriesByName('mlsec-lineage-layout').map(one => one.duration)"


def rows() -> list[Row]:
    """All figures from one notebook in one page."""
    sys.path.insert(0, str(BROWSER))
    from lab import Lab, find_chromium

    chromium = find_chromium()
    if chromium is None:
        return [Row(what="event to panel", measured=None, goal=10, unit="ms", note="no Chromium here")]
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        lab = Lab(Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            return _measured(lab, browser.new_context(viewport={"width": 1280, "height": 800}))
        finally:
            browser.close()
            lab.close()


def _measured(lab: Any, view: Any) -> list[Row]:  # Any: the browser tests' Lab and playwright's context
    from lab import Page

    start = "import driver; driver.start()"
    cells = (start, PACED, BURST, start, f"driver.pipeline({NODES})")
    page = Page(lab, view.new_page(), lab.notebook("bench", cells)).open().show_panel()
    page.run(0)
    page.tab("Ledger")
    page.page.evaluate(WATCH)
    page.run(1)
    for sent in range(1, BURSTS + 1):
        page.run(2)
        page.page.wait_for_function(f"count => ({SEEN})('burst').length === count", arg=sent)
    paced, burst = page.page.evaluate(SEEN, "sent"), page.page.evaluate(SEEN, "burst")
    page.run(3)
    page.run(4)
    page.tab("Lineage")
    page.expect(f"{NODES} nodes")
    page.page.wait_for_timeout(1000)
    layouts = page.page.evaluate(LAYOUTS)
    page.page.mouse.move(0, 0)
    empty, panned = page.page.evaluate(FRAMES, True), page.page.evaluate(FRAMES, False)
    slow = sorted(paced)[int(len(paced) * 0.95)]
    return [
        Row(what="event to row in the page, 100 a second", measured=Spread.of(paced), unit="ms", goal=10),
        Row(what="the same, 95th percentile", measured=_one(slow), unit="ms"),
        Row(what="10,000 events, first sent to last drawn", measured=Spread.of(burst), unit="ms", goal=500),
        Row(what=f"layout of {NODES} nodes, in slices", measured=_one(layouts[-1]), unit="ms", goal=200),
        Row(what="an empty canvas of that size, frames a second", measured=Spread.of(empty), unit=""),
        Row(
            what=f"{NODES} nodes panned, frames a second",
            measured=Spread.of(panned),
            unit="",
            goal=50,
            more_is_better=True,
        ),
    ]


def _one(value: float) -> Spread:
    """What was measured once."""
    return Spread(low=value, median=value, high=value)
