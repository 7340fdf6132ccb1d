"""What ran so far, as a graph: which execution made each name and file what it is now, and what it used for that."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from jupyter_mlsec.controls.lineage.slices import Slice
from jupyter_mlsec.protocol.records import Cell

Nodes = frozenset[int]
NONE: Nodes = frozenset()


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
        self.files: dict[str, Nodes] = {}
        self.random: dict[str, Nodes] = {}

    def add(self, cell: Cell, source: str) -> int:
        """A new node; its number."""
        self.nodes.append(Node(cell=cell, source=source))
        return len(self.nodes) - 1

    def backward(self, start: Iterable[int]) -> list[int]:
        """The nodes that the given ones descend from, themselves included, in order of execution."""
        found: set[int] = set()
        waiting = list(start)
        while waiting:
            number = waiting.pop()
            if number not in found:
                found.add(number)
                waiting.extend(self.nodes[number].uses)
        return sorted(found)

    def of_name(self, name: str) -> list[int]:
        """The backward slice of a name; empty for one that no watched cell made."""
        return self.backward(self.names.get(name, NONE))

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
            unobserved=tuple(dict.fromkeys(each for node in nodes for each in node.unobserved)),
        )
