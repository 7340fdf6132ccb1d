"""How a benchmark measures: variants that take turns, CPU time, medians with quartiles, goals that may be missed."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

import msgspec

ROUNDS = 9
ROOT = Path(__file__).resolve().parents[1]
CHILD = """
import sys, time
space = {"__name__": "bench"}
exec(compile(sys.argv[1], "bench", "exec"), space)
body, out = space["body"], sys.__stdout__
print("ready", file=out, flush=True)
for line in sys.stdin:
    times = int(line)
    started = time.process_time()
    for _ in range(times):
        body()
    print(f"@@{(time.process_time() - started) / times!r}", file=out, flush=True)
"""


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """The middle of some measurements: lower quartile, median, upper quartile."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        """The spread of at least two values."""
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(low=low, median=median, high=high)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a table: what was measured, and what it was aimed at.

    `goal` is an upper bound (a lower one with `more_is_better`), met when the better quartile meets it.
    """

    what: str
    unit: str
    measured: Spread
    goal: float | None = None
    more_is_better: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.measured.high >= self.goal if self.more_is_better else self.measured.low <= self.goal


def take_turns(variants: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Call every variant once a round, each round in the other order, after one round that does not count."""
    measured: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(rounds + 1):
        order = list(variants) if number % 2 else list(reversed(variants))
        for name in order:
            value = variants[name]()
            if number:
                measured[name].append(value)
    return measured


def cpu_seconds(function: Callable[[], object], times: int) -> float:
    """CPU seconds of this process per call."""
    started = time.process_time()
    for _ in range(times):
        function()
    return (time.process_time() - started) / times


def added(measured: Mapping[str, list[float]], plain: str, other: str, scale: float = 1.0) -> Spread:
    """What `other` takes more than `plain`, round by round."""
    return Spread.of([(b - a) * scale for a, b in zip(measured[plain], measured[other], strict=True)])


def ratio(measured: Mapping[str, list[float]], plain: str, other: str) -> Spread:
    """What `other` takes as a multiple of `plain`, round by round."""
    return Spread.of([b / a for a, b in zip(measured[plain], measured[other], strict=True)])


class Bench(AbstractContextManager["Bench"]):
    """A Python process in an empty project, with `body()` prepared by `setup`, to be timed as often as wanted."""

    def __init__(self, setup: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mlsec-bench-"))
        self._process = subprocess.Popen(
            [sys.executable, "-c", CHILD, setup],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=self.folder,
            env=environment(self.folder),
            text=True,
        )
        self._until("ready")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)

    def seconds(self, times: int) -> float:
        """CPU seconds of that process per call of its body."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{times}\n")
        self._process.stdin.flush()
        return float(self._until("@@").removeprefix("@@"))

    def _until(self, beginning: str) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(beginning):
                return line.strip()
        raise RuntimeError(f"the measured process ended with {self._process.wait()}")


def environment(folder: Path) -> dict[str, str]:
    """This process's environment with an empty home and a project in `folder`."""
    (folder / ".mlsec").mkdir(exist_ok=True)
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **inherited,
        "HOME": str(folder),
        "IPYTHONDIR": str(folder / ".ipython"),
        "JUPYTER_DATA_DIR": str(folder / ".jupyter"),
        "PYTHONPATH": str(ROOT),
    }
