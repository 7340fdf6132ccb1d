"""What a polars call makes of tables: the call is made again on plans over empty tables, and polars is asked of those.

Only what builds expressions and plans is called, never what reads, runs or writes; the arguments are built from the
code, with functions of the notebook left out.
"""

from __future__ import annotations

import ast
import operator
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Protocol

from jupyter_mlsec.controls.lineage.forms import (
    LOOSE,
    UNKNOWN,
    Begun,
    Engine,
    Form,
    Plain,
    Sources,
    Table,
    Unknown,
    Values,
    sources_of,
)
from jupyter_mlsec.controls.lineage.plans import Leaf, Made, of_plan


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KEEPING = _words("clone collect lazy rechunk sample shrink_to_fit to_arrow to_pandas")
"""Methods of a table that leave out rows at most."""
_TAKING = frozenset({"from_pandas", "from_arrow", "DataFrame"})
"""Functions of polars that take over a table."""
_PLANNING = _words(
    "bottom_k cast count drop drop_nans drop_nulls explode fill_nan fill_null filter first gather_every "
    "group_by group_by_dynamic head interpolate join join_asof join_where last limit max mean median melt "
    "merge_sorted min null_count quantile remove rename reverse rolling select select_seq set_sorted shift "
    "slice sort sql std sum tail top_k unique unnest unpivot var with_columns with_columns_seq with_row_count "
    "with_row_index"
)
"""Methods that a plan has too, and that only build one."""
_GROUPED = _words("agg all count first head last len max mean median min n_unique quantile sum tail")
_MAKERS = _words(
    "all all_horizontal any any_horizontal arctan2 arg_sort_by coalesce col concat concat_list concat_str "
    "corr count cov cum_sum date datetime duration element exclude first format implode int_range last len "
    "lit max max_horizontal mean mean_horizontal median min min_horizontal n_unique nth quantile std struct "
    "sum sum_horizontal time var when"
)
"""Functions of polars that give an expression, or a plan of plans."""
_FUNCTIONS = frozenset({"map_elements", "map_batches"})
_NEVER = frozenset({"deserialize", "inspect", "meta", "pipe", "register_plugin", "rolling_map", "map", "apply"})
_OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Invert: operator.invert,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_TYPES = {"str": str, "int": int, "float": float, "bool": bool}
_STAND_IN = "\0mlsec"
"""Names the columns that stand for values of the notebook which are made of loaded columns."""


class Reader(Protocol):
    """Gives the form of an expression."""

    def form(self, node: ast.expr | None) -> Form: ...


class _Unread(Exception):
    """A part of the call is not plainly understood."""


def empty_of(value: Any) -> Any:
    """A table of no rows with the columns and types of a polars table."""
    return value.clear()


def is_begun(value: Any) -> bool:
    """Whether a value is an expression of polars."""
    kind = getattr(sys.modules.get("polars"), "Expr", None)
    return kind is not None and isinstance(value, kind)


def concerns(base: Form) -> bool:
    """Whether what a call starts from is polars' own."""
    if isinstance(base, Table):
        return base.engine == "polars"
    return isinstance(base, Begun) or (isinstance(base, Plain) and base.module.partition(".")[0] == "polars")


def call(reader: Reader, base: Form, node: ast.Call) -> Form:
    """What a method of a polars table, of its groups, or a function of polars gives."""
    method = node.func.attr  # type: ignore[attr-defined]
    if isinstance(base, Table):
        if method in _KEEPING:
            engine = "pandas" if method == "to_pandas" else base.engine
            empty = None if method in ("to_arrow", "to_pandas") else base.empty
            return _kept(base, engine, empty)
        found = built(reader, node, base) if method in _PLANNING and base.empty is not None else UNKNOWN
        return found if found != UNKNOWN else _loose(reader, base, node)
    if isinstance(base, Plain) and method in _TAKING and len(node.args) == 1 and not node.keywords:
        given = reader.form(node.args[0])
        return _kept(given, "polars", None) if isinstance(given, Table) else UNKNOWN
    return built(reader, node, base)


def with_types(form: Form, value: Any) -> Form:
    """The form, if it is a polars table's now with the types of that table: without them polars cannot be asked."""
    if isinstance(form, Table) and form.engine == "polars" and form.empty is None:
        kind = getattr(sys.modules.get("polars"), "DataFrame", None)
        if kind is not None and isinstance(value, kind) and list(value.columns) == list(form.columns):
            form.empty = empty_of(value)
    return form


def _kept(base: Table, engine: Engine, empty: Any) -> Table:
    made = Table(dict(base.columns), set(base.computed), {}, engine, empty, base.by_plan)
    made.rest = base.rest
    return made


