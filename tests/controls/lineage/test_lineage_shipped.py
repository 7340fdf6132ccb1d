"""Functions that libraries read, copy or send elsewhere work as without us, and cells that use them are followed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from lineage_notebook import Notebook, folder, fresh_shell

BRANCHING = "if True:\n    def f(x):\n        return x + k if x else k"


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


def test_a_functions_bytecode_is_what_it_is_without_us(notebook: Notebook) -> None:
    notebook.run("k = 1")
    notebook.run(BRANCHING)
    watched = notebook.shell.user_ns["f"].__code__
    plain = fresh_shell()
    plain.run_cell("k = 1")
    plain.run_cell(BRANCHING)

    assert watched.co_code == plain.user_ns["f"].__code__.co_code
    assert (watched.co_consts, watched.co_names) == (
        plain.user_ns["f"].__code__.co_consts,
        plain.user_ns["f"].__code__.co_names,
    )


@pytest.mark.parametrize("prefer", ["threads", "processes"])
def test_joblib_workers_run_a_cells_function(notebook: Notebook, prefer: str) -> None:
    pytest.importorskip("joblib")
    notebook.run("from joblib import Parallel, delayed\nk = 10")
    notebook.run(BRANCHING)
    assert notebook.run(f"y = Parallel(n_jobs=1, prefer={prefer!r})(delayed(f)(i) for i in range(3))")

    assert notebook.shell.user_ns["y"] == [10, 11, 12]
    assert notebook.slice("y") == [1, 2, 3]


def test_a_function_that_cloudpickle_copies_is_what_it_was(notebook: Notebook) -> None:
    pytest.importorskip("cloudpickle")
    notebook.run("import cloudpickle, pickle\nk = 10")
    notebook.run(BRANCHING)
    assert notebook.run("g = pickle.loads(cloudpickle.dumps(f))\ny = g(1)")

    assert notebook.shell.user_ns["y"] == 11
    assert notebook.slice("y") == [1, 2, 3]


def test_dask_computes_with_a_cells_function(notebook: Notebook) -> None:
    pytest.importorskip("dask")
    notebook.run("import dask\nk = 10")
    notebook.run(BRANCHING)
    assert notebook.run("later = dask.delayed(f)(4)")
    assert notebook.run("y = later.compute(scheduler='synchronous')")

    assert notebook.shell.user_ns["y"] == 14
    assert notebook.slice("y") == [1, 2, 3, 4]


def test_dask_tokenizes_a_function_as_without_us(notebook: Notebook) -> None:
    pytest.importorskip("dask")
    notebook.run("from dask.base import tokenize\nk = 10")
    notebook.run(BRANCHING)
    notebook.run("one = tokenize(f)")
    notebook.run("if True:\n    two = tokenize(f) if k else 0")

    assert notebook.shell.user_ns["one"] == notebook.shell.user_ns["two"]


def test_sources_are_found_of_functions_in_branches_and_loops(notebook: Notebook) -> None:
    notebook.run(
        "for n in range(2):\n    if n:\n        def f(x):\n            return [x if x else n for _ in range(2) if x]"
    )
    notebook.run("import inspect\ntext = inspect.getsource(f)\nwhere = inspect.getsourcelines(f)[1]")

    assert notebook.shell.user_ns["text"].lstrip().startswith("def f(x):\n            return [x if x else n")
    assert notebook.shell.user_ns["where"] == 3


def test_a_traceback_names_the_users_own_line(notebook: Notebook) -> None:
    notebook.run("k = 0")
    notebook.run(
        "try:\n    if not k:\n        y = 1 / k\nexcept ArithmeticError as e:\n    n = e.__traceback__.tb_lineno"
    )

    assert notebook.shell.user_ns["n"] == 3


def test_a_reloaded_modules_new_code_is_what_counts(notebook: Notebook, tmp_path: Path) -> None:
    with folder(tmp_path):
        sys.path.insert(0, str(tmp_path))
        try:
            notebook.run("%%writefile shipped_one.py\ndef f():\n    return 1")
            notebook.run("%load_ext autoreload\n%autoreload 2\nfrom shipped_one import f")
            notebook.run("%%writefile shipped_one.py\ndef f():\n    return 22")
            assert notebook.run("y = f()")
        finally:
            notebook.run("%autoreload 0")
            sys.path.remove(str(tmp_path))

    assert notebook.shell.user_ns["y"] == 22
    assert notebook.slice("y")[-2:] == [3, 4]
