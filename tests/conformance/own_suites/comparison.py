"""What came of a suite's runs: what is flaky by itself, what the guard changed, and what could not run at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from tests.conformance.own_suites.runs import Report, outcome
from tests.conformance.own_suites.suites import Suite

_WARNED = "warned: "


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One suite as it came out; all that docs/transparency.md says of it. Tests are named by pytest's ids."""

    suite: str
    profile: str
    baselines: int
    outcomes: dict[str, int]
    """Tests per outcome, in the first run with the guard off."""
    executed: int
    least: int
    folders: dict[str, int]
    """Executed tests by the folder or file they lie in."""
    watched: int
    """Calls that the guard recorded."""
    functions: dict[str, int]
    """The same by function, the most called first."""
    changed: dict[str, tuple[str, str]]
    """Outcome or warnings off and on, of every test that is not flaky and in which they differ."""
    flaky: dict[str, list[str]]
    """Outcomes of tests in which already the runs with the guard off differ: listed, not compared."""
    failing: dict[str, int]
    """Tests that fail with the guard off as well, by what they say; compared, but not counted as executed."""
    cannot_run: dict[str, int]
    """Tests that were skipped or left out, by reason."""
    troubles: list[str]
    """Errors of ours, swallowed or not."""
    stood_down: dict[str, str]


def compare(suite: Suite, profile: str, baselines: Sequence[Report], on: Report, known: Sequence[str] = ()) -> Result:
    """The guarded run beside those without. `known`: tests found flaky earlier, where there is only one baseline."""
    off = baselines[0]
    flaky = {name: [] for name in known if name in off.tests}
    flaky |= _differing(baselines)
    executed = [name for name in off.executed() if name not in flaky]
    return Result(
        suite=suite.name,
        profile=profile,
        baselines=len(baselines),
        outcomes=off.counts(),
        executed=len(executed),
        least=suite.least,
        folders=dict(sorted(Counter(map(_folder, executed)).items())),
        watched=sum(on.watched.values()),
        functions=dict(Counter(on.watched).most_common(20)),
        changed={name: (found[0], found[1]) for name, found in _differing([off, on]).items() if name not in flaky},
        flaky=dict(sorted(flaky.items())),
        failing=_by_reason(words for words in off.tests.values() if outcome(words) == "failed"),
        cannot_run=_cannot_run(suite, off),
        troubles=on.troubles,
        stood_down=on.stood_down,
    )


def _differing(reports: Sequence[Report]) -> dict[str, list[str]]:
    """What is not the same in all runs, by test: outcomes, and apart from them warnings."""
    found: dict[str, list[str]] = {}
    for name in {name: None for report in reports for name in report.tests | report.warned}:
        seen = [_seen(report, name) for report in reports]
        if len(set(seen)) > 1:
            found[name] = seen
    return found


def _seen(report: Report, name: str) -> str:
    words = report.tests.get(name, "not run")
    warnings = report.warned.get(name)
    return f"{words}; {_WARNED}{', '.join(warnings)}" if warnings else words


def _folder(name: str) -> str:
    """`pandas/tests/io/parser` for a test below it; the file itself if it lies higher."""
    parts = name.partition("::")[0].split("/")
    below = 4 if parts[2:3] == ["io"] else 3
    return "/".join(parts[:below] if parts[1:2] == ["tests"] else parts[:2])


def _cannot_run(suite: Suite, report: Report) -> dict[str, int]:
    reasons = Counter(_by_reason(words for words in report.tests.values() if outcome(words) == "skipped"))
    for mark, number in report.left_out.items():
        reasons[f"{suite.left_out[mark]} (marked `{mark}`)"] += number
    return dict(sorted(reasons.items(), key=lambda one: (-one[1], one[0])))


def _by_reason(many: Any) -> dict[str, int]:
    counted = Counter(_reason(words) for words in many)
    return dict(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


def _reason(words: str) -> str:
    """One reason from many sentences: the package, or the folder of the data file, that is not there."""
    text = re.sub(r"^\w+ (?:skipped|failed): (?:Skipped: )?", "", words).strip()
    package = re.search(r"[Cc]ould not import '(\w+)|^(\w+) is not installed", text)
    if package:
        return f"need the package {package[1] or package[2]}"
    data = re.match(r"Could not find ([\w./#-]+?)\.?$", text)
    if data:
        place = data[1].rpartition("/")[0] if "." in data[1].rpartition("/")[2] else data[1]
        return f"need a data file of {place}, which the wheel does not carry"
    return text or "no reason given"
