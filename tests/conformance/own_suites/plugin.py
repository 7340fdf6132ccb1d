"""A pytest plugin for a library's own tests: writes what became of each, with the guard off or on.

Loaded by `-p tests.conformance.own_suites.plugin` in a process of its own; `runs.py` starts it.
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

PROFILE = os.environ.get("MLSEC_SUITE_PROFILE", "")
"""The guard's profile; empty leaves the guard off."""
REPORT = os.environ["MLSEC_SUITE_REPORT"]
OVERLAY = os.environ.get("MLSEC_SUITE_OVERLAY", "")
"""A folder in which the library's tests find the data files that its wheel does not carry; see data_files.py."""
LEFT_OUT = os.environ.get("MLSEC_SUITE_LEFT_OUT", "").split()
"""Marks whose tests are not run at all."""
_ADDRESS = re.compile(r"0x[0-9a-f]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<![\w.:/])/[^\s'\"]*")
"""What differs between any two runs: addresses in memory, random names and temporary folders."""


class Recorder:
    """Keeps, per test, the words that make up its outcome, and everything of ours that broke."""

    def __init__(self) -> None:
        self.tests: dict[str, list[str]] = {}
        self.warned: dict[str, list[str]] = {}
        self.left_out: Counter[str] = Counter()
        self.troubles: list[str] = []
        self.watched: Counter[str] = Counter()
        self.stood_down: dict[str, str] = {}
        self._guard = None
        self._house = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_load_initial_conftests(self) -> None:
        """Before anything of the library is imported, as `%load_ext` stands in a notebook's first cell."""
        if not PROFILE:
            return
        import jupyter_mlsec

        self._guard = jupyter_mlsec.guard(PROFILE)
        self._house = self._guard.__enter__()
        self._house.gate.raise_ours = True
        self._house.gate.trouble = self._trouble
        self._house.journal._broke = lambda listener, error: self._trouble(f"telling {listener!r}", error)
        self._house.journal.listen(self._hear)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config, items) -> None:
        """Leave out what cannot run, counted by its mark, and point the library's own fixtures to the overlay."""
        if OVERLAY:
            _move_conftests()
        kept = []
        for item in items:
            mark = next((name for name in LEFT_OUT if item.get_closest_marker(name)), None)
            if mark is None:
                kept.append(item)
            else:
                self.left_out[mark] += 1
        items[:] = kept

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Each test draws the same numbers in both runs: some of them forget to seed."""
        random.seed(0)
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed(0)

    def _trouble(self, where, error, operation=None) -> None:
        """An error of ours: it must show even where the interception would swallow it."""
        test = os.environ.get("PYTEST_CURRENT_TEST", "")
        self.troubles.append(f"{where}: {error!r}"[:300] + f" in {test}")
        raise error

    def _hear(self, entry) -> None:
        if type(entry).__name__ == "Troubled":  # by a way that does not lead through the gate
            self.troubles.append(f"{entry.where}: {entry.error}")
        operation = getattr(entry, "operation", None)
        if getattr(operation, "function", None):
            self.watched[operation.function] += 1

    def pytest_runtest_logreport(self, report) -> None:
        """One word per phase that was not simply passed, with its reason; the call's own word always."""
        words = self.tests.setdefault(report.nodeid, [])
        if report.when == "call" or report.outcome != "passed":
            words.append(f"{report.when} {_word(report)}")

    def pytest_warning_recorded(self, warning_message, nodeid) -> None:
        """A warning that reached the user: its kind and the place it blames."""
        place = f"{warning_message.category.__name__} {warning_message.filename}:{warning_message.lineno}"
        self.warned.setdefault(nodeid, []).append(place.replace(tempfile.gettempdir(), ""))

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Take the guard off and write the report."""
        if self._house is not None:
            self.stood_down = dict(self._house.interception.stood_down)
            self._guard.__exit__(None, None, None)
        report = {
            "tests": {name: "; ".join(words) for name, words in self.tests.items()},
            "warned": {name: sorted(found) for name, found in self.warned.items()},
            "left_out": dict(self.left_out),
            "troubles": self.troubles,
            "watched": dict(self.watched),
            "stood_down": self.stood_down,
        }
        Path(REPORT).write_text(json.dumps(report), "utf-8")


def _move_conftests() -> None:
    """Data files are looked for beside the conftest that offers them: let each believe it stands in the overlay."""
    for name, module in list(sys.modules.items()):
        parts = name.split(".")
        if parts[-1] == "conftest" and (Path(OVERLAY) / parts[0]).is_dir():
            module.__file__ = str(Path(OVERLAY, *parts).with_suffix(".py"))


def _word(report) -> str:
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    if report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        return "skipped: " + _without_places(reason)
    if report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        return "failed: " + _without_places(getattr(crash, "message", "") or str(report.longrepr))
    return report.outcome


def _without_places(text) -> str:
    """The first line, without what no two runs share; what lies in the overlay keeps its place there."""
    line = (text.splitlines() or [""])[0]
    return _ADDRESS.sub("", line.replace(f"{OVERLAY}/", "") if OVERLAY else line)[:200]


def pytest_addhooks(pluginmanager) -> None:
    """Register the recorder as soon as this module is known, before conftests are loaded."""
    pluginmanager.register(Recorder(), "mlsec-recorder")
