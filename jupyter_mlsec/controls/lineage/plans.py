"""What the columns of a polars plan are made of, as polars' own optimizer sees the plan. Nothing is run or collected.

Read through `LazyFrame._ldf.visit`, the door that polars keeps for its GPU engine: nodes and expressions as objects. A
node or expression it does not show makes its columns loose: of any column below it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from jupyter_mlsec.controls.lineage.forms import LOOSE, NOTHING, Rule, Sources, weaker

_MOST = 2_000
"""Expressions of one plan that are looked at."""
_PASSING = frozenset({"Filter", "Sort", "Slice", "Distinct", "Cache", "SimpleProjection", "Sink"})
"""Nodes that leave out rows or columns, or put them in another order."""
_SAME = {"Alias": "expr", "Sort": "expr", "SortBy": "expr", "Gather": "expr", "Filter": "input", "Slice": "input"}
"""Expressions that keep a column's values, at most in another order."""
_PARTS = {
    "BinaryExpr": ("left", "right"),
    "Cast": ("expr",),
    "Ternary": ("predicate", "truthy", "falsy"),
    "Agg": ("arguments",),
    "Function": ("input",),
    "Window": ("function", "partition_by"),
    "Rolling": ("function",),
    "Literal": (),
    "Len": (),
}
_STATISTICS: dict[str, Rule] = {
    **dict.fromkeys(("mean", "sum", "std", "var"), "aggregated"),
    **dict.fromkeys(("count", "n_unique"), "counted"),
}


class Leaf(msgspec.Struct, frozen=True):
    """Where a plan begins: files it scans, or a table in memory (polars' inner object)."""

    paths: tuple[str, ...] = ()
    frame: Any = None


class Made(msgspec.Struct):
    """Columns with what they are made of (operation and column), and those that are not simply some column below."""

    columns: dict[str, Sources]
    computed: set[str] = msgspec.field(default_factory=set)

    def every(self) -> Sources:
        """All that any column is made of."""
        return NOTHING.union(*self.columns.values())

    def put(self, name: str, sources: Sources, *, computed: bool = True) -> None:
        """Set a column."""
        self.columns[name] = sources
        self.computed.discard(name)
        if computed:
            self.computed.add(name)


Begin = Callable[[Leaf, tuple[str, ...]], Made]
"""What the columns of a leaf are made of."""


def is_plan(value: Any) -> bool:
    """Whether a value is a polars LazyFrame."""
    kind = getattr(sys.modules.get("polars"), "LazyFrame", None)
    return kind is not None and isinstance(value, kind)


def of_plan(plan: Any, begin: Begin) -> Made | None:
    """What a plan's columns are made of; None where this polars does not show its plans."""
    visit = getattr(getattr(plan, "_ldf", None), "visit", None)
    if visit is None:
        return None
    errors = sys.modules["polars"].exceptions
    try:
        walk = visit()
        return _Walk(walk, begin).node(walk.get_node())
    except (errors.PolarsError, NotImplementedError, AttributeError, OSError):
        return None


