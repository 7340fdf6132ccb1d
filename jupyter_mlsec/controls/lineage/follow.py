"""Follows the statements of each cell, so that for every name it is known what its table's columns were made of."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from itertools import zip_longest
from types import FunctionType
from typing import Any

from jupyter_mlsec.controls.lineage import queries, source
from jupyter_mlsec.controls.lineage.derive import Deriver, is_builtin
from jupyter_mlsec.controls.lineage.forms import (
    PLAIN,
    UNKNOWN,
    Fitted,
    Form,
    Parts,
    Plain,
    Query,
    Table,
    Unknown,
    Values,
    sources_of,
)
from jupyter_mlsec.controls.lineage.history import History
from jupyter_mlsec.controls.lineage.imprint import SCALARS
from jupyter_mlsec.controls.lineage.known import Known
from jupyter_mlsec.controls.lineage.namespace import Snapshot
from jupyter_mlsec.controls.lineage.objects import as_table, is_short, of_object
from jupyter_mlsec.controls.lineage.polars_calls import with_types
from jupyter_mlsec.controls.lineage.queries import table_of
from jupyter_mlsec.controls.lineage.spots import is_read, may_change
from jupyter_mlsec.controls.lineage.tables import Tables
from jupyter_mlsec.frames import view

_REACHING = frozenset({"exec", "eval", "setattr", "delattr", "globals", "locals", "vars"})
_OWN = frozenset({"__main__", "functools"})
_MOST = 400
"""Cells of more statements are not followed."""


class Forms:
    """What names hold now, by the code of the cells so far. A name that was changed in a way not read has no form."""

    def __init__(self, history: History, tables: Tables) -> None:
        self._history = history
        self._tables = tables
        self._held: dict[str, tuple[int, Form]] = {}

    def of(self, name: str, value: Any) -> Table | None:
        """The form of a name's table, if it is still the same object."""
        identity, form = self._held.get(name, (0, UNKNOWN))
        if isinstance(form, Query):
            form = table_of(form)
        if identity == id(value) and isinstance(form, Values):
            form = as_table(form, value)
        if identity == id(value) and isinstance(form, Table):
            return form
        return self._tables.made.of(value)

    def concerns(self, names: set[str]) -> bool:
        """Whether any of these names has a form."""
        return not self._held.keys().isdisjoint(names)

    def follow(
        self,
        number: int,
        text: str,
        namespace: Mapping[str, Any],
        values: Mapping[str, Any],
        before_line: int | None = None,
    ) -> Follower | None:
        """Follow a cell: `values` are those of names before it ran. With `before_line` only the statements above it."""
        parsed = source.parse(text)
        if parsed.tree is None or parsed.apart or len(parsed.tree.body) > _MOST:
            return None
        operations = self._history.nodes[number].operations
        follower = Follower(self, parsed.tree, operations, namespace, values)
        for statement in parsed.tree.body:
            if before_line is not None and (statement.end_lineno or 0) >= before_line:
                break
            follower.statement(statement)
        return follower

    def conclude(
        self, follower: Follower | None, namespace: Mapping[str, Any], rebound: set[str], changed: set[str]
    ) -> None:
        """Keep what a cell made of names it bound and changed; drop what is no longer true."""
        old = {name: self._held.pop(name, (0, UNKNOWN))[1] for name in rebound | changed}
        if follower is None:
            return
        for name, earlier in old.items():
            form = follower.after(name, UNKNOWN if name in rebound else earlier)
            if name in follower.vague or (name not in rebound and follower.wild):
                form = UNKNOWN
            if isinstance(form, Query) and form.engine == "sql":
                form = queries.seen_as(form, namespace.get(name))
            if isinstance(form, (Table, Values, Query)) and name in namespace:
                self._held[name] = (id(namespace[name]), form)
        for name, (identity, form) in self._held.items():  # names of one table go on sharing its form
            self._held[name] = (identity, follower.copies.get(id(form), form))

    def forget(self, names: set[str]) -> None:
        """Drop these names' forms."""
        for name in names:
            self._held.pop(name, None)

    def held(self, name: str) -> tuple[int, Form]:
        """A name's form and its object's identity at the end of the cell that made it."""
        return self._held.get(name, (0, UNKNOWN))

    def loaded(self, known: Known | None) -> Form:
        """A table as it was read."""
        form = known.form if known is not None else None
        if isinstance(form, Query):
            return form
        return UNKNOWN if form is None else form.copy()

    def arrived(self, value: Any) -> Form:
        """The form of an object that is itself a loaded table."""
        made, learned = self._tables.made.of(value), self._tables.learned.of(value)
        if learned is not None:
            return Fitted(value, learned)
        return made.copy() if made is not None else self.loaded(self._tables.arrived(value))

    def read_by(self, operation: str) -> Form:
        """The form of what a read gave."""
        return self.loaded(next(iter(self._tables.known((operation,))), None))

    def spot(self, operation: str) -> tuple[int, str] | None:
        """The line of its cell at which an operation happened, and the function's name."""
        return self._tables.spots.get(operation)

    def is_free_of_data(self, name: str) -> bool:
        """Whether no read reached a name."""
        numbers = self._history.of_name(name)
        return not self._history.resources(numbers)


