"""Reads an expression of a cell for what it makes of loaded tables. Whatever is not plainly understood is unknown."""

from __future__ import annotations

import ast
import builtins
import contextlib
import sys
from collections.abc import Callable
from typing import Any

from jupyter_mlsec.controls.lineage import drawing, libraries, operations, polars_calls, queries
from jupyter_mlsec.controls.lineage.forms import (
    PLAIN,
    UNKNOWN,
    Begun,
    Fitted,
    Form,
    Grouped,
    Plain,
    Query,
    Sources,
    Table,
    Unknown,
    Values,
    joined,
    sources_of,
    text,
    texts,
    weaker,
)
from jupyter_mlsec.controls.lineage.learning import call_fitted

Look = Callable[[str], Form]
_PURE = frozenset(
    {
        "abs",
        "len",
        "round",
        "str",
        "int",
        "float",
        "bool",
        "list",
        "tuple",
        "set",
        "sorted",
        "min",
        "max",
        "sum",
        "range",
        "zip",
        "enumerate",
        "print",
    }
)
_ABOUT = frozenset({"columns", "dtypes"})
_DEPTH = 200


class Deriver:
    """Evaluates expressions over forms.

    `look` says what a name holds, `arrival` which table a read call gave, `place` which operation a call was.
    """

    def __init__(self, look: Look, arrival: Callable[[ast.Call], Form], place: Callable[[ast.Call], str]) -> None:
        self._look = look
        self._arrival = arrival
        self._place = place
        self._local: list[dict[str, Form]] = []
        self._deep = 0

    def form(self, node: ast.expr | None) -> Form:
        """The form of an expression."""
        if node is None:
            return PLAIN
        rule = _RULES.get(type(node))
        if rule is None or self._deep > _DEPTH:
            return UNKNOWN
        self._deep += 1
        try:
            return rule(self, node)
        finally:
            self._deep -= 1

    # -- names and parts --------------------------------------------------------------------------------------
    def name(self, node: ast.Name) -> Form:
        for scope in reversed(self._local):
            if node.id in scope:
                return scope[node.id]
        return self._look(node.id)

    def attribute(self, node: ast.Attribute) -> Form:
        base = self.form(node.value)
        if isinstance(base, Table):
            if node.attr in _ABOUT:
                return PLAIN
            if base.of(node.attr) is not None and not _is_method(node.attr):
                return _column(base, node.attr)
            return UNKNOWN
        if isinstance(base, Grouped):
            return operations.choose(base, Plain(node.attr)) if not _is_method(node.attr) else UNKNOWN
        if isinstance(base, Values):
            return Values(base.sources, base.name)
        return Plain(module=f"{base.module}.{node.attr}") if isinstance(base, Plain) and base.module else UNKNOWN

    def subscript(self, node: ast.Subscript) -> Form:
        if isinstance(node.value, ast.Attribute) and node.value.attr in ("loc", "iloc"):
            base = self.form(node.value.value)
            if isinstance(base, Table):
                return self._located(base, node.slice, by_label=node.value.attr == "loc")
        base = self.form(node.value)
        index = PLAIN if isinstance(node.slice, ast.Slice) else self.form(node.slice)
        if isinstance(base, Table):
            return base.copy() if isinstance(node.slice, ast.Slice) else _chosen(base, index)
        if isinstance(base, Grouped):
            return operations.choose(base, index)
        if isinstance(base, Values):
            return joined([base, index])
        return UNKNOWN

    def _located(self, base: Table, index: ast.expr, *, by_label: bool) -> Form:
        rows, columns = index, None
        if isinstance(index, ast.Tuple):
            if len(index.elts) != 2:
                return UNKNOWN
            rows, columns = index.elts
        if not isinstance(rows, ast.Slice) and not (by_label and isinstance(self.form(rows), Values)):
            return UNKNOWN
        if columns is None or (isinstance(columns, ast.Slice) and columns.lower is columns.upper is None):
            return base.copy()
        return _chosen(base, self.form(columns)) if by_label and not isinstance(columns, ast.Slice) else UNKNOWN

    # -- values -----------------------------------------------------------------------------------------------
    def literal(self, node: ast.expr) -> Form:
        with contextlib.suppress(ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return Plain(ast.literal_eval(node))
        parts = [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)]
        return joined([self.form(each) for each in parts])

    def parts(self, node: ast.expr) -> Form:
        """An expression whose value is made of those of its parts, and of nothing else."""
        forms = [self.form(each) for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr)]
        if any(isinstance(each, Begun) for each in forms):
            return polars_calls.built(self, node)
        tables = [each for each in forms if isinstance(each, Table)]
        if len(tables) == 1 and all(isinstance(each, (Table, Plain)) for each in forms):
            return tables[0].altered()
        made = UNKNOWN if tables else joined(forms)
        names = {each.name for each in forms if isinstance(each, Values)}
        if isinstance(made, Values) and len(names) == 1:  # pandas keeps the name where all have the same
            return Values(made.sources, names.pop())
        return made

    def formatted(self, node: ast.FormattedValue) -> Form:
        return joined([self.form(node.value), self.form(node.format_spec)])

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Form:
        scope: dict[str, Form] = {}
        self._local.append(scope)
        try:
            found: list[Form] = []
            for each in node.generators:
                source = self.form(each.iter)
                element = Values(source.sources) if isinstance(source, Values) else source
                if not isinstance(each.target, ast.Name) or not isinstance(element, (Values, Plain)):
                    return UNKNOWN
                scope[each.target.id] = PLAIN if isinstance(element, Plain) else element
                found += [element, *(self.form(condition) for condition in each.ifs)]
            return joined([*found, self.form(node.elt)])
        finally:
            self._local.pop()

    # -- calls ------------------------------------------------------------------------------------------------
    def call(self, node: ast.Call) -> Form:
        found = self._arrival(node)
        return self._called(node) if isinstance(found, Unknown) else found

    def _called(self, node: ast.Call) -> Form:
        spread = [each for each in node.args if isinstance(each, ast.Starred)] + [
            each for each in node.keywords if each.arg is None
        ]
        if isinstance(node.func, ast.Name) and not spread:
            return self._by_name(node)
        if not isinstance(node.func, ast.Attribute):
            return UNKNOWN
        base, method = self.form(node.func.value), node.func.attr
        if isinstance(base, Query):
            base = queries.fetched(base, method) or queries.table_of(base)
            if isinstance(base, Query):
                return base
        if polars_calls.concerns(base):
            return polars_calls.call(self, base, node)
        if spread:
            return UNKNOWN
        if isinstance(base, Plain) and base.module:
            texts = [self.form(each) for each in node.args]
            asked = queries.asked(base.module, method, texts, self._look, self._place(node))
            return asked if asked is not None else self._of_library(base.module, method, node)
        if isinstance(base, Table):
            return self._of_table(base, method, node)
        given = self._given(node, base)
        if isinstance(base, Grouped):
            return operations.call_grouped(base, method, given)
        if isinstance(base, Values):
            return operations.call_values(base, method, given)
        return call_fitted(base, method, given[0]) if isinstance(base, Fitted) else UNKNOWN

    def _given(self, node: ast.Call, element: Form) -> operations.Given:
        """Arguments; a lambda counts as what it gives for one element."""

        def of(each: ast.expr) -> Form:
            return self._lambda(each, element) if isinstance(each, ast.Lambda) else self.form(each)

        return [of(each) for each in node.args], {each.arg or "": of(each.value) for each in node.keywords}

    def _lambda(self, node: ast.Lambda, element: Form) -> Form:
        names = [each.arg for each in node.args.args]
        if len(names) != 1 or node.args.defaults or node.args.kwonlyargs or node.args.vararg or node.args.kwarg:
            return UNKNOWN
        self._local.append({names[0]: element})
        try:
            return self.form(node.body)
        finally:
            self._local.pop()

    def _of_table(self, base: Table, method: str, node: ast.Call) -> Form:
        if method == "assign":
            made = base.copy()
            for each in node.keywords:  # later ones see earlier ones
                _, named = self._given(ast.Call(node.func, [], [each]), made)
                made = operations.call_table(made, "assign", ([], named))  # type: ignore[assignment]
            return UNKNOWN if node.args else made
        if method == "apply":
            across = [each.value for each in node.keywords if each.arg == "axis"]
            if len(node.args) != 1 or len(node.keywords) != 1 or not across or not isinstance(node.args[0], ast.Lambda):
                return UNKNOWN
            sources = sources_of(self._lambda(node.args[0], base))
            by_row = self.form(across[0]) in (Plain(1), Plain("columns"))
            return Values(sources) if sources is not None and by_row else UNKNOWN
        arguments, named = self._given(node, UNKNOWN)
        if method in drawing.METHODS:
            return drawing.drawn([base, *arguments], named)
        return operations.call_table(base, method, (arguments, named))

    def _by_name(self, node: ast.Call) -> Form:
        """A function by its bare name: Python's own, or one of a library."""
        name, found = node.func.id, self.form(node.func)  # type: ignore[attr-defined]
        if not isinstance(found, Plain) or not found.module:
            return UNKNOWN
        if found.module != "builtins":
            module, _, name = found.module.rpartition(".")
            return self._of_library(module, name, node) if module else UNKNOWN
        arguments, named = self._given(node, UNKNOWN)
        if name == "__import__" and len(arguments) == 1 and isinstance(arguments[0], Plain):
            return Plain(module=str(arguments[0].value))
        made = joined([*arguments, *named.values()]) if name in _PURE else UNKNOWN
        return Values(weaker(made.sources, "counted")) if name == "len" and isinstance(made, Values) else made

    def _of_library(self, module: str, method: str, node: ast.Call) -> Form:
        arguments, named = self._given(node, UNKNOWN)
        return libraries.called(self, module, method, node, (arguments, named))