def _loose(reader: Reader, base: Table, node: ast.Call) -> Form:
    """A table of which any column may be of any of this one's, and of what the arguments hold."""
    found = base.every()
    for argument in (*node.args, *(each.value for each in node.keywords)):
        for each in ast.walk(argument):
            form = reader.form(each) if isinstance(each, ast.Name) else Plain()
            sources = frozenset() if isinstance(form, Begun) and not form.tables else sources_of(form)
            found = None if found is None or sources is None else found | sources
    return UNKNOWN if found is None else Table({}, rest=LOOSE | found, engine="polars")


def built(reader: Reader, node: ast.expr, base: Form = UNKNOWN) -> Form:
    """The form of an expression that only builds polars' expressions and plans; `base`: of its first part, if known."""
    polars = sys.modules.get("polars")
    if polars is None:
        return UNKNOWN
    builder = _Builder(reader, node, base)
    errors = (polars.exceptions.PolarsError, TypeError, ValueError, AttributeError, LookupError, RecursionError)
    try:
        return builder.result(builder.value(node))
    except (_Unread, *errors):
        return UNKNOWN


class _Builder:
    """Builds one call's value, with empty tables in place of tables."""

    def __init__(self, reader: Reader, node: ast.expr, base: Form) -> None:
        self._reader = reader
        self._first = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
        self._base = base
        self._tables: list[Table] = list(base.tables) if isinstance(base, Begun) else []
        self._standing: dict[str, Sources] = {}
        self._scope: dict[str, Any] = {}
        self._polars: Any = sys.modules["polars"]
        if isinstance(base, Table):
            self._stand_ins(node)

    # -- results ----------------------------------------------------------------------------------------------
    def result(self, value: Any) -> Form:
        """The form of what was built."""
        if not isinstance(value, self._polars.LazyFrame):
            return Begun(value, tuple(self._tables)) if _is_polars(type(value)) else UNKNOWN
        made = of_plan(value, self._begin)
        if made is None or None in made.columns.values():
            return UNKNOWN
        empty = self._polars.DataFrame(schema=value.collect_schema())
        names = [name for name in made.columns if not name.startswith(_STAND_IN)]
        columns: dict[str, Sources | None] = {name: made.columns[name] for name in names}
        return Table(columns, made.computed & set(names), {}, "polars", empty.select(names), by_plan=True)

    def _begin(self, leaf: Leaf, names: tuple[str, ...]) -> Made:
        table = self._tables[leaf.frame.height() - 1]  # each table's stand-in has rows of its own number
        known = {name: self._standing.get(name, table.columns.get(name)) for name in names}
        if None in known.values():
            raise _Unread
        return Made(dict(known), table.computed & set(names))

    def _table(self, table: Table) -> Any:
        if table.empty is None:
            raise _Unread
        self._tables.append(table)
        frame = table.empty.clear(len(self._tables))
        if table is self._base:
            frame = frame.with_columns(*(self._polars.lit(None, self._polars.Float64).alias(n) for n in self._standing))
        return frame.lazy()

    def _stand_ins(self, node: ast.expr) -> None:
        """Columns beside the base's own for what the arguments hold of loaded columns."""
        for each in ast.walk(node):
            if isinstance(each, (ast.Name, ast.Subscript)) and isinstance(form := self._reader.form(each), Values):
                self._standing[f"{_STAND_IN}{id(each)}"] = form.sources

    # -- values -----------------------------------------------------------------------------------------------
    def value(self, node: ast.expr) -> Any:
        """The value of an expression. Raises _Unread."""
        if node is self._first and not isinstance(self._base, (Plain, Unknown)):
            return self._of_form(self._base, node)
        if f"{_STAND_IN}{id(node)}" in self._standing:
            return self._of_form(self._reader.form(node), node)
        rule = _RULES.get(type(node))
        if rule is None:
            raise _Unread
        return rule(self, node)

    def _of_form(self, form: Form, node: ast.expr) -> Any:
        if isinstance(form, Table):
            return self._table(form)
        if isinstance(form, Begun):
            return form.value
        if isinstance(form, Plain) and not form.module and form.value is not None:
            return form.value
        name = f"{_STAND_IN}{id(node)}"
        if isinstance(form, Values) and name in self._standing:
            return self._polars.col(name).alias(form.name or "literal")
        raise _Unread

    def name(self, node: ast.Name) -> Any:
        if node.id in self._scope:
            return self._scope[node.id]
        form = self._reader.form(node)
        if isinstance(form, Plain) and form.module:
            if form.module == "builtins" and node.id in _TYPES:
                return _TYPES[node.id]
            if form.module in ("polars", "polars.selectors"):
                return sys.modules[form.module]
            raise _Unread
        return self._of_form(form, node)

    def constant(self, node: ast.Constant) -> Any:
        return node.value

    def sequence(self, node: ast.List | ast.Tuple) -> Any:
        found = [self.value(each) for each in node.elts]
        return found if isinstance(node, ast.List) else tuple(found)

    def mapping(self, node: ast.Dict) -> Any:
        if None in node.keys:
            raise _Unread
        pairs = zip(node.keys, node.values, strict=True)
        return {self.value(key): self.value(each) for key, each in pairs if key is not None}

    def attribute(self, node: ast.Attribute) -> Any:
        owner = self.value(node.value)
        is_module = isinstance(owner, ModuleType)
        if node.attr.startswith("_") or node.attr in _NEVER or not (is_module or _is_polars(type(owner))):
            raise _Unread
        found = getattr(owner, node.attr)
        known = node.attr in _MAKERS or isinstance(found, (type, ModuleType))
        if is_module and owner is self._polars and not known:
            raise _Unread
        if isinstance(owner, self._polars.LazyFrame) and node.attr not in _PLANNING:
            raise _Unread
        if type(owner).__name__ == "LazyGroupBy" and node.attr not in _GROUPED:
            raise _Unread
        return found

    def called(self, node: ast.Call) -> Any:
        if isinstance(node.func, ast.Attribute) and node.func.attr in _FUNCTIONS:
            return self._by_function(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in _KEEPING:
            owner = self.value(node.func.value)
            if isinstance(owner, self._polars.LazyFrame):
                return owner
        function = self.value(node.func)
        if isinstance(function, type) and not _is_polars(function):
            raise _Unread
        arguments: list[Any] = []
        for each in node.args:
            if isinstance(each, ast.Starred):
                arguments.extend(self.value(each.value))
            else:
                arguments.append(self.value(each))
        named: dict[str, Any] = {}
        for keyword in node.keywords:
            given = self.value(keyword.value)
            named |= given if keyword.arg is None else {keyword.arg: given}
        return function(*arguments, **named)

    def _by_function(self, node: ast.Call) -> Any:
        """A function of the notebook over an expression: of that expression, and of the type it is said to give."""
        owner = self.value(node.func.value)  # type: ignore[attr-defined]  # asked for by its caller
        if not is_begun(owner):
            raise _Unread
        kinds = [self.value(each.value) for each in node.keywords if each.arg == "return_dtype"]
        return owner.cast(kinds[0] if kinds else self._polars.String, strict=False)

    def binary(self, node: ast.BinOp) -> Any:
        return self._operate(node.op, self.value(node.left), self.value(node.right))

    def unary(self, node: ast.UnaryOp) -> Any:
        return self._operate(node.op, self.value(node.operand))

    def compared(self, node: ast.Compare) -> Any:
        if len(node.ops) != 1:
            raise _Unread
        return self._operate(node.ops[0], self.value(node.left), self.value(node.comparators[0]))

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> Any:
        each = node.generators[0]
        if len(node.generators) != 1 or each.ifs or not isinstance(each.target, ast.Name):
            raise _Unread
        over, outer, found = self.value(each.iter), self._scope, []
        if not isinstance(over, (list, tuple)):
            raise _Unread
        for element in over:
            self._scope = {**outer, each.target.id: element}
            found.append(self.value(node.elt))
        self._scope = outer
        return found

    def formatted(self, node: ast.JoinedStr) -> Any:
        parts = [
            each.value if isinstance(each, ast.FormattedValue) and each.format_spec is None else each
            for each in node.values
        ]
        found = [self.value(each) for each in parts]
        if not all(isinstance(each, (str, int)) for each in found):
            raise _Unread
        return "".join(map(str, found))

    def _operate(self, sign: ast.AST, *parts: Any) -> Any:
        plain = all(isinstance(each, (int, float, str)) for each in parts)
        if type(sign) not in _OPERATORS or (isinstance(sign, (ast.Pow, ast.Mult)) and plain):
            raise _Unread  # what is plain may be made as large as one likes
        return _OPERATORS[type(sign)](*parts)


def _is_polars(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == "polars"


_RULES: Mapping[type[ast.expr], Callable[[_Builder, Any], Any]] = {
    ast.Name: _Builder.name,
    ast.Constant: _Builder.constant,
    ast.List: _Builder.sequence,
    ast.Tuple: _Builder.sequence,
    ast.Dict: _Builder.mapping,
    ast.Attribute: _Builder.attribute,
    ast.Call: _Builder.called,
    ast.BinOp: _Builder.binary,
    ast.UnaryOp: _Builder.unary,
    ast.Compare: _Builder.compared,
    ast.ListComp: _Builder.comprehension,
    ast.GeneratorExp: _Builder.comprehension,
    ast.JoinedStr: _Builder.formatted,
}