class Follower:
    """One cell's statements over forms."""

    def __init__(
        self,
        forms: Forms,
        tree: ast.Module,
        operations: list[str],
        namespace: Mapping[str, Any],
        values: Mapping[str, Any],
    ) -> None:
        self.names: dict[str, Form] = {}
        self.vague: set[str] = set()
        """Names whose tables may have been changed by what was not understood."""
        self.wild = False
        """Code of the notebook's own was called: it may have changed any table."""
        self._forms = forms
        self._namespace = namespace
        self._values = values
        self.copies: dict[int, Table] = {}
        calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call) and is_read(each)]
        calls.sort(key=lambda each: (each.lineno, each.col_offset))
        paired = zip(calls, operations, strict=True) if len(calls) == len(operations) else ()
        self._arrivals = {(call.lineno, call.col_offset): operation for call, operation in paired}
        bound = [each.id for each in ast.walk(tree) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
        self._once = {name for name in bound if bound.count(name) == 1}
        self._calls = {spot: each for each in operations if (spot := forms.spot(each)) is not None}
        self.deriver = Deriver(self.look, self._arrival, self._place)

    def _arrival(self, node: ast.Call) -> Form:
        operation = self._arrivals.get((node.lineno, node.col_offset)) if is_read(node) else None
        return UNKNOWN if operation is None else self._forms.read_by(operation)

    def _place(self, node: ast.Call) -> str:
        """The operation that a call was, by its line and the function's name."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        return next((found for line in lines if (found := self._calls.get((line, name)))), "")

    def look(self, name: str) -> Form:
        """What a name holds at this point of the cell."""
        if name not in self.names:
            self.names[name] = self._before(name)
        form = self.names[name]
        if isinstance(form, Query):  # it is used: from here on it may be changed
            form = self.names[name] = with_types(table_of(form), self._values.get(name))
        return form

    def _before(self, name: str) -> Form:
        if name == source.SQL:
            return Plain(module="duckdb")  # statements are read as duckdb's where nothing says whose they are
        if name not in self._values:
            return Plain(module="builtins") if is_builtin(name) and name not in self._namespace else UNKNOWN
        value = self._values[name]
        found = of_object(value)
        if found is not None:
            return found
        identity, form = self._forms.held(name)
        if identity == (value if type(value) is Released else id(value)):
            return with_types(self._copied(form), value)
        if type(value) in SCALARS or type(value) in (list, tuple, dict, set):
            return Plain(value if is_short(value) else None) if self._forms.is_free_of_data(name) else UNKNOWN
        return self._forms.arrived(value)

    def inline(self, node: ast.expr | None, value: Any) -> Form:
        """The form of an expression at this point, if the columns are those that the value has."""
        if node is None or any(self._is_own(each) for each in ast.walk(node)):
            return UNKNOWN
        form = self.deriver.form(node)
        if isinstance(form, Values):
            return as_table(form, value)
        table = view(value)
        if not isinstance(form, Table) or table is None:
            return UNKNOWN
        return form if form.rest is not None or set(form.columns) == set(table.columns) else UNKNOWN

    def after(self, name: str, earlier: Form) -> Form:
        """What a name holds at the end; one that the cell did not spell may share a table with one that it did."""
        found = self.names.get(name)
        if found is None:
            found = self.copies.get(id(earlier), UNKNOWN)
            if any(self.names.get(other) is found for other in self.vague):
                return UNKNOWN
        return found

    def _copied(self, form: Form) -> Form:
        """A working copy; two names of one table share it."""
        if not isinstance(form, Table):
            return form
        return self.copies.setdefault(id(form), form.copy())

    # -- statements -------------------------------------------------------------------------------------------
    def statement(self, node: ast.stmt) -> None:
        """Follow one statement of the cell itself."""
        unsafe = any(self._is_own(each) for each in ast.walk(node))
        if unsafe:
            self.wild = True
            self.vague.update(name for name, form in self.names.items() if isinstance(form, Table))
        if unsafe or any(map(may_change, ast.walk(node))):
            self._vague(node)
        if isinstance(node, ast.Assign):
            form = UNKNOWN if unsafe else self._value(node)
            for target in node.targets:
                self._assign(target, form)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._assign(node.target, UNKNOWN if unsafe else self.deriver.form(node.value))
        elif isinstance(node, ast.AugAssign):
            self._augment(node)
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                self._delete(target)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self._import(node)
        elif not isinstance(node, (ast.Pass, ast.Expr)):
            self._other(node)

    def _value(self, node: ast.Assign) -> Form:
        """What is assigned: each of several values to its own target in `X, y = df[names], df.target`."""
        value = node.value
        apart = isinstance(value, ast.Tuple) and not any(isinstance(each, ast.Starred) for each in value.elts)
        if apart and all(isinstance(each, (ast.Tuple, ast.List)) for each in node.targets):
            return Parts(tuple(map(self.deriver.form, value.elts)))  # type: ignore[attr-defined]
        return self.deriver.form(value)

    def _is_own(self, node: ast.AST) -> bool:
        """Whether a part of a statement names code made in the notebook, or what can run or reach anything."""
        if isinstance(node, ast.NamedExpr):
            return True
        if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
            return False
        value = self._values.get(node.id, self._namespace.get(node.id))
        if value is None or type(value) is Released:
            return node.id in _REACHING
        kind = value if isinstance(value, type) else type(value)
        home = value.__module__ if type(value) is FunctionType else kind.__dict__.get("__module__", "builtins")
        return home in _OWN or home == self._namespace.get("__name__")

    def _assign(self, target: ast.expr, form: Form) -> None:
        if isinstance(target, ast.Name):
            if isinstance(form, Unknown) and target.id in self._once and target.id in self._namespace:
                form = self._forms.arrived(self._namespace[target.id])
            elif target.id in self._once:
                form = with_types(form, self._namespace.get(target.id))
            self.vague.discard(target.id)
            self.names[target.id] = form
        elif isinstance(target, ast.Subscript):
            self._put(target, form)
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = form.forms if isinstance(form, Parts) and len(form.forms) == len(target.elts) else ()
            for each, part in zip_longest(target.elts, parts, fillvalue=UNKNOWN):
                self._assign(each, part)  # type: ignore[arg-type]  # there are no more parts than targets
        elif isinstance(target, ast.Starred):
            self._assign(target.value, UNKNOWN)
        elif isinstance(target, ast.Attribute):
            table = self.deriver.form(target.value)
            if isinstance(table, Table) and target.attr in table.columns:
                table.set(target.attr, form)
            else:
                self._vague(target)

    def _put(self, target: ast.Subscript, form: Form) -> None:
        """`table[...] = form`, and `table.loc[rows, ...] = form`."""
        base, index, kept = target.value, target.slice, False
        parts: list[Form] = [form]
        if isinstance(base, ast.Attribute) and base.attr == "loc" and isinstance(index, ast.Tuple):
            if len(index.elts) != 2:
                return self._vague(target)
            rows, index = index.elts
            base, kept = base.value, True
            if not isinstance(rows, ast.Slice):
                parts.append(self.deriver.form(rows))
        table = self.deriver.form(base) if isinstance(base, ast.Name) else UNKNOWN
        chosen = PLAIN if isinstance(index, ast.Slice) else self.deriver.form(index)
        names = chosen.value if isinstance(chosen, Plain) else None
        names = [names] if isinstance(names, str) else names
        if not isinstance(table, Table) or not _is_text(names) or not isinstance(names, list):
            return self._vague(target)
        for name in names:
            if not kept:
                table.set(name, form)
                continue
            found = [sources_of(each) for each in parts]
            if name in table.columns:
                found.append(table.columns[name])
            table.put(name, None if None in found else frozenset().union(*(each for each in found if each is not None)))
        return None

    def _augment(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            read: ast.expr = ast.Name(node.target.id, ast.Load())
            if isinstance(self.look(node.target.id), Table):
                self._vague(node)
                self.names[node.target.id] = UNKNOWN
                return None
        elif isinstance(node.target, ast.Subscript):
            read = ast.Subscript(node.target.value, node.target.slice, ast.Load())
        else:
            return self._vague(node)
        self._assign(node.target, self.deriver.form(ast.BinOp(read, node.op, node.value)))
        return None

    def _delete(self, target: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.names[target.id] = UNKNOWN
            return
        table = self.deriver.form(target.value) if isinstance(target, ast.Subscript) else UNKNOWN
        if isinstance(table, Table) and isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
            table.columns.pop(target.slice.value, None)  # type: ignore[arg-type]
        else:
            self._vague(target)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            self.names[name] = of_object(self._namespace.get(name)) or UNKNOWN

    def _other(self, node: ast.stmt) -> None:
        """Loops, branches, definitions: what they bind is not known, what they use may have changed."""
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self.names[node.name] = UNKNOWN
            return
        self.wild = True
        self._vague(node)
        for each in ast.walk(node):
            if isinstance(each, ast.Name) and isinstance(each.ctx, (ast.Store, ast.Del)):
                self.names[each.id] = UNKNOWN
            elif isinstance(each, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
                self.names[each.name] = UNKNOWN
            elif isinstance(each, ast.alias):
                self.names[each.asname or each.name.partition(".")[0]] = UNKNOWN

    def _vague(self, node: ast.AST) -> None:
        """A use that was not understood: each table named in it may hold something else now."""
        for each in ast.walk(node):
            if isinstance(each, ast.Name):
                form = self.look(each.id) if isinstance(each.ctx, ast.Load) else UNKNOWN
                if isinstance(form, Table):
                    self.vague.update(name for name, other in self.names.items() if other is form)


class Released(int):
    """The identity of an object that was let go."""


def values_before(before: Snapshot) -> dict[str, Any]:
    """What names held before the cell; of those it may let go, only which object it was."""
    return {**before.held, **{name: Released(identity) for name, identity in before.released.items()}}


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, (list, tuple)) and all(type(each) is str for each in value))
