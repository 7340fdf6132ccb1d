"""One cell's run: what is looked at before, and what is concluded after."""

from __future__ import annotations

import ast
from collections import OrderedDict
from types import FunctionType, ModuleType
from typing import Any

import msgspec

from jupyter_mlsec.controls.lineage import files, imprint, outside, parts
from jupyter_mlsec.controls.lineage.before import Before
from jupyter_mlsec.controls.lineage.history import NONE, History, Nodes
from jupyter_mlsec.controls.lineage.imprint import SCALARS, Imprint
from jupyter_mlsec.controls.lineage.marks import Marker
from jupyter_mlsec.controls.lineage.namespace import Snapshot, is_user_name
from jupyter_mlsec.controls.lineage.reading import outward, read
from jupyter_mlsec.controls.lineage.resolve import MAYBE, Resolved
from jupyter_mlsec.controls.lineage.settings import Settings
from jupyter_mlsec.protocol.records import Cell

_KEPT = 64
_ALIAS_OBJECTS = 500
_SEEDING = frozenset({"seed", "set_state", "setstate"})


class Effects(msgspec.Struct):
    """What a cell did to names, as concluded after it."""

    reads: set[str]
    rebound: set[str]
    gone: set[str]
    mutated: set[str] = msgspec.field(default_factory=set)
    partial: int = 0


