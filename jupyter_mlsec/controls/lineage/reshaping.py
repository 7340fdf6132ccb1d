"""pandas' operations that put tables beside one another or turn columns into rows and rows into columns.

Columns that are named by data (a pivot's, dummies') are not listed: they are the table's `rest`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from jupyter_mlsec.controls.lineage.forms import (
    LOOSE,
    NOTHING,
    UNKNOWN,
    Form,
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

Given = tuple[Sequence[Form], dict[str, Form]]
FUNCTIONS = frozenset({"merge", "melt", "pivot", "pivot_table", "get_dummies", "crosstab", "merge_asof"})
"""Functions of pandas that are methods of their first argument too, or have none."""
_RULES: dict[str, Rule] = {
    **dict.fromkeys(("mean", "sum", "std", "var"), "aggregated"),
    **dict.fromkeys(("count", "size", "nunique"), "counted"),
}
_SILENT = frozenset({"how", "validate", "sort", "copy", "left_index", "right_index", "direction", "tolerance"})


def reshaped(table: Table, method: str, given: Given) -> Form:
    """What `table.method(...)` gives; of a method that is not known, a table of which any column may be of any."""
    arguments, named = given
    rule = _METHODS.get(method)
    found = rule(table, arguments, named) if rule is not None else UNKNOWN
    return found if found != UNKNOWN else _loose(table, [*arguments, *named.values()])


def _loose(table: Table, more: Sequence[Form]) -> Form:
    every, added = table.every(), sources_of(joined(list(more)))
    return UNKNOWN if every is None or added is None else Table({}, rest=LOOSE | every | added)


def _option(named: dict[str, Form], name: str, arguments: Sequence[Form] = (), place: int = -1) -> list[str] | None:
    """The names given for an option, by its name or place; None when it is not given, or not as texts."""
    form = arguments[place] if 0 <= place < len(arguments) else named.get(name)
    return texts(form)


def _given(named: dict[str, Form], name: str, arguments: Sequence[Form] = (), place: int = -1) -> bool:
    return 0 <= place < len(arguments) or (name in named and named[name] != Plain(None))


def _together(table: Table, names: Sequence[str]) -> Sources | None:
    found = [table.of(name) for name in names]
    return None if None in found else NOTHING.union(*(each for each in found if each))


# -- side by side ---------------------------------------------------------------------------------------------
def _merge(left: Table, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    """Keys of one name are made of both sides, other equal names get a suffix."""
    right = arguments[0] if arguments else named.get("right")
    known = {"right", "on", "left_on", "right_on", "suffixes", "indicator", "how"} | _SILENT
    if not isinstance(right, Table) or len(arguments) > 3 or set(named) - known:
        return UNKNOWN
    by_index = named.keys() & {"left_index", "right_index"}
    on = _option(named, "on", arguments, 2)
    left_on, right_on = _option(named, "left_on") or on, _option(named, "right_on") or on
    if left_on is None and right_on is None and not by_index:
        if _given(named, "on", arguments, 2) or left.rest is not None or right.rest is not None:
            return UNKNOWN
        left_on = right_on = [name for name in left.columns if name in right.columns]
    pairs = dict(zip(left_on or (), right_on or (), strict=False)) if left_on and right_on else {}
    suffixes = _option(named, "suffixes") or ["_x", "_y"]
    made = _beside(left, right, suffixes, {name for name, other in pairs.items() if name == other})
    if "indicator" in named:
        made.put("_merge", NOTHING)
    return made


def _join(left: Table, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    """`left.join(right)`, by the index, or by columns of the left and the index of the right."""
    right = arguments[0] if arguments else named.get("other")
    if isinstance(right, Values) and right.name:
        right = Table({right.name: right.sources}, keys=dict(right.keys))
    if not isinstance(right, Table) or set(named) - ({"other", "on", "lsuffix", "rsuffix"} | _SILENT):
        return UNKNOWN
    suffixes = [text(named.get("lsuffix")) or "", text(named.get("rsuffix")) or ""]
    made = _beside(left, right, suffixes, set())
    if not _given(named, "on", arguments, 1):
        made.keys = {name: left.keys.get(name, NOTHING) | right.keys.get(name, NOTHING) for name in left.keys}
    return made


def _beside(left: Table, right: Table, suffixes: Sequence[str], keys: set[str]) -> Table:
    made = Table({}, rest=_either(left.rest, right.rest))
    for side, other, suffix in ((left, right, suffixes[0]), (right, left, suffixes[1])):
        for name in side.columns:
            sources = side.of(name)
            if name in keys:
                there = other.of(name)
                made.put(name, sources | there if sources is not None and there is not None else None)
            else:
                computed = not side.is_kept(name)
                made.put(name + suffix if name in other.columns else name, sources, computed=computed)
    return made


def _either(one: Sources | None, other: Sources | None) -> Sources | None:
    """What stands for columns that are not listed on one side, or may be of either."""
    if one is None or other is None:
        return one if other is None else other
    return LOOSE | one | other


def concat(parts: Sequence[Form], named: dict[str, Form]) -> Form:
    """`pd.concat([one, other])`, one under the other, or with `axis=1` beside it."""
    if not parts or set(named) - {"ignore_index", "sort", "axis", "join"}:
        return UNKNOWN
    tables = [_framed(each) for each in parts]
    known = [each for each in tables if each is not None]
    if len(known) != len(tables):
        return UNKNOWN
    rest = known[0].rest
    for each in known[1:]:
        rest = _either(rest, each.rest)
    made = Table({}, rest=rest)
    axis = named.get("axis", Plain(0))
    if axis in (Plain(1), Plain("columns")):
        for table in known:
            for name in table.columns:
                made.put(name, table.of(name), computed=not table.is_kept(name))
        return made
    if axis not in (Plain(0), Plain("index")):
        return UNKNOWN
    for name in dict.fromkeys(name for table in known for name in table.columns):
        found = [table.of(name) for table in known if name in table.columns or table.rest is not None]
        made.put(name, None if None in found else NOTHING.union(*(each for each in found if each)))
    return made


def _framed(form: Form) -> Table | None:
    if isinstance(form, Values) and form.name:
        return Table({form.name: form.sources}, set() if form.is_column else {form.name}, dict(form.keys))
    return form if isinstance(form, Table) else None


# -- long and wide --------------------------------------------------------------------------------------------
def _melt(table: Table, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    kept = _option(named, "id_vars", arguments, 0) or []
    over = _option(named, "value_vars", arguments, 1)
    if over is None:
        if table.rest is not None or _given(named, "value_vars", arguments, 1):
            return UNKNOWN
        over = [name for name in table.columns if name not in kept]
    made = table.taken(kept)
    made.keys = {}
    made.put(text(named.get("var_name")) or "variable", NOTHING)
    made.put(text(named.get("value_name")) or "value", _together(table, over))
    return made


def _pivot(table: Table, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    if arguments:
        return UNKNOWN
    return _wide(table, named, None)


def _pivot_table(table: Table, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    places = ("values", "index", "columns", "aggfunc")
    named = {**dict(zip(places, arguments, strict=False)), **named}
    how = named.get("aggfunc", Plain("mean"))
    if set(named) - {*places, "fill_value", "dropna", "observed", "sort"} or not isinstance(how, Plain):
        return UNKNOWN
    return _wide(table, named, _RULES.get(str(how.value)))


def _wide(table: Table, named: dict[str, Form], rule: Rule | None) -> Form:
    """A table whose columns are named by data, indexed by some of its columns."""
    index, columns = _option(named, "index") or [], _option(named, "columns") or []
    values = _option(named, "values")
    if values is None:
        values = [name for name in table.columns if name not in (*index, *columns)]
    held, placed = _together(table, values), _together(table, [*index, *columns])
    if held is None or placed is None:
        return UNKNOWN
    rest = weaker(held, rule) | placed
    keys = {name: table.of(name) or NOTHING for name in index}
    if columns:
        return Table({}, keys=keys, rest=rest)
    made = Table({}, keys=keys)
    for name in values:
        made.put(name, weaker(table.of(name) or NOTHING, rule) | placed)
    return made


def crosstab(arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    """How often each pair of values comes."""
    if len(arguments) != 2 or set(named) - {"normalize", "margins", "dropna"}:
        return UNKNOWN
    rows, columns = arguments
    if not isinstance(rows, Values) or not isinstance(columns, Values) or not rows.name:
        return UNKNOWN
    rest = weaker(rows.sources | columns.sources, "counted")
    return Table({}, keys={rows.name: rows.sources}, rest=rest)


def _dummies(table: Table, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    if arguments or set(named) - {"columns", "drop_first", "dtype", "prefix", "dummy_na"}:
        return UNKNOWN
    chosen = _option(named, "columns")
    made = table.taken([name for name in table.columns if name not in (chosen or ())])
    made.rest = _together(table, chosen) if chosen is not None else table.every()
    return made


def _turned(table: Table, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    del arguments, named
    every = table.every()
    return UNKNOWN if every is None else Table({}, rest=every)


def _related(table: Table, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    """`corr` and `cov`: each number of two columns."""
    del arguments, named
    every = table.every()
    if every is None:
        return UNKNOWN
    left = weaker(every, "aggregated")
    return Table(dict.fromkeys(table.columns, left), set(table.columns), rest=left)


def _described(table: Table, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    del arguments, named
    return table.altered()


def _exploded(table: Table, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    del arguments, named
    return table.copy()


def _evaluated(table: Table, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
    """`table.eval("z = a + b")`: the text is code over the table's columns."""
    source = text(arguments[0]) if len(arguments) == 1 and not named else None
    if source is None or "@" in source:
        return UNKNOWN
    try:
        lines = [ast.parse(line.strip()).body for line in source.splitlines() if line.strip()]
    except (SyntaxError, ValueError, RecursionError):
        return UNKNOWN
    made = table.copy()
    for body in lines:
        (statement,) = body if len(body) == 1 else (None,)
        value = getattr(statement, "value", None)
        names = [each.id for each in ast.walk(value) if isinstance(each, ast.Name)] if value is not None else []
        sources = _together(made, names)
        if isinstance(statement, ast.Expr):
            return UNKNOWN if sources is None or len(lines) > 1 else Values(sources)
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            return UNKNOWN
        made.put(statement.targets[0].id, sources)
    return made


def _summed(method: str) -> Callable[[Table, Sequence[Form], dict[str, Form]], Form]:
    def summed(table: Table, arguments: Sequence[Form], named: dict[str, Form]) -> Form:
        """A statistic of each column; along the rows it is a value a row, made of all."""
        every = table.every()
        if every is None:
            return UNKNOWN
        along = arguments or named.get("axis", Plain(0)) not in (Plain(0), Plain("index"))
        rule = None if along else _RULES.get(method)
        return Values(weaker(every, rule))

    return summed


_METHODS: dict[str, Callable[[Table, Sequence[Form], dict[str, Form]], Form]] = {
    "merge": _merge,
    "merge_asof": _merge,
    "join": _join,
    "melt": _melt,
    "pivot": _pivot,
    "pivot_table": _pivot_table,
    "get_dummies": _dummies,
    "explode": _exploded,
    "describe": _described,
    "corr": _related,
    "cov": _related,
    "eval": _evaluated,
    **dict.fromkeys(("transpose", "stack", "unstack"), _turned),
    **{name: _summed(name) for name in ("mean", "sum", "std", "var", "min", "max", "median", "count", "nunique")},
}
