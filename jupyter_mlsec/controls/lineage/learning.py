"""What models learned from, and what the features and answers they give are made of."""

from __future__ import annotations

from typing import Any

from jupyter_mlsec.controls.lineage.features import outputs_of
from jupyter_mlsec.controls.lineage.forms import LOOSE, NOTHING, Sources, Table, weaker
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
    if not count or count > _MOST:
        return
    learned = tables.learned.of(model)
    inputs = list(given.columns)
    mapping = outputs_of(model, len(inputs), count)
    rest = given.rest or NOTHING
    made = Table({}, is_array=True, by_plan=True)
    for name, found in zip(_names(model, value, count), mapping.outputs, strict=False):
        sources: Sources = rest if mapping.is_sure else rest | LOOSE
        for each in found:
            sources |= _kept(given, inputs[each])
            if learned is not None:
                sources |= weaker(_kept(learned, inputs[each]) - sources, "aggregated")
        made.put(name, sources)
    tables.derive(value, f"{operation}/made", made)


def predicted(tables: Tables, model: Any, given: Table | None, value: Any, operation: str) -> None:
    """What a model answers: of all that it was asked about, and of all it learned from."""
    labels = tables.marked(model)
    if labels:
        tables.mark(value, as_whole(labels, "prediction"), None)
    count = _width(value)
    if given is None or not count or count > _MOST:
        return
    learned = tables.learned.of(model)
    every = (given.every() or NOTHING) | ((learned.every() or NOTHING) if learned is not None else LOOSE)
    names = ["value"] if count == 1 and getattr(value, "ndim", 1) == 1 else [str(each) for each in range(count)]
    made = Table({name: weaker(every, "prediction") for name in names}, set(names), is_array=True, by_plan=True)
    tables.derive(value, f"{operation}/made", made)


def _kept(table: Table, name: str) -> Sources:
    return table.of(name) or LOOSE


def _width(value: Any) -> int:
    """How many columns an array or table has; 0 for what is neither."""
    shape = getattr(value, "shape", ())
    if not isinstance(shape, tuple) or len(shape) not in (1, 2):
        return 0
    return 1 if len(shape) == 1 else int(shape[1])


def _names(model: Any, value: Any, count: int) -> list[str]:
    """The columns' own names, or those that scikit-learn gives its features, or their places."""
    columns = getattr(value, "columns", None)
    names = [str(each) for each in columns] if columns is not None else []
    if not names and type(model).__module__.startswith("sklearn."):
        try:
            names = [str(each) for each in model.get_feature_names_out()]
        except (AttributeError, ValueError, TypeError, NotImplementedError):
            names = []
    return names if len(set(names)) == count else [str(each) for each in range(count)]
