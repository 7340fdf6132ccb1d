"""What a value was made of, asked of lineage on behalf of controls that account for copies as for their sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from jupyter_mlsec.controls.contract import Descent

if TYPE_CHECKING:
    from jupyter_mlsec.controls.contract import Control
    from jupyter_mlsec.controls.lineage.control import Lineage
    from jupyter_mlsec.controls.lineage.history import History, Nodes


def descent_of(lineage: Control | None, value: Any) -> Descent:
    """What went into a value. Of one that earlier cells bound to a name: what that name was made of. Of one that the
    running cell makes, or may change: whatever this cell uses. Without cells, as in a script: all that was read.
    """
    if lineage is None or lineage.name != "lineage":
        return Descent()
    known: Lineage = lineage  # type: ignore[assignment]  # controls/lineage has that name
    history, namespace = known.cells.history, known.namespace
    if not history.nodes:
        arrived = known.tables.arrived(value)
        read = known.tables.known() if arrived is None else (arrived,)
        return Descent(resources=tuple(dict.fromkeys(one.resource for one in read if one.resource)))
    names = [name for name, each in list(namespace.items()) if each is value]
    made = {number for name in names for number in history.names.get(name, ())}
    start = set(made)
    if known.cells.running:
        before = known.cells.running[-1]
        changed = {event.name for event in before.resolved.events if event.kind != "read"} | before.resolved.touches
        if not made or not changed.isdisjoint(names):
            made.add(before.node)
            start.update(made, _used(before.defined, namespace))
    numbers = _backward(history, start, namespace)
    return Descent(
        resources=history.resources(numbers),
        executions=_executions(history, numbers),
        made=_executions(history, made),
        is_followed=bool(numbers),
    )


def _backward(history: History, start: Iterable[int], namespace: Mapping[str, Any]) -> list[int]:
    """The nodes that the given ones descend from, themselves included: but not through a library that was imported
    there, or every table would descend from the first cell, nor through what was released.
    """
    found: set[int] = set()
    waiting = list(start)
    while waiting:
        number = waiting.pop()
        if number in found:
            continue
        found.add(number)
        if number >= 0:
            node = history.nodes[number]
            by_name = {each for nodes in node.stood.values() for each in nodes}
            waiting.extend((node.uses - by_name) | _used(node.stood, namespace))
    return sorted(set(map(_node, found)))


def _used(names: Mapping[str, Nodes], namespace: Mapping[str, Any]) -> set[int]:
    """The nodes behind names, those left out that carry nothing of a table."""
    return {each for name, nodes in names.items() if not _is_bare(namespace.get(name)) for each in nodes}


def _is_bare(value: object) -> bool:
    """Whether a value was imported, or is ours: a released number may be used for anything."""
    if type(value).__module__.startswith("jupyter_mlsec."):
        return True
    if isinstance(value, type | FunctionType | BuiltinFunctionType):
        return value.__module__ != "__main__"
    return isinstance(value, ModuleType)


def _executions(history: History, numbers: Iterable[int]) -> tuple[int, ...]:
    return tuple(history.nodes[number].cell.execution for number in sorted(set(map(_node, numbers))))


def _node(number: int) -> int:
    """A number is of a node, or `~number` of one without what it used."""
    return number if number >= 0 else ~number
