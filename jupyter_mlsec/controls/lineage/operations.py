"""pandas' operations by what they do to columns: carry them, rename them, make them of others. All else is unknown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from jupyter_mlsec.controls.lineage.forms import (
    NOTHING,
    UNKNOWN,
    Form,
    Grouped,
    Plain,
    Rule,
    Sources,
    Table,
    Values,
    joined,
    sources_of,
    text,
    texts,
    weaker,
)
from jupyter_mlsec.controls.lineage.reshaping import reshaped

Given = tuple[Sequence[Form], dict[str, Form]]
CARRY = frozenset(
    {
        "copy",
        "head",
        "tail",
        "sample",
        "sort_values",
        "sort_index",
        "drop_duplicates",
        "dropna",
        "query",
        "nlargest",
        "nsmallest",
        "convert_dtypes",
        "infer_objects",
        "truncate",
        "take",
        "filter",
        "select_dtypes",
    }
)
"""Rows are left out or put in another order, columns left out; their values stay."""
ALTER = frozenset(
    {
        "round",
        "astype",
        "fillna",
        "clip",
        "replace",
        "abs",
        "isna",
        "notna",
        "isnull",
        "notnull",
        "ffill",
        "bfill",
    }
)
"""Each column is made of itself, and of what the arguments hold of data."""
AGGREGATE = frozenset(
    {
        "agg",
        "aggregate",
        "mean",
        "sum",
        "min",
        "max",
        "median",
        "std",
        "var",
        "count",
        "nunique",
        "first",
        "last",
        "prod",
        "any",
        "all",
        "quantile",
        "sem",
    }
)
STATISTICS: dict[str, Rule] = {
    **dict.fromkeys(("mean", "sum", "std", "var", "sem", "prod"), "aggregated"),
    **dict.fromkeys(("count", "nunique", "size"), "counted"),
}
"""Of many values only this is left; `min`, `first`, a median are values themselves."""
ALONG = frozenset(
    {
        "transform",
        "cumsum",
        "cumcount",
        "cummax",
        "cummin",
        "rank",
        "shift",
        "diff",
        "ffill",
        "bfill",
    }
)


def call_table(table: Table, method: str, given: Given) -> Form:
    """What `table.method(...)` gives."""
    arguments, named = given
    if "inplace" in named:
        return UNKNOWN
    if method in CARRY:
        return table.copy()
    if method in ALTER:
        more = sources_of(joined([*arguments, *named.values()]))
        if more is None:
            return UNKNOWN
        return table.altered(more)
    special = _SPECIAL.get(method)
    if special is not None:
        return special(table, arguments, named)
    return reshaped(table, method, given)


def _assign(table: Table, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    del arguments
    made = table.copy()
    for name, form in named.items():
        made.set(name, form)
    return made


def _rename(table: Table, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    mapping = named.get("columns")
    changes = mapping.value if isinstance(mapping, Plain) and isinstance(mapping.value, dict) else None
    if arguments or set(named) != {"columns"} or changes is None:
        return UNKNOWN
    if not all(isinstance(each, str) for pair in changes.items() for each in pair):
        return UNKNOWN
    names = [changes.get(name, name) for name in table.columns]
    if len(set(names)) != len(names):
        return UNKNOWN
    columns = dict(zip(names, table.columns.values(), strict=True))
    return Table(columns, {changes.get(name, name) for name in table.computed}, dict(table.keys), rest=table.rest)


def _drop(table: Table, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    gone = texts(named.get("columns"))
    if arguments and isinstance(named.get("axis"), Plain) and named["axis"].value in (1, "columns"):  # type: ignore[union-attr]
        gone = texts(arguments[0])
    if gone is None:
        return UNKNOWN
    made = table.copy()
    for name in gone:
        made.columns.pop(name, None)
    return made


def _set_index(table: Table, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    keys = texts(arguments[0]) if len(arguments) == 1 and not named else None
    if keys is None:
        return UNKNOWN
    left = table.taken([name for name in table.columns if name not in keys])
    left.keys = {key: found for key in keys if (found := table.of(key)) is not None}
    return left


def _reset_index(table: Table, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    dropped = named.get("drop")
    if arguments or set(named) - {"drop"} or (dropped is not None and not isinstance(dropped, Plain)):
        return UNKNOWN
    made = table.copy()
    if not (isinstance(dropped, Plain) and dropped.value is True):
        for key, sources in table.keys.items():
            made.put(key, sources)
    made.keys = {}
    return made


def _groupby(table: Table, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    by = texts(arguments[0] if len(arguments) == 1 else named.get("by"))
    as_index = named.get("as_index", Plain(True))
    if by is None or len(arguments) > 1 or not isinstance(as_index, Plain) or set(named) - _HARMLESS:
        return UNKNOWN
    keys = {name: found for name in by if (found := table.of(name)) is not None}
    if len(keys) != len(by):
        return UNKNOWN
    return Grouped(table, keys, as_index=as_index.value is not False)


def _to_array(table: Table, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    del arguments, named
    made = table.copy()
    made.is_array, made.keys = True, {}
    return made


def _to_frame(table: Table, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    del arguments, named
    return table


_HARMLESS = frozenset({"by", "as_index", "sort", "observed", "dropna"})
_SPECIAL: dict[str, Callable[[Table, Sequence[Form], dict[str, Form]], Form]] = {
    "assign": _assign,
    "rename": _rename,
    "drop": _drop,
    "set_index": _set_index,
    "reset_index": _reset_index,
    "groupby": _groupby,
    "to_frame": _to_frame,
    "to_numpy": _to_array,
}


def choose(grouped: Grouped, index: Form) -> Form:
    """`grouped[index]`."""
    names = texts(index)
    if names is None:
        return UNKNOWN
    return Grouped(grouped.table, grouped.keys, tuple(names), text(index) is not None, grouped.as_index)


def call_grouped(grouped: Grouped, method: str, given: Given) -> Form:
    """What an aggregation gives: each column of itself and of the keys."""
    arguments, named = given
    keys = NOTHING.union(*grouped.keys.values())
    if method == "size" and grouped.as_index and not arguments and not named:
        return Values(keys, None, grouped.keys)
    if any(sources_of(each) is None for each in (*arguments, *named.values())):
        return UNKNOWN
    if method in AGGREGATE and grouped.chosen is None and named and not arguments:
        return _named(grouped, keys, named)
    if method not in AGGREGATE | ALONG or joined([*arguments, *named.values()]) != Plain():
        return UNKNOWN
    names = grouped.chosen or tuple(name for name in grouped.table.columns if name not in grouped.keys)
    rule = rule_of(method, arguments)
    found: dict[str, Sources | None] = {}
    for name in names:
        sources = grouped.table.of(name)
        found[name] = None if sources is None else weaker(sources, rule) | keys
    if method in ALONG:
        only = found[names[0]]
        return UNKNOWN if not grouped.single or only is None else Values(only, names[0])
    if arguments and texts(arguments[0]) is not None and text(arguments[0]) is None:
        return UNKNOWN  # a list of functions makes columns of other names
    if grouped.single and grouped.as_index:
        only = found[names[0]]
        return UNKNOWN if only is None else Values(only, names[0], grouped.keys)
    return _aggregated(grouped, found)


def rule_of(method: str, arguments: Sequence[Form]) -> Rule | None:
    """The statistic that an aggregation leaves of values, if it is one."""
    name = text(arguments[0]) if method in ("agg", "aggregate") and arguments else method
    return STATISTICS.get(name or "")


def _named(grouped: Grouped, keys: Sources, named: dict[str, Form]) -> Form:
    found: dict[str, Sources | None] = {}
    for name, form in named.items():
        pair: Any = texts(form)
        sources = grouped.table.of(pair[0]) if pair is not None and len(pair) == 2 else None
        rule = STATISTICS.get(pair[1]) if pair is not None and len(pair) == 2 else None
        found[name] = None if sources is None else weaker(sources, rule) | keys
    return _aggregated(grouped, found)


def _aggregated(grouped: Grouped, found: dict[str, Sources | None]) -> Form:
    if grouped.as_index:
        return Table(found, set(found), dict(grouped.keys))
    return Table({**grouped.keys, **found}, {*grouped.keys, *found})


def call_values(values: Values, method: str, given: Given) -> Form:
    """What a method of a column gives: made of the column and of the arguments."""
    arguments, named = given
    if "inplace" in named or method in ("update", "pop", "insert"):
        return UNKNOWN
    if method == "reset_index":
        label = text(named.get("name")) if "name" in named else values.name
        if arguments or set(named) - {"name"} or label is None or not values.keys:
            return UNKNOWN
        return Table({**values.keys, label: values.sources}, {*values.keys, label})
    if method == "to_frame":
        label = text(arguments[0]) if arguments else values.name
        return UNKNOWN if label is None or named else Table({label: values.sources}, {label}, dict(values.keys))
    if method == "rename" and len(arguments) == 1 and (label := text(arguments[0])) is not None and not named:
        return Values(values.sources, label, values.keys, values.is_column)
    if method == "value_counts" and values.name:
        keys = {values.name: values.sources}
        return Values(weaker(values.sources, "counted"), "count", keys)
    made = joined([values, *arguments, *named.values()])
    rule = STATISTICS.get(method) if values.is_column else None  # not a rolling window's
    if rule is not None and not arguments and not named and isinstance(made, Values):
        return Values(weaker(made.sources, rule))
    return Values(made.sources, values.name, values.keys) if isinstance(made, Values) else made
