"""What following cells, values and models adds to them: the two observers alone."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks.measure import Row, added, cpu_seconds, ratio, take_turns
from jupyter_mlsec.controls.contract import Call, Site
from jupyter_mlsec.controls.lineage.control import Lineage
from jupyter_mlsec.controls.lineage.settings import Settings
from jupyter_mlsec.controls.models.control import Models
from jupyter_mlsec.controls.models.settings import Settings as ModelSettings
from jupyter_mlsec.protocol.facts import Facts
from jupyter_mlsec.protocol.records import Cell, Operation, Resource, Subject
from jupyter_mlsec.protocol.watch import Watch

_PAIR = ("plain", "watched")
_CELL = Watch(target="cell", action="execute", value="source")
_PREDICT = Watch(target="predict", action="predict", resource="self", value="X")
_DONE = SimpleNamespace(success=True)


def _operation(action: Any, number: int) -> Operation:
    return Operation(
        id=str(number),
        action=action,
        subject=Subject(name="bench"),
        resource=Resource(kind="cell", name="cell"),
        cell=Cell(execution=number),
        library="bench",
        function="run",
        at=0,
    )


class _Runner:
    """Runs a cell's code with and without the control around it."""

    def __init__(self, source: str, namespace: dict[str, Any]) -> None:
        self._code = compile(source, "<cell>", "exec")
        self._source, self._namespace = source, namespace
        self._control = Lineage(Settings())
        self._number = 0

    def plain(self) -> None:
        exec(self._code, self._namespace)

    def watched(self) -> None:
        self._number += 1
        operation, facts = _operation("execute", self._number), Facts()
        call = Call(_CELL, (self._source,), {}, {"source": 0}, self._namespace)
        self._control.before(operation, call, facts)
        exec(self._code, self._namespace)
        self._control.after(operation, call, _DONE, facts)


def _namespace(names: int) -> dict[str, Any]:
    values: dict[str, Any] = {"__name__": "__main__"}
    for number in range(names):
        values[f"name{number}"] = [number, str(number)] if number % 4 == 0 else number * 1.5
    return values


def rows() -> list[Row]:
    """The observers' own part, without gate, ledger and IPython (those are in `cells` and `models`)."""
    import numpy as np
    import pandas as pd

    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(1_000_000, 10)), columns=list("abcdefghij"))
    loop = "total = 0\nfor i in range(200_000):\n    total += i % 7\n"
    ten = "\n".join(f"a{number} = name{number} * 2" for number in range(10))
    names, table = _namespace(1_000), {"__name__": "__main__", "df": frame}
    empty = _turns(_Runner("pass", names), 200)
    statements = _turns(_Runner(ten, _namespace(1_000)), 200)
    looped = _turns(_Runner(loop, names), 2)
    changed = _turns(_Runner("df.loc[5, 'a'] = 1.0", table), 3)
    return [
        Row(what="empty cell, 1,000 names", unit="us", measured=added(empty, *_PAIR, 1e6), goal=150),
        Row(what="ten statements, 1,000 names", unit="us", measured=added(statements, *_PAIR, 1e6)),
        Row(what="a loop of 200,000 steps", unit="x", measured=ratio(looped, *_PAIR), goal=1.2),
        Row(what="1e6 x 10 frame changed in place", unit="ms", measured=added(changed, *_PAIR, 1e3), goal=30),
        _prediction(np),
    ]


def _turns(runner: _Runner, times: int) -> dict[str, list[float]]:
    return take_turns(
        {"plain": lambda: cpu_seconds(runner.plain, times), "watched": lambda: cpu_seconds(runner.watched, times)}
    )


def _prediction(np: Any) -> Row:
    """One row asked of a fitted model: lineage's and models' part."""
    from sklearn.linear_model import LinearRegression

    inputs = np.ones((100, 4))
    model = LinearRegression().fit(inputs, np.arange(100.0))
    with tempfile.TemporaryDirectory() as folder:
        return _watched_prediction(model, inputs, Models(_site(Path(folder))), Lineage(Settings()))


def _site(folder: Path) -> Site:
    """A place for the models' observer that keeps nothing."""

    def place() -> Path:
        return folder

    return Site(
        settings=ModelSettings(),
        profile="guard",
        project=place,
        state=place,
        data=place,
        amend=lambda *_args, **_named: None,
        record=lambda *_: None,
    )


def _watched_prediction(model: Any, inputs: Any, models: Models, lineage: Lineage) -> Row:
    operation, one = _operation("predict", 1), inputs[:1]
    call = Call(_PREDICT, (model, one), {}, {"self": 0, "X": 1})

    answer = model.predict(one)
    models.after(_operation("fit", 1), Call(_PREDICT, (model, inputs), {}, {"self": 0, "X": 1}), model, Facts())

    def watched() -> None:
        facts = Facts()
        for control in (lineage, models):
            control.before(operation, call, facts)
        for control in (lineage, models):
            control.after(operation, call, answer, facts)

    measured = take_turns({"plain": lambda: cpu_seconds(Facts, 2_000), "watched": lambda: cpu_seconds(watched, 2_000)})
    return Row(
        what="one prediction, without the model's own work", unit="us", measured=added(measured, *_PAIR, 1e6), goal=30
    )
