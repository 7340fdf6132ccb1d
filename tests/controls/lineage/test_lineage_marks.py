"""Marks tell which branch ran, and nobody finds them: not in the names, not in the builtins, not in a traceback."""

from __future__ import annotations

import builtins
import traceback
from typing import Any

import pytest
from lineage_notebook import Notebook


@pytest.fixture
def notebook() -> Notebook:
    found = Notebook()
    for cell in ("yes, no = True, False", "a = 11", "b = 22", "v = [1, 2]"):
        found.run(cell)
    return found


@pytest.mark.parametrize(
    ("cell", "made_by"),
    [
        ("y = a if yes else b", [1, 2, 5]),
        ("y = no and a or b", [1, 3, 5]),
        ("if no:\n    y = a\nelif yes:\n    y = b", [1, 3, 5]),
        ("y = 0\nfor i in range(3):\n    if yes:\n        y += a\n    else:\n        y += b", [1, 2, 5]),
        ("y = [a if x > 0 else b for x in v]", [2, 4, 5]),
        ("try:\n    y = a + 1\nexcept ValueError:\n    y = b", [2, 5]),
        ("try:\n    y = a / 0\nexcept ZeroDivisionError:\n    y = b", [2, 3, 5]),
        ("match yes:\n    case False:\n        y = a\n    case _:\n        y = b", [1, 3, 5]),
        ("y = 5\nfor item in []:\n    y = a", [5]),
        ("y = 0\nwhile y < 3:\n    y += 1\n    if y == 9:\n        y = a", [5]),
        ("with open('/dev/null') as file:\n    if no:\n        y = a\n    else:\n        y = b", [1, 3, 5]),
    ],
)
def test_only_the_branch_that_ran_counts(notebook: Notebook, cell: str, made_by: list[int]) -> None:
    assert notebook.run(cell)

    assert notebook.slice("y") == made_by


def test_no_mark_is_left_and_none_is_met(notebook: Notebook) -> None:
    names = set(notebook.shell.user_ns)
    cell = "for n in range(2):\n    if yes:\n        n += a\nseen = [k for k in globals() if 'mlsec' in k]"
    notebook.run("if no:\n    a = 1\n" + cell)

    assert {each for each in set(notebook.shell.user_ns) - names if each[:2] != "_i"} <= {"n", "seen"}
    assert not [each for each in vars(builtins) if "mlsec" in each]


def test_going_through_all_names_meets_no_change_of_size(notebook: Notebook) -> None:
    notebook.run("name = None; value = None")

    assert notebook.run("for name, value in globals().items():\n    if no:\n        a = b")


def test_an_error_points_where_it_would_without_marks(notebook: Notebook) -> None:
    result = notebook.shell.run_cell("if yes:\n    y = a if no else undefined_name", store_history=True)

    last = traceback.extract_tb(result.error_in_exec.__traceback__)[-1]

    assert (last.lineno, last.colno) == (2, 21)


def test_functions_keep_their_code(notebook: Notebook) -> None:
    source = "def f(x):\n    if x:\n        return a\n    return b"
    notebook.run(source)

    plain: dict[str, Any] = {}
    exec(compile(source, "cell", "exec", dont_inherit=True), plain)
    code, expected = notebook.shell.user_ns["f"].__code__, plain["f"].__code__

    assert (code.co_code, code.co_consts, code.co_names) == (expected.co_code, expected.co_consts, expected.co_names)


def test_a_cell_that_clears_all_names_still_ends(notebook: Notebook) -> None:
    clearing = "for k in [k for k in globals() if k[0] != '_']:\n    del globals()[k]"
    notebook.run(f"for i in range(2):\n    if yes:\n        j = a\n{clearing}")

    assert notebook.run("z = 1")
    assert notebook.slice("z") == [6]
