"""The observer of where things come from: cells, the reads and writes in them, and the labels that travel along."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from jupyter_mlsec.controls.contract import NOTHING, Call, Judgement, Quiet, Verb
from jupyter_mlsec.controls.lineage import columns, learning, prints, results, wording
from jupyter_mlsec.controls.lineage.before import Before
from jupyter_mlsec.controls.lineage.budget import Budget
from jupyter_mlsec.controls.lineage.cells import Cells, Effects
from jupyter_mlsec.controls.lineage.files import place_of
from jupyter_mlsec.controls.lineage.follow import Forms, values_before
from jupyter_mlsec.controls.lineage.forms import Table, Values
from jupyter_mlsec.controls.lineage.history import node_of
from jupyter_mlsec.controls.lineage.known import Known
from jupyter_mlsec.controls.lineage.labels import as_whole, by_hand, parted
from jupyter_mlsec.controls.lineage.objects import as_table
from jupyter_mlsec.controls.lineage.plans import is_plan
from jupyter_mlsec.controls.lineage.settings import Settings
from jupyter_mlsec.controls.lineage.slices import Slice
from jupyter_mlsec.controls.lineage.spots import argument_at, running_line, stays
from jupyter_mlsec.controls.lineage.tables import Tables
from jupyter_mlsec.frames import view
from jupyter_mlsec.protocol.facts import CellFacts, Coverage, Elsewhere, Facts, Label, Labels, Origin
from jupyter_mlsec.protocol.records import Operation, Place

_NESTED = 8


class Lineage(Quiet):
    """Follows cells and values. It never denies, and keeps no value of the user's alive."""

    name = "lineage"
    may_deny = False

    def __init__(self, settings: Settings, project: Callable[[], Path] = Path.cwd) -> None:
        """`project` is the folder that names of files are relative to."""
        self._settings = settings
        self._project = project
        self._budget = Budget(settings.milliseconds, settings.digested)
        self.cells = Cells(settings)
        self.tables = Tables(settings)
        self.forms = Forms(self.cells.history, self.tables)
        self.namespace: Mapping[str, Any] = {}
        self._open: dict[str, Before | None] = {}

    # -- asked by the gate ------------------------------------------------------------------------------------
    def before(self, operation: Operation, call: Call, facts: Facts) -> Iterable[Judgement]:
        if operation.action == "execute":
            self._begin(operation, call)
            return NOTHING
        if operation.action == "write":
            return self._leaving(operation, call, facts)
        return NOTHING

    def after(self, operation: Operation, call: Call, value: Any, facts: Facts) -> Iterable[Judgement]:
        action = operation.action
        if action == "execute":
            return self._finish(operation, value, facts)
        if action == "read":
            self._arrived(operation, call, value, facts)
        elif action == "write":
            self._written(operation, call)
        elif action == "fit":
            return self._fitted(operation, call, value, facts)
        elif action in ("transform", "predict"):
            self._answered(operation, call, value)
        return NOTHING

    # -- cells ------------------------------------------------------------------------------------------------
    def _begin(self, operation: Operation, call: Call) -> None:
        self.cells.drop_stale(operation.cell.execution, call.namespace or {})
        if call.namespace is None or self.cells.running:
            self._open[operation.id] = None  # a cell inside a cell (`%%capture`): the outer one answers for it
            return
        while len(self._open) >= _NESTED:
            self._open.pop(next(iter(self._open)))
        self.namespace = call.namespace
        self.cells.history.deleted.update(call.argument("deleted", ()))
        before = self._open[operation.id] = self.cells.begin(str(call.value or ""), call.namespace, operation.cell)
        if self.tables.pending:
            self._settle(before)

    def mark(self, tree: ast.Module, namespace: dict[str, Any]) -> ast.Module:
        """The tree of the cell that is about to run, with marks that tell which of its branches ran."""
        return self.cells.mark(tree, namespace)

    def _settle(self, before: Before) -> None:
        """Look at loaded tables that the cell may change or drop."""
        if before.resolved.touches_other:
            self.tables.settle_all()
        names = {event.name for event in before.resolved.events if event.kind != "read"}
        for name in names | before.resolved.touches | before.reading.calls:
            reached = before.imprints[name][1].marks if name in before.imprints else ()
            self.tables.settle_all({id(self.namespace.get(name)), *reached})

    def _finish(self, operation: Operation, result: Any, facts: Facts) -> Iterable[Judgement]:
        before = self._open.pop(operation.id, None)
        if before is None:
            return NOTHING
        success = bool(getattr(result, "success", True))
        failed_at = None if success else _failing_line(result, self.namespace)
        coverage = facts.find(Coverage)
        if coverage is not None and coverage.opened:
            before.candidates.opened = [str(self._project() / name) for name in coverage.opened]
        effects = self.cells.finish(before, self.namespace, success, failed_at)  # type: ignore[arg-type]
        self._follow(before, effects, success=success)
        nodes = self.cells.history.nodes
        node = nodes[before.node]
        if coverage is not None and coverage.unobserved:
            node.unobserved = tuple(_named(each) for each in coverage.unobserved)
        facts.add(
            CellFacts(
                reads=node.reads,
                may_read=node.may_read,
                writes=node.writes,
                uses=tuple(nodes[number].cell.execution for number in sorted(set(map(node_of, node.uses)))),
                resources=tuple({**node.resources, **node.written}),
                imported=tuple(name for name in node.writes if _is_imported(self.namespace.get(name))),
            )
        )
        untraced = self._budget.left_out(before.node)
        return (
            *((wording.partial(effects.partial),) if effects.partial else ()),
            *((wording.untraced(untraced),) if untraced else ()),
        )

    def _follow(self, before: Before, effects: Effects, *, success: bool) -> None:
        """Read what the cell made of tables, unless it has nothing to do with any."""
        forms, node = self.forms, self.cells.history.nodes[before.node]
        forms.forget(effects.gone)
        if not node.operations and not forms.concerns(effects.reads | effects.rebound | effects.mutated):
            return
        follower = None
        if success:
            follower = forms.follow(before.node, node.source, self.namespace, values_before(before.snapshot))
        forms.conclude(follower, self.namespace, effects.rebound, effects.mutated)

    def _form_of(self, value: Any, call: Call) -> Table | None:
        """What the code so far says of the table a call was given, by its name or as it stands in the call.

        What a model made, or learned from, and a plan say themselves what they are made of.
        """
        made = self.tables.made.of(value) or self.tables.learned.of(value)
        if made is not None:
            return made
        if is_plan(value):
            known = self._sources()[0]
            return results.of_lazy(self.tables, value, [(each.resource, each.operation) for each in known], known)
        line = running_line(self.namespace) if self.cells.running else None
        if line is None:
            return None
        before = self.cells.running[-1]
        node = self.cells.history.nodes[before.node]
        if not (node.operations or self.forms.concerns({event.name for event in before.reading.events})):
            return None
        name = next((name for name, each in list(self.namespace.items()) if each is value), None)
        inline = argument_at(node.source, line, call, value) if name is None else None
        if name is None and inline is None:
            return None
        follower = self.forms.follow(before.node, node.source, self.namespace, values_before(before.snapshot), line)
        if follower is None or follower.wild or name in follower.vague:
            return None
        form = follower.look(name) if name is not None else follower.inline(inline, value)
        if isinstance(form, Values):
            form = as_table(form, value)
        return form if isinstance(form, Table) else None

    # -- values -----------------------------------------------------------------------------------------------
    def _arrived(self, operation: Operation, call: Call, value: Any, facts: Facts) -> None:
        name = operation.resource.name
        labels = facts.find(Labels)
        stays = bool(self.cells.running) and self._stays()
        form = results.of_call(self.tables, call, operation, value) if self._settings.columns else None
        held = labels.labels if labels else ()
        if self._settings.labels and (table := view(value)) is not None:
            own = by_hand(self._settings.labels, name, table.columns)
            if own:
                held = _merged(Labels(labels=own), held)
                facts.add(Labels(labels=held))
        self.tables.remember(value, name, operation, held, stays=stays and form is None, form=form)
        self._digest(value, held, facts)
        if self.cells.running:
            line = running_line(self.namespace)
            if line is not None:
                self.tables.spots[operation.id] = (line, call.watch.target.rpartition(".")[2])
            number = self.cells.running[-1].node
            node = self.cells.history.nodes[number]
            node.resources[name] = None
            node.operations.append(operation.id)
            node.uses |= self.cells.history.files.get(place_of(call.resource) or name, frozenset()) - {number}

    def replaced(self, operation: Operation, call: Call, value: Any, facts: Facts) -> None:  # noqa: ARG002
        """The user got another table than was read, a masked one: that is the one to know again."""
        labels = facts.find(Labels)
        self.tables.remember(value, operation.resource.name, operation, labels.labels if labels else ())

    def _stays(self) -> bool:
        """Whether what is being read gets a name of its own and keeps it, unchanged, to the cell's end."""
        before, line = self.cells.running[-1], running_line(self.namespace)
        source = self.cells.history.nodes[before.node].source
        return line is not None and not before.resolved.touches_other and stays(source, line, before.resolved.touches)

    def _leaving(self, operation: Operation, call: Call, facts: Facts) -> Iterable[Judgement]:
        candidates, origin = self._sources()
        are_labelled = any(each.labels for each in candidates)
        form = self._form_of(call.value, call) if are_labelled else None
        found = self.tables.inherited(call.value, candidates, form)
        labels = found.labels
        if origin is not None:
            facts.add(origin)
        self._digest(call.value, (*labels, *found.cleared, *_labels_in(facts)), facts)
        said: list[Judgement] = []
        if self._settings.columns and candidates:
            if self._has_time():
                with self._budget.spending():
                    form = form or self._form_of(call.value, call)
                    # Values are compared only where labels asked for that already: a save must not wait for more.
                    made = columns.origins(self.tables, candidates, call.value, form, compare=are_labelled)
                if made is not None:
                    facts.add(made)
            elif not self.cells.running and self._budget.left_out(-1) == 1:
                said.append(wording.untraced(1))  # no cell is there to say it at its end: the first one does
        if labels or found.cleared:
            before = facts.find(Labels)
            off = () if before is None else before.cleared
            labels, masked = parted(labels, off)
            present = _merged(before, labels)
            held = {(each.column, each.type) for each in present}
            cleared = tuple(each for each in (*found.cleared, *masked) if (each.column, each.type) not in held)
            facts.add(Labels(labels=present, cleared=(*off, *cleared)))
            if labels:
                said.append(wording.inherited(operation.resource.name, _places(labels)))
        return said

    def _has_time(self, what: str = "write") -> bool:
        """Whether this call may still be compared column by column: a loop of them must not be slowed by it."""
        return self._budget.allows(what, self.cells.running[-1].node if self.cells.running else -1)

    def _digest(self, value: Any, labels: Sequence[Label], facts: Facts) -> None:
        """Record what a table's columns hold, but for those that are labelled."""
        if self._settings.digested:
            node = self.cells.running[-1].node if self.cells.running else -1
            held = prints.fingerprints(value, {label.column for label in labels}, self._budget, node)
            if held is not None:
                facts.add(held)

    def _written(self, operation: Operation, call: Call) -> None:
        if not self.cells.running:
            return
        number = self.cells.running[-1].node
        history = self.cells.history
        key = place_of(call.resource) or operation.resource.name
        history.nodes[number].written[operation.resource.name] = None
        appends = str(call.argument("mode", "w")).startswith("a")
        history.files[key] = history.files.get(key, frozenset()) | {number} if appends else frozenset((number,))

    def _fitted(self, operation: Operation, call: Call, value: Any, facts: Facts) -> Iterable[Judgement]:
        """What a model learned from goes with the model."""
        labels, origin = self._descent(call)
        if origin is not None:
            facts.add(origin)
        given = self._given(call, call.value)
        if given is not None:
            model, target = call.argument("self", value), call.argument("y")
            learning.learn(self.tables, model, given, None if target is None else self._given(call, target, by="y"))
            if value is not model:
                learning.transformed(self.tables, model, given, value, operation.id)
        self._digest(call.value, (*labels, *_labels_in(facts)), facts)
        if not labels:
            return NOTHING
        whole = as_whole(labels)
        self.tables.mark(call.argument("self", value), whole, origin)
        facts.add(Labels(labels=_merged(facts.find(Labels), labels)))
        return (wording.inherited(operation.resource.name, _places(whole)),)

    def _answered(self, operation: Operation, call: Call, value: Any) -> None:
        """What a model gave is made of what it was given, and of what it learned from."""
        model, given = call.argument("self"), self._given(call, call.value)
        if operation.action == "predict":
            learning.predicted(self.tables, model, given, value, operation.id)
        elif given is not None:
            learning.transformed(self.tables, model, given, value, operation.id)

    def _given(self, call: Call, value: Any, by: str = "") -> Table | None:
        """What the columns of a model's input are made of; None outside of cells, and for all but a cell's first."""
        if not self.cells.running or not self._settings.columns or (not by and not self._has_time("model")):
            return None
        candidates = self._sources()[0]
        if not candidates:
            return None
        with self._budget.spending():
            return columns.form_of(self.tables, value, candidates, self._form_of(value, call), by=by)

    def _descent(self, call: Call) -> tuple[tuple[Label, ...], Origin | None]:
        """The labels a call's value inherits, and what it descends from, as the running cell's slice tells."""
        candidates, origin = self._sources()
        form = self._form_of(call.value, call) if any(each.labels for each in candidates) else None
        return self.tables.labels_of(call.value, candidates, form), origin

    def _sources(self) -> tuple[Sequence[Known], Origin | None]:
        if not self.cells.running:
            known = self.tables.known()
            operations = tuple(each.operation for each in known)
            resources = tuple(dict.fromkeys(each.resource for each in known))
        else:
            history = self.cells.history
            before = self.cells.running[-1]
            start = {before.node}.union(*before.defined.values())
            numbers = history.backward(start)
            operations, resources = history.operations(numbers), history.resources(numbers)
            known = self.tables.known(operations)
        return known, Origin(operations=operations, resources=resources) if operations else None

    # -- answers ----------------------------------------------------------------------------------------------
    def slice(self, name: str) -> Slice:
        """The backward slice of a name of the notebook. Raises KeyError for a name that does not exist."""
        if name not in self.namespace:
            raise KeyError(name)
        value = self.namespace[name]
        return columns.with_columns(self.cells.history, self.tables, name, value, self.forms.of(name, value))

    def verbs(self) -> Sequence[Verb]:
        """`lineage`."""
        from jupyter_mlsec.controls.lineage.verbs import verbs

        return verbs(self)


