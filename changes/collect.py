"""The changelog's "Unreleased" section, put together from the fragments in this folder (see README.md)."""

from __future__ import annotations

import argparse
import datetime
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHANGELOG = HERE.parent / "CHANGELOG.md"
KINDS = ("added", "changed", "deprecated", "removed", "fixed", "security")
UNRELEASED = re.compile(r"^## \[Unreleased\]\n.*?(?=^## \[|\Z)", re.MULTILINE | re.DOTALL)


def fragments() -> list[Path]:
    """All fragment files, sorted by name."""
    return sorted(path for path in HERE.glob("*.md") if path.name != "README.md")


def points(text: str) -> list[str]:
    """The changes a fragment names, one a line; a line that is indented goes on with the one before."""
    found: list[str] = []
    for line in filter(str.strip, text.splitlines()):
        if line[:1].isspace() and found:
            found[-1] += " " + line.strip()
        elif not line.startswith("#"):
            found.append(line.strip().removeprefix("-").removeprefix("*").strip())
    return found


def section(heading: str) -> str:
    """The section that all fragments make, under `heading`; kinds in Keep a Changelog's order."""
    blocks = [f"## {heading}\n"]
    for kind in KINDS:
        lines = [
            f"- {point}"
            for path in fragments()
            if path.name.split(".")[-2] == kind
            for point in points(path.read_text("utf-8"))
        ]
        if lines:
            blocks.append(f"### {kind.capitalize()}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(blocks) + "\n"


def main() -> int:
    """Write the section, check that it is fresh (`--check`), or close it as a release (`--release VERSION`)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if CHANGELOG.md is stale")
    parser.add_argument("--release", metavar="VERSION", help="move the fragments under this version and delete them")
    options = parser.parse_args()
    misnamed = [path.name for path in fragments() if path.name.count(".") != 2 or path.name.split(".")[-2] not in KINDS]
    if misnamed:
        sys.exit(f"not a fragment's name: {', '.join(misnamed)} (see changes/README.md)")
    present = CHANGELOG.read_text("utf-8")
    if options.release:
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        replaced = "## [Unreleased]\n\n" + section(f"[{options.release}] - {today}")
    else:
        replaced = section("[Unreleased]")
    wanted = UNRELEASED.sub(lambda _: replaced, present).rstrip("\n") + "\n"
    if options.check:
        if wanted != present:
            sys.exit("CHANGELOG.md is stale: run make generate")
        return 0
    CHANGELOG.write_text(wanted, "utf-8")
    if options.release:
        for path in fragments():
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