class _Walk:
    """One plan, from its result down to its leaves."""

    def __init__(self, walk: Any, begin: Begin) -> None:
        self._walk = walk
        self._begin = begin
        self._left = _MOST

    def node(self, number: int) -> Made:
        self._walk.set_node(number)
        names = tuple(self._walk.get_schema())
        inputs = list(self._walk.get_inputs())
        try:
            seen = self._walk.view_current_node()
        except NotImplementedError:
            return _loose(names, [self.node(each) for each in inputs])
        kind = type(seen).__name__
        if not inputs:
            return self._begin(_leaf(seen), names)
        below = [self.node(each) for each in inputs]
        self._walk.set_node(number)  # expressions are looked up in the node that is current
        rule = _NODES.get(kind)
        made = below[0] if kind in _PASSING else rule(self, seen, below, names) if rule is not None else None
        if made is None:
            return _loose(names, below)
        found = Made({})
        for name in names:
            known = made.columns.get(name)
            every = LOOSE.union(*(each.every() for each in below))
            found.put(name, every if known is None else known, computed=known is None or name in made.computed)
        return found

    # -- nodes ------------------------------------------------------------------------------------------------
    def select(self, seen: Any, below: list[Made], names: tuple[str, ...]) -> Made:
        del names
        return self._put(Made({}), seen.expr, below[0])

    def stack(self, seen: Any, below: list[Made], names: tuple[str, ...]) -> Made:
        del names
        start = Made(dict(below[0].columns), set(below[0].computed))
        return self._put(start, seen.exprs, below[0])

    def group(self, seen: Any, below: list[Made], names: tuple[str, ...]) -> Made:
        """Each column of itself and of the keys."""
        del names
        made = self._put(Made({}), seen.keys, below[0])
        keys = made.every()
        for name, sources in self._put(Made({}), seen.aggs, below[0]).columns.items():
            made.put(name, sources | keys)
        return made

    def join(self, seen: Any, below: list[Made], names: tuple[str, ...]) -> Made:
        left, right = below
        suffix, coalesced = str(seen.options[3]), bool(seen.options[4])
        twins: dict[str, str] = {}
        for one, other in zip(seen.left_on, seen.right_on, strict=True):
            twins[one.output_name] = other.output_name
        made = Made({})
        for name in names:
            if name in left.columns:
                twin = right.columns.get(twins.get(name, "")) if coalesced else None
                computed = name in left.computed or twin is not None
                made.put(name, left.columns[name] | (twin or NOTHING), computed=computed)
                continue
            origin = name if name in right.columns else name.removesuffix(suffix)
            if origin in right.columns:
                made.put(name, right.columns[origin], computed=origin in right.computed)
        return made

    def union(self, seen: Any, below: list[Made], names: tuple[str, ...]) -> Made:
        del seen
        made = Made({})
        for name in names:
            parts = [each.columns[name] for each in below if name in each.columns]
            made.put(name, NOTHING.union(*parts))
        return made

    def beside(self, seen: Any, below: list[Made], names: tuple[str, ...]) -> Made:
        del seen, names
        made = Made({})
        for each in below:
            for name, sources in each.columns.items():
                made.put(name, sources, computed=name in each.computed)
        return made

    def function(self, seen: Any, below: list[Made], names: tuple[str, ...]) -> Made | None:
        del names
        what, *details = seen.function
        (table,) = below
        made = Made(dict(table.columns), set(table.computed))
        if what == "explode":
            return made
        if what == "row_index":
            made.put(str(details[0]), NOTHING)
            return made
        if what == "unpivot":
            index, on, variable, value = details[:4]
            over = on or [name for name in table.columns if name not in index]
            made = Made({name: table.columns[name] for name in index}, table.computed & set(index))
            made.put(str(variable), NOTHING)
            made.put(str(value), NOTHING.union(*(table.columns[name] for name in over)))
            return made
        return None

    # -- expressions ------------------------------------------------------------------------------------------
    def _put(self, made: Made, expressions: Iterable[Any], below: Made) -> Made:
        for each in expressions:
            try:
                sources, same = self._expression(each.node, below)
            except NotImplementedError:
                sources, same = LOOSE | below.every(), False
            made.put(str(each.output_name), sources, computed=not same)
        return made

    def _expression(self, number: int, below: Made) -> tuple[Sources, bool]:
        """What an expression is made of, and whether it is a column as it was."""
        self._left -= 1
        if self._left < 0:
            raise NotImplementedError
        seen = self._walk.view_expression(number)
        kind = type(seen).__name__
        if kind == "Column":
            return below.columns.get(seen.name, LOOSE | below.every()), seen.name not in below.computed
        if kind in _SAME:
            return self._expression(getattr(seen, _SAME[kind]), below)
        parts = _PARTS.get(kind)
        if parts is None:
            raise NotImplementedError
        found: Sources = NOTHING
        for part in parts:
            inner = getattr(seen, part)
            for each in inner if isinstance(inner, (list, tuple)) else (inner,):
                found |= self._expression(each, below)[0]
        return weaker(found, _STATISTICS.get(str(seen.name)) if kind == "Agg" else None), False


def _leaf(seen: Any) -> Leaf:
    paths = getattr(seen, "paths", None)
    return Leaf(tuple(map(str, paths)) if paths else (), getattr(seen, "df", None))


def _loose(names: Iterable[str], below: list[Made]) -> Made:
    every = LOOSE.union(*(each.every() for each in below))
    return Made(dict.fromkeys(names, every), set(names))


_NODES: Mapping[str, Callable[[_Walk, Any, list[Made], tuple[str, ...]], Made | None]] = {
    "Select": _Walk.select,
    "HStack": _Walk.stack,
    "GroupBy": _Walk.group,
    "Join": _Walk.join,
    "Union": _Walk.union,
    "HConcat": _Walk.beside,
    "MapFunction": _Walk.function,
}
