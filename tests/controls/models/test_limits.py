"""What the policy has limited, a caller gets limited, in the same form; and a budget is one for all kernels."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_mlsec.controls.models.budget import Budget
from jupyter_mlsec.controls.models.limits import limited, obligation
from jupyter_mlsec.controls.models.settings import AnswerRule, Settings

ROWS = np.array([[0.123, 0.777, 0.1], [0.5, 0.2, 0.3]])


def given(rule: AnswerRule, function: str, value: Any) -> Any:
    found = obligation(rule, function, value)
    return value if found is None else limited(value, found.details)


def test_probabilities_are_rounded() -> None:
    assert given(AnswerRule(give="rounded"), "predict_proba", ROWS).tolist() == [[0.1, 0.8, 0.1], [0.5, 0.2, 0.3]]


def test_the_highest_few_are_given() -> None:
    assert given(AnswerRule(give="top", top=2), "predict_proba", ROWS).tolist() == [[0.123, 0.777, 0], [0.5, 0, 0.3]]


def test_the_label_alone_is_given() -> None:
    rule = AnswerRule(give="label")
    assert given(rule, "predict_proba", ROWS).tolist() == [[0, 1, 0], [1, 0, 0]]
    assert given(rule, "predict_log_proba", np.log(ROWS)).tolist() == [[-np.inf, 0, -np.inf], [0, -np.inf, -np.inf]]
    assert given(rule, "decision_function", np.array([-0.3, 4.0])).tolist() == [-1, 1]
    assert given(rule, "predict", np.array(["a", "b"])).tolist() == ["a", "b"]


def test_the_original_is_not_changed_and_a_table_stays_a_table() -> None:
    table = pd.DataFrame(ROWS, columns=["a", "b", "c"], index=[7, 8])
    made = given(AnswerRule(give="label"), "predict_proba", table)

    assert list(made.columns) == ["a", "b", "c"]
    assert list(made.index) == [7, 8]
    assert made.loc[7].tolist() == [0, 1, 0]
    assert table.loc[7, "b"] == 0.777


def test_answers_of_several_outputs_are_limited_each() -> None:
    made = given(AnswerRule(give="label"), "predict_proba", [ROWS, ROWS])

    assert [each.tolist()[1] for each in made] == [[1, 0, 0], [1, 0, 0]]


@pytest.mark.parametrize("value", [iter([ROWS]), object(), [object()]], ids=["generator", "object", "list"])
def test_what_cannot_be_limited_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="cannot be limited"):
        obligation(AnswerRule(give="label"), "staged_predict_proba", value)


def budget_in(folder: Path, deeds: dict[str, dict[str, str]]) -> Budget:
    def record(verb: str, subject: str, details: dict[str, str]) -> None:
        deeds[subject] = details

    return Budget(lambda: folder, record, lambda *verbs: dict(deeds))


def test_a_budget_is_spent_to_the_last_row_and_not_beyond(tmp_path: Path) -> None:
    budget = budget_in(tmp_path, {})

    assert [budget.spend("m", "uid-1", rows, 10) for rows in (4, 7, 6, 1)] == [6, None, 0, None]
    assert budget.spend("m", "uid-2", 10, 10) == 0


def test_a_file_that_was_removed_gives_nothing_back(tmp_path: Path) -> None:
    deeds: dict[str, dict[str, str]] = {}
    budget_in(tmp_path, deeds).spend("m", "uid-1", 90, 100)
    (tmp_path / "models" / "asked.json").unlink()

    assert budget_in(tmp_path, deeds).spend("m", "uid-1", 20, 100) is None


def test_counts_that_cannot_be_read_now_are_not_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    budget = budget_in(tmp_path, {})
    budget.spend("m", "uid-1", 4, 100)

    def too_many(path: Path) -> bytes:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", too_many)
        with pytest.raises(OSError, match="Too many"):
            budget.spend("m", "uid-2", 1, 100)
    assert budget.spend("m", "uid-1", 0, 100) == 96


SPENDS = """
import sys
from pathlib import Path
from jupyter_mlsec.controls.models.budget import Budget
folder = Path(sys.argv[1])
budget = Budget(lambda: folder, lambda *_: None, lambda *_: {})
print(sum(budget.spend("m", "uid-1", 1, 150) is not None for _ in range(100)))
"""


def test_two_processes_never_spend_the_same_rows(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SPENDS, str(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]

    assert sum(int(each.communicate()[0]) for each in both) == 150
    assert json.loads((tmp_path / "models" / "asked.json").read_text()) == {"m uid-1": 150}


def test_only_who_is_trusted_may_say_what_becomes_of_answers() -> None:
    assert Settings(answers=(AnswerRule(give="label"),)).loosened(Settings()) == ("answers",)
    assert Settings(extraction="warn", every_call=True).loosened(Settings()) == ()
