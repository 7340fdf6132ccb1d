"""Backward slices beside ipyflow's, on notebooks whose truth was found by running them without each of their cells.

A slice is exact when it names the executions without which the target would be another, and no other. Cells that the
target would be the same without, though other constants in them change it, are left out and counted apart.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.measure import ROOT, Row, Spread
from benchmarks.peers import installed, python

NOTEBOOKS = 220
SEED = int(os.environ.get("MLSEC_SLICES_SEED", "1000"))
CASES = ROOT / "tests" / "controls" / "lineage"
PATIENCE = 3600
"""Seconds of the wall for one side's work."""
_WORK = f"""
import json, sys
sys.path[:0] = [{str(ROOT)!r}, {str(CASES)!r}]
import copy, heapq, sqlite3
import numpy, pandas, sklearn.linear_model
import lineage_replay as replay
"""
_TRUTH = """
replay.a_shell()
for line in sys.stdin:
    number, steps, targets, _ = json.loads(line)
    print(json.dumps([number, replay.replay(steps, targets)]), flush=True)
"""
_OURS = """
import jupyter_mlsec.session.extension
replay.a_shell()
for line in sys.stdin:
    number, steps, targets, deleted = json.loads(line)
    print(json.dumps([number, replay.ours(steps, targets, deleted)]), flush=True)
"""
_IPYFLOW = """
from ipyflow.shell.interactiveshell import IPyflowInteractiveShell
from ipyflow.singletons import flow
shell = IPyflowInteractiveShell.instance()
shell.history_manager.enabled = False

def sliced(name):
    symbol = flow().global_scope.lookup_symbol_by_name_this_indentation(name)
    return [] if symbol is None else sorted(symbol.code().raw_slice)

for line in sys.stdin:
    number, steps, targets, _ = json.loads(line)
    def work():
        replay.run_steps(shell, steps)
        return {name: sliced(name) for name in targets if name in shell.user_ns}
    print(json.dumps([number, replay.in_child(work) or {}]), flush=True)
"""


class Notebook(NamedTuple):
    """One notebook to be sliced: its steps, the names to ask for, and what was deleted when."""

    steps: Sequence[tuple[str, str]]
    targets: Sequence[str]
    deleted: Sequence[tuple[int, str]]
    is_made: bool


class Score:
    """Slices held against the truth."""

    def __init__(self) -> None:
        self.slices = self.exact = self.right = self.extra = self.missed = self.neutral = 0

    def add(self, found: Sequence[int], truth: Sequence[int], neutral: Sequence[int]) -> None:
        """One slice."""
        ours, wanted = set(found) - set(neutral), set(truth)
        self.slices += 1
        self.exact += ours == wanted
        self.right += len(ours & wanted)
        self.extra += len(ours - wanted)
        self.missed += len(wanted - ours)
        self.neutral += len(neutral)

    def rows(self, who: str, where: str, goals: Mapping[str, float]) -> Iterator[Row]:
        """Exact slices, precision and recall."""
        shares = {
            "exact": self.exact / max(1, self.slices),
            "precision": self.right / max(1, self.right + self.extra),
            "recall": self.right / max(1, self.right + self.missed),
        }
        for what, share in shares.items():
            note = f"{self.slices} slices; {self.neutral} value-neutral cells left out" if what == "exact" else ""
            yield Row(
                what=f"{who}, {where}: {what}",
                unit="%",
                measured=Spread(low=share * 100, median=share * 100, high=share * 100),
                goal=goals.get(what),
                more_is_better=True,
                note=note,
            )


def notebooks(seed: int = SEED, count: int = NOTEBOOKS) -> list[Notebook]:
    """Those made from seeds, then those written by hand."""
    sys.path.insert(0, str(CASES))
    from lineage_cases import CASES as WRITTEN  # type: ignore[import-not-found]
    from lineage_made import made  # type: ignore[import-not-found]

    found = [
        Notebook(one.steps, one.targets, one.deleted, is_made=True) for one in map(made, range(seed, seed + count))
    ]
    for case in WRITTEN:
        steps = [(f"cell-{number}", text) for number, text in enumerate(case.cells)]
        found.append(Notebook(steps, [case.target], (), is_made=False))
    return [one for one in found if one.targets]


def answers(work: str, interpreter: str, books: Sequence[Notebook]) -> dict[int, Any]:
    """What a worker says of each notebook. It runs each in a child of its own."""
    lines = "\n".join(json.dumps([n, one.steps, one.targets, one.deleted]) for n, one in enumerate(books))
    done = subprocess.run(
        [interpreter, "-W", "ignore", "-c", _WORK + work],
        input=lines,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    if not done.stdout:
        raise RuntimeError(done.stderr.strip().rpartition("\n")[2])
    return dict(json.loads(line) for line in done.stdout.splitlines() if line.startswith("["))


def scored(
    books: Sequence[Notebook], truth: Mapping[int, Any], found: Mapping[int, Any], *, is_made: bool
) -> tuple[Score, list[str]]:
    """The score of one side's slices, and a line for each that is not exact."""
    score, wrong = Score(), []
    for number, book in enumerate(books):
        if book.is_made != is_made or number not in truth:
            continue
        slices, neutral, _ = truth[number]
        for name, wanted in slices.items():
            said = found.get(number, {}).get(name, [])
            score.add(said, wanted, neutral[name])
            kept = set(said) - set(neutral[name])
            if kept != set(wanted):
                extra, missed = sorted(kept - set(wanted)), sorted(set(wanted) - kept)
                wrong.append(f"{number} {name}: extra {extra}, missed {missed}: {[text for _, text in book.steps]}")
    return score, wrong


def rows() -> list[Row]:
    """Ours and ipyflow's on the same notebooks."""
    books = notebooks()
    truth = answers(_TRUTH, sys.executable, books)
    goals = {"exact": 97.0, "recall": 99.5}
    sides = [("ours", answers(_OURS, sys.executable, books), goals)]
    if "ipyflow" in installed():
        sides.append(("ipyflow", answers(_IPYFLOW, str(python()), books), {}))
    found: list[Row] = []
    for who, slices, aims in sides:
        for where, is_made in (("made notebooks", True), ("written by hand", False)):
            score, wrong = scored(books, truth, slices, is_made=is_made)
            found += score.rows(who, where, aims)
            if who == "ours" and (place := os.environ.get("MLSEC_SLICES_WRONG")):
                Path(f"{place}-{is_made}").write_text("\n".join(wrong), encoding="utf-8")
    if len(sides) == 1:
        found.append(Row(what="ipyflow", unit="%", measured=None, note="ipyflow is not installed: make bench-peers"))
    return found
