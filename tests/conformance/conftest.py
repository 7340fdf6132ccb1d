"""Keeps what the conformance run found, row by row, for the page that shows it: `--keep-conformance FILE`."""

from __future__ import annotations

import datetime
import json
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

_ROW = re.compile(r"test_every_interceptor\.py::(?P<promise>\w+)\[(?P<library>[^:\]]+):(?P<target>.+)\]$")


def pytest_addoption(parser):
    parser.addoption("--keep-conformance", metavar="FILE", help="add the rows of this run to that file")


class Kept:
    """One row per declaration: how many promises were kept, and why others were not asked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: dict[str, dict] = {}

    def pytest_runtest_logreport(self, report) -> None:
        found = _ROW.search(report.nodeid)
        if found is None or (report.when != "call" and report.outcome == "passed"):
            return
        reach = dict(report.user_properties).get("reach")
        row = self._rows.setdefault(f"{found['library']}:{found['target']}", {"kept": 0, "broken": [], "unasked": {}})
        if reach:
            row["reach"] = reach
        if report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            row["unasked"][found["promise"]] = reason.removeprefix("Skipped: ")
        elif report.failed:
            row["broken"].append(found["promise"])
        else:
            row["kept"] += 1

    def pytest_sessionfinish(self) -> None:
        old = json.loads(self._path.read_text("utf-8")) if self._path.exists() else {}
        asked = {name: row for name, row in self._rows.items() if row["kept"] or row["broken"]}
        rows = {name: {**row, **_when(name.partition(":")[0])} for name, row in asked.items()}
        self._path.write_text(json.dumps({**old, **rows}, indent=1, sort_keys=True) + "\n", "utf-8")


def _when(library: str) -> dict[str, str]:
    from jupyter_mlsec.interceptors import libraries

    declared = next(one for one in libraries() if one.name == library)
    try:
        installed = version(declared.distribution or declared.name)
    except PackageNotFoundError:
        installed = f"Python {platform.python_version()}"
    return {"version": installed, "date": f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"}


def pytest_configure(config):
    path = config.getoption("--keep-conformance")
    if path:
        config.pluginmanager.register(Kept(Path(path)), "mlsec-conformance")


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch):
    """Nothing here reaches a network, or a home that is not a test's."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("DO_NOT_TRACK", "1")
