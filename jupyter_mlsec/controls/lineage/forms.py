"""What the code of a notebook says a name holds: a table with the sources of each column, values made of columns."""

from __future__ import annotations

from typing import Any

import msgspec

Sources = frozenset[tuple[str, str]]
"""(operation that read it, column)."""
NOTHING: Sources = frozenset()


class Unknown(msgspec.Struct, frozen=True):
    """Nothing is claimed."""


class Plain(msgspec.Struct, frozen=True):
    """Something that holds no loaded data: a constant, a module, a list of names. `value` where it is text."""

    value: Any = None
    module: str = ""


class Values(msgspec.Struct, frozen=True):
    """A column, a mask, a number: made of those columns and of nothing else that was loaded."""

    sources: Sources
    name: str | None = None
    keys: dict[str, Sources] = {}
    """What stands in the index after grouping, and comes back with `reset_index`."""
    is_column: bool = False
    """It is some column of a loaded table as it was, at most with rows left out or in another order."""


class Table(msgspec.Struct):
    """A pandas table. A column that is not listed, or listed as None, is not known."""

    columns: dict[str, Sources | None]
    computed: set[str] = msgspec.field(default_factory=set)
    """Columns that are not simply some column of a loaded table, with rows left out or in another order."""
    keys: dict[str, Sources] = msgspec.field(default_factory=dict)

    def copy(self) -> Table:
        """Another table with the same columns."""
        return Table(dict(self.columns), set(self.computed), dict(self.keys))

    def put(self, name: str, sources: Sources | None, *, computed: bool = True) -> None:
        """Set a column."""
        self.columns[name] = sources
        self.computed.discard(name)
        if computed:
            self.computed.add(name)

    def set(self, name: str, form: Form) -> None:
        """Set a column to a value."""
        self.put(name, sources_of(form), computed=not (isinstance(form, Values) and form.is_column))

    def taken(self, names: list[str]) -> Table:
        """Only these columns."""
        return Table({each: self.columns.get(each) for each in names}, self.computed & set(names), dict(self.keys))

    def every(self) -> Sources | None:
        """All that any column is made of; None when one is not known."""
        found = list(self.columns.values())
        return None if None in found else NOTHING.union(*(each for each in found if each is not None))


class Grouped(msgspec.Struct, frozen=True):
    """A table in groups, and the columns chosen of it."""

    table: Table
    keys: dict[str, Sources]
    chosen: tuple[str, ...] | None = None
    single: bool = False
    as_index: bool = True


Form = Unknown | Plain | Values | Table | Grouped
UNKNOWN = Unknown()
PLAIN = Plain()


def joined(forms: list[Form]) -> Form:
    """A value made of all of these."""
    if all(isinstance(each, Plain) for each in forms):
        return PLAIN
    found: Sources = NOTHING
    for each in forms:
        sources = sources_of(each)
        if sources is None:
            return UNKNOWN
        found |= sources
    return Values(found)


def sources_of(form: Form) -> Sources | None:
    """What a value is made of, None when that is not known."""
    if isinstance(form, Plain):
        return NOTHING
    if isinstance(form, Values):
        return form.sources
    return form.every() if isinstance(form, Table) else None
