"""Made-up questions lack the structure of the columns; real rows, also of one part of the data, have it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from jupyter_mlsec.controls.models import questions

RNG = np.random.default_rng(0)
MIXED = RNG.normal(size=(8, 8))
TABLE = RNG.normal(size=(4000, 8)) @ MIXED
FRESH = RNG.normal(size=(4000, 8)) @ MIXED


def is_told(ask: Callable[[int], Any], table: Any = TABLE) -> bool:
    """Whether 600 questions in pieces of some rows are told."""
    structure = questions.learned(table)
    assert structure is not None
    window = questions.Window()
    told = [questions.is_made_up(structure, window, ask(place)) for place in range(0, 600, 20)]
    return any(told)


def shuffled(place: int) -> Any:
    draws = [np.random.default_rng(place + column).permutation(FRESH[:, column])[:20] for column in range(8)]
    return np.column_stack(draws)


@pytest.mark.parametrize(
    "ask",
    [
        shuffled,
        lambda place: np.random.default_rng(place).uniform(FRESH.min(0), FRESH.max(0), (20, 8)),
        lambda place: FRESH[:1] + np.random.default_rng(place).normal(size=(20, 8)) * FRESH.std(0) / 20,
    ],
    ids=["columns shuffled", "uniform", "one row varied"],
)
def test_made_up_questions_are_told(ask: Callable[[int], Any]) -> None:
    assert is_told(ask)


def test_real_rows_are_not_told_nor_a_part_of_them() -> None:
    part = FRESH[FRESH[:, 0] > 0]

    assert not is_told(lambda place: FRESH[place : place + 20])
    assert not is_told(lambda place: part[place : place + 20])


def test_less_than_three_windows_tell_nothing() -> None:
    structure = questions.learned(TABLE)
    assert structure is not None

    assert not questions.is_made_up(structure, questions.Window(), RNG.normal(size=(599, 8)))


@pytest.mark.parametrize(
    "table",
    [RNG.normal(size=(4000, 8)), TABLE[:300], TABLE[:, :2], np.ones((4000, 8)), TABLE.astype(object), [[1.0]], None],
    ids=["unrelated", "few", "narrow", "constant", "objects", "list", "none"],
)
def test_where_nothing_could_be_told_nothing_is_learned(table: Any) -> None:
    assert questions.learned(table) is None


def test_missing_values_and_other_inputs_are_passed_over() -> None:
    structure = questions.learned(TABLE)
    assert structure is not None
    window = questions.Window()

    for asked in (np.full((900, 8), np.nan), np.ones((5, 3)), None, "text", iter([1])):
        assert not questions.is_made_up(structure, window, asked)
    assert window.rows == 0
