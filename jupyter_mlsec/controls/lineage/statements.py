"""Walking statements in the order they would run: blocks that may be passed over, definitions that run later."""

# ruff: noqa: N802  # visit_Name is ast's own spelling
from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from jupyter_mlsec.controls.lineage.expressions import Expressions, calls, root_of
from jupyter_mlsec.controls.lineage.marks import NOWHERE
from jupyter_mlsec.controls.lineage.scopes import Free, free_of


class Statements(Expressions):
    """The walker of a cell. Functions and lambdas are kept until their name is read."""

    def visit_Assign(self, node: ast.Assign) -> None:
        self._later = None if calls(node.value) else Free()
        self.visit(node.value)
        later, self._later = self._later, None
        for target in node.targets:
            self.visit(target)
            name = root_of(target)
            if later is not None and name is not None and later != Free():
                self._defined[name] = later
            if isinstance(target, ast.Name) and isinstance(node.value, ast.Constant) and type(node.value.value) is str:
                self._strings[target.id] = node.value.value

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._emit("read", node.target.id)
            self._touch(node.target.id)
        self.visit(node.value)
        self.visit(node.target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
            name = root_of(node.value.func)
            if name is not None:
                self.calls.add(name)
        self.visit(node.value)

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        self._inside(node.body)
        if node.orelse:
            self._inside(node.orelse)

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        self._inside(node.body, place=NOWHERE)  # a mark in each turn would cost more than it tells
        if node.orelse:
            self._inside(node.orelse)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        name = root_of(node.iter)
        if name is not None:
            self.calls.add(name)
        if isinstance(node.target, ast.Name):
            self.loops[len(self.parents)] = node.target.id
        self._inside(node.body, lambda: self.visit(node.target), NOWHERE)
        if node.orelse:
            self._inside(node.orelse)

    visit_AsyncFor = visit_For  # noqa: N815  # ast's own spelling

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self.visit(item.optional_vars)
        self.statements(node.body)

    visit_AsyncWith = visit_With  # noqa: N815  # ast's own spelling

    def visit_Try(self, node: ast.Try | ast.TryStar) -> None:
        if node.handlers:
            self._inside(node.body, place=NOWHERE)
        else:
            self.statements(node.body)
        for handler in node.handlers:
            self._line = handler.lineno
            if handler.type is not None:
                self.visit(handler.type)
            self._hidden.append({handler.name} if handler.name else set())
            self._inside(handler.body)
            self._hidden.pop()
        if node.orelse:
            self._inside(node.orelse)
        self.statements(node.finalbody)

    visit_TryStar = visit_Try  # noqa: N815  # ast's own spelling

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        for case in node.cases:
            self._inside(case.body, partial(self._pattern, case))

    def _pattern(self, case: ast.match_case) -> None:
        for node in ast.walk(case.pattern):
            if isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
                self._emit("store", node.name)
            elif isinstance(node, ast.MatchMapping) and node.rest:
                self._emit("store", node.rest)
            elif isinstance(node, (ast.MatchValue, ast.MatchClass)):
                self.visit(node.value if isinstance(node, ast.MatchValue) else node.cls)
        if case.guard is not None:
            self.visit(case.guard)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._defaults(node.args)
        self._emit("store", node.name)
        self._defined[node.name] = free_of(node)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815  # ast's own spelling

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in (*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)):
            self.visit(part)
        own: set[str] = set()
        methods = Free()
        self._hidden.append(own)
        for statement in node.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._defaults(statement.args)
                methods = methods.joined(free_of(statement))
                own.add(statement.name)
                continue
            self.visit(statement)
            own |= set(_stored(statement))
        self._hidden.pop()
        self._emit("store", node.name)
        self._defined[node.name] = methods

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        if isinstance(node, ast.ImportFrom) and node.module:
            self.modules.append(f"{node.module.replace('.', '/')}.py")
        for alias in node.names:
            if isinstance(node, ast.Import):
                self.modules.append(f"{alias.name.replace('.', '/')}.py")
            if alias.name != "*":
                self._emit("store", alias.asname or alias.name.partition(".")[0])

    visit_ImportFrom = visit_Import  # noqa: N815  # ast's own spelling


def _stored(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield each.id
