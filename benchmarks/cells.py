"""A cell in a notebook with 1,000 variables: what the guard adds to plain IPython, with all five controls at work."""

from __future__ import annotations

from contextlib import ExitStack

from benchmarks.measure import Bench, Row, added, ratio, take_turns

SHELL = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.history_manager.enabled = False
for number in range(1000):
    shell.user_ns[f"variable_{number}"] = [number]
shell.user_ns["total"] = 0
"""
GUARD = "shell.run_line_magic('load_ext', 'jupyter_mlsec')\n"
EMPTY = "def body(): shell.run_cell('pass', store_history=True)\n"
LOOP = (
    "def body(): shell.run_cell('for index in range(100_000):\\n    total += index * index % 7', store_history=True)\n"
)


def rows() -> list[Row]:
    """The same cells in two shells, one of them guarded."""
    with ExitStack() as stack:
        plain, guarded = (stack.enter_context(Bench(SHELL + guard + EMPTY)) for guard in ("", GUARD))
        empty = take_turns({"plain": lambda: plain.seconds(100), "guarded": lambda: guarded.seconds(100)})
    with ExitStack() as stack:
        plain, guarded = (stack.enter_context(Bench(SHELL + guard + LOOP)) for guard in ("", GUARD))
        loop = take_turns({"plain": lambda: plain.seconds(5), "guarded": lambda: guarded.seconds(5)})
    return [
        Row(what="empty cell, added", unit="us", measured=added(empty, "plain", "guarded", 1e6), goal=150),
        Row(what="empty cell, guarded to plain", unit="x", measured=ratio(empty, "plain", "guarded")),
        Row(
            what="loop of 100,000 turns, guarded to plain", unit="x", measured=ratio(loop, "plain", "guarded"), goal=1.2
        ),
    ]
