"""What the columns of an SQL result are made of, by sqlglot (the `sql` extra), of the tables that the statement names.

sqlglot takes a second to import and milliseconds a statement: it is asked when somebody wants to know, never while a
cell runs. Without it, or for SQL it cannot read, nothing is claimed.
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from jupyter_mlsec.controls.lineage.forms import (
    LOOSE,
    NOTHING,
    Engine,
    Form,
    Plain,
    Query,
    Rule,
    Sources,
    Table,
    Unknown,
    beyond,
    weaker,
)

_WORD = re.compile(r"[A-Za-z_]\w*")
_MOST = 100_000
"""Characters of a statement that is still parsed."""
_DEPTH = 60
_RESULTS: dict[str, Engine] = {
    **dict.fromkeys(("df", "to_df", "fetchdf", "fetch_df", "DataFrame"), "pandas"),
    **dict.fromkeys(("pl", "PolarsDataFrame"), "polars"),
    **dict.fromkeys(("arrow", "to_arrow_table", "fetch_arrow_table"), "sql"),
}
Look = Callable[[str], Form]
_STATISTICS: dict[str, Rule] = {
    **dict.fromkeys(("Avg", "Sum", "Stddev", "StddevPop", "StddevSamp", "Variance", "VariancePop"), "aggregated"),
    **dict.fromkeys(("Count", "CountIf", "ApproxDistinct"), "counted"),
}


def asked(module: str, method: str, arguments: Sequence[Form], look: Look, place: str) -> Form | None:
    """The result of `duckdb.sql(text)` and its like; None for what is no query.

    `look` says what a name holds, `place` is the operation that ran it.
    """
    if module == "duckdb" and method in ("connect", "cursor"):
        return Plain(module="duckdb")
    if module != "duckdb" or method not in ("sql", "query", "execute", "from_query") or len(arguments) != 1:
        return None
    text = arguments[0].value if isinstance(arguments[0], Plain) else None
    if not isinstance(text, str) or len(text) > _MOST:
        return None
    tables: dict[str, Table | Query] = {}
    for word in dict.fromkeys(_WORD.findall(text)):
        form = look(word)
        if isinstance(form, (Table, Query)):
            tables[word.lower()] = form
    return Query(text=text, dialect="duckdb", tables=tables, engine="sql", place=place)


def seen_as(query: Query, value: Any) -> Query:
    """The result as the table it turned out to be: a magic may give any library's."""
    found = {"pandas": "df", "polars": "pl"}.get(type(value).__module__.partition(".")[0])
    return (fetched(query, found) if found is not None and type(value).__name__ == "DataFrame" else None) or query


def fetched(query: Query, method: str) -> Query | None:
    """The same result as a table of another library."""
    engine = _RESULTS.get(method)
    if engine is None:
        return None
    return Query(
        text=query.text, dialect=query.dialect, tables=query.tables, engine=engine, place=query.place, names=query.names
    )


def table_of(form: Table | Query) -> Table | Unknown:
    """The table that a query gives; Unknown where that cannot be told."""
    if isinstance(form, Table):
        return form
    if form.found is None:
        form.found = _read(form) if find_spec("sqlglot") is not None else None
        form.is_read = True
    return form.found.copy() if form.found is not None else Unknown()


def _read(query: Query) -> Table | None:
    if query.is_read:
        return None
    sqlglot: Any = import_module("sqlglot")
    qualify = import_module("sqlglot.optimizer.qualify").qualify
    scopes = import_module("sqlglot.optimizer.scope")
    tables = {name: table_of(each) for name, each in query.tables.items()}
    known = {name: each for name, each in tables.items() if isinstance(each, Table)}
    schema = {name: dict.fromkeys(each.columns, "text") for name, each in known.items() if each.columns}
    dialect = query.dialect or None
    try:
        parsed = sqlglot.parse_one(query.text, dialect=dialect)
        statement = _Statement(query, known, parsed, sqlglot.exp)
        qualified = qualify(
            parsed, schema=schema, dialect=dialect, validate_qualify_columns=False, quote_identifiers=False
        )
        scope = scopes.build_scope(qualified)
        return None if scope is None else statement.table(scope, query.engine)
    except (sqlglot.errors.SqlglotError, RecursionError, KeyError, AttributeError):
        return None


class _Unknown(Exception):
    """A column that is made of one of which nothing is known."""