class Cells:
    """Follows cells one after the other and keeps the history."""

    def __init__(self, settings: Settings) -> None:
        self.history = History()
        self.running: list[Before] = []
        self._settings = settings
        self._kept: OrderedDict[str, tuple[int, Imprint]] = OrderedDict()

    # -- before -----------------------------------------------------------------------------------------------
    def begin(self, text: str, namespace: dict[str, Any], cell: Cell) -> Before:
        """Look at what the cell's code will use."""
        node = self.history.add(cell, text)
        before = Before(node, read(text))
        before.budget = self._settings.megabytes << 20

        def take(name: str) -> Imprint | None:
            return self._take(name, namespace, before)

        before.resolved = Resolved(before.reading, namespace, take)
        stores = set()
        for event in before.resolved.events:
            if event.kind == "read":
                before.defined.setdefault(event.name, self._defined(event.name))
                if event.name in namespace and event.name not in before.imprints:
                    self._take(event.name, namespace, before)
            else:
                stores.add(event.name)
        if before.reading.accesses:
            before.touched = parts.of_cell(before.reading.accesses, before.resolved.events, namespace)
        before.candidates = files.Candidates(before.resolved.paths)
        if not _SEEDING.isdisjoint(before.resolved.attributes):
            before.random = dict(imprint.random_state())
        before.snapshot = Snapshot(namespace, stores)
        self.running.append(before)
        return before

    def mark(self, tree: ast.Module, namespace: dict[str, Any]) -> ast.Module:
        """The running cell's tree with marks where they tell something; a tree of anything else as it is."""
        before = self.running[-1] if self.running else None
        if before is None or before.marker is not None:
            return tree
        before.marker = marker = Marker(before.reading.marked if before.reading.plain else {})
        if before.reading.marked and before.reading.plain:
            marker.visit(tree)
            marker.begin(namespace)
        return tree

    def _defined(self, name: str) -> Nodes:
        if name == "Out[]":
            every = (nodes for each, nodes in self.history.names.items() if each[:1] == "_" and each[1:].isdigit())
            return NONE.union(*every)
        return self.history.names.get(name, NONE)

    def _take(self, name: str, namespace: dict[str, Any], before: Before) -> Imprint | None:
        if name in before.imprints:
            return before.imprints[name][1]
        value = namespace.get(name)
        if type(value) in SCALARS or type(value) is ModuleType:
            return None
        kept = self._kept.pop(name, None)
        if kept is None or kept[0] != id(value):
            kept = (id(value), self._imprint(name, value, namespace, before))
        before.imprints[name] = kept
        return kept[1]

    def _imprint(self, name: str, value: Any, namespace: dict[str, Any], before: Before) -> Imprint:
        budget = before.budget if _may_touch(name, before) else 0
        taken = imprint.take(value, namespace, self._settings.objects, budget)
        before.budget -= taken.hashed
        return taken

    def drop_stale(self, execution: int, namespace: dict[str, Any]) -> None:
        """Forget cells that never ended for us (the guard was paused inside): a later count cannot be inside them."""
        nodes = self.history.nodes
        while self.running and execution > nodes[self.running[-1].node].cell.execution:
            stale = self.running.pop()
            if stale.marker is not None:
                stale.marker.passed(namespace)

    # -- after ------------------------------------------------------------------------------------------------
    def finish(self, before: Before, namespace: dict[str, Any], success: bool, failed_at: int | None) -> Effects:
        """Conclude what the cell read, bound and changed, and put it into the history."""
        if before.marker is not None:
            before.ran = before.marker.passed(namespace)
        changes = before.snapshot.changes(namespace)
        if before in self.running:
            del self.running[self.running.index(before) :]
        effects = self._names(before, changes.rebound, success, failed_at)
        effects.gone = changes.gone
        effects.rebound = {name for name in effects.rebound if name in namespace}
        effects.rebound -= _bound_again(before, effects, namespace)
        before.budget = self._settings.megabytes << 20
        self._mutations(before, namespace, effects)
        self._record(before, effects, namespace, success)
        return effects

    def _names(self, before: Before, rebound: set[str], success: bool, failed_at: int | None) -> Effects:
        """Replay the events: a read counts unless the same run stored the name before."""
        stored: dict[str, set[int]] = {}
        reads: set[str] = set()
        late: set[str] = set()
        sure: set[str] = set()
        parents = before.reading.parents
        passed_over = _passed_over(before, rebound)
        for event in before.resolved.events:
            if failed_at is not None and before.reading.plain and event.line > failed_at:
                continue
            block = 0 if event.block == MAYBE else event.block
            if passed_over and not passed_over.isdisjoint(outward(block, parents)):
                continue
            if event.kind == "read":
                where = stored.get(event.name)
                if where is None:
                    reads.add(event.name)
                elif where.isdisjoint(outward(block, parents)):
                    late.add(event.name)
                continue
            stored.setdefault(event.name, set()).add(event.block)
            if success and event.kind == "store" and _is_sure(event.block, before):
                sure.add(event.name)
        if before.reading.apart:
            sure = set()
        return Effects(reads=reads | (late - rebound), rebound=rebound | sure, gone=set())

    def _mutations(self, before: Before, namespace: dict[str, Any], effects: Effects) -> None:
        """Which names hold objects that changed in place, through whichever name it happened."""
        changed: set[int] = set()
        per_name: dict[str, set[int]] = {}
        spans: list[tuple[int, int]] = []
        old: dict[int, int] = {}
        fresh: dict[str, Imprint] = {}
        for name, (identity, earlier) in before.imprints.items():
            if name not in effects.reads:
                continue
            effects.partial += earlier.partial
            value = namespace.get(name)
            if id(value) != identity or name not in namespace:
                if _may_touch(name, before):
                    old |= earlier.marks
                continue
            later = self._imprint(name, value, namespace, before)
            fresh[name] = later
            found = imprint.changed(earlier, later) | (earlier.movers if _is_used(name, before) else set())
            if earlier.bare.get(identity) == later.bare.get(identity, 0) and _has_part(name, before):
                found.discard(identity)  # `f.note = 1`: kept with the attribute, for those that use it
            if not found and not later.exact and name in before.resolved.touches:
                found = {identity}
            changed |= found
            per_name[name] = found
            spans += [(low, high) for low, high, owner in earlier.spans if owner in found]
        for name, taken in fresh.items():
            if not changed.isdisjoint(taken.marks) or (spans and imprint.overlaps(taken.spans, spans)):
                effects.mutated.add(name)
            self._keep(name, namespace, taken)
        if changed or old:
            self._aliases(namespace, effects, fresh, changed, spans, old)
        for name in [name for name in before.touched if not self._is_apart(name, per_name, before, namespace)]:
            del before.touched[name]

    def _is_apart(self, name: str, changed: dict[str, set[int]], before: Before, namespace: dict[str, Any]) -> bool:
        """Whether what happened to a name's object happened to the parts that the code names, and through that name."""
        found, own = changed.get(name, set()), before.imprints.get(name)
        if not found or own is None:
            return True
        for other, (_, seen) in before.imprints.items():
            if other != name and (seen.partial or not found.isdisjoint(seen.marks) or _overlap(seen, own[1])):
                return False
        return parts.explains(namespace[name], before.touched[name], found, namespace, self._settings.objects)

    def _aliases(
        self,
        namespace: dict[str, Any],
        effects: Effects,
        fresh: dict[str, Imprint],
        changed: set[int],
        spans: list[tuple[int, int]],
        old: dict[int, int],
    ) -> None:
        for name, value in list(namespace.items()):
            if type(value) in SCALARS or type(value) is ModuleType or name in fresh or not is_user_name(name):
                continue
            if name in effects.rebound and name not in effects.reads:
                continue
            taken = imprint.take(value, namespace, _ALIAS_OBJECTS, 1 << 20)
            hit = not changed.isdisjoint(taken.marks) or (spans and imprint.overlaps(taken.spans, spans))
            if hit or any(old.get(identity, digest) != digest for identity, digest in taken.marks.items()):
                effects.mutated.add(name)
                self._kept.pop(name, None)

    def _keep(self, name: str, namespace: dict[str, Any], taken: Imprint) -> None:
        self._kept[name] = (id(namespace[name]), taken)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def _record(self, before: Before, effects: Effects, namespace: dict[str, Any], success: bool) -> None:
        history, number = self.history, before.node
        node, own = history.nodes[number], frozenset((number,))
        if not success:
            before.touched.clear()  # what it says it sets it may not have come to
        for name in effects.reads:
            node.uses |= self._used(name, before)
        outside.files_of(history, before, namespace, node.uses, own)
        outside.draws_of(history, before, node.uses, own)
        if history.modules or before.reading.parts:
            outside.modules_of(history, before, namespace, node.uses, own)
        for name in effects.gone:
            history.forget(name)
            self._kept.pop(name, None)
        previous = {name: history.names.get(name, NONE) for name in ("_", "__")}
        for name in effects.mutated - effects.rebound:
            history.change(name, number, parts.alike(name, before.touched, namespace), namespace.get(name))
        first, alone = _bound_first(before, effects, namespace), frozenset((~number,))
        given = self._given(before) if success and before.reading.handed else {}
        handed = before.reading.handed
        kept = history.parts.copied({name: handed[name].values[0] for name in given if handed[name].is_same})
        deleted = {event.name for event in before.resolved.events if event.kind == "delete"}
        for name in effects.rebound:
            shifted = {"__": "_", "___": "__"}.get(name)
            nodes = previous[shifted] | own if shifted else alone if name in first else given.get(name, own)
            history.bind(name, number, nodes, fresh=name not in before.snapshot.held or name in deleted)
            self._kept.pop(name, None)
        history.parts.put(kept)
        node.uses -= {number, ~number}
        node.success = success
        node.stood = {name: before.defined[name] for name in effects.reads if before.defined.get(name)}
        node.reads = tuple(sorted(name for name in effects.reads if before.defined.get(name)))
        every = {event.name for event in before.resolved.events if event.kind == "read"}
        node.may_read = tuple(sorted(name for name in every if before.defined.get(name)))
        node.writes = tuple(sorted(effects.rebound | effects.mutated | effects.gone))

    def _used(self, name: str, before: Before) -> Nodes:
        """The nodes of a name that count for what the cell used of it."""
        nodes, touched = before.defined.get(name, NONE), before.touched.get(name)
        return nodes if touched is None else self.history.parts.built_on(name, nodes, touched.built_on)

    def _given(self, before: Before) -> dict[str, Nodes]:
        """For names that were only handed a value: the nodes that the value had, not all that the cell used."""
        own = frozenset((~before.node,))
        return {
            name: own.union(
                *(before.defined.get(each, NONE) for each in handed.values),
                *(self.history.needed(each) for each in handed.beside),
            )
            for name, handed in before.reading.handed.items()
        }


