"""Marks in a cell's code that tell which of its branches ran.

A mark is one look-up, or inside a loop one store, at the start of a branch. Only branches that read something which
nothing else in the cell reads are marked; functions, classes and what they hold never are.
"""

from __future__ import annotations

import ast
import builtins
from typing import Any

Place = tuple[int, int, int, int]
"""Where a branch's first statement or its expression stands: line, column, last line, last column."""
NOWHERE: Place = (0, 0, 0, 0)
RAN = "__mlsec_ran__"
_STORED = "__mlsec_ran_{}__"
_CLOSED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Ran(dict[int, None]):
    """Blocks that ran. Looking one up notes it."""

    def __missing__(self, block: int) -> None:
        self[block] = None


def place_of(node: ast.stmt | ast.expr) -> Place:
    """Where a node stands."""
    return node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0


class Marker(ast.NodeTransformer):
    """Puts marks into a cell's tree, in place."""

    def __init__(self, places: dict[Place, int]) -> None:
        self._places = places
        self.set: set[int] = set()
        """Blocks that got a mark."""
        self._stored: set[int] = set()
        """Those of them that are inside a loop."""
        self._looping = 0
        self._is_inner = False
        """Inside a comprehension: names stored there must not be stored in its iterables."""

    def begin(self, namespace: dict[str, Any]) -> None:
        """No mark was passed yet. Names of stores are there from now on: code may be going through all names."""
        if len(self.set) > len(self._stored):
            setattr(builtins, RAN, Ran())
        for block in self._stored:
            namespace[_STORED.format(block)] = None

    def passed(self, namespace: dict[str, Any]) -> set[int]:
        """The blocks whose marks were passed; takes every trace of the marks away."""
        found = set(builtins.__dict__.pop(RAN, ()))
        found.update(block for block in self._stored if namespace.pop(_STORED.format(block), None) is not None)
        return found

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, _CLOSED):
            return node
        is_loop = isinstance(node, (ast.For, ast.AsyncFor, ast.While))
        if isinstance(node, _COMPREHENSIONS):
            return self._comprehension(node)
        if isinstance(node, (ast.IfExp, ast.BoolOp)):
            self._parts(node)
        self._looping += is_loop
        super().generic_visit(node)
        self._looping -= is_loop
        for field in ("body", "orelse", "handlers", "cases"):
            statements = getattr(node, field, None)
            if isinstance(statements, list) and statements and isinstance(statements[0], ast.stmt):
                self._statements(statements, inside=self._looping > 0 or is_loop)
        return node

    def _comprehension(self, node: Any) -> Any:
        """Conditions inside are marked by stores, and nothing is in the part that may hold none."""
        self._looping += 1
        for field in ("elt", "key", "value"):
            if hasattr(node, field):
                setattr(node, field, self.visit(getattr(node, field)))
        for part in node.generators:
            part.ifs = [self.visit(each) for each in part.ifs]
        self._looping -= 1
        return node

    def _parts(self, node: ast.IfExp | ast.BoolOp) -> None:
        if isinstance(node, ast.IfExp):
            node.body, node.orelse = self._marked(node.body), self._marked(node.orelse)
        else:
            node.values = [node.values[0], *map(self._marked, node.values[1:])]

    def _marked(self, node: ast.expr) -> ast.expr:
        """The expression, its mark passed before it: `(mark, expression)[1]`."""
        block = self._places.get(place_of(node))
        if block is None:
            return node
        self.set.add(block)
        both = ast.Tuple(elts=[self._mark(block), node], ctx=ast.Load())
        chosen: ast.expr = _placed(ast.Subscript(value=both, slice=ast.Constant(value=1), ctx=ast.Load()), node)
        return chosen

    def _statements(self, body: list[ast.stmt], *, inside: bool) -> None:
        first = body[0]
        block = self._places.get(place_of(first))
        if block is None or block in self.set:
            return
        self.set.add(block)
        mark: ast.stmt
        if inside:
            self._stored.add(block)
            mark = ast.Assign(
                targets=[ast.Name(id=_STORED.format(block), ctx=ast.Store())], value=ast.Constant(value=1)
            )
        else:
            mark = ast.Expr(value=self._mark(block))
        body.insert(0, _placed(mark, first))

    def _mark(self, block: int) -> ast.expr:
        if self._looping:
            self._stored.add(block)
            name = ast.Name(id=_STORED.format(block), ctx=ast.Store())
            return ast.NamedExpr(target=name, value=ast.Constant(value=1))
        return ast.Subscript(value=ast.Name(id=RAN, ctx=ast.Load()), slice=ast.Constant(value=block), ctx=ast.Load())


def _placed(new: Any, old: ast.stmt | ast.expr) -> Any:
    """The new node and what is new in it, standing where the old one stands: no traceback shows a difference."""
    for node in ast.walk(new):
        if isinstance(node, (ast.stmt, ast.expr)) and not hasattr(node, "lineno"):
            ast.copy_location(node, old)
    return new
