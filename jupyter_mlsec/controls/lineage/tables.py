"""What is remembered of loaded tables and fitted models: labels, fingerprints and keyed hashes, never values."""

from __future__ import annotations

import contextlib
import gc
import weakref
from array import array
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

from jupyter_mlsec.controls.lineage.forms import Sources, Table
from jupyter_mlsec.controls.lineage.settings import Settings
from jupyter_mlsec.controls.lineage.sketches import Column, enough, of_values, ordered, sketches
from jupyter_mlsec.frames import Frame, view
from jupyter_mlsec.protocol.facts import Label, Origin
from jupyter_mlsec.protocol.records import Operation

_FEW = 12
"""A column with fewer distinct values than this says nothing by its values: everybody has a `yes` and a `no`."""
_PROBE = 4_096
_MOST_PROBED = 65_536
_REACH = 2_000
_SMALL = 1_024
"""Columns of more different values than this are known by the values alone, or not."""


Evidence = Literal["fingerprint", "values", "name and values"]
"""Equal row for row; found among the other's values; the same name, type and few values, of which many a column is."""


class Known(msgspec.Struct, kw_only=True):
    """A loaded table."""

    resource: str
    operation: str
    rows: int
    columns: dict[str, Column]
    labels: tuple[Label, ...]
    pandas: bool = False
    """It came as a pandas DataFrame, so what code does to it can be read as pandas' operations."""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a known table whose values a column holds, and how that was seen."""

    known: Known
    column: str
    evidence: Evidence
    share: float


class Tables:
    """Loaded tables by the operation that read them, and marks on single objects by weak reference."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[str, Known] = {}
        self._marks: dict[int, tuple[tuple[Label, ...], Origin | None, weakref.ref[Any]]] = {}
        self.pending: dict[str, weakref.ref[Any]] = {}
        """Tables whose columns were not looked at yet, by the operation that read them."""
        self._arrived: dict[int, tuple[str, weakref.ref[Any]]] = {}

    def remember(
        self, value: Any, resource: str, operation: Operation, labels: tuple[Label, ...], *, stays: bool = False
    ) -> None:
        """Keep what is needed to know columns of a loaded table again. An object that is no table keeps labels only.

        With `stays` the table outlives its cell unchanged: then only labelled columns are looked at now, the others
        when somebody asks, or before a cell that may change or drop the table (`settle`).
        """
        table = view(value)
        if table is None:
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
            pandas=frame,
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

    def known(self, operations: Iterable[str] | None = None) -> list[Known]:
        """The loaded tables, or those read by the given operations."""
        if operations is None:
            return list(self._known.values())
        return [self._known[each] for each in operations if each in self._known]

    # -- labels -----------------------------------------------------------------------------------------------
    def labels_of(self, value: Any, candidates: Sequence[Known], form: Table | None = None) -> tuple[Label, ...]:
        """The labels a value carries or inherits from the candidate tables; certain only where values agree.

        `form` is what the code says the value's columns were made of.
        """
        if value is None:
            return ()
        marked = self._marked(value)
        labelled = [each for each in candidates if each.labels]
        table = view(value) if labelled else None
        if table is not None:
            return (*marked, *self._inherited(table, labelled, form))
        return marked if marked or not labelled or not _is_array(value) else _assumed(value, labelled)

    def _marked(self, value: Any) -> tuple[Label, ...]:
        """Labels of the object, or of marked objects inside it: a model in a pipeline, in a dict."""
        if not self._marks:
            return ()
        found: dict[str, Label] = {}
        waiting: list[Any] = [value]
        seen: set[int] = set()
        while waiting and len(seen) < _REACH:
            each = waiting.pop()
            if id(each) in seen or isinstance(each, type):
                continue
            seen.add(id(each))
            entry = self._marks.get(id(each))
            if entry is not None and entry[2]() is each:
                for label in entry[0]:
                    found[label.type] = label
            elif not isinstance(each, (str, bytes, int, float)) and not callable(each):
                waiting.extend(gc.get_referents(each))
        return tuple(found.values())

    def _inherited(self, table: Frame, labelled: Sequence[Known], form: Table | None) -> tuple[Label, ...]:
        found: dict[tuple[str, str], Label] = {}
        matches = self.matches(table, labelled)
        for name in table.columns:
            carried = form is not None and name not in form.computed
            sources = form.columns.get(name) if form is not None else None
            for match in _inside(matches.get(name, []), sources):
                sure = carried or (match.evidence != "name and values" and match.share >= 0.9)
                _carry(found, name, match.known.labels, match.column, 1.0 if sure else 0.8, keep=sure)
            for known in labelled:
                for operation, column in sources or ():
                    if operation == known.operation:
                        weight = 1.0 if carried else 0.5
                        _carry(found, name, known.labels, column, weight, keep=carried)
            for known in labelled:
                _carry(found, name, known.labels, name, 0.5, keep=False)
        return tuple(found.values())

    # -- columns ----------------------------------------------------------------------------------------------
    def matches(self, table: Frame, candidates: Sequence[Known]) -> dict[str, list[Match]]:
        """For each column, the known columns whose values it holds."""
        for known in candidates:
            self.settle(known)
        if not candidates or not table.rows:
            return {}
        probes = _Probes(table)
        types = dict(zip(table.columns, table.types, strict=True))
        found: dict[str, list[Match]] = {}
        for name in table.columns:
            every = [
                match
                for known in candidates
                for column, seen in known.columns.items()
                if (match := _match(known, column, seen, name, probes)) is not None
            ]
            equal = [match for match in every if match.evidence == "fingerprint"]
            every = equal or _closest(every, name) or _alike(candidates, name, types[name], probes)
            if every:
                found[name] = every
        return found


