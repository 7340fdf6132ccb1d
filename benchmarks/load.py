"""`%load_ext jupyter_mlsec` in a fresh process whose kernel is up, beside mlflow's and ipyflow's start: everything they
import and do."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import ROOT, DidNotRun, Row, Spread, environment
from benchmarks.peers import MLFLOW, ROUNDS, Contender, contest, python

HEAVY = (
    "cryptography",
    "hyperscan",
    "nbformat",
    "numpy",
    "pandas",
    "pandera",
    "phonenumbers",
    "pyarrow",
    "sklearn",
    "stdnum",
)
KERNEL = """
import sys, time
import ipykernel.ipkernel, ipykernel.zmqshell
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
began = time.process_time()
{before}
started = time.process_time()
{deed}
ended = time.process_time()
print("@@", ended - started, ended - began, sum(name in sys.modules for name in {heavy!r}))
"""
LOAD = "shell.run_line_magic('load_ext', 'jupyter_mlsec')"
AUTOLOG = MLFLOW + "mlflow.sklearn.autolog()"
IPYFLOW = "shell.run_line_magic('load_ext', 'ipyflow')"
LIBRARIES = "import pandas, sklearn.ensemble, sklearn.linear_model\n"
"""What a user of autolog has imported anyway."""


def rows() -> list[Row]:
    """Cold: without any compiled bytecode of what is loaded. Warm: as from the second time on."""
    heavy: list[float] = []
    whole: list[float] = []
    with tempfile.TemporaryDirectory(prefix="mlsec-bench-") as name:
        folder = Path(name)
        kept = folder / "bytecode"  # a cache of its own, so that the cold ones can leave ours out of it
        turns = {
            "warm": Contender(begin=lambda: once(folder, LOAD, heavy=heavy, kept=kept)),
            "cold": Contender(begin=lambda: once(folder, LOAD, heavy=heavy, kept=kept, cold=True)),
            "msgspec": Contender(begin=lambda: once(folder, "import msgspec", kept=kept)),
            "ipyflow": Contender(begin=lambda: once(folder, IPYFLOW), peer="ipyflow"),
            "autolog": Contender(begin=lambda: once(folder, AUTOLOG, before=LIBRARIES, whole=whole), peer="mlflow"),
        }
        found = contest(turns, ROUNDS)
    found.measured["imports too"] = whole[-ROUNDS:]
    if "autolog" in found.absent:
        found.absent["imports too"] = found.absent["autolog"]
    return [
        found.taken("load, compiled anew", "cold", "ms", goal=150, note="no bytecode kept"),
        found.taken("load, from the second time on", "warm", "ms", goal=30),
        found.taken("of which msgspec's own import", "msgspec", "ms"),
        Row(what="heavy libraries imported", unit="", measured=Spread.of(heavy), goal=0),
        found.taken("ipyflow: %load_ext ipyflow", "ipyflow", "ms", note="its shell; its kernel has it from the start"),
        found.taken("mlflow: import and sklearn.autolog()", "imports too", "ms", note="imports pandas, scikit-learn"),
        found.taken("of which without these imports", "autolog", "ms"),
    ]


def once(
    folder: Path,
    deed: str,
    *,
    before: str = "",
    heavy: list[float] | None = None,
    whole: list[float] | None = None,
    kept: Path | None = None,
    cold: bool = False,
) -> Callable[[], float]:
    """CPU seconds of the deed in a new process, `before` not counted; with `before` they go to `whole`.

    The number of heavy libraries goes to `heavy`. `kept` is where bytecode is kept; with `cold` ours is not.
    """

    def measure() -> float:
        if kept is not None and cold:
            shutil.rmtree(kept / str(ROOT).lstrip("/") / "jupyter_mlsec", ignore_errors=True)
        done = subprocess.run(
            [python(), "-c", KERNEL.format(before=before, deed=deed, heavy=HEAVY)],
            cwd=folder,
            env={**environment(folder), **({} if kept is None else {"PYTHONPYCACHEPREFIX": str(kept)})},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise DidNotRun((done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1])
        seconds, altogether, count = (float(one) for one in done.stdout.split("@@")[1].split())
        for notes, value in ((heavy, count), (whole, altogether)):
            if notes is not None:
                notes.append(value)
        return seconds

    return measure