class _Statement:
    """One statement's scopes, the outermost first asked."""

    def __init__(self, query: Query, tables: dict[str, Table], parsed: Any, exp: Any) -> None:
        self._query = query
        self._tables = tables
        self._exp = exp
        self._deep = 0
        own = {each.alias_or_name.lower() for each in parsed.find_all(exp.CTE)}
        named = {each.name.lower() for each in parsed.find_all(exp.Table)} - own
        every = (name for table in tables.values() for name in table.columns)
        self._spelt = {name.lower(): name for name in (*every, *parsed.named_selects, *query.names)}
        """Names as they were written: sqlglot makes them lower case."""
        self._vague = len(named) > 1 and not named <= tables.keys() and _has_bare_columns(parsed, exp)
        """A column without its table's name may be one of a table whose columns are not known."""

    def table(self, scope: Any, engine: Engine) -> Table | None:
        """The columns a scope gives."""
        self._deep += 1
        try:
            return None if self._deep > _DEPTH else self._columns(scope, engine)
        finally:
            self._deep -= 1

    def _columns(self, scope: Any, engine: Engine) -> Table | None:
        if scope.set_operation_scopes:
            sides = [self.table(each, engine) for each in scope.set_operation_scopes]
            if None in sides:
                return None
            rows = zip(*(each.columns.items() for each in sides if each is not None), strict=False)
            made = Table({}, engine=engine, by_plan=True)
            for parts in rows:
                found = [sources for _, sources in parts]
                made.put(parts[0][0], None if None in found else NOTHING.union(*(each for each in found if each)))
            return made
        below = self._below(scope)
        made = Table({}, engine=engine, by_plan=True)
        group = scope.expression.args.get("group")
        keys: Sources = NOTHING
        for each in group.expressions if group is not None else ():
            with contextlib.suppress(_Unknown):
                keys |= self._made_of(each, below, scope)[0]
        for each in scope.expression.selects:
            if isinstance(each, self._exp.Star) or (isinstance(each, self._exp.Column) and each.name == "*"):
                if not self._starred(made, scope, below):
                    return None
                continue
            name = self._spelt.get(each.alias_or_name, each.alias_or_name)
            try:
                sources, same = self._made_of(each.unalias(), below, scope)
            except _Unknown:
                made.put(name, None)
                continue
            if not same and each.find(self._exp.AggFunc) is not None:
                sources |= keys
            made.put(name, sources, computed=not same)
        return made

    def _starred(self, made: Table, scope: Any, below: dict[str, Table | str]) -> bool:
        """`*` of the one table whose columns are not known: those of the result that are not named beside it."""
        (place,) = below.values() if len(below) == 1 else (None,)
        if not isinstance(place, str) or not self._query.names or scope.parent is not None:
            return False
        named = {each.alias_or_name.lower() for each in scope.expression.selects}
        for name in self._query.names:
            if name.lower() not in named:
                made.put(name, frozenset(((place, name),)), computed=False)
        return True

    def _below(self, scope: Any) -> dict[str, Table | str]:
        """What each name in FROM and JOIN is; a text for a table whose columns are not known."""
        found: dict[str, Table | str] = {}
        for alias, (_, source) in scope.selected_sources.items():
            if isinstance(source, self._exp.Table):
                known = self._tables.get(source.name.lower())
                found[alias] = known if known is not None else beyond(self._query.place, source.name)
            else:
                found[alias] = self.table(source, "sql") or ""
        return found

    def _made_of(self, node: Any, below: dict[str, Table | str], scope: Any) -> tuple[Sources, bool]:
        """What an expression is made of, and whether it is a column as it was."""
        if isinstance(node, (self._exp.Column)):
            return self._column(node, below)
        if isinstance(node, self._exp.Paren):
            return self._made_of(node.this, below, scope)
        found: Sources = NOTHING
        for inner in scope.subquery_scopes:
            if inner.expression.parent is not None and any(each is inner.expression for each in node.walk()):
                table = self.table(inner, "sql")
                every = table.every() if table is not None else None
                found |= LOOSE | _all(below) if every is None else every
        for column in _own_columns(node, self._exp):
            found |= self._column(column, below)[0]
        rule = _STATISTICS.get(type(node).__name__)
        return weaker(found, rule), False

    def _column(self, node: Any, below: dict[str, Table | str]) -> tuple[Sources, bool]:
        table = below.get(node.table, "") if node.table else ""
        if not node.table and len(below) == 1:
            (table,) = below.values()
        if isinstance(table, str) or self._vague:
            is_one = bool(table) and not self._vague
            found = frozenset(((str(table), node.name),)) if is_one else LOOSE | _all(below, node.name)
            return found, is_one
        name = node.name if node.name in table.columns else _in_any_case(table, node.name)
        sources = table.of(name)
        if sources is None:
            raise _Unknown
        return sources, table.is_kept(name)


def _has_bare_columns(parsed: Any, exp: Any) -> bool:
    return any(not each.table for each in parsed.find_all(exp.Column))


def _own_columns(node: Any, exp: Any) -> Iterator[Any]:
    """The columns of an expression, without those of queries inside it."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, exp.Column):
            yield each
        elif not isinstance(each, exp.Query):
            waiting.extend(each.iter_expressions())


def _in_any_case(table: Table, name: str) -> str:
    return next((each for each in table.columns if each.lower() == name.lower()), name)


def _all(below: dict[str, Table | str], name: str = "*") -> Sources:
    """All that anything below is made of, and the column of that name of each table that is not known."""
    found: Sources = NOTHING
    for each in below.values():
        if isinstance(each, str):
            found |= frozenset(((each, name),)) if each else NOTHING
        else:
            every = each.every()
            if every is None:
                raise _Unknown
            found |= every
    return found


def is_connection(value: Any) -> bool:
    """Whether a value is a connection of duckdb."""
    kind = getattr(sys.modules.get("duckdb"), "DuckDBPyConnection", None)
    return kind is not None and isinstance(value, kind)
