"""Makes `docs/panel.png`: the panel beside a guarded notebook, in a real JupyterLab, on an invented table.

`python docs/make_screenshots.py` needs Chromium and the panel's bundle, as the browser tests do.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from lab import Lab, Page, find_chromium  # noqa: E402

CELLS = (
    "%load_ext jupyter_mlsec",
    'import pandas as pd\n\npatients = pd.read_csv("patients.csv")\npatients.describe()',
    'adults = patients[patients.age >= 18]\nadults.to_csv("adults.csv", index=False)\nlen(adults)',
    "%mlsec status",
)


def write_table(path: Path, rows: int = 400) -> None:
    """An invented table: no person is meant."""
    draw = random.Random(7)  # noqa: S311
    lines = ["ssn,email,age,pressure"]
    for number in range(rows):
        ssn = f"{draw.randint(100, 665)}-{draw.randint(10, 99)}-{draw.randint(1000, 9999)}"
        lines.append(f"{ssn},patient{number}@example.org,{draw.randint(1, 95)},{draw.randint(95, 165)}")
    path.write_text("\n".join(lines) + "\n")


def main() -> int:
    """Write the picture; 1 without Chromium."""
    from playwright.sync_api import sync_playwright

    chromium = find_chromium()
    if chromium is None:
        sys.stderr.write("No Chromium found: make system-deps installs it.\n")
        return 1
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        lab = Lab(Path(folder))
        try:
            write_table(lab.notebooks / "patients.csv")
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            view = browser.new_context(viewport={"width": 1280, "height": 760}, device_scale_factor=1.5)
            page = Page(lab, view.new_page(), lab.notebook("patients", CELLS)).open().show_panel()
            page.command("application:toggle-left-area")
            for index in range(len(CELLS)):
                page.run(index)
            page.expect("US_SSN")
            page.cell(0).locator(".jp-InputPrompt").click()
            page.page.wait_for_timeout(800)
            page.page.screenshot(path=ROOT / "docs" / "panel.png")
            browser.close()
        finally:
            lab.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
