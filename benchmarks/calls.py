"""One watched call that does nothing itself, with eight controls that say nothing: what watching alone costs."""

from __future__ import annotations

import io
import sys
import tempfile
import types
from pathlib import Path

import pandas

from benchmarks.measure import Row, Spread, added, cpu_seconds, take_turns
from jupyter_mlsec.controls.contract import Quiet
from jupyter_mlsec.gate import Allowances, Gate, Journal, Scope
from jupyter_mlsec.interception import Interception, Library, reads
from jupyter_mlsec.ledger import Ledger
from jupyter_mlsec.protocol.records import Subject
from jupyter_mlsec.vault.signing import local_signer

TIMES = 2_000
SOURCE = "def load(path, *, rows=None):\n    return rows\n"
TABLE = "a,b,c\n" + "\n".join(f"{number},{number / 7},text{number}" for number in range(1000))


class Post:
    """The least that handlers need: a gate with eight quiet controls and a real ledger."""

    def __init__(self, folder: Path) -> None:
        self.ledger = Ledger(folder / "ledger", lambda: local_signer(folder))
        self.gate = Gate(Journal("bench", self.ledger.append), Allowances())
        controls = [Quiet() for _ in range(8)]
        for number, control in enumerate(controls):
            control.name = f"quiet{number}"
        self.gate.employ(controls)
        self.scope = Scope(Subject(name="bench"))
        self.root = str(folder)
        self._count = 0

    def fresh_id(self) -> str:
        """An id unique in this run."""
        self._count += 1
        return f"bench.{self._count}"


def target(name: str) -> types.ModuleType:
    """A module with one function, as a library would bring it."""
    module = types.ModuleType(name)
    exec(compile(SOURCE, f"{name}.py", "exec"), module.__dict__)
    sys.modules[name] = module
    return module


def rows() -> list[Row]:
    """Hot: call after call. Cold: each after a small read_csv, as a call in a notebook would come."""
    with tempfile.TemporaryDirectory(prefix="mlsec-bench-") as folder:
        (Path(folder) / "ledger").mkdir()
        post = Post(Path(folder))
        plain, watched = target("bench_plain"), target("bench_watched")
        library = Library(
            name="bench", module="bench_watched", versions=("0", "9"), watches=(reads("load", resource="path"),)
        )
        interception = Interception((library,), post)
        interception.install()
        assert "bench" in interception.watching, interception.stood_down
        try:
            hot = take_turns(
                {
                    "plain": lambda: cpu_seconds(lambda: plain.load("data.csv"), TIMES),
                    "watched": lambda: cpu_seconds(lambda: watched.load("data.csv"), TIMES),
                }
            )
            cold = take_turns({"plain": lambda: cold_call(plain), "watched": lambda: cold_call(watched)}, rounds=100)
        finally:
            interception.uninstall()
            post.ledger.close()
    return [
        Row(what="watched call, hot, recorded", unit="us", measured=added(hot, "plain", "watched", 1e6), goal=10),
        Row(
            what="watched call, cold, recorded",
            unit="us",
            measured=added(cold, "plain", "watched", 1e6),
            goal=50,
            note="100 rounds of one call, each after a small read_csv",
        ),
        Row(what="the bare call", unit="us", measured=Spread.of([one * 1e6 for one in hot["plain"]])),
    ]


def cold_call(module: types.ModuleType) -> float:
    """CPU seconds of one call after a read_csv of 1,000 rows, which leaves other code and data in the caches."""
    pandas.read_csv(io.StringIO(TABLE))
    return cpu_seconds(lambda: module.load("data.csv"), 1)
