"""Cells that fork, stop half-way, reload, debug or ship functions elsewhere run as without us, and are followed."""

from __future__ import annotations

import builtins
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from lineage_notebook import Notebook, folder, fresh_shell

BLOCKING = """
import time
class Slow:
    def _wait(self, *a, **k):
        time.sleep(60)
        return 0
    __eq__ = __hash__ = __len__ = __iter__ = __reduce__ = __getattr__ = __bool__ = __array__ = __sizeof__ = _wait
class Liar:
    __class__ = property(lambda self: dict)
    __dict__ = property(lambda self: {'a': object()})
    __eq__ = lambda self, other: True
    __len__ = lambda self: -5
    __hash__ = lambda self: 7
    def __init__(self): object.__setattr__(self, 'state', [1])
"""
BRANCHES = "y = 0\nfor i in range(2):\n    if i:\n        y += a\n    else:\n        y -= b\nz = a if y else b\n"


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


def test_methods_that_block_or_lie_are_not_asked(notebook: Notebook) -> None:
    notebook.run(BLOCKING)
    began = time.monotonic()
    notebook.run("box = [Slow(), Liar()]")
    assert notebook.run("box.append(3)")

    assert notebook.slice("box") == [1, 2, 3]
    assert time.monotonic() - began < 30


def test_a_hundred_thousand_names_cost_little(notebook: Notebook) -> None:
    notebook.shell.user_ns.update({f"name{number}": number for number in range(100_000)})
    notebook.run("pass")
    began = time.process_time()
    notebook.run("total = name1 + name2")

    assert time.process_time() - began < 0.5
    assert notebook.slice("total") == [2]


def test_a_cell_that_forks_is_followed_in_the_parent(notebook: Notebook) -> None:
    notebook.run("import os\nk = 4")
    notebook.run("child = os.fork()\nif child == 0:\n    os._exit(0)\n_ = os.waitpid(child, 0)\ny = k")

    assert notebook.slice("y") == [1, 2]


def test_what_an_interrupted_cell_did_counts(notebook: Notebook) -> None:
    notebook.run("v = []")
    notebook.run("for i in range(3):\n    v.append(i)\n    if i == 1:\n        raise KeyboardInterrupt")
    notebook.run("w = v")

    assert notebook.shell.user_ns["w"] == [0, 1]
    assert notebook.slice("w") == [1, 2, 3]


def test_replacing_globals_changes_nothing_for_others(notebook: Notebook) -> None:
    notebook.run("k = 1")
    notebook.run("globals = vars = locals = lambda: {}")
    notebook.run("y = k")

    assert notebook.slice("y") == [1, 3]


def test_a_module_that_is_reloaded_by_itself_works_as_before(notebook: Notebook, tmp_path: Path) -> None:
    with folder(tmp_path):
        sys.path.insert(0, str(tmp_path))
        (tmp_path / "reloaded_one.py").write_text("def f():\n    return 1\n")
        notebook.run("%load_ext autoreload\n%autoreload 2\nimport reloaded_one")
        (tmp_path / "reloaded_one.py").write_text("def f():\n    return 22\n")
        assert notebook.run("y = reloaded_one.f()")
        notebook.run("%autoreload 0")
        sys.path.remove(str(tmp_path))

    assert notebook.shell.user_ns["y"] == 22
    assert notebook.slice("y") == [1, 2]


def test_the_source_of_a_function_is_found(notebook: Notebook) -> None:
    notebook.run("if True:\n    def f(x):\n        return x if x else 0")
    notebook.run("import inspect\ntext = inspect.getsource(f)")

    assert notebook.shell.user_ns["text"] == "    def f(x):\n        return x if x else 0\n"


def test_doctests_of_a_cell_run(notebook: Notebook) -> None:
    notebook.run("def f(x):\n    '''\n    >>> f(2)\n    4\n    '''\n    return x * 2 if x else 0")
    notebook.run("import doctest\nfailed, tried = doctest.testmod()")
    builtins.__dict__.pop("_", None)  # doctest leaves it there, and IPython gives way to it

    assert (notebook.shell.user_ns["failed"], notebook.shell.user_ns["tried"]) == (0, 1)


def _lines_seen(shell: Any, source: str) -> list[int]:
    """The lines a debugger would stop at."""
    seen: list[int] = []

    def trace(frame: Any, event: str, argument: object) -> Any:
        if frame.f_globals is not shell.user_ns:
            return None
        if event == "line" and frame.f_code.co_name == "<module>":
            seen.append(frame.f_lineno)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        shell.run_cell(source, store_history=True)
    finally:
        sys.settrace(before)
    return seen


def test_a_debugger_stops_at_the_same_lines(notebook: Notebook) -> None:
    notebook.run("a, b = 1, 2")
    watched = _lines_seen(notebook.shell, BRANCHES)
    plain = fresh_shell()
    plain.run_cell("a, b = 1, 2")

    assert watched == _lines_seen(plain, BRANCHES) != []


def test_a_function_shipped_elsewhere_carries_nothing_of_ours(notebook: Notebook) -> None:
    cloudpickle = pytest.importorskip("cloudpickle")
    notebook.run("if True:\n    def f(x):\n        return x + 1 if x else 0\ng = [f for _ in [1] if f][0]")

    shipped = cloudpickle.dumps(notebook.shell.user_ns["g"])

    assert b"mlsec" not in shipped


def test_a_module_of_a_c_library_without_buffers_is_survived(notebook: Notebook) -> None:
    notebook.run("import zlib, re, threading\nz = zlib.compressobj(); r = re.compile('a'); l = threading.Lock()")
    assert notebook.run("z.compress(b'abc'); l.acquire(); y = r.match('a').group()")

    assert notebook.slice("y") == [1, 2]


def test_what_a_cell_set_in_a_module_reaches_those_that_use_it(notebook: Notebook) -> None:
    for cell in ("import os", "b = 3", "os.environ['MLSEC_ODD'] = str(b)", "import os\ny = os.environ['MLSEC_ODD']"):
        notebook.run(cell)
    notebook.run("import json\nz = os.path.join('a', 'b')")

    assert notebook.slice("y") == [1, 2, 3, 4]
    assert notebook.slice("z") == [4, 5]


def test_an_attribute_set_on_a_function_reaches_those_that_use_it(notebook: Notebook) -> None:
    for cell in ("def f(x):\n    return x", "f.note = 3", "y = f(2)", "g = f", "z = g.note"):
        notebook.run(cell)
    notebook.run("def count():\n    count.n += 1\n    return count.n")
    for cell in ("count.n = 0", "count()", "w = count()"):
        notebook.run(cell)

    assert notebook.slice("y") == [1, 3]
    assert notebook.slice("z") == [1, 2, 4, 5]
    assert notebook.slice("w") == [6, 7, 8, 9]
