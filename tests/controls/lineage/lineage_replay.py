"""Deletion replay in forked children: each run of a notebook starts from the same process, in a folder of its own."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from IPython.core.interactiveshell import InteractiveShell

Step = tuple[str, str]
SECONDS = 60
_CONSTANT = re.compile(r"(?<![\w.])\d{2,5}(?!\w)")


def in_child(work: Callable[[], Any]) -> Any:
    """What `work` gives in a forked child in an empty folder, as JSON; None where it died or took too long."""
    place = tempfile.mkdtemp(prefix="mlsec-replay-")
    reading, writing = os.pipe()
    gc.freeze()  # else the child's collector copies all of the parent's memory
    child = os.fork()
    if child == 0:
        _work(work, place, reading, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    shutil.rmtree(place, ignore_errors=True)
    return json.loads(answer) if answer else None


def _work(work: Callable[[], Any], place: str, reading: int, writing: int) -> None:
    try:
        os.close(reading)
        os.chdir(place)
        os.environ.update(HOME=place, IPYTHONDIR=f"{place}/.ipython", JUPYTER_DATA_DIR=f"{place}/.jupyter")
        silent = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(silent, number)
        signal.alarm(SECONDS)
        random.seed()
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed()
        answer = json.dumps(work()).encode()
        while answer:
            answer = answer[os.write(writing, answer) :]
    finally:
        os._exit(0)


def a_shell() -> InteractiveShell:
    """The process's shell, which writes no history."""
    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    shell.execution_count = 1  # other tests of this process have run cells in it
    shell.showtraceback = lambda *_args, **_kwargs: None  # coloured code of an error takes a second
    return shell


def run_steps(
    shell: Any, steps: Sequence[Step], deleted: Sequence[Step] = (), skip: Collection[int] = ()
) -> list[bool]:
    """Run the steps (all but those numbers, from 1); whether each went through."""
    outcomes: list[bool] = []
    gone: list[str] = []
    for number, (cell, text) in enumerate(steps, 1):
        gone += [name for before, name in deleted if before == number - 1]
        if number in skip:
            shell.execution_count += 1  # so that Out[n] and _n keep meaning the same cell
            outcomes.append(True)
            continue
        result = shell.run_cell(text, store_history=True, cell_id=cell, cell_meta={"deletedCells": gone})
        outcomes.append(bool(result.success))
    return outcomes


class Truth(NamedTuple):
    """What deletion replay found of a notebook."""

    slices: dict[str, list[int]]
    """For each target the steps without which it is another or cannot be made."""
    neutral: dict[str, list[int]]
    """Steps that reach the target but that it is the same without: other constants in them change it, or it is another
    without all steps of that text (one cell, run again as it was)."""
    outcomes: list[bool]
    """Whether each step went through."""


def replay(steps: Sequence[Step], targets: Sequence[str]) -> Truth:
    """Run the notebook without each of its steps, and, where that changes nothing, with other constants in it."""

    def run(steps: Sequence[Step], skip: Collection[int] = ()) -> Any:
        def work() -> Any:
            shell = a_shell()
            outcomes = run_steps(shell, steps, skip=skip)
            return {name: digest(shell.user_ns, name) for name in targets}, outcomes

        return in_child(work) or ({}, [])

    values, outcomes = run(steps)
    there = [name for name in targets if values.get(name, "missing") != "missing"]
    slices: dict[str, list[int]] = {name: [] for name in there}
    neutral: dict[str, list[int]] = {name: [] for name in there}
    for number, (cell, text) in enumerate(steps, 1):
        without, _ = run(steps, {number})
        for name in there:
            if without.get(name) != values[name]:
                slices[name].append(number)
        other = _CONSTANT.sub(lambda found: str(int(found[0]) + 31), text)
        if other != text and any(number not in slices[name] for name in there):
            changed, _ = run([*steps[: number - 1], (cell, other), *steps[number:]])
            for name in there:
                if number not in slices[name] and changed.get(name) != values[name]:
                    neutral[name].append(number)
    for text in {text for _, text in steps}:
        numbers = {number for number, (_, each) in enumerate(steps, 1) if each == text}
        if len(numbers) > 1 and any(numbers.isdisjoint(slices[name]) for name in there):
            without, _ = run(steps, numbers)
            for name in there:
                if numbers.isdisjoint(slices[name]) and without.get(name) != values[name]:
                    neutral[name] = sorted(numbers.union(neutral[name]))
    return Truth(slices, neutral, outcomes)


def digest(namespace: dict[str, Any], name: str) -> str:
    """A digest of what a name holds, contents of the notebook's own objects included."""
    if name not in namespace:
        return "missing"
    return hashlib.sha256(_text(namespace[name], 0).encode()).hexdigest()


def _text(value: Any, depth: int) -> str:
    if depth > 8:
        return "..."
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {_text(each, depth + 1)}' for key, each in value.items())}}}"
    if isinstance(value, (list, tuple)) or type(value).__name__ == "deque":
        return f"{type(value).__name__}({', '.join(_text(each, depth + 1) for each in value)})"
    if isinstance(value, (set, frozenset)):
        return repr(sorted(value))
    if hasattr(value, "to_csv"):
        return str(value.to_csv())
    if hasattr(value, "tolist"):
        return repr(value.tolist())
    if callable(value):
        return "callable"
    if type(value).__module__ in {"__main__", "types"}:
        with contextlib.suppress(Exception):
            return f"{type(value).__name__} {_text(vars(value), depth + 1)}"
    return repr(value)


def ours(steps: Sequence[Step], targets: Sequence[str], deleted: Sequence[Step] = ()) -> dict[str, list[int]]:
    """The slices that the guard, loaded as a user loads it, gives after the steps."""

    def work() -> Any:
        os.mkdir(".mlsec")
        shell = a_shell()
        shell.run_line_magic("load_ext", "jupyter_mlsec")
        run_steps(shell, steps, deleted)
        from jupyter_mlsec import lineage_of

        return {name: list(lineage_of(name).executions) for name in targets if name in shell.user_ns}

    return in_child(work) or {}
