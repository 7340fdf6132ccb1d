"""`%load_ext jupyter_mlsec` in a fresh process whose kernel is up: everything it imports and starts."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Row, Spread, environment, take_turns

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
started = time.process_time()
{deed}
seconds = time.process_time() - started
print("@@", seconds, sum(name in sys.modules for name in {heavy!r}))
"""
LOAD = "shell.run_line_magic('load_ext', 'jupyter_mlsec')"


def rows() -> list[Row]:
    """Cold: without any compiled bytecode of what is loaded. Warm: as from the second time on."""
    with tempfile.TemporaryDirectory(prefix="mlsec-bench-") as name:
        folder = Path(name)
        heavy: list[float] = []
        measured = take_turns({"warm": once(folder, LOAD, heavy), "cold": once(folder, LOAD, heavy, cold=True)})
        msgspec = take_turns({"msgspec": once(folder, "import msgspec", [])})
    return [
        Row(
            what="load, compiled anew",
            unit="ms",
            measured=milliseconds(measured["cold"]),
            goal=150,
            note="no bytecode kept",
        ),
        Row(what="load, from the second time on", unit="ms", measured=milliseconds(measured["warm"]), goal=30),
        Row(what="of which msgspec's own import", unit="ms", measured=milliseconds(msgspec["msgspec"])),
        Row(what="heavy libraries imported", unit="", measured=Spread.of(heavy), goal=0),
    ]


def milliseconds(seconds: list[float]) -> Spread:
    """The spread in thousandths."""
    return Spread.of([one * 1e3 for one in seconds])


def once(folder: Path, deed: str, heavy: list[float], *, cold: bool = False) -> Callable[[], float]:
    """CPU seconds of the deed in a new process; the count of heavy libraries goes to `heavy`."""

    def measure() -> float:
        cache = folder / "bytecode"
        # A cache of its own for both: warm keeps it, cold leaves ours out of it (the kernel's own imports stay warm).
        if cold:
            shutil.rmtree(
                cache / str(Path(__file__).resolve().parents[1]).lstrip("/") / "jupyter_mlsec", ignore_errors=True
            )
        done = subprocess.run(
            [sys.executable, "-c", KERNEL.format(deed=deed, heavy=HEAVY)],
            cwd=folder,
            env={**environment(folder), "PYTHONPYCACHEPREFIX": str(cache)},
            capture_output=True,
            text=True,
            check=True,
        )
        seconds, count = done.stdout.split("@@")[1].split()
        heavy.append(float(count))
        return float(seconds)

    return measure
