"""Where a table's columns come from: by equal values, by what the code did, else from any column of the slice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from jupyter_mlsec.controls.lineage.arrays import seen
from jupyter_mlsec.controls.lineage.forms import LOOSE, NOTHING, Sources, Table, bare
from jupyter_mlsec.controls.lineage.history import History
from jupyter_mlsec.controls.lineage.known import Known, weighed
from jupyter_mlsec.controls.lineage.slices import Slice
from jupyter_mlsec.controls.lineage.tables import Tables
from jupyter_mlsec.protocol.facts import ColumnOrigin, ColumnOrigins

_MOST_RECORDED = 200
"""Columns of what is written whose origins go into its entry."""
_PLACE = re.compile(r"[/\\.:]")
_BY_VALUES = frozenset({"fingerprint", "values", "name and values"})
_Found = tuple[str, list[tuple[str, str]] | None, str]
"""A column, the (resource, column) pairs it holds (None: any of the slice's), and the evidence."""


def with_columns(history: History, tables: Tables, name: str, value: Any, form: Table | None = None) -> Slice:
    """The slice of a name with, for a table, the source columns of each of its columns and the evidence."""
    found = history.slice(name)
    candidates = tables.known(history.operations(history.of_name(name)))
    if not candidates:
        return found
    every = {f"{resource}:{column}" for resource, column in _every(candidates)}
    columns: dict[str, set[str]] = {}
    evidence: dict[str, str] = {}
    for column, pairs, how in _sources(tables, value, candidates, form):
        columns[column] = set(every) if pairs is None else {f"{resource}:{each}" for resource, each in pairs}
        evidence[column] = how
    return msgspec.structs.replace(found, columns=columns, evidence=evidence)


def origins(
    tables: Tables, candidates: Sequence[Known], value: Any, form: Table | None = None, *, compare: bool = True
) -> ColumnOrigins | None:
    """Where the columns of a table that is written come from, as far as it is known. None where nothing is.

    `compare`: by their values too. That costs milliseconds, and the first time a look at each table that was loaded.
    """
    if not candidates:
        return None
    found = list(_sources(tables, value, candidates, form, compare=compare))
    if not 0 < len(found) <= _MOST_RECORDED:
        return None
    known = tuple(
        ColumnOrigin(column=column, sources=tuple(sorted(pairs)), evidence=how)
        for column, pairs, how in found
        if pairs is not None
    )
    return ColumnOrigins(columns=known, more=len(found) - len(known)) if known else None


def _every(candidates: Sequence[Known]) -> set[tuple[str, str]]:
    """All columns of the candidates' resources that are known of."""
    named = {known.operation: known.resource for known in candidates}
    return {pair for known in candidates for column in known.columns for pair in _named(known.sources(column), named)}


def form_of(
    tables: Tables, value: Any, candidates: Sequence[Known], form: Table | None = None, *, by: str = ""
) -> Table:
    """A table of what each column of a value is made of; of any candidate's column, where that is not known.

    `by`: names the one column of a value that has no name.
    """
    made = tables.made.of(value)
    if made is not None:
        return made.copy()
    every: Sources = NOTHING.union(*(known.sources(name) for known in candidates for name in known.columns))
    found = Table({}, by_plan=True)
    vague = form is None or form.rest is not None or not all(map(_is_clear, form.columns.values()))
    for column, sources, how in _told(tables, value, candidates, form, compare=vague):
        name = by if by and column in ("value", "0") else column
        is_kept = how in _BY_VALUES or (form is not None and form.is_kept(column))
        found.put(name, LOOSE | every if sources is None else sources, computed=not is_kept)
    if not found.columns:
        found.rest = LOOSE | every
    return found


def _is_clear(sources: Sources | None) -> bool:
    return sources is not None and not sources >= LOOSE


def _sources(
    tables: Tables, value: Any, candidates: Sequence[Known], form: Table | None, *, compare: bool = True
) -> Iterator[_Found]:
    named = {known.operation: known.resource for known in candidates}
    for column, sources, how in _told(tables, value, candidates, form, compare=compare):
        yield column, None if sources is None else _named(sources, named), how


def _told(
    tables: Tables, value: Any, candidates: Sequence[Known], form: Table | None, *, compare: bool = True
) -> Iterator[tuple[str, Sources | None, str]]:
    """Each column, what it is made of (None: not known), and the evidence."""
    table = seen(value) if form is None or not form.is_array else None
    names = table.columns if table is not None else tuple(form.columns) if form is not None else ()
    matches = tables.matches(table, candidates) if compare and table is not None else {}
    there = {known.operation for known in candidates}
    for column in names:
        sources = form.of(column) if form is not None else None
        if sources is not None and sources >= LOOSE and not bare(sources):
            sources = None
        if sources is not None and not {operation.partition("\0")[0] for operation, _ in bare(sources)} <= there:
            sources = None
        left = weighed(matches.get(column, []), sources, carried=form is not None and form.is_kept(column))
        if left:
            held = NOTHING.union(*(each.known.sources(each.column) for each in left))
            yield column, held, _how(left[0].known.table, held, left[0].column, left[0].evidence)
        elif sources is not None:
            yield column, sources, _how(form, sources, column, "")
        else:
            yield column, None, "assumed"


def _named(sources: Sources, named: Mapping[str, str]) -> list[tuple[str, str]]:
    found = set()
    for operation, column in bare(sources):
        name = _resource(operation, named)
        if name:
            found.add((name, column))
    return sorted(found)


def _resource(operation: str, named: Mapping[str, str]) -> str:
    """The name of a resource, or of a table of the database an operation asked; never a whole path."""
    base, _, table = operation.partition("\0")
    known = named.get(base, "")
    if not table or not _PLACE.search(table):
        return table or known
    leaf = re.split(r"[/\\]", table.partition("?")[0])[-1]
    return known if "://" in table or known.endswith(leaf) else leaf


def _how(form: Table | None, sources: Sources, column: str, seen: str) -> str:
    """What is known of a column by: the weakest of what was seen of its values and how those were made."""
    if sources >= LOOSE:
        return "assumed"
    if seen and (form is None or form.is_kept(column)):
        return seen
    return "plan" if form is not None and form.by_plan else "operation"
