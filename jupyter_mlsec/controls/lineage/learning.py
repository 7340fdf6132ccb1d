"""What models learned from, and what the features and answers they give are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jupyter_mlsec.controls.lineage.features import outputs_of
from jupyter_mlsec.controls.lineage.forms import (
    LOOSE,
    NOTHING,
    UNKNOWN,
    Fitted,
    Form,
    Sources,
    Table,
    Values,
    sources_of,
    weaker,
)
from jupyter_mlsec.controls.lineage.labels import as_whole
from jupyter_mlsec.controls.lineage.tables import Tables

_MOST = 256
"""Features whose sources are kept apart."""


def learn(tables: Tables, model: Any, given: Table, target: Table | None) -> None:
    """Keep what a model's features and its target were made of."""
    if len(given.columns) > _MOST:
        given = Table({}, rest=given.every(), by_plan=True)
    made = given.copy()
    for name, sources in target.columns.items() if target is not None else ():
        made.put(name if name not in made.columns else f"{name} (target)", sources)
    made.is_array, made.by_plan = True, True
    tables.learned.put(model, made)


def transformed(tables: Tables, model: Any, given: Table, value: Any, operation: str) -> None:
    """What a transformer gives: each output of its inputs, and of a statistic of what it learned from."""
    count = _width(value)
    if 0 < count <= _MOST:
        made = _features(model, tables.learned.of(model), given, _names(model, value, count))
        tables.derive(value, f"{operation}/made", made)


def predicted(tables: Tables, model: Any, given: Table | None, value: Any, operation: str) -> None:
    """What a model answers: of all that it was asked about, and of all it learned from."""
    labels = tables.marked(model)
    if labels:
        tables.mark(value, as_whole(labels, "prediction"), None)
    count = _width(value)
    if given is None or not 0 < count <= _MOST:
        return
    answer = _answer(tables.learned.of(model), given.every() or NOTHING)
    names = ["value"] if count == 1 and getattr(value, "ndim", 1) == 1 else [str(each) for each in range(count)]
    tables.derive(
        value, f"{operation}/made", Table(dict.fromkeys(names, answer), set(names), is_array=True, by_plan=True)
    )


def call_fitted(fitted: Fitted, method: str, given: Sequence[Form]) -> Form:
    """What a method of a model gives in code, where its input is known."""
    sources = sources_of(given[0]) if len(given) == 1 else None
    if sources is None:
        return UNKNOWN
    if method.startswith(("predict", "decision_function", "score_samples")):
        return Values(_answer(fitted.learned, sources))
    if method == "transform" and isinstance(given[0], Table):
        names = _names(fitted.model, None, -1)
        if names:
            return _features(fitted.model, fitted.learned, given[0], names)
    return UNKNOWN


def _answer(learned: Table | None, given: Sources) -> Sources:
    return weaker(given | ((learned.every() or NOTHING) if learned is not None else LOOSE), "prediction")


def _features(model: Any, learned: Table | None, given: Table, names: Sequence[str]) -> Table:
    inputs = list(given.columns)
    mapping = outputs_of(model, len(inputs), len(names))
    rest = given.rest or NOTHING
    made = Table({}, is_array=True, by_plan=True)
    for name, found in zip(names, mapping.outputs, strict=False):
        sources: Sources = rest if mapping.is_sure else rest | LOOSE
        for each in found:
            sources |= _kept(given, inputs[each])
            if learned is not None:
                sources |= weaker(_kept(learned, inputs[each]) - sources, "aggregated")
        made.put(name, sources)
    return made


def _kept(table: Table, name: str) -> Sources:
    return table.of(name) or LOOSE


def _width(value: Any) -> int:
    """How many columns an array or table has; 0 for what is neither."""
    shape = getattr(value, "shape", ())
    if not isinstance(shape, tuple) or len(shape) not in (1, 2):
        return 0
    return 1 if len(shape) == 1 else int(shape[1])


def _names(model: Any, value: Any, count: int) -> list[str]:
    """The columns' own names, or those that scikit-learn gives its features, or their places.

    A `count` below zero: as many as there are names.
    """
    columns = None if value is None else getattr(value, "columns", None)
    names = [str(each) for each in columns] if columns is not None else []
    if not names and type(model).__module__.startswith("sklearn."):
        try:
            names = [str(each) for each in model.get_feature_names_out()]
        except (AttributeError, ValueError, TypeError, NotImplementedError):
            names = []
    return names if len(set(names)) == count or count < 0 else [str(each) for each in range(count)]
