"""scikit-learn under watch: a fit of about 100 ms, and a predict of one row, where each microsecond shows."""

from __future__ import annotations

from contextlib import ExitStack

from benchmarks.measure import Bench, Row, Spread, added, ratio, take_turns

DATA = """
import numpy
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
random = numpy.random.default_rng(0)
features = random.normal(size=(4000, 20))
classes = (features[:, 0] + random.normal(size=4000) > 0).astype(int)
model = LogisticRegression().fit(features, classes)
one = features[:1]
"""
GUARD = """
import atexit, jupyter_mlsec
guard = jupyter_mlsec.guard()
guard.__enter__()
atexit.register(guard.__exit__, None, None, None)
"""
FIT = "def body(): RandomForestClassifier(n_estimators=5, random_state=0, n_jobs=1).fit(features, classes)\n"
PREDICT = "def body(): model.predict(one)\n"


def rows() -> list[Row]:
    """The same work in two processes, one of them guarded."""
    with ExitStack() as stack:
        plain, guarded = (stack.enter_context(Bench(DATA + guard + FIT)) for guard in ("", GUARD))
        fit = take_turns({"plain": lambda: plain.seconds(2), "guarded": lambda: guarded.seconds(2)})
    with ExitStack() as stack:
        plain, guarded = (stack.enter_context(Bench(DATA + guard + PREDICT)) for guard in ("", GUARD))
        predict = take_turns({"plain": lambda: plain.seconds(200), "guarded": lambda: guarded.seconds(200)})
    return [
        Row(what="fit, guarded to plain", unit="x", measured=ratio(fit, "plain", "guarded"), goal=1.02),
        Row(what="the plain fit", unit="ms", measured=Spread.of([one * 1e3 for one in fit["plain"]])),
        Row(what="predict of one row, added", unit="us", measured=added(predict, "plain", "guarded", 1e6), goal=30),
    ]
