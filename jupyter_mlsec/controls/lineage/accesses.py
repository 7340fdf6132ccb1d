"""Which parts of a name's value a cell's code reads and sets, where it says so: `d["a"]`, `o.n`, `df.loc[rows, "a"]`.

Also which names it only hands on: `b = a`, `a, b = b, a`.
"""

from __future__ import annotations

import ast
from typing import Literal, NamedTuple

import msgspec

Key = tuple[str, str | int]
"""`("item", "a")`, `("item", 0)` or `("attribute", "n")`."""
How = Literal["read", "set", "change"]
"""Read; given another value, whatever it held; changed in part, or set where that may not happen."""
_INDEXERS = frozenset({"loc", "at"})
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


class Accesses(msgspec.Struct, frozen=True, kw_only=True):
    """What of a name a cell uses, when it uses nothing but parts of it."""

    times: int
    """How often the name stands in the code."""
    parts: frozenset[tuple[Key, How]]


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """What a name is given by a statement that computes nothing."""

    values: tuple[str, ...]
    """The names whose values it gets."""
    beside: tuple[str, ...]
    """Names that only have to be there: other elements of the same statement."""
    is_same: bool
    """It gets the very object that the one name holds, not a list of it."""


def accesses(tree: ast.Module) -> dict[str, Accesses]:
    """For each name of which only parts are used: which, and how."""
    walker = _Walker()
    for statement in tree.body:
        walker.is_sure = isinstance(statement, (ast.Assign, ast.AugAssign, ast.Expr, ast.Delete))
        walker.visit(statement)
    return {
        name: Accesses(times=walker.times[name], parts=frozenset(parts))
        for name, parts in walker.parts.items()
        if name not in walker.whole
    }


