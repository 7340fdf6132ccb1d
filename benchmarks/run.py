"""`make bench`: run every room's rows and write docs/benchmarks.md. `python benchmarks/run.py calls cells`: some.

`--keep` puts what some rooms measured into the page, in place of what stood there; each table says when it was made.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.measure import ROUNDS, Row  # noqa: E402  # the repository is on the path only from here on

PAGE = HERE.parent / "docs" / "benchmarks.md"
APART = {
    "run", "measure", "peers", "damages", "learned_schemas",
    "pii_names", "pii_peers", "pii_real", "pii_split", "loading_peers", "__init__",
}  # fmt: skip
LIBRARIES = ("ipython", "ipykernel", "msgspec", "numpy", "pandas", "pyarrow", "scikit-learn")


def rooms() -> list[str]:
    """Every module here that offers `rows()`."""
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in APART)


def number(value: float) -> str:
    """Three figures, without an exponent."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def line(row: Row) -> str:
    """One line of the table."""
    unit = f" {row.unit}" if row.unit else ""
    sign = ">=" if row.more_is_better else "<="
    goal = "" if row.goal is None else f"{sign} {number(row.goal)}{unit}"
    verdict = "" if row.met is None else "yes" if row.met else "**no**"
    if row.measured is None:
        return f"| {row.what} | not measured |  | {goal} |  | {row.note} |"
    spread = f"{number(row.measured.low)} - {number(row.measured.high)}"
    return f"| {row.what} | {number(row.measured.median)}{unit} | {spread} | {goal} | {verdict} | {row.note} |"


def table(room: str, rows: list[Row]) -> str:
    """One room's table under its module's own first sentence, and when it was made."""
    about = (importlib.import_module(f"benchmarks.{room}").__doc__ or "").strip()
    head = "| what | median | quartiles | goal | met | note |\n|---|---|---|---|---|---|"
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    made = f"Measured {datetime.datetime.now(datetime.UTC):%Y-%m-%d}; load averages when it ended: {load}."
    return "\n".join([f"## {room}\n\n{about}\n", head, *map(line, rows), "", made, ""])


def head() -> str:
    """How to read the page, and the facts without which a number means nothing. No host name."""
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        "# Benchmarks\n\nWritten by `make bench`; do not edit. CPU time unless a note says otherwise, "
        f"{ROUNDS} rounds in which the variants take turns. A goal is met when the better quartile meets it; "
        f"a goal that is missed stands here as missed.\n\n{os.cpu_count()} cores ({platform.machine()}), "
        f"{platform.system()}, Python {platform.python_version()}; {versions}.\n"
    )


def kept(made: dict[str, str]) -> None:
    """Write the page: these tables, and of the other rooms those that stood there."""
    before = PAGE.read_text("utf-8").split("\n## ")[1:] if PAGE.exists() else []
    tables = {each.partition("\n")[0]: f"## {each.rstrip()}\n" for each in before} | made
    PAGE.write_text("\n".join([head(), *(tables[room] for room in rooms() if room in tables)]), "utf-8")


def main() -> int:
    """Run the named rooms (all without a name). Exits 0 also when a goal is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"any of: {', '.join(rooms())}")
    parser.add_argument("--keep", action="store_true", help="write the page, as a run of all rooms does")
    asked = parser.parse_args()
    chosen = asked.rooms or rooms()
    strangers = set(chosen) - set(rooms())
    if strangers:
        parser.error(f"no such room: {', '.join(sorted(strangers))}")
    for room in chosen:
        print(f"{room} ...", file=sys.stderr, flush=True)
        made = table(room, importlib.import_module(f"benchmarks.{room}").rows())
        print(made, flush=True)
        if asked.keep or chosen == rooms():
            kept({room: made})
    return 0


if __name__ == "__main__":
    sys.exit(main())
