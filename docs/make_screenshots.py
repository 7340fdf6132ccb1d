"""Makes the pictures of docs/panel.md: the panel beside a guarded notebook, in a real JupyterLab, on an invented table.

`python docs/make_screenshots.py` needs Chromium and the panel's bundle, as the browser tests do; `--all FOLDER` takes
every section, 1280 and 1920 pixels wide, light and dark.
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
    "%%capture\n%mlsec keys init --yes",
    'import pandas as pd\n\npatients = pd.read_csv("patients.csv")\npatients.describe()',
    'adults = patients[patients.age >= 18].copy()\nadults["risk"] = 2 * adults.pressure + adults.age\n'
    'adults["area"] = adults.ssn.str[:3].astype(int)\nadults.to_parquet("adults.parquet")\nlen(adults)',
    "from sklearn.linear_model import LogisticRegression\n\n"
    'features, target = adults[["age", "pressure", "area"]], adults.risk > 300\n'
    "model = LogisticRegression(max_iter=5000).fit(features, target)",
    'adults["high"] = model.predict(features)\nadults[["age", "high"]].to_csv("scores.csv", index=False)\n'
    "adults.high.mean()",
    'import joblib\n\njoblib.dump(model, "model.joblib")\n!wc -l scores.csv',
)
SECTIONS = ("Overview", "Findings", "Data", "Lineage", "Artifacts", "Models", "Ledger")
IN_DOCS = {"Findings": "panel.png", "Data": "panel-data.png", "Lineage": "panel-lineage.png"}
"""The pictures that the docs show; the others are for looking at, with `--all FOLDER`."""
CHOOSE = "items => items.filter(item => item.ariaPressed === 'false').forEach(item => item.click())"
WIDTHS = {1280: 760, 1920: 1080}


def write_table(path: Path, rows: int = 400) -> None:
    """An invented table: no person is meant."""
    draw = random.Random(7)  # noqa: S311
    lines = ["ssn,email,age,pressure"]
    for number in range(rows):
        ssn = f"{draw.randint(100, 665)}-{draw.randint(10, 99)}-{draw.randint(1000, 9999)}"
        lines.append(f"{ssn},patient{number}@example.org,{draw.randint(1, 95)},{draw.randint(95, 165)}")
    path.write_text("\n".join(lines) + "\n")


def photograph(page: Page, section: str, path: Path) -> None:
    """Bring a section to the front, open its first row, and take the picture."""
    page.tab(section)
    page.page.wait_for_timeout(600)
    rows = page.panel.locator("details.jp-MlsecRow-details:not([open]):visible > summary")
    row = (rows.filter(has_text="patients.csv") if section == "Data" else rows).first
    if row.count():
        row.click()
    if section == "Data":
        page.panel.locator(".jp-mod-range:visible").first.wait_for()
    if section == "Lineage":
        page.panel.locator(".jp-MlsecLineage-item:visible", has_text="adults.parquet").evaluate_all(CHOOSE)
        page.page.wait_for_timeout(400)
    page.panel.locator(".jp-MlsecSection:visible").evaluate("section => section.scrollTo(0, 0)")
    page.page.screenshot(path=path)


def main(arguments: list[str]) -> int:
    """Write the pictures; 1 without Chromium."""
    from playwright.sync_api import sync_playwright

    chromium = find_chromium()
    if chromium is None:
        sys.stderr.write("No Chromium found: make system-deps installs it.\n")
        return 1
    everything = Path(arguments[1]) if arguments[:1] == ["--all"] else None
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        lab = Lab(Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            write_table(lab.notebooks / "patients.csv")
            for width, height in WIDTHS.items() if everything else [(1280, WIDTHS[1280])]:
                view = browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=1.5)
                name = lab.notebook(f"patients-{width}", CELLS)
                page = Page(lab, view.new_page(), name).open().show_panel()
                page.command("application:toggle-left-area")
                for index in range(len(CELLS)):
                    page.run(index)
                page.expect("US_SSN")
                page.cell(2).locator(".jp-InputPrompt").click()
                page.page.wait_for_timeout(1500)
                if everything:
                    for theme in ("Light", "Dark"):
                        page.theme(f"JupyterLab {theme}")
                        for section in SECTIONS:
                            photograph(page, section, everything / f"{section.lower()}-{width}-{theme.lower()}.png")
                else:
                    for section, name in IN_DOCS.items():
                        photograph(page, section, ROOT / "docs" / name)
                view.close()
        finally:
            browser.close()
            lab.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