def _may_touch(name: str, before: Before) -> bool:
    """Whether the code could change the object in place: only then are large buffers worth hashing."""
    resolved = before.resolved if hasattr(before, "resolved") else None
    if resolved is None:  # while functions are still being resolved only the cell's own text is known
        return name in before.reading.touches or before.reading.touches_other or name in before.reading.calls
    return name in resolved.touches or resolved.touches_other or name in before.reading.calls


def _bound_again(before: Before, effects: Effects, namespace: dict[str, Any]) -> set[str]:
    """Names bound to the very object that they held, which another name kept alive: `part = whole["part"]`, again."""
    same = {
        name: identity
        for name, identity in before.snapshot.released.items()
        if name in effects.rebound and id(namespace.get(name)) == identity
    }
    return {
        name
        for name, identity in same.items()
        for other, (held, seen) in before.imprints.items()
        if other not in effects.rebound and id(namespace.get(other)) == held and identity in seen.marks
    }


def _overlap(one: Imprint, other: Imprint) -> bool:
    spans = [(low, high) for low, high, _ in other.spans]
    return bool(spans) and imprint.overlaps(one.spans, spans)


def _has_part(name: str, before: Before) -> bool:
    return any(each == name for each, _ in before.reading.parts)


def _is_used(name: str, before: Before) -> bool:
    direct = {event.name for event in before.reading.events}
    return name in before.reading.calls or name in before.resolved.touches or name not in direct


def _passed_over(before: Before, rebound: set[str]) -> set[int]:
    """Blocks that did not run: a mark was not passed, or a loop gave its name no value."""
    marked = before.marker.set if before.marker is not None else set()
    empty = {
        block
        for block, name in before.reading.loops.items()
        if name not in rebound
        and name not in before.snapshot.held
        and not any(event.kind == "delete" and event.name == name for event in before.reading.events)
    }
    return (marked - before.ran) | empty


def _bound_first(before: Before, effects: Effects, namespace: dict[str, Any]) -> set[str]:
    """Modules and functions the cell bound before it read anything of other cells.

    They do not depend on what the rest of the cell read: `import os` above a line that uses a table.
    """
    first: set[str] = set()
    for event in before.resolved.events:
        if event.kind == "read":
            if before.defined.get(event.name):
                break
        elif event.kind == "store" and event.block == 0 and _is_settled(namespace.get(event.name)):
            first.add(event.name)
    return (first & effects.rebound) - before.resolved.touches


def _is_settled(value: Any) -> bool:
    """Whether it is a module, or a function that calls do not change and that holds nothing."""
    if type(value) is FunctionType:
        return not (value.__closure__ or value.__defaults__ or value.__kwdefaults__ or value.__dict__)
    return type(value) is ModuleType


def _is_sure(block: int, before: Before) -> bool:
    """Whether a store there happened for certain, in a cell that went through."""
    marked = before.marker.set if before.marker is not None else set()
    return block >= 0 and all(each in marked or each == 0 for each in outward(block, before.reading.parents))
