"""Runs a slice of a library's own tests with the guard off and on, side by side, and compares what became of each."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from tests.conformance.pandas_suite.slices import Slice

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
_OURS = ("JUPYTER", "JPY_", "IPYTHON", "MLSEC", "PYTEST", "PANDAS", "SKLEARN")


class Report(NamedTuple):
    """What one run wrote: see plugin.py."""

    tests: dict[str, str]
    warned: dict[str, list[str]]
    troubles: list[str]
    watched: dict[str, int]
    stood_down: dict[str, str]

    def counts(self) -> dict[str, int]:
        """Tests per outcome, told by one word each."""
        return dict(sorted(Counter(_outcome(words) for words in self.tests.values()).items()))

    def executed(self) -> int:
        """Tests that ran to an end of their own, skipped ones not counted."""
        return sum(number for outcome, number in self.counts().items() if outcome != "skipped")


def _outcome(words: str) -> str:
    """passed, failed, skipped, xfailed ...: the worst of the phases."""
    kinds = [part.split()[1].rstrip(":") for part in words.split("; ") if len(part.split()) > 1]
    return next((kind for kind in ("failed", "xpassed", "xfailed", "skipped") if kind in kinds), "passed")


def run_both(part: Slice, profile: str, folder: Path, timeout: float) -> tuple[Report, Report]:
    """The slice with the guard off, and with it on, at the same time in two processes."""
    runs = [(name, _start(part, name, folder / (name or "off"))) for name in ("", profile)]
    try:
        return tuple(_finish(process, folder / (name or "off"), timeout) for name, process in runs)  # type: ignore
    finally:
        for _, process in runs:
            process.kill()


def _start(part: Slice, profile: str, folder: Path) -> subprocess.Popen:
    project, home = folder / "project", folder / "home"
    (project / ".mlsec").mkdir(parents=True)
    home.mkdir()
    env = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    env |= {
        "HOME": str(home),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "MLSEC_SUITE_PROFILE": profile,
        "MLSEC_SUITE_REPORT": str(folder / "report.json"),
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(folder),
    }
    library = Path(importlib.util.find_spec(part.library).origin).parent  # found without being imported
    command = [sys.executable, "-m", "pytest", "-c", str(HERE / "own_suites.ini"), "--rootdir", str(library.parent)]
    command += ["-p", "tests.conformance.pandas_suite.plugin", f"--basetemp={folder / 'tests'}", *part.options]
    command += [str(library / name) for name in part.files]
    with (folder / "output.txt").open("wb") as output:
        return subprocess.Popen(command, cwd=project, env=env, stdout=output, stderr=subprocess.STDOUT)


def _finish(process: subprocess.Popen, folder: Path, timeout: float) -> Report:
    process.wait(timeout)
    report = folder / "report.json"
    if not report.exists():
        raise AssertionError(f"the run ended with {process.returncode}:\n{(folder / 'output.txt').read_text()[-3000:]}")
    return Report(**json.loads(report.read_text("utf-8")))


def changes(off: dict[str, Any], on: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What is not the same in both, by test: (off, on)."""
    return {name: (off.get(name), on.get(name)) for name in off.keys() | on.keys() if off.get(name) != on.get(name)}