class _Probes:
    """Rows of the later side of a comparison, hashed as often as they are needed and no more."""

    def __init__(self, table: Frame) -> None:
        self.rows = table.rows
        self._table = table
        self._samples: dict[int, dict[str, Any]] = {}
        self._hashed: dict[tuple[str, int], tuple[array[int], frozenset[int]]] = {}

    def ordered(self, name: str, wanted: int) -> tuple[array[int], frozenset[int]]:
        wanted = min(wanted, self.rows)
        key = (name, wanted)
        if key not in self._hashed:
            if wanted not in self._samples:
                self._samples[wanted] = self._table.sample(wanted)
            found = ordered(self._samples[wanted][name])
            self._hashed[key] = (found, Column(type="", ordered=found).hashes)
        return self._hashed[key]


def _match(known: Known, column: str, seen: Column, name: str, probes: _Probes) -> Match | None:
    if len(seen.hashes) < 2:
        return None
    if probes.rows == known.rows and probes.ordered(name, len(seen.ordered))[0] == seen.ordered:
        return Match(known=known, column=column, evidence="fingerprint", share=1.0)
    if len(seen.hashes) < _FEW:
        return None
    hashes = probes.ordered(name, min(_MOST_PROBED, max(_PROBE, int(16 / seen.share))))[1]
    if len(hashes) < _FEW:
        return None
    expected = len(hashes) * seen.share
    share = min(1.0, len(hashes & seen.hashes) / expected) if expected >= 4 else 0.0
    return Match(known=known, column=column, evidence="values", share=share) if share >= 0.5 else None


def _alike(candidates: Sequence[Known], name: str, kind: str, probes: _Probes) -> list[Match]:
    """The one column of the same name and type whose few values are all this one's values are; else nothing."""
    named = [(known, known.columns[name]) for known in candidates if name in known.columns]
    if len(named) != 1:
        return []
    ((known, seen),) = named
    hashes = probes.ordered(name, _PROBE)[1]
    few = len(hashes) < _FEW or len(seen.hashes) < _FEW or len(hashes) < 4 / seen.share
    if not few or not hashes or kind != seen.type or len(seen.hashes) > _SMALL or not hashes <= seen.hashes:
        return []
    return [Match(known=known, column=name, evidence="name and values", share=1.0)]


def weighed(matches: list[Match], sources: Sources | None, *, carried: bool) -> list[Match]:
    """The matches that what is read in the code leaves standing: what is computed can look like one of its sources."""
    return [each for each in _inside(matches, sources) if sources is None or carried or each.evidence == "fingerprint"]


def _inside(matches: list[Match], sources: Sources | None) -> list[Match]:
    return [each for each in matches if sources is None or (each.known.operation, each.column) in sources]


def _closest(matches: list[Match], name: str) -> list[Match]:
    """Small whole numbers look alike everywhere: the column of the same name is meant, if it is among them."""
    return [match for match in matches if match.column == name] or matches


def _carry(
    found: dict[tuple[str, str], Label], name: str, labels: Iterable[Label], column: str, weight: float, *, keep: bool
) -> None:
    for label in labels:
        if label.column == column and (name, label.type) not in found:
            found[name, label.type] = Label(
                column=name,
                type=label.type,
                score=round(label.score * weight, 3),
                certain=label.certain and keep,
                source="inherited",
                share=label.share if keep else None,
            )


def _is_plain_pandas(value: Any) -> bool:
    if type(value).__name__ != "DataFrame" or not type(value).__module__.startswith("pandas"):
        return False
    return bool(value.columns.is_unique) and all(type(name) is str for name in value.columns)


def _is_array(value: Any) -> bool:
    return hasattr(type(value), "__array__") or hasattr(type(value), "toarray")


def _assumed(value: Any, labelled: Sequence[Known]) -> tuple[Label, ...]:
    """Labels for an array without column names: of columns whose values it holds, else of any of them, unsurely."""
    held = {each for column in _array_columns(value) for each in column}
    found: dict[str, Label] = {}
    for known in labelled:
        for label in known.labels:
            seen = known.columns.get(label.column)
            hashes = seen.hashes if seen is not None else frozenset()
            sure = len(hashes) >= _FEW and len(hashes & held) >= 0.5 * min(len(hashes), _PROBE) > 0
            score = round(label.score * (1.0 if sure else 0.3), 3)
            if label.type not in found or found[label.type].score < score:
                found[label.type] = Label(
                    column="", type=label.type, score=score, certain=label.certain and sure, source="inherited"
                )
    return tuple(found.values())


def _array_columns(value: Any) -> list[frozenset[int]]:
    shape = getattr(value, "shape", ())
    if not isinstance(shape, tuple) or len(shape) not in (1, 2) or not shape[0] or not hasattr(value, "dtype"):
        return []
    rows = value[:: max(1, shape[0] // _PROBE)]
    if hasattr(rows, "toarray") or not hasattr(rows, "tolist"):
        return []
    columns = [rows.tolist()] if len(shape) == 1 else [rows[:, number].tolist() for number in range(min(shape[1], 64))]
    return [frozenset(of_values(column)) for column in columns]
