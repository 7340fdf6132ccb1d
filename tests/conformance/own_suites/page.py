"""Writes docs/transparency.md from the results of the last long run.

`python -m tests.conformance.own_suites.page` gathers what the long run left in out/transparency into
docs/transparency.json and writes the page; with `--check` it only says whether the page is what the results give.
"""

from __future__ import annotations

import datetime
import os
import platform
import sys
from collections.abc import Iterable
from importlib.metadata import version

import msgspec

from tests.conformance.own_suites.comparison import Result
from tests.conformance.own_suites.runs import ROOT

PAGE = ROOT / "docs" / "transparency.md"
STORED = ROOT / "docs" / "transparency.json"
FRESH = ROOT / "out" / "transparency"
LIBRARIES = ("pandas", "scikit-learn", "numpy", "pyarrow", "scipy", "joblib", "openpyxl", "sqlalchemy", "pytest")

HEAD = """# Transparency

pandas' and scikit-learn's own tests, run without the guard and under it: what the guard changes in them is listed here.

Written by `make test-long`; do not edit. Each suite ran {baselines} times with the guard off and once with it on, in \
profile `{profile}`, in the same order and each time in a fresh process, the guard loaded before the library. A test \
*changed* if its outcome, the reason of its failure or skip, or a warning (its kind and the line it blames) is not the \
same. A test that already differs between two runs without the guard is *flaky*: it is listed and not compared, and \
never run again until it is green. *Executed* are tests that came out as their authors expect, flaky ones not counted. \
Errors of the guard's own are raised in these runs, so that they show in the test's outcome.
"""

DATA = """
The wheel of pandas carries its tests, but not their data files. What a test only needs as input was generated (csv,
Excel, JSON, XML, HTML, Feather and archives of invented rows); what holds the expected answer was not.
"""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """All suites of one long run, with when and on what they ran."""

    date: str
    machine: str
    versions: dict[str, str]
    results: list[Result]


def keep(result: Result, library: str) -> None:
    """Leave a suite's result where the page is made from."""
    FRESH.mkdir(parents=True, exist_ok=True)
    (FRESH / f"{library}.json").write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1))


def stored() -> Stored | None:
    """The results of the last long run that were committed."""
    return msgspec.json.decode(STORED.read_bytes(), type=Stored) if STORED.exists() else None


def known_flaky() -> list[str]:
    """The tests that the last long run found flaky."""
    last = stored()
    return [name for result in last.results for name in result.flaky] if last else []


def gather() -> Stored:
    """What the long run that just ended has left, as one."""
    results = [msgspec.json.decode(path.read_bytes(), type=Result) for path in sorted(FRESH.glob("*.json"))]
    return Stored(
        date=f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}",
        machine=f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()}, "
        f"Python {platform.python_version()}",
        versions={name: version(name) for name in LIBRARIES},
        results=results,
    )


def render(run: Stored) -> str:
    """The page."""
    first = run.results[0]
    versions = ", ".join(f"{name} {number}" for name, number in run.versions.items())
    blocks = [
        HEAD.format(baselines=first.baselines, profile=first.profile),
        f"{run.date}, {run.machine}; {versions}.\n",
        _summary(run.results),
        *(_suite(result) for result in run.results),
    ]
    return "\n".join(blocks).rstrip() + "\n"


def _summary(results: Iterable[Result]) -> str:
    rows = [
        (
            result.suite,
            _many(result.executed),
            f"{_many(result.least)}",
            f"**{len(result.changed)}**",
            _many(len(result.flaky)),
            _many(sum(result.cannot_run.values())),
            _many(result.watched),
        )
        for result in results
    ]
    head = ("suite", "executed", "at least", "changed", "flaky", "cannot run", "calls recorded")
    return _table(head, rows)


def _suite(result: Result) -> str:
    outcomes = ", ".join(f"{_many(number)} {name}" for name, number in result.outcomes.items())
    calls = ", ".join(f"`{name}` {_many(number)}" for name, number in list(result.functions.items())[:10])
    blocks = [f"## {result.suite}\n", f"With the guard off: {outcomes}.\n"]
    if result.suite.startswith("pandas"):
        blocks.append(DATA.strip() + "\n")
    blocks.append(f"Recorded calls, the most frequent: {calls}.\n")
    blocks += ["### Executed\n", _table(("where", "tests"), _counted(result.folders, code=True))]
    blocks += ["### Changed\n", _listed({name: " -> ".join(pair) for name, pair in result.changed.items()})]
    blocks += ["### Errors of the guard\n", "".join(f"- {trouble}\n" for trouble in result.troubles) or "None.\n"]
    blocks += ["### Flaky\n", _listed({name: " / ".join(seen) for name, seen in result.flaky.items()})]
    blocks += ["### Failing without the guard\n", _reasons(result.failing)]
    blocks += ["### Cannot run here\n", _reasons(result.cannot_run)]
    return "\n".join(blocks)


def _listed(tests: dict[str, str]) -> str:
    return "".join(f"- `{name}`: {_cell(words)}\n" for name, words in tests.items()) or "None.\n"


def _reasons(counted: dict[str, int]) -> str:
    return _table(("why", "tests"), _counted(counted)) if counted else "None.\n"


def _counted(counts: dict[str, int], *, code: bool = False) -> list[tuple[str, str]]:
    return [(f"`{name}`" if code else _cell(name), _many(number)) for name, number in counts.items()]


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _many(number: int) -> str:
    return f"{number:,}"


def main() -> int:
    """Write the page, or with `--check` exit 1 if it is not what the stored results give."""
    if "--check" in sys.argv[1:]:
        last = stored()
        return int(last is None or PAGE.read_text("utf-8") != render(last))
    run = gather()
    if not run.results:
        sys.exit("nothing in out/transparency: run make test-long")
    STORED.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=1) + b"\n")
    PAGE.write_text(render(run), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
