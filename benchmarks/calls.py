"""One watched call that does nothing itself, with eight controls that say nothing: what watching alone costs, beside
wrappers that record nothing."""

from __future__ import annotations

import atexit
import functools
import io
import sys
import tempfile
import types
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.measure import Row
from benchmarks.peers import Entrant, race
from jupyter_mlsec.controls.contract import NOTHING, Judgement, Quiet
from jupyter_mlsec.gate import Allowances, Gate, Journal, Scope
from jupyter_mlsec.interception import Interception, Library, reads
from jupyter_mlsec.interception.tripwire import Tripwire
from jupyter_mlsec.ledger import Ledger
from jupyter_mlsec.protocol.records import Cell, Subject
from jupyter_mlsec.vault.signing import local_signer

TIMES = 3_000
SOURCE = "__version__ = '1'\ndef load(path, *, rows=None):\n    return rows\n"
TABLE = "a,b,c\n" + "\n".join(f"{number},{number / 7},text{number}" for number in range(1000))
WAYS = ("plain", "watched", "wraps", "wrapt")
SETUP = """
import itertools
from benchmarks.calls import {way}, cold
load, numbers = {way}(), itertools.count()
def body(): load(f"data{{next(numbers)}}.csv")
def again(): load(f"data{{next(numbers) * 0}}.csv")
"""


class Silent(Quiet):
    """A control that is asked before and after, as most are, and never has anything to say."""

    def before(self, *_about: object) -> Iterable[Judgement]:
        """Nothing."""
        return NOTHING

    def after(self, *_about: object) -> Iterable[Judgement]:
        """Nothing."""
        return NOTHING


class Post:
    """The least that handlers need: a gate with eight quiet controls and a real ledger."""

    def __init__(self, folder: Path) -> None:
        self.ledger = Ledger(folder / "ledger", lambda: local_signer(folder))
        self.gate = Gate(Journal("bench", self.ledger.append), Allowances())
        controls = [Silent() for _ in range(8)]
        for number, control in enumerate(controls):
            control.name = f"quiet{number}"
        self.gate.employ(controls)
        self.scope = Scope(Subject(name="bench"))
        self.root = str(folder)
        self.tripwire = Tripwire()
        self._count = 0

    def fresh_id(self) -> str:
        """An id unique in this run."""
        self._count += 1
        return f"bench.{self._count}"


def rows() -> list[Row]:
    """Hot: call after call, each on another file. Cold: each after a small read_csv, as in a notebook."""
    hot = race({way: entrant(way, f"timed(body, {TIMES})") for way in WAYS}, rounds=9)
    again = race({way: entrant(way, f"timed(again, {TIMES})") for way in WAYS[:2]}, rounds=9)
    cold = race({way: entrant(way, "cold(body)") for way in WAYS}, rounds=100)
    after = "100 rounds of one call, each after a small read_csv"
    return [
        hot.taken("the bare call", "plain", "us"),
        hot.added("watched call, hot, recorded", "watched", "us", goal=10),
        again.added("watched call, hot, the same one again in its cell: counted", "watched", "us", goal=10),
        hot.added("functools.wraps, hot", "wraps", "us", note="records nothing"),
        hot.added("wrapt FunctionWrapper, hot", "wrapt", "us", note="records nothing"),
        cold.added("watched call, cold, recorded", "watched", "us", goal=50, note=after),
        cold.added("functools.wraps, cold", "wraps", "us", note=f"records nothing; {after}"),
        cold.added("wrapt FunctionWrapper, cold", "wrapt", "us", note=f"records nothing; {after}"),
    ]


def entrant(way: str, ask: str) -> Entrant:
    """That way to call, in a process that finds it here."""
    return Entrant(setup=SETUP.format(way=way), ask=ask, peer="wrapt" if way == "wrapt" else None)


# --- what runs in the measured processes --------------------------------------------------------------------


def cold(call: Callable[[], object]) -> float:
    """CPU seconds of one call after a read_csv of 1,000 rows, which leaves other code and data in the caches."""
    import time

    import pandas

    pandas.read_csv(io.StringIO(TABLE))
    started = time.process_time()
    call()
    return time.process_time() - started


def target() -> types.ModuleType:
    """A module with one function, as a library would bring it."""
    module = types.ModuleType("bench_target")
    exec(compile(SOURCE, "bench_target.py", "exec"), module.__dict__)
    sys.modules["bench_target"] = module
    return module


def plain() -> Callable[[str], object]:
    """The function as it is."""
    return target().load  # type: ignore[no-any-return]


def watched() -> Callable[[str], object]:
    """The function under watch, in a cell that is measured; the ledger is closed when the process ends."""
    module, folder = target(), Path(tempfile.mkdtemp(dir="."))
    (folder / "ledger").mkdir()
    post = Post(folder)
    library = Library(
        name="bench", module="bench_target", versions=("0", "9"), watches=(reads("load", resource="path"),)
    )
    interception = Interception((library,), post)
    interception.install()
    post.scope.cells.append(Cell(execution=1))
    post.tripwire.begin_cell()
    assert "bench" in interception.watching, interception.stood_down
    atexit.register(post.ledger.close)
    return module.load  # type: ignore[no-any-return]


def wraps() -> Callable[[str], object]:
    """A decorator as most libraries write it."""
    original = plain()

    @functools.wraps(original)
    def wrapper(*args: object, **kwargs: object) -> object:
        return original(*args, **kwargs)  # type: ignore[arg-type]

    return wrapper


def wrapt() -> Callable[[str], object]:
    """wrapt's proxy around it."""
    from wrapt import FunctionWrapper

    return FunctionWrapper(plain(), lambda wrapped, _self, args, kwargs: wrapped(*args, **kwargs))  # type: ignore[no-any-return]
