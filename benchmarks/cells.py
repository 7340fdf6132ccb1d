"""Cells in a notebook with 1,000 variables: what the guard, with every control at work and its ledger open, adds to
plain IPython, and what ipyflow's shell adds."""

from __future__ import annotations

from benchmarks.measure import Row
from benchmarks.peers import ROUNDS, Entrant, Race, race, together

IPYTHON = "from IPython.core.interactiveshell import InteractiveShell as Shell\n"
IPYFLOW = "from ipyflow.shell.interactiveshell import IPyflowInteractiveShell as Shell\n"
NOTEBOOK = """
shell = Shell.instance()
shell.history_manager.enabled = False
for number in range(1000):
    shell.user_ns[f"variable_{number}"] = [number]
shell.user_ns["total"] = 0
"""
GUARD = "shell.run_line_magic('load_ext', 'jupyter_mlsec')\n"
# Until something is watched nothing is written: the ledger is open only after a first watched call.
FIRST = """
shell.run_cell("import pickle\\nwith open('first.pickle', 'wb') as file:\\n    pickle.dump(1, file)").raise_error()
"""
OPEN = """
from jupyter_mlsec.session import running
assert running.house.keeping.ledger is not None
"""
LUCK = "five processes of each: where memory happens to lie changes the plain loop by a seventh"
RUN = """
def body():
    assert shell.run_cell(SOURCE, store_history=True).success

def a_round(times):
    # IPython keeps each input under a name (_i7): without this there would soon be many more than 1,000.
    for name in [name for name in shell.user_ns if name[:2] == "_i" and name[2:].isdigit()]:
        del shell.user_ns[name]
    return timed(body, times)
"""
TEN = "\n".join(f"name_{number} = variable_{number}[0] * 2" for number in range(10))
LOOP = "for index in range(100_000):\n    total += index * index % 7"
CALLS = "def add(number):\n    return number + 1\n\nfor index in range(3_000):\n    total = add(index)"


def rows() -> list[Row]:
    """The same cells in three shells, one of them guarded, one ipyflow's."""
    empty, ten = run("pass", 100, 20), run(TEN, 50, 3)
    calls, loop = run(CALLS, 30, 2), together([run(LOOP, 5, 2, rounds=3) for _ in range(5)])
    return [
        empty.taken("empty cell, plain IPython", "plain", "us"),
        empty.added("empty cell, added", "guarded", "us", goal=150),
        empty.added("empty cell, added by ipyflow", "ipyflow", "us"),
        ten.taken("ten statements, plain IPython", "plain", "us"),
        ten.added("ten statements, added", "guarded", "us"),
        ten.added("ten statements, added by ipyflow", "ipyflow", "us"),
        calls.taken("3,000 calls of a function, plain IPython", "plain", "us"),
        calls.added("3,000 calls of a function, added", "guarded", "us"),
        calls.added("3,000 calls of a function, added by ipyflow", "ipyflow", "us"),
        loop.taken("loop of 100,000 turns, plain IPython", "plain", "ms"),
        loop.ratio("loop of 100,000 turns, guarded to plain", "guarded", goal=1.2, note=LUCK),
        loop.ratio("loop of 100,000 turns, ipyflow to plain", "ipyflow"),
    ]


def run(source: str, times: int, few: int, rounds: int = ROUNDS) -> Race:
    """One cell in each shell, `times` a round; `few` in ipyflow's, which needs longer."""
    body = f"SOURCE = {source!r}\n{RUN}"
    often, seldom = f"a_round({times})", f"a_round({few})"
    return race(
        {
            "plain": Entrant(setup=IPYTHON + NOTEBOOK + FIRST + body, ask=often),
            "guarded": Entrant(setup=IPYTHON + NOTEBOOK + GUARD + FIRST + OPEN + body, ask=often),
            "ipyflow": Entrant(setup=IPYFLOW + NOTEBOOK + FIRST + body, ask=seldom, peer="ipyflow"),
        },
        rounds,
    )
