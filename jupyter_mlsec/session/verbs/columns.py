"""What is usual in a table's columns, for small pictures: from what was learned of it, without a look at the data.

Columns that hold personal data are left out: bounds and counts are made of values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any

import msgspec

from jupyter_mlsec.protocol.entries import Amended, AnyEntry, Recorded
from jupyter_mlsec.protocol.facts import Labels

if TYPE_CHECKING:
    from jupyter_mlsec.controls.schema.control import SchemaControl
    from jupyter_mlsec.controls.schema.spec import Column, Schema

_BOUNDS = {
    "greater_than_or_equal_to": ("min_value", 0),
    "greater_than": ("min_value", 0),
    "less_than_or_equal_to": ("max_value", 1),
    "less_than": ("max_value", 1),
}


class Usual(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One column. usual: where nearly all numbers are expected; admitted: which are not told; values: how many
    different ones there are, where that is known; missing: the share that was.
    """

    usual: tuple[float, float] | None = None
    admitted: tuple[float | None, float | None] | None = None
    values: int | None = None
    missing: float | None = None

    def line(self) -> str:
        """In words."""
        words = []
        if self.usual is not None:
            words.append(f"expected {self.usual[0]:g} to {self.usual[1]:g}")
        if self.values is not None:
            words.append(f"{self.values} different values")
        if self.missing:
            words.append(f"{self.missing:.1%} missing")
        return ", ".join(words)


def usual_columns(control: SchemaControl, resource: str, entries: Iterable[AnyEntry]) -> dict[str, Usual]:
    """Column -> what is usual in it, in the table's order; empty where nothing was learned.

    entries: this run's, whose labels tell which columns hold personal data.
    """
    schema = control.store.learned(resource)
    if schema is None:
        return {}
    personal = control.labelled(resource) | _labelled(resource, entries)
    if "" in personal:  # the table as a whole is said to hold some
        return {}
    found = {each.name: _usual(schema, each) for each in schema.columns if each.name not in personal}
    return {name: usual for name, usual in found.items() if usual.line()}


def _labelled(resource: str, entries: Iterable[AnyEntry]) -> frozenset[str]:
    named: dict[str, str] = {}
    columns: set[str] = set()
    for entry in entries:
        if isinstance(entry, Recorded):
            named[entry.operation.id] = entry.operation.resource.name
        elif not isinstance(entry, Amended):
            continue
        id = entry.operation.id if isinstance(entry, Recorded) else entry.amends
        if named.get(id) == resource:
            columns.update(each.column for fact in entry.facts if isinstance(fact, Labels) for each in fact.labels)
    return frozenset(columns)


def _usual(schema: Schema, column: Column) -> Usual:
    habits = schema.habits
    bounds: list[float | None] = [None, None]
    values = None
    for check in column.checks:
        key, side = _BOUNDS.get(check.name, ("", 0))
        bounds[side] = _number(check.statistics, key) if key else bounds[side]
        if check.name == "isin" and not column.others:
            values = len(check.statistics.get("allowed_values", ()))
    usual = None if habits is None else habits.usual.get(column.name)
    return Usual(
        usual=usual,
        admitted=None if usual is None else (bounds[0], bounds[1]),
        values=values,
        missing=column.nulls or None,
    )


def _number(statistics: Mapping[str, Any], key: str) -> float | None:
    value = statistics.get(key)
    return float(value) if isinstance(value, int | float) and isfinite(value) else None
