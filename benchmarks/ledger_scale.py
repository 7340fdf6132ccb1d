"""A ledger of many entries: whether opening, the newest entries, a proof and verification stay usable, and in memory.

`python -m benchmarks.ledger_scale 10000 1000000 10000000` prints one line a size. Each step is a process of its own, so
that its memory is its own.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.ledger import short
from benchmarks.measure import Row, Spread
from jupyter_mlsec.ledger import Ledger, proof
from jupyter_mlsec.vault.signing import local_signer

STEPS = ("fill", "open", "last", "prove", "verify")
BATCH = 1_000_000
"""Entries after which is folded, as a kernel does now and then."""


def measured(step: str, folder: Path, entries: int) -> dict[str, float]:
    """One step's wall and CPU seconds and peak memory in MiB."""
    ledger = Ledger(folder / "ledger", lambda: local_signer(folder))
    deeds: dict[str, Callable[[], object]] = {
        "fill": lambda: _fill(ledger, entries),
        "open": ledger.open_problems,
        "last": lambda: list(ledger.entries(start=entries - 20)),
        "prove": lambda: proof.verify(proof.of(ledger.reader, entries // 3)),
        "verify": lambda: _must_hold(ledger),
    }
    wall, cpu = time.perf_counter(), time.process_time()
    deeds[step]()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    ledger.close()
    return {"wall": wall, "cpu": cpu, "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _fill(ledger: Ledger, entries: int) -> None:
    for number in range(entries):
        ledger.append(short(number))
        if number % BATCH == BATCH - 1:
            ledger.fold()
    ledger.fold()
    if ledger.lost:
        raise RuntimeError(f"{ledger.lost} entries were lost to {ledger.lost_to}")


def _must_hold(ledger: Ledger) -> None:
    if ledger.verify():
        raise RuntimeError("the measured ledger does not hold")


def at(entries: int) -> dict[str, dict[str, float]]:
    """All steps at that size, each in its own process."""
    with tempfile.TemporaryDirectory(prefix="mlsec-scale-") as folder:
        found = {}
        for step in STEPS:
            command = [sys.executable, "-m", "benchmarks.ledger_scale", "--step", step, folder, str(entries)]
            found[step] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        size = sum(path.stat().st_size for path in (Path(folder) / "ledger").iterdir())
        return {**found, "size": {"mib": size / 2**20}}


def rows() -> list[Row]:
    """Each size once: what takes long is long enough to be measured once. 10,000,000 by hand, see docs/ledger.md."""
    found = []
    for entries in (10_000, 100_000, 1_000_000):
        row = at(entries)
        memory = max(row[step]["mib"] for step in STEPS)
        for what, unit, value in (
            ("open", "ms", row["open"]["cpu"] * 1000),
            ("the newest 20", "ms", row["last"]["cpu"] * 1000),
            ("prove one entry and verify it", "ms", row["prove"]["cpu"] * 1000),
            ("append and fold", "a CPU second", entries / row["fill"]["cpu"]),
            ("verify", "a CPU second", entries / row["verify"]["cpu"]),
            ("most memory", "MiB", memory),
        ):
            once = Spread(low=value, median=value, high=value)
            found.append(Row(what=f"{what} ({entries:,} entries)", unit=unit, measured=once, note="measured once"))
    return found


if __name__ == "__main__":
    if sys.argv[1] == "--step":
        print(json.dumps(measured(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))))
    else:
        for count in map(int, sys.argv[1:]):
            row = at(count)
            said = [
                f"{step} {row[step]['wall']:.3f} s wall, {row[step]['cpu']:.3f} s CPU, {row[step]['mib']:.0f} MiB"
                for step in STEPS
            ]
            print(f"{count:,} entries, {row['size']['mib']:,.0f} MiB: " + "; ".join(said), flush=True)
