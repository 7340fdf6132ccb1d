"""Which columns of a table a schema's parts govern, and what the names alone break: presence, strictness, order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from jupyter_mlsec.controls.schema.plan import Component, component
from jupyter_mlsec.controls.schema.tally import Tally

Names = Callable[[Component], Sequence[Any]]
"""The labels that a component with a pattern for its name governs."""


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Components with the labels they govern, and the labels that are left once others are filtered out."""

    governed: tuple[tuple[Component, Any], ...]
    kept: tuple[Any, ...]
    shared: frozenset[Any]
    """Labels that several components govern: what one makes of the column, the others judge."""


def laid_out(tally: Tally, labels: Sequence[Any], matches: Names, whole_column: Callable[[], Any]) -> Layout:
    """Hold a plan against a table's labels; failures go to the tally. `whole_column` makes an empty pandera column."""
    plan = tally.plan
    present = set(labels)
    components = list(plan.components)
    if not components and plan.dtype is not None:
        components = [_named(component(None, whole_column(), plan.dtype), label) for label in dict.fromkeys(labels)]
    governed: list[tuple[Component, Any]] = []
    absent: list[Component] = []
    for one in components:
        if one.regex:
            found = matches(one)
            governed += [(one, label) for label in found]
            if not found and one.required:
                tally.fails(one.label, "no_regex_column_match", 1)
        elif one.label in present:
            governed.append((one, one.label))
        elif one.required:
            absent.append(one)
    for one in absent:
        tally.fails(one.label, "column_in_dataframe", 1)
    expected = list(dict.fromkeys(label for one, label in governed if plan.components))
    in_order = _names_hold(tally, labels, expected)
    kept = [label for label in labels if label in set(expected)] if plan.strict == "filter" and in_order else labels
    times = Counter(label for _, label in governed)
    shared = frozenset(label for label, count in times.items() if count > 1)
    return Layout(governed=tuple(governed), kept=tuple(kept), shared=shared)


def _named(one: Component, label: Any) -> Component:
    return msgspec.structs.replace(one, label=label)


def _names_hold(tally: Tally, labels: Sequence[Any], expected: list[Any]) -> bool:
    """Strictness and order. pandera for pandas reports every column, for polars the first one."""
    plan = tally.plan
    if not plan.strict and not plan.ordered:
        return True
    known, waiting, wanted = set(expected), iter(expected), object()
    found: list[tuple[Any, str]] = []
    for position, label in enumerate(labels):
        if position and plan.flavour == "pandas" and labels[position - 1] == label:
            continue  # neighbours of one name count once
        if plan.strict is True and label not in known:
            found.append((label, "column_in_schema"))
        if plan.ordered and label in known:
            wanted = next(waiting, object() if plan.flavour == "pandas" else wanted)
            if wanted != label:
                found.append((label, "column_ordered"))
    for label, check in found[: None if plan.flavour == "pandas" else 1]:
        tally.fails(label, check, 1)
    return not found


def matching(pattern: Any, labels: Sequence[Any]) -> list[Any]:
    """The labels that a pandas schema's pattern names: from their beginning, each once."""
    return [label for label in dict.fromkeys(labels) if re.match(pattern, str(label))]
