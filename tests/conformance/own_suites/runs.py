"""Runs a library's own tests with the guard off and on, each in a process of its own, two at a time."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from tests.conformance.own_suites import data_files
from tests.conformance.own_suites.suites import Suite

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
_OURS = ("JUPYTER", "JPY_", "IPYTHON", "MLSEC", "PYTEST", "PANDAS", "SKLEARN")
_AT_ONCE = 2
_WORST_FIRST = ("failed", "xpassed", "xfailed", "skipped")


class Report(NamedTuple):
    """What one run wrote: see plugin.py."""

    tests: dict[str, str]
    warned: dict[str, list[str]]
    left_out: dict[str, int]
    troubles: list[str]
    watched: dict[str, int]
    stood_down: dict[str, str]

    def counts(self) -> dict[str, int]:
        """Tests per outcome, told by one word each."""
        return dict(sorted(Counter(map(outcome, self.tests.values())).items()))

    def executed(self) -> list[str]:
        """The tests that did what their authors expect of them; those skipped or failing anyway prove less."""
        return [name for name, words in self.tests.items() if outcome(words) in ("passed", "xfailed", "xpassed")]


def outcome(words: str) -> str:
    """passed, failed, skipped, xfailed ...: the worst of the phases."""
    kinds = [part.split()[1].rstrip(":") for part in words.split("; ") if len(part.split()) > 1]
    return next((kind for kind in _WORST_FIRST if kind in kinds), "passed")


def run(suite: Suite, profiles: Sequence[str], folder: Path, timeout: float) -> list[Report]:
    """The suite once per profile, in the order given; an empty profile leaves the guard off."""
    overlay = data_files.make(suite.library, folder / "data")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        places = [folder / f"{number}-{profile or 'off'}" for number, profile in enumerate(profiles)]
        jobs = [
            pool.submit(_run, suite, profile, place, overlay, timeout)
            for profile, place in zip(profiles, places, strict=True)
        ]
        return [job.result() for job in jobs]


def _run(suite: Suite, profile: str, folder: Path, overlay: Path, timeout: float) -> Report:
    project, report = folder / "project", folder / "report.json"
    (project / ".mlsec").mkdir(parents=True)
    shutil.copytree(overlay, folder / "overlay", symlinks=True)  # a test may write beside its data
    with (folder / "output.txt").open("wb") as output:
        done = subprocess.run(
            _command(suite, folder),
            cwd=project,
            env=_environment(suite, profile, folder),
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
        )
    if not report.exists():
        raise AssertionError(f"the run ended with {done.returncode}:\n{(folder / 'output.txt').read_text()[-3000:]}")
    return Report(**json.loads(report.read_text("utf-8")))


def _environment(suite: Suite, profile: str, folder: Path) -> dict[str, str]:
    home = folder / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return kept | {
        "HOME": str(home),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "MLSEC_SUITE_LEFT_OUT": " ".join(suite.left_out),
        "MLSEC_SUITE_OVERLAY": str(folder / "overlay"),
        "MLSEC_SUITE_PROFILE": profile,
        "MLSEC_SUITE_REPORT": str(folder / "report.json"),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(folder),
    }


def _command(suite: Suite, folder: Path) -> list[str]:
    library = Path(importlib.util.find_spec(suite.library).origin).parent  # found without being imported
    command = [sys.executable, "-m", "pytest", "-c", str(HERE / "own_suites.ini"), "--rootdir", str(library.parent)]
    command += ["-p", "tests.conformance.own_suites.plugin", f"--basetemp={folder / 'tests'}", *suite.options]
    return command + [str(library / name) for name in suite.files]
