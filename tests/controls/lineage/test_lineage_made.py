"""Slices of notebooks made from seeds, against what running them without each of their cells says."""

from __future__ import annotations

import os

import pytest
from lineage_made import made
from lineage_replay import ours, replay

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="each run needs a process like this one")
FEW = (1,)
MANY = range(100, 140)


def _differences(seed: int) -> tuple[int, int, int]:
    """How many slices there are, how many are exact, and how many cells they miss."""
    notebook = made(seed)
    truth = replay(notebook.steps, notebook.targets)
    found = ours(notebook.steps, list(truth.slices), notebook.deleted)
    slices = {name: set(found[name]) - set(truth.neutral[name]) for name in truth.slices}
    exact = sum(slices[name] == set(wanted) for name, wanted in truth.slices.items())
    missed = sum(len(set(wanted) - slices[name]) for name, wanted in truth.slices.items())
    return len(slices), exact, missed


@pytest.mark.parametrize("seed", FEW)
def test_a_made_notebooks_slices_name_every_cell_that_counts(seed: int) -> None:
    slices, exact, missed = _differences(seed)

    assert (exact, missed) == (slices, 0)


@pytest.mark.long
def test_of_many_made_notebooks_few_slices_are_wide_and_fewer_miss_a_cell() -> None:
    slices, exact, missed = map(sum, zip(*map(_differences, MANY), strict=True))

    assert exact / slices >= 0.95
    assert missed <= slices * 0.02


def test_a_notebook_made_from_a_seed_is_the_same_each_time() -> None:
    assert made(5) == made(5)
    assert made(5) != made(6)
