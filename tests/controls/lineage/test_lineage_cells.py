"""Slices of small notebooks, each with a trick of its own, against a truth found by deletion replay."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from lineage_case import Case
from lineage_cases import CASES
from lineage_notebook import Notebook, folder, replayed

WIDER = {
    "decorator": "the inner function's globals count when the decorator runs",
    "partial": "a function that is passed on counts as called",
    "half failed cell": "what a cell read before it failed counts",
}
"""Known cases where the slice names more than the truth, and why. Never less."""


def sliced(case: Case, path: Path) -> list[int]:
    with folder(path):
        notebook = Notebook()
        for source in case.cells:
            notebook.run(source)
        return notebook.slice(case.target)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_a_slice_holds_what_made_the_name(case: Case, tmp_path: Path) -> None:
    found = sliced(case, tmp_path)

    if case.name in WIDER:
        assert set(found) > set(case.truth)
    else:
        assert found == list(case.truth)


def test_at_least_ninety_seven_of_a_hundred_slices_are_exact() -> None:
    assert len(CASES) >= 140
    assert 1 - len(WIDER) / len(CASES) >= 0.97


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_the_truth_is_what_deletion_replay_says(case: Case, tmp_path: Path) -> None:
    random.seed()
    assert replayed(case.cells, case.target, tmp_path) == list(case.truth)
