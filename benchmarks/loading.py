"""Loading pickled models of unknown origin under the guard, name by name, beside loading them without it."""

from __future__ import annotations

import os
import pickle
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy
import pandas
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import jupyter_mlsec
from benchmarks.measure import Row, Spread, added, ratio, take_turns

GOAL = 1.1
_SECONDS = 0.02
"""A turn loads a file so often that it takes about this long."""


def models() -> Iterator[tuple[str, Any]]:
    """What is loaded: small and large, made of arrays or of many objects."""
    rng = numpy.random.default_rng(0)
    inputs = rng.normal(size=(400, 10))
    target = (inputs[:, 0] + inputs[:, 1] > 0).astype(int)
    yield "logistic regression, 1 kB", LogisticRegression().fit(inputs, target)
    yield "pipeline, 2 kB", make_pipeline(StandardScaler(), LogisticRegression()).fit(inputs, target)
    yield "random forest of 100", RandomForestClassifier(100, random_state=0).fit(inputs, target)
    yield "gradient boosting", GradientBoostingClassifier(random_state=0).fit(inputs, target)
    yield "hist gradient boosting", HistGradientBoostingClassifier(max_iter=50).fit(inputs, target)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield "perceptron", MLPClassifier((64, 64), max_iter=20, random_state=0).fit(inputs, target)
    functions = make_pipeline(FunctionTransformer(numpy.abs), LogisticRegression())
    yield "pipeline with a function", functions.fit(inputs, target)
    yield "table, 1e5 x 5", pandas.DataFrame(rng.normal(size=(100_000, 5)), columns=list("abcde"))
    yield "array of 80 MB", rng.normal(size=10_000_000)
    yield "dict of 1e5 texts and numbers", {f"key {number}": number for number in range(100_000)}


def _load_pickle(path: Path) -> Callable[[], object]:
    def load() -> object:
        with path.open("rb") as file:
            return pickle.load(file)

    return load


def _turn(load: Callable[[], object], times: int) -> Callable[[], float]:
    def turn() -> float:
        began = time.process_time()
        for _ in range(times):
            load()
        return time.process_time() - began

    return turn


def _times(load: Callable[[], object]) -> int:
    load()
    began = time.perf_counter()
    load()
    return max(1, round(_SECONDS / (time.perf_counter() - began)))


def _measure(load: Callable[[], object]) -> dict[str, Spread]:
    """`unwatched`: guarded over unguarded; `judged`: over guarded without judging loads; `added`: the same in us.

    The guard is paused in the unguarded turns: its watches stay in place and step aside.
    """
    times = _times(load)
    with jupyter_mlsec.guard("guard") as house:
        every = house.gate.controls
        others = [control for control in every if control.name != "loading"]

        def paused() -> float:
            house.scope.active = False
            try:
                return _turn(load, times)()
            finally:
                house.scope.active = True

        def without() -> float:
            house.gate.employ(others)
            try:
                return _turn(load, times)()
            finally:
                house.gate.employ(every)

        taken = take_turns({"paused": paused, "without": without, "guarded": _turn(load, times)})
    return {
        "unwatched": ratio(taken, "paused", "guarded"),
        "judged": ratio(taken, "without", "guarded"),
        "added": added(taken, "without", "guarded", 1e6 / times),
    }


def rows() -> Iterator[Row]:
    """Three rows for each model and loader."""
    before, folder = Path.cwd(), tempfile.mkdtemp()
    kept = os.environ.get("JUPYTER_DATA_DIR")
    os.environ["JUPYTER_DATA_DIR"] = f"{folder}/data"
    os.chdir(folder)
    try:
        for number, (name, model) in enumerate(models()):
            plain, packed = Path(folder, f"{number}.pkl"), Path(folder, f"{number}.joblib")
            plain.write_bytes(pickle.dumps(model))
            joblib.dump(model, packed)
            yield from _rows(f"pickle.load: {name}", _measure(_load_pickle(plain)))
            yield from _rows(f"joblib.load: {name}", _measure(lambda at=packed: joblib.load(at)))
    finally:
        os.chdir(before)
        os.environ.pop("JUPYTER_DATA_DIR")
        if kept is not None:
            os.environ["JUPYTER_DATA_DIR"] = kept


def _rows(what: str, found: dict[str, Spread]) -> Iterator[Row]:
    yield Row(what=f"{what}, judged over not judged", unit="x", measured=found["judged"], goal=GOAL)
    yield Row(what=f"{what}, added by judging", unit="us", measured=found["added"])
    yield Row(what=f"{what}, whole guard over none", unit="x", measured=found["unwatched"])


if __name__ == "__main__":
    for row in rows():
        shown = row.measured
        print(row.what, "not measured" if shown is None else f"{shown.low:.3f} {shown.median:.3f} {shown.high:.3f}")
