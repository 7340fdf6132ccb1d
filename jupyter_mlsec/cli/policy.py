"""`jupyter mlsec policy show | trust | check`: what is in force here, and approving it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from jupyter_mlsec import policy
from jupyter_mlsec.cli.answers import say, say_json
from jupyter_mlsec.cli.project import root_of, sections
from jupyter_mlsec.host import places


def run(arguments: Sequence[str]) -> int:
    """Show, trust or check; 0 when all is well."""
    given = _parser().parse_args(list(arguments))
    root = root_of()
    if given.deed == "trust":
        report = policy.trust_project(root, places.data_folder(), sections())
    elif given.deed == "check":
        report = policy.check(given.file or root / places.MARK / "policy.toml", sections())
    else:
        report = policy.show(policy.load(root, places.data_folder(), sections()))
    if given.json:
        say_json(report.data)
    else:
        say(report.text)
    return 0 if report.ok else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="jupyter mlsec policy", description="The policy of this project.")
    parser.add_argument("deed", choices=["show", "trust", "check"])
    parser.add_argument("file", type=Path, nargs="?", help="the file to check; default: the project's")
    parser.add_argument("--json", action="store_true")
    return parser