class _Walker(ast.NodeVisitor):
    def __init__(self) -> None:
        self.parts: dict[str, set[tuple[Key, How]]] = {}
        self.times: dict[str, int] = {}
        self.whole: set[str] = set()
        self.is_sure = False
        """The statement happens, and once."""
        self._is_changing = False
        """What is walked is changed through what it holds: `d["a"].append(1)`, `d["a"][0] = 1`."""

    def _put(self, name: str, key: Key, how: How) -> None:
        self.parts.setdefault(name, set()).add((key, how))
        self.times[name] = self.times.get(name, 0) + 1

    def visit_Name(self, node: ast.Name) -> None:
        self.whole.add(node.id)

    def generic_visit(self, node: ast.AST) -> None:
        if isinstance(node, _SCOPES):
            self.whole.update(each.id for each in ast.walk(node) if isinstance(each, ast.Name))
        is_changing, self._is_changing = self._is_changing, False
        super().generic_visit(node)
        self._is_changing = is_changing

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        is_sure, self.is_sure = self.is_sure, False  # it keeps something of what was there
        self.visit(node.target)
        self.is_sure = is_sure
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            self.whole.add(function.value.id)  # a method has all of its object
        elif isinstance(function, ast.Attribute):
            self._inside(function.value)
        else:
            self.visit(function)
        for part in (*node.args, *node.keywords):
            self.visit(part)

    def _inside(self, node: ast.expr) -> None:
        is_changing, self._is_changing = self._is_changing, True
        self.visit(node)
        self._is_changing = is_changing

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name):
            self._put(node.value.id, ("attribute", node.attr), self._how(node.ctx))
        elif isinstance(node.ctx, ast.Load):
            self.visit(node.value)
        else:
            self._inside(node.value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        base, keys = node.value, _keys(node.slice)
        if isinstance(base, ast.Name) and keys:
            for key in keys:
                self._put(base.id, ("item", key), self._how(node.ctx) if len(keys) == 1 else self._weakly(node.ctx))
            self.times[base.id] -= len(keys) - 1
            return
        column = _column(node)
        if column is not None:
            self._put(column[0], ("item", column[1]), self._weakly(node.ctx))
        elif isinstance(node.ctx, ast.Load):
            self.visit(base)
        else:
            self._inside(base)
        is_changing, self._is_changing = self._is_changing, False
        self.visit(node.slice)
        self._is_changing = is_changing

    def _how(self, context: ast.expr_context) -> How:
        if isinstance(context, ast.Store) and self.is_sure:
            return "set"
        return self._weakly(context)

    def _weakly(self, context: ast.expr_context) -> How:
        return "read" if isinstance(context, ast.Load) and not self._is_changing else "change"


def _keys(node: ast.expr) -> list[str | int]:
    """The parts a subscript names: one constant, or a list of them."""
    elements = node.elts if isinstance(node, ast.List) else [node]
    found = [each.value for each in elements if isinstance(each, ast.Constant) and type(each.value) in (str, int)]
    return found if len(found) == len(elements) else []  # type: ignore[return-value]  # only str and int


def _column(node: ast.Subscript) -> tuple[str, str] | None:
    """The table and the column of `df.loc[rows, "a"]`."""
    base, where = node.value, node.slice
    if not (isinstance(base, ast.Attribute) and base.attr in _INDEXERS and isinstance(base.value, ast.Name)):
        return None
    last = where.elts[-1] if isinstance(where, ast.Tuple) and len(where.elts) == 2 else None
    if isinstance(last, ast.Constant) and isinstance(last.value, str):
        return base.value.id, last.value
    return None


class _Pair(NamedTuple):
    target: str
    values: tuple[str, ...]
    is_same: bool


def handed(tree: ast.Module) -> dict[str, Handed]:
    """For a cell that only hands values on: what each name gets. Empty for every other cell."""
    found: dict[str, Handed] = {}
    for statement in tree.body:
        pairs = _pairs(statement)
        read = {name for each in pairs for name in each.values}
        targets = {each.target for each in pairs}
        if not pairs or len(targets) < len(pairs) or not found.keys().isdisjoint(read | targets):
            return {}
        for each in pairs:
            beside = tuple(sorted(read - set(each.values)))
            found[each.target] = Handed(values=each.values, beside=beside, is_same=each.is_same)
    return found if any(each.values or each.beside for each in found.values()) else {}


def _pairs(statement: ast.stmt) -> list[_Pair]:
    """The targets of an assignment, each with the names it is given."""
    if not isinstance(statement, ast.Assign):
        return []
    found: list[_Pair] = []
    for target in statement.targets:
        pairs = _matched(target, statement.value)
        if not pairs:
            return []
        found += pairs
    return found


def _matched(target: ast.expr, value: ast.expr) -> list[_Pair]:
    if isinstance(target, ast.Name):
        names = _names(value)
        return [] if names is None else [_Pair(target.id, names, bool(names))]
    if not (isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List))):
        return []
    targets, values = target.elts, value.elts
    star = next((place for place, each in enumerate(targets) if isinstance(each, ast.Starred)), None)
    groups: list[list[ast.expr]] = [[each] for each in values]
    if star is not None and len(values) >= len(targets) - 1:
        after = len(targets) - 1 - star
        groups = [[each] for each in values[:star]] + [values[star : len(values) - after]]
        groups += [[each] for each in values[len(values) - after :]]
    if len(groups) != len(targets):
        return []
    found: list[_Pair] = []
    for each, group in zip(targets, groups, strict=True):
        plain = each.value if isinstance(each, ast.Starred) else each
        parts = [_names(one) for one in group]
        if not isinstance(plain, ast.Name) or None in parts:
            return []
        names = tuple(dict.fromkeys(name for one in parts for name in one or ()))
        found.append(_Pair(plain.id, names, plain is each and bool(names)))
    return found


def _names(value: ast.expr) -> tuple[str, ...] | None:
    """The names a value consists of; None for one that computes anything."""
    if isinstance(value, ast.Name):
        return (value.id,)
    return () if isinstance(value, ast.Constant) else None
