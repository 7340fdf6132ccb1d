"""Compilers that read a function's bytecode or source get what the user wrote: numba, torch.jit, torch.compile."""

from __future__ import annotations

import pytest
from lineage_notebook import Notebook

BRANCHES = "if True:\n    {decorator}def f(x):\n        if x > 2:\n            return x * k\n        return x + k"


def outcome(notebook: Notebook, decorator: str, call: str, first: str) -> list[int]:
    notebook.run(first)
    notebook.run("k = 3" if "torch.jit.script" not in decorator else "k: int = 3")
    assert notebook.run(BRANCHES.format(decorator=decorator))
    assert notebook.run(f"y = {call}")
    return notebook.slice("y")


def test_numba_compiles_a_cells_function() -> None:
    pytest.importorskip("numba")
    notebook = Notebook()

    found = outcome(notebook, "@numba.njit\n    ", "f(5)", "import numba")

    assert (notebook.shell.user_ns["y"], found) == (15, [1, 2, 3, 4])


def test_numba_compiles_a_function_in_a_branch_that_is_marked() -> None:
    pytest.importorskip("numba")
    notebook = Notebook()
    notebook.run("import numba\na, b = 4, 5")
    notebook.run("if a:\n    g = numba.njit(lambda x: x + a)\nelse:\n    g = numba.njit(lambda x: x + b)")
    assert notebook.run("y = g(1)")

    assert (notebook.shell.user_ns["y"], notebook.slice("y")) == (5, [1, 2, 3])


def test_torch_traces_a_cells_function() -> None:
    pytest.importorskip("torch")
    notebook = Notebook()
    notebook.run("import torch\nk = torch.ones(2)")
    notebook.run("def f(x):\n    return x * k if len(x) else k")
    assert notebook.run("traced = torch.jit.trace(f, (torch.ones(2),))\ny = traced(torch.tensor([2.0, 3.0])).tolist()")

    assert (notebook.shell.user_ns["y"], notebook.slice("y")) == ([2.0, 3.0], [1, 2, 3])


def test_torch_scripts_a_cells_function_from_its_source() -> None:
    pytest.importorskip("torch")
    notebook = Notebook()
    notebook.run("import torch")
    notebook.run("def f(x: int) -> int:\n    if x > 2:\n        return x * 3\n    return x + 3")
    assert notebook.run("g = torch.jit.script(f)\ny = g(5)")

    assert (notebook.shell.user_ns["y"], notebook.slice("y")) == (15, [1, 2, 3])


def test_torch_compiles_a_cells_function() -> None:
    pytest.importorskip("torch")
    notebook = Notebook()
    notebook.run("import torch\nk = 3")
    notebook.run("@torch.compile(backend='eager', fullgraph=True)\ndef f(x):\n    return x * k + 1")
    assert notebook.run("y = f(torch.ones(2)).tolist()")

    assert (notebook.shell.user_ns["y"], notebook.slice("y")) == ([4.0, 4.0], [1, 2, 3])