def _named(what: Elsewhere) -> str:
    return f"{what.kind} ({what.program})" if what.program else what.kind


def _is_imported(value: object) -> bool:
    """Whether a cell that binds this only took it from elsewhere."""
    kind = type(value)  # `isinstance` would ask an object of the notebook's own class for its `__class__`
    if issubclass(kind, (type, FunctionType, BuiltinFunctionType)):
        return value.__module__ != "__main__"
    return issubclass(kind, ModuleType)


def _failing_line(result: Any, namespace: Mapping[str, Any]) -> int | None:
    """The line of the cell at which it raised, from the error's traceback."""
    error = getattr(result, "error_in_exec", None)
    trace = getattr(error, "__traceback__", None)
    while trace is not None:
        if trace.tb_frame.f_globals is namespace and trace.tb_frame.f_code.co_name in {"<module>", "<cell line: 1>"}:
            return int(trace.tb_lineno)
        trace = trace.tb_next
    return 0 if getattr(result, "error_before_exec", None) is not None else None


def _labels_in(facts: Facts) -> tuple[Label, ...]:
    present = facts.find(Labels)
    return present.labels + present.cleared if present is not None else ()


def _merged(present: Labels | None, added: Sequence[Label]) -> tuple[Label, ...]:
    """The labels of both; on each column and type the surer word, and what was there already where both are as sure."""
    found = {(label.column, label.type): label for label in added}
    for label in present.labels if present else ():
        other = found.get((label.column, label.type))
        if other is None or (label.certain, label.score) >= (other.certain, other.score):
            found[label.column, label.type] = label
    return tuple(found.values())


def _places(labels: Sequence[Label]) -> tuple[Place, ...]:
    return tuple(Place(column=label.column or None, type=label.type) for label in labels)
