"""What is remembered of loaded tables and fitted models: labels, fingerprints and keyed hashes, never values."""

from __future__ import annotations

import contextlib
import gc
import weakref
from collections.abc import Iterable, Sequence
from typing import Any

from jupyter_mlsec.controls.lineage.arrays import seen
from jupyter_mlsec.controls.lineage.forms import NOTHING, Query, Sources, Table, bare
from jupyter_mlsec.controls.lineage.known import Known, Match, Probes, alike, closest
from jupyter_mlsec.controls.lineage.known import match as match_of
from jupyter_mlsec.controls.lineage.labels import Inherited, is_array, of_array, of_table
from jupyter_mlsec.controls.lineage.marked import Marked
from jupyter_mlsec.controls.lineage.polars_calls import empty_of
from jupyter_mlsec.controls.lineage.settings import Settings
from jupyter_mlsec.controls.lineage.sketches import Column, enough, ordered, sketches
from jupyter_mlsec.frames import Frame, view
from jupyter_mlsec.protocol.facts import Label, Origin
from jupyter_mlsec.protocol.records import Operation

_REACH = 2_000
_MOST_DERIVED = 64
"""Results of models whose values are known again."""


class Tables:
    """Loaded tables by the operation that read them, and marks on single objects by weak reference."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[str, Known] = {}
        self._marks: dict[int, tuple[tuple[Label, ...], Origin | None, weakref.ref[Any]]] = {}
        self.pending: dict[str, weakref.ref[Any]] = {}
        """Tables whose columns were not looked at yet, by the operation that read them."""
        self._arrived: dict[int, tuple[str, weakref.ref[Any]]] = {}
        self.spots: dict[str, tuple[int, str]] = {}
        """Where in its cell an operation happened: the line, and the function's name."""
        self.made: Marked[Table] = Marked()
        """What the columns of arrays and tables are made of that a model gave."""
        self.learned: Marked[Table] = Marked()
        """What the features (and the target) were made of that a model learned from."""
        self._derived: list[tuple[set[str], Known]] = []
        self._parts: dict[str, dict[str, str]] = {}

    def remember(
        self,
        value: Any,
        resource: str,
        operation: Operation,
        labels: tuple[Label, ...],
        *,
        stays: bool = False,
        form: Table | Query | None = None,
    ) -> None:
        """Keep what is needed to know columns of a loaded table again. An object that is no table keeps labels only.

        `form`: what the call itself says the columns were made of, where they are not simply the resource's own.

        With `stays` the table outlives its cell unchanged: then only labelled columns are looked at now, the others
        when somebody asks, or before a cell that may change or drop the table (`settle`).
        """
        table = view(value)
        if table is None:
            self._known[operation.id] = Known(resource=resource, operation=operation.id, rows=0, columns={}, labels=())
            if labels:
                self.mark(value, labels, Origin(operations=(operation.id,), resources=(resource,)))
            return
        labelled, frame = {label.column for label in labels}, _is_plain_pandas(value)
        later = stays and frame and self._settings.columns
        seen: dict[str, Column] = {}
        if later:
            seen = {name: Column(type="") for name in table.columns}
            for name in labelled & seen.keys():
                seen |= sketches(view(value[[name]]) or table, enough(table.rows, self._settings.sample) * 4)
        elif self._settings.columns:
            seen = self._columns(table, labelled)
        self._known[operation.id] = Known(
            resource=resource,
            operation=operation.id,
            rows=table.rows,
            columns=seen,
            labels=labels,
            form=form or _form(value, operation.id, table.columns, is_pandas=frame),
        )
        identity, arrived = id(value), self._arrived
        with contextlib.suppress(TypeError):
            if later:
                self.pending[operation.id] = weakref.ref(value, lambda _: self.pending.pop(operation.id, None))
            arrived[identity] = (operation.id, weakref.ref(value, lambda _: arrived.pop(identity, None)))

    def _columns(self, table: Frame, labelled: set[str]) -> dict[str, Column]:
        wanted = enough(table.rows, self._settings.sample)
        seen = sketches(table, wanted)
        if labelled and wanted < table.rows:
            more = table.sample(wanted * 4)
            for name in labelled & seen.keys():
                seen[name] = Column(
                    type=seen[name].type, ordered=ordered(more[name]), share=min(1.0, wanted * 4 / table.rows)
                )
        return seen

    def settle(self, known: Known) -> None:
        """Look at a table's columns, if that was put off and it is still there."""
        reference = self.pending.pop(known.operation, None)
        value = reference() if reference is not None else None
        table = view(value) if value is not None else None
        if table is not None:
            early = {name: column for name, column in known.columns.items() if column.type}
            known.columns = {**self._columns(table, set()), **early}

    def settle_all(self, identities: set[int] | None = None) -> None:
        """Look at every table that was put off, or at those that are among these objects."""
        for operation, reference in list(self.pending.items()):
            if identities is None or id(reference()) in identities:
                self.settle(self._known[operation])

    def beside(self, operation: str, resources: Iterable[str]) -> tuple[str, ...]:
        """Names for further resources that an operation read; what stands for each among sources."""
        parts = self._parts[operation] = {f"{operation}/{number}": each for number, each in enumerate(resources, 1)}
        for part, resource in parts.items():
            self._known[part] = Known(resource=resource, operation=part, rows=0, columns={}, labels=())
        return tuple(parts)

    def derive(self, value: Any, operation: str, form: Table) -> None:
        """Keep what a model made of known columns, so that its values are known again."""
        self.made.put(value, form)
        table = seen(value)
        if table is None or len(table.columns) != len(form.columns):
            return
        columns = sketches(table, enough(table.rows, self._settings.sample))
        by_place = dict(zip(table.columns, form.columns.values(), strict=True))
        known = Known(resource="", operation=operation, rows=table.rows, columns=columns, labels=())
        known.form = Table(by_place, set(by_place), by_plan=True)
        operations = {each.partition("\0")[0] for sources in by_place.values() for each, _ in bare(sources or NOTHING)}
        del self._derived[: max(0, len(self._derived) - _MOST_DERIVED)]
        self._derived.append((operations, known))

    def arrived(self, value: Any) -> Known | None:
        """The loaded table that this very object is."""
        entry = self._arrived.get(id(value))
        return self._known.get(entry[0]) if entry is not None and entry[1]() is value else None

    def mark(self, value: Any, labels: tuple[Label, ...], origin: Origin | None) -> None:
        """Put labels on one object for as long as it lives. What cannot be referred to weakly is not marked."""
        identity = id(value)
        marks = self._marks
        try:
            reference = weakref.ref(value, lambda _: marks.pop(identity, None))
        except TypeError:
            return
        marks[identity] = (labels, origin, reference)

    def marked(self, value: Any) -> tuple[Label, ...]:
        """The labels put on this very object."""
        entry = self._marks.get(id(value))
        return entry[0] if entry is not None and entry[2]() is value else ()

    def known(self, operations: Iterable[str] | None = None) -> list[Known]:
        """The loaded tables, or those read by the given operations."""
        if operations is None:
            return [*self._known.values(), *(known for _, known in self._derived)]
        wanted = (part for each in operations for part in (each, *self._parts.get(each, ())))
        found = [self._known[each] for each in wanted if each in self._known]
        there = {each.operation for each in found}
        return found + [known for of, known in self._derived if of <= there]

    # -- labels -----------------------------------------------------------------------------------------------
    def inherited(self, value: Any, candidates: Sequence[Known], form: Table | None = None) -> Inherited:
        """The labels a value carries or inherits from the candidate tables; certain only where values agree.

        `form` is what the code says the value's columns were made of.
        """
        if value is None:
            return Inherited()
        marked = self._marked(value)
        labelled = [each for each in candidates if each.labels]
        table = view(value) if labelled else None
        if table is not None:
            derived = [each for each in candidates if not each.resource]
            found = of_table(table.columns, self.matches(table, [*labelled, *derived]), labelled, form)
            return Inherited((*marked, *found.labels), found.cleared)
        if form is not None and labelled and not marked:
            found = of_table(form.columns, {}, labelled, form)
            by_values = () if form.by_plan or not is_array(value) else of_array(value, labelled)
            sure = [each for each in by_values if each.rule == "values"]  # surer than what the code says
            kinds = {each.type for each in sure}
            return Inherited((*sure, *(each for each in found.labels if each.type not in kinds)), found.cleared)
        return Inherited(marked if marked or not labelled or not is_array(value) else of_array(value, labelled))

    def labels_of(self, value: Any, candidates: Sequence[Known], form: Table | None = None) -> tuple[Label, ...]:
        """The labels of `inherited` that are left."""
        return self.inherited(value, candidates, form).labels

    def _marked(self, value: Any) -> tuple[Label, ...]:
        """Labels of the object, or of marked objects inside it: a model in a pipeline, in a dict."""
        if not self._marks:
            return ()
        found: dict[str, Label] = {}
        waiting: list[Any] = [value]
        seen: set[int] = set()
        while waiting and len(seen) < _REACH:
            each = waiting.pop()
            if id(each) in seen or issubclass(type(each), type):
                continue
            seen.add(id(each))
            entry = self._marks.get(id(each))
            if entry is not None and entry[2]() is each:
                for label in entry[0]:
                    found[label.type] = label
            elif not issubclass(type(each), (str, bytes, int, float)) and not callable(each):
                waiting.extend(gc.get_referents(each))
        return tuple(found.values())

    # -- columns ----------------------------------------------------------------------------------------------
    def matches(self, table: Frame, candidates: Sequence[Known]) -> dict[str, list[Match]]:
        """For each column, the known columns whose values it holds."""
        for known in candidates:
            self.settle(known)
        if not candidates or not table.rows:
            return {}
        probes = Probes(table)
        types = dict(zip(table.columns, table.types, strict=True))
        found: dict[str, list[Match]] = {}
        for name in table.columns:
            every = [
                match
                for known in candidates
                for column, seen in known.columns.items()
                if (match := match_of(known, column, seen, name, probes)) is not None
            ]
            equal = [match for match in every if match.evidence == "fingerprint"]
            every = equal or closest(every, name) or alike(candidates, name, types[name], probes)
            if every:
                found[name] = every
        return found


def _form(value: Any, operation: str, names: Sequence[str], *, is_pandas: bool) -> Table | None:
    """A table as it was read, where code that uses it can be followed."""
    columns: dict[str, Sources | None] = {name: frozenset(((operation, name),)) for name in names}
    if is_pandas:
        return Table(columns)
    is_polars = type(value).__name__ == "DataFrame" and type(value).__module__.startswith("polars")
    return Table(columns, engine="polars", empty=empty_of(value)) if is_polars else None


def _is_plain_pandas(value: Any) -> bool:
    if type(value).__name__ != "DataFrame" or not type(value).__module__.startswith("pandas"):
        return False
    return bool(value.columns.is_unique) and all(type(name) is str for name in value.columns)
