"""What the code of a notebook says a name holds: a table with the sources of each column, values made of columns."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Sources = frozenset[tuple[str, ...]]
"""(operation that read it, column), and third, where only something weaker than its values came along, the rule."""
NOTHING: Sources = frozenset()
LOOSE: Sources = frozenset((("", ""),))
"""Stands among sources where they are any of the others, not surely all: it stays with whatever is made of them."""
Rule = Literal["aggregated", "counted", "masked", "tokenised", "prediction"]
"""A statistic of many values; how many there were; other text in place of the values; names in their place that join;
what a model answered that learned from them."""
Engine = Literal["pandas", "polars", "sql"]
"""Whose rules say what a table's methods do."""


def weaker(sources: Sources, rule: Rule | None) -> Sources:
    """The same sources, of which only that much came along."""
    if rule is None:
        return sources
    return frozenset((*each, rule) if each[0] and len(each) == 2 else each for each in sources)


def beyond(operation: str, name: str) -> str:
    """What stands among sources for a table, by its name, of the database that an operation asked."""
    return f"{operation}\0{name}"


def bare(sources: Sources) -> frozenset[tuple[str, str]]:
    """The pairs of operation and column alone."""
    return frozenset((each[0], each[1]) for each in sources if each[0])


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
    """A table. A column that is not listed, or listed as None, is not known."""

    columns: dict[str, Sources | None]
    computed: set[str] = msgspec.field(default_factory=set)
    """Columns that are not simply some column of a loaded table, with rows left out or in another order."""
    keys: dict[str, Sources] = msgspec.field(default_factory=dict)
    engine: Engine = "pandas"
    empty: Any = None
    """For polars, a plan over no rows with the same columns: what a call would make is asked of polars itself."""
    by_plan: bool = False
    """Its columns are made as a plan of polars or an SQL statement says."""
    is_array: bool = False
    """It is an array: its columns are known by their place, named by what made it."""
    rest: Sources | None = None
    """What columns that are not listed are made of: those named by data (a pivot's), or by code that is not read."""

    def copy(self) -> Table:
        """Another table with the same columns."""
        made = Table(dict(self.columns), set(self.computed), dict(self.keys), self.engine, self.empty, self.by_plan)
        made.is_array, made.rest = self.is_array, self.rest
        return made

    def altered(self, more: Sources = NOTHING) -> Table:
        """Each column made of itself, and of what more went in."""
        found = {name: None if sources is None else sources | more for name, sources in self.columns.items()}
        rest = None if self.rest is None else self.rest | more
        return Table(found, set(found), dict(self.keys), self.engine, is_array=self.is_array, rest=rest)

    def of(self, name: str) -> Sources | None:
        """What a column is made of."""
        return self.columns.get(name, self.rest)

    def is_kept(self, name: str) -> bool:
        """Whether a column is some column of a loaded table as it was, at most with other rows left."""
        return name in self.columns and name not in self.computed

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
        found = {each: self.of(each) for each in names}
        kept = None if self.empty is None else self.empty.select([each for each in names if each in self.columns])
        computed = {name for name in names if not self.is_kept(name)}
        return Table(found, computed, dict(self.keys), self.engine, kept, self.by_plan)

    def every(self) -> Sources | None:
        """All that any column is made of; None when one is not known."""
        found = [*self.columns.values(), *self.keys.values()]
        return None if None in found else NOTHING.union(self.rest or NOTHING, *(each for each in found if each))


class Grouped(msgspec.Struct, frozen=True):
    """A table in groups, and the columns chosen of it."""

    table: Table
    keys: dict[str, Sources]
    chosen: tuple[str, ...] | None = None
    single: bool = False
    as_index: bool = True


class Begun(msgspec.Struct, frozen=True):
    """An object of polars that is no table: an expression, or groups of the empty plans of these tables."""

    value: Any
    tables: tuple[Table, ...] = ()


class Fitted(msgspec.Struct, frozen=True):
    """A model, and what its features and target were made of when it learned."""

    model: Any
    learned: Table


class Parts(msgspec.Struct, frozen=True):
    """Several values at once, to be told apart by whoever takes them."""

    forms: tuple[Form, ...]


class Query(msgspec.Struct):
    """The result of an SQL statement over these tables (names in lower case): parsed when somebody asks, not before."""

    text: str
    dialect: str
    tables: dict[str, Table | Query]
    engine: Engine = "pandas"
    place: str = ""
    """The operation that ran it: what else it names is a table of that operation's database, or a file."""
    names: tuple[str, ...] = ()
    """The columns of the result, where that is there already."""
    found: Table | None = None
    is_read: bool = False


Form = Fitted | Parts | Query | Unknown | Plain | Values | Table | Grouped | Begun
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


def text(form: Form | None) -> str | None:
    """The text a form stands for, if it is one."""
    return form.value if isinstance(form, Plain) and isinstance(form.value, str) else None


def texts(form: Form | None) -> list[str] | None:
    """The list of texts a form stands for; one text is a list of one."""
    if not isinstance(form, Plain):
        return None
    value = [form.value] if isinstance(form.value, str) else form.value
    return list(value) if isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value) else None
