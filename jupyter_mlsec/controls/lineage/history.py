"""What ran so far, as a graph: which execution made each name and file what it is now, and what it used for that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Any

import msgspec

from jupyter_mlsec.controls.lineage import wording
from jupyter_mlsec.controls.lineage.files import place_of
from jupyter_mlsec.controls.lineage.parts import Parts, Touched
from jupyter_mlsec.controls.lineage.slices import Slice
from jupyter_mlsec.protocol.records import Cell

Nodes = frozenset[int]
"""Numbers of nodes. `~number` is that node without what it used: it bound the name before it read anything."""
NONE: Nodes = frozenset()
_ALIKE = 0.6
_BOUND = 8
_LONG = 2_000
"""Longer texts are compared whole only."""


def node_of(number: int) -> int:
    """The node that a member of `Nodes` is of."""
    return number if number >= 0 else ~number


class Node(msgspec.Struct, kw_only=True):
    """One execution of a cell. A re-run is a node of its own."""

    cell: Cell
    source: str
    uses: set[int] = msgspec.field(default_factory=set)
    resources: dict[str, None] = msgspec.field(default_factory=dict)
    """Resources it read."""
    written: dict[str, None] = msgspec.field(default_factory=dict)
    reads: tuple[str, ...] = ()
    may_read: tuple[str, ...] = ()
    stood: dict[str, Nodes] = msgspec.field(default_factory=dict)
    """For each name it read, the nodes whose effects the name held then."""
    writes: tuple[str, ...] = ()
    unobserved: tuple[str, ...] = ()
    """What ran in it where nobody could see, as the session found."""
    operations: list[str] = msgspec.field(default_factory=list)
    """Ids of the reads that happened in it."""
    success: bool = True


class History:
    """Executions, and for each name and file the executions whose effects it holds now."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.names: dict[str, Nodes] = {}
        self.parts = Parts()
        self.bound: dict[str, list[int]] = {}
        """For each name the executions that bound it, from the one on that found no such name."""
        self.files: dict[str, Nodes] = {}
        self.modules: dict[tuple[str, str], Nodes] = {}
        """(module, attribute) that cells changed: `os.environ`, an option of a library."""
        self.states: dict[str, tuple[int, int, int]] = {}
        """How each file was left that a cell wrote."""
        self.random: dict[str, Nodes] = {}
        self.random_states: dict[str, int] = {}
        """How each random generator was left that somebody seeded."""
        self.deleted: set[str] = set()
        """Ids of cells that were deleted from the notebook; what they did lives on."""

    def add(self, cell: Cell, source: str) -> int:
        """A new node; its number."""
        self.nodes.append(Node(cell=cell, source=source))
        if cell.id:
            self.deleted.discard(cell.id)  # a deletion was undone
        return len(self.nodes) - 1

    def bind(self, name: str, node: int, nodes: Nodes, *, fresh: bool) -> None:
        """That node bound the name, to what those nodes made. `fresh`: there was no such name before."""
        self.names[name] = nodes
        self.parts.forget(name)
        bound = self.bound[name] = [] if fresh else self.bound.get(name, [])
        bound.append(node)
        del bound[_BOUND:-_BOUND]  # with fewer of them more nodes are taken to be needed, never less

    def change(self, name: str, node: int, touched: Touched | None, value: Any) -> None:
        """That node changed what the name holds: those parts of it, or the whole."""
        nodes = self.names.get(name, NONE)
        if touched is not None and touched.is_changing:
            self.names[name] = self.parts.change(name, nodes, node, touched)
        else:
            self.names[name] = nodes | {node}
            self.parts.disturb(name, value)

    def forget(self, name: str) -> None:
        """The name is gone."""
        self.names.pop(name, None)
        self.bound.pop(name, None)
        self.parts.forget(name)

    def backward(self, start: Iterable[int]) -> list[int]:
        """The nodes that the given ones descend from, themselves included, in order of execution."""
        found: set[int] = set()
        waiting = list(start)
        while waiting:
            number = waiting.pop()
            if number not in found:
                found.add(number)
                if number >= 0:
                    waiting.extend(self.nodes[number].uses)
        return sorted(set(map(node_of, found)))

    def needed(self, name: str) -> Nodes:
        """The nodes without any one of which there would be no such name: they are behind all that bound it."""
        every = [self.backward((node,)) for node in self.bound.get(name, ())]
        return frozenset(~each for each in set(every[0]).intersection(*every[1:])) if every else NONE

    def forward(self, start: Iterable[int]) -> list[int]:
        """The nodes that descend from the given ones, themselves included, in order of execution."""
        found = set(start)
        found |= {~each for each in found}
        for number, node in enumerate(self.nodes):  # what a node used ran before it
            if not found.isdisjoint(node.uses):
                found.add(number)
        return sorted(set(map(node_of, found)))

    def of_name(self, name: str) -> list[int]:
        """The backward slice of a name; empty for one that no watched cell made."""
        return self.backward(self.names.get(name, NONE))

    def of_resource(self, name: str) -> list[int]:
        """The nodes that read a resource, or wrote it: by its name in the record, or by its path."""
        path = place_of(name)
        read = [n for n, node in enumerate(self.nodes) if name in node.resources or name in node.written]
        return read or sorted(self.files.get(path or name, NONE))

    def of_execution(self, execution: int) -> Nodes:
        """The last node with that execution count."""
        for number in range(len(self.nodes) - 1, -1, -1):
            if self.nodes[number].cell.execution == execution:
                return frozenset((number,))
        return NONE

    def resources(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """What those nodes read, in order, each once."""
        return tuple(dict.fromkeys(name for number in numbers for name in self.nodes[number].resources))

    def operations(self, numbers: Iterable[int]) -> tuple[str, ...]:
        """The ids of the reads in those nodes."""
        return tuple(each for number in numbers for each in self.nodes[number].operations)

    def slice(self, name: str) -> Slice:
        """The slice of a name, columns left empty."""
        numbers = self.of_name(name)
        nodes = [self.nodes[number] for number in numbers]
        return Slice(
            name=name,
            executions=tuple(node.cell.execution for node in nodes),
            cells=tuple(node.cell for node in nodes),
            resources=self.resources(numbers),
            code=tuple(node.source for node in nodes),
            stale=stale(self, name, numbers),
            doubts=doubts(self, numbers),
            unobserved=tuple(dict.fromkeys(each for node in nodes for each in node.unobserved)),
        )


def stale(history: History, name: str, numbers: Sequence[int]) -> tuple[str, ...]:
    """For each name that was read on the way to this one and has changed since: how it has."""
    found: dict[str, None] = {}
    own = set(numbers)
    for number in numbers:
        for read, then in history.nodes[number].stood.items():
            now = history.names.get(read, NONE)
            later = {node_of(each) for each in now - then if node_of(each) not in own and node_of(each) > number}
            if later and read != name:
                executions = sorted(history.nodes[each].cell.execution for each in later)
                at = history.nodes[number].cell.execution
                found[wording.changed_since(name, read, at, executions)] = None
    return tuple(found)


def doubts(history: History, numbers: Sequence[int]) -> tuple[str, ...]:
    """Why the notebook as it stands may not give this value when it is run from top to bottom."""
    found: list[str] = []
    keys = cell_keys(history)
    last = {key: number for number, key in enumerate(keys)}
    for number in numbers:
        node = history.nodes[number]
        execution = node.cell.execution
        if node.cell.id in history.deleted:
            found.append(wording.was_deleted(execution))
        elif last[keys[number]] != number and history.nodes[last[keys[number]]].source != node.source:
            found.append(wording.was_edited(execution, history.nodes[last[keys[number]]].cell.execution))
        if not node.success:
            found.append(wording.failed_half_way(execution))
    counts = Counter(keys[number] for number in numbers)
    for key, times in counts.items():
        if times > 1:
            runs = [history.nodes[number].cell.execution for number in numbers if keys[number] == key]
            found.append(wording.ran_often(runs))
    return tuple(found)


def cell_keys(history: History) -> list[str]:
    """Which cell each node is a run of: by Jupyter's id; where there is none, by the source and what it writes."""
    keys: list[str] = []
    latest: dict[str, tuple[Node, str]] = {}
    for number, node in enumerate(history.nodes):
        key = node.cell.id or _same_cell(node, latest.values()) or f"run {number}"
        keys.append(key)
        if not node.cell.id:
            latest[key] = (node, key)
    return keys


def _same_cell(node: Node, earlier: Iterable[tuple[Node, str]]) -> str | None:
    """The earlier cell without an id that this is a run of: the same text, else a like one for the same names."""
    alike: tuple[float, str | None] = (_ALIKE, None)
    for other, key in earlier:
        if other.source == node.source:
            return key
        if node.writes and other.writes == node.writes and max(len(other.source), len(node.source)) <= _LONG:
            alike = max(alike, (SequenceMatcher(None, other.source, node.source).ratio(), key), key=_likeness)
    return alike[1]


def _likeness(pair: tuple[float, str | None]) -> float:
    return pair[0]