def _column(table: Table, name: str) -> Form:
    sources: Sources | None = table.of(name)
    return UNKNOWN if sources is None else Values(sources, name, is_column=table.is_kept(name))


def _chosen(table: Table, index: Form) -> Form:
    """`table[index]`: a column, some columns, or some rows."""
    name = text(index)
    if name is not None:
        return _column(table, name)
    names = texts(index)
    if names is not None:
        return table.taken(names)
    return table.copy() if isinstance(index, Values) else UNKNOWN


def _is_method(name: str) -> bool:
    frame = getattr(sys.modules.get("pandas"), "DataFrame", None)
    return frame is None or hasattr(frame, name)


def is_builtin(name: str) -> bool:
    """Whether a name the notebook does not define is Python's own."""
    return hasattr(builtins, name)


_RULES: dict[type[ast.expr], Callable[[Deriver, Any], Form]] = {
    ast.Name: Deriver.name,
    ast.Attribute: Deriver.attribute,
    ast.Subscript: Deriver.subscript,
    ast.Call: Deriver.call,
    ast.Constant: Deriver.literal,
    ast.List: Deriver.literal,
    ast.Tuple: Deriver.literal,
    ast.Set: Deriver.literal,
    ast.Dict: Deriver.literal,
    ast.BinOp: Deriver.parts,
    ast.UnaryOp: Deriver.parts,
    ast.Compare: Deriver.parts,
    ast.BoolOp: Deriver.parts,
    ast.IfExp: Deriver.parts,
    ast.JoinedStr: Deriver.parts,
    ast.FormattedValue: Deriver.formatted,
    ast.ListComp: Deriver.comprehension,
    ast.SetComp: Deriver.comprehension,
    ast.GeneratorExp: Deriver.comprehension,
}
