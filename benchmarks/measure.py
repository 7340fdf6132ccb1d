"""How a benchmark measures: variants that take turns, CPU time, medians with quartiles, goals that may be missed."""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

import msgspec

ROUNDS = 9
ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 180
"""Wall seconds after which a measured process is given up."""
CHILD = """
import resource, sys, time
def spent():
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
def timed(body, times):
    started = spent()
    for _ in range(times):
        body()
    return (spent() - started) / times
space = {"__name__": "bench", "timed": timed}
exec(compile(sys.argv[1], "bench", "exec"), space)
out = sys.__stdout__
print("ready", file=out, flush=True)
for line in sys.stdin:
    print(f"@@{float(eval(line, space))!r}", file=out, flush=True)
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
    What could not be measured has None; the note says why.
    """

    what: str
    unit: str
    measured: Spread | None
    goal: float | None = None
    more_is_better: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        if self.goal is None or self.measured is None:
            return None
        return self.measured.high >= self.goal if self.more_is_better else self.measured.low <= self.goal


def take_turns(
    variants: Mapping[str, Callable[[], float]], rounds: int = ROUNDS, *, are_warm: bool = False
) -> dict[str, list[float]]:
    """Call every variant once a round, each round in the other order, after one round that does not count.

    Variants that `are_warm` had that one already.
    """
    measured: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(are_warm, rounds + 1):
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


class DidNotRun(RuntimeError):
    """A measured process ended, or took too long. The text is the last line it left, fit for a table."""


class Bench(AbstractContextManager["Bench"]):
    """A Python process in an empty project, with `body()` prepared by `setup`, to be timed as often as wanted.

    `python` is the interpreter, this one by default. CPU time includes that of processes it started and waited for.
    """

    def __init__(self, setup: str, python: Path | None = None, patience: float = PATIENCE) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mlsec-bench-"))
        self._patience = patience
        self._complaints = (self.folder / "stderr").open("w+", encoding="utf-8", errors="replace")
        self._process = subprocess.Popen(
            [python or sys.executable, "-c", CHILD, setup],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            cwd=self.folder,
            env=environment(self.folder),
            text=True,
        )
        try:
            self._until("ready")
        except BaseException:
            self.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process and remove its folder."""
        try:
            self._process.communicate(timeout=self._patience)
        except (subprocess.TimeoutExpired, BrokenPipeError):
            self._process.kill()
            self._process.wait()
        self._complaints.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def seconds(self, times: int) -> float:
        """CPU seconds per call of its body."""
        return self.ask(f"timed(body, {times})")

    def ask(self, expression: str) -> float:
        """The number that an expression is in that process."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has ended: what it left says more
            self._process.stdin.write(f"{expression}\n")
            self._process.stdin.flush()
        return float(self._until("@@").removeprefix("@@"))

    def _until(self, beginning: str) -> str:
        assert self._process.stdout is not None
        alarm = threading.Timer(self._patience, self._process.kill)
        alarm.start()
        try:
            for line in self._process.stdout:
                if line.startswith(beginning):
                    return line.strip()
        finally:
            in_time = alarm.is_alive()
            alarm.cancel()
        self._process.wait()
        raise DidNotRun(self._last_words() if in_time else f"gave no answer in {self._patience:.0f} s")

    def _last_words(self) -> str:
        self._complaints.seek(0)
        lines = [line.strip() for line in self._complaints if line.strip()]
        return lines[-1] if lines else f"ended with {self._process.returncode}"


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
        "PYTHONHASHSEED": "0",  # where names fall in a namespace changes a loop by a seventh: for all the same
    }
