"""Walking expressions: what they read, which objects they change in form, what texts they hand to queries."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Literal

import msgspec

from jupyter_mlsec.controls.lineage import source
from jupyter_mlsec.controls.lineage.marks import NOWHERE, Place, place_of
from jupyter_mlsec.controls.lineage.scopes import Free, free_of

Kind = Literal["read", "store", "delete"]

MUTATORS = frozenset(
    {
        "append",
        "extend",
        "insert",
        "pop",
        "remove",
        "clear",
        "sort",
        "reverse",
        "update",
        "setdefault",
        "popitem",
        "add",
        "discard",
        "appendleft",
        "popleft",
        "rotate",
        "fill",
        "put",
        "itemset",
        "resize",
        "partition",
        "setflags",
        "setfield",
        "write",
        "writelines",
        "send",
        "throw",
        "seed",
        "shuffle",
        "fit",
        "partial_fit",
        "fit_transform",
        "insert_column",
        "drop_in_place",
        "replace_column",
        "extend_",
        "execute",
        "executemany",
        "add_",
        "mul_",
        "zero_",
        "copy_",
    }
)
_SQL = frozenset({"sql", "execute", "read_sql", "read_sql_query", "query", "from_query"})
_EXPRESSION = frozenset({"query", "eval"})
_CODE = frozenset({"exec", "eval"})
_AT = re.compile(r"@([A-Za-z_]\w*)")
_STATEMENT = re.compile(r"\b(?:select|from|join|describe|summarize|copy|insert|update)\b", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z_]\w*")


class Event(msgspec.Struct, frozen=True, gc=False):
    """One read, store or deletion of a notebook name, in a block, at a line."""

    kind: Kind
    name: str
    block: int
    line: int


def root_of(node: ast.AST) -> str | None:
    """The name an attribute, subscript or method chain starts from: `x` of `x.a[0].b()`."""
    while True:
        if isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func
        else:
            return node.id if isinstance(node, ast.Name) else None


def part_of(node: ast.AST) -> tuple[str, str] | None:
    """The name a chain starts from and the attribute taken of it first: `os` and `environ` of `os.environ["A"]`."""
    attribute = ""
    while True:
        if isinstance(node, ast.Attribute):
            attribute, node = node.attr, node.value
        elif isinstance(node, ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func
        else:
            return (node.id, attribute) if isinstance(node, ast.Name) and attribute else None


class Expressions(ast.NodeVisitor):
    """Walks statements in execution order. Scopes inside expressions hide their own names."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.parents = [0]
        self.starts: list[Place] = [NOWHERE]
        self.loops: dict[int, str] = {}
        """Blocks that run for each value of a loop, and the name each value gets."""
        self.attributes: set[str] = set()
        self.touches: set[str] = set()
        self.touches_other = False
        self.parts: set[tuple[str, str]] = set()
        """Names, each with an attribute of it whose object some statement changes or replaces."""
        self.calls: set[str] = set()
        self.texts: list[str] = []
        self.modules: list[str] = []
        self.dynamic: list[tuple[str, str]] = []
        self.sql = False
        self._block = 0
        self._line = 1
        self._hidden: list[set[str]] = []
        self._defined: dict[str, Free] = {}
        self._expanding: set[str] = set()
        self._later: Free | None = None
        self._strings: dict[str, str] = {}
        """Names that this cell gave a text it spells out."""

    # -- events -----------------------------------------------------------------------------------------------
    def _emit(self, kind: Kind, name: str) -> None:
        if any(name in scope for scope in self._hidden):
            return
        self.events.append(Event(kind, name, self._block, self._line))
        if kind == "read" and name in self._defined and name not in self._expanding:
            self._expanding.add(name)
            self._deferred(self._defined[name])
            self._expanding.discard(name)
        elif kind != "read":
            self._defined.pop(name, None)
            self._strings.pop(name, None)

    def _deferred(self, free: Free) -> None:
        for name in free.reads:
            self._emit("read", name)
        for name in free.stores:
            self._inside((), partial(self._emit, "store", name))
        self.touches |= free.touches
        self.touches_other |= free.touches_other
        self.texts += free.texts

    def words(self, texts: Iterable[str]) -> None:
        """Read every word of the texts: a query may name any table of the notebook."""
        for text in texts:
            if not _STATEMENT.search(text):
                continue
            for word in _WORD.findall(text):
                self._emit("read", word)

    def _inside(
        self, body: Iterable[ast.stmt], work: Callable[[], None] | None = None, place: Place | None = None
    ) -> None:
        """Go through statements (or do `work`) in a new block, which may or may not run.

        `place` is where a mark may tell whether it does: where the statements begin, when not given.
        """
        outer, statements = self._block, list(body)
        self._block = len(self.parents)
        self.parents.append(outer)
        self.starts.append(place or (place_of(statements[0]) if statements else NOWHERE))
        if work is not None:
            work()
        self.statements(statements)
        self._block = outer

    def statements(self, body: Iterable[ast.stmt]) -> None:
        """Go through statements of the present block."""
        for statement in body:
            self._line = statement.lineno
            self.visit(statement)

    # -- names ------------------------------------------------------------------------------------------------
    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._emit("read", node.id)
        else:
            self._emit("store" if isinstance(node.ctx, ast.Store) else "delete", node.id)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.texts.append(node.value)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.attributes.add(node.attr)
        self._touched(node)
        self.visit(node.value)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self._touched(node)
        base = node.value
        is_names = (
            isinstance(base, ast.Call)
            and isinstance(base.func, ast.Name)
            and base.func.id in {"globals", "vars", "locals"}
        )
        if is_names or (isinstance(base, ast.Attribute) and base.attr == "user_ns"):
            if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
                self._emit("read" if isinstance(node.ctx, ast.Load) else "store", node.slice.value)
            elif isinstance(node.slice, ast.Name) and isinstance(node.ctx, ast.Load):
                self.dynamic.append(("name", node.slice.id))
        if isinstance(base, ast.Name) and base.id in {"Out", "_oh"}:
            number = node.slice.value if isinstance(node.slice, ast.Constant) else None
            self._emit("read", f"_{number}" if isinstance(number, int) else "Out[]")
        self.visit(base)
        self.visit(node.slice)

    def _touched(self, node: ast.Attribute | ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._touch(root_of(node))
            self._touch_part(node)

    def _touch(self, name: str | None) -> None:
        if name is None or any(name in scope for scope in self._hidden):
            self.touches_other = True
        else:
            self.touches.add(name)

    def _touch_part(self, node: ast.AST) -> None:
        part = part_of(node)
        if part is not None:
            self.parts.add(part)

    # -- expressions ------------------------------------------------------------------------------------------
    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if isinstance(function, ast.Attribute) and called in MUTATORS:
            self._touch(root_of(function))
            self._touch_part(function.value)
        if any(keyword.arg in {"inplace", "out", "in_place"} for keyword in node.keywords):
            for part in (function, *(keyword.value for keyword in node.keywords if keyword.arg == "out")):
                self._touch(root_of(part))
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            name = root_of(argument)
            if name is not None:
                self.calls.add(name)
        self._text_call(
            called, isinstance(function, ast.Name), [*node.args, *(keyword.value for keyword in node.keywords)]
        )
        self.generic_visit(node)

    def _text_call(self, called: str, is_name: bool, arguments: list[ast.expr]) -> None:
        kinds = []
        if called in _EXPRESSION and not is_name:
            kinds.append("at")
        if called in _SQL:
            self.sql = True
            kinds.append("sql")
        if called in _CODE and is_name:
            kinds.append("code")
        for argument in arguments:
            for kind in kinds:
                if isinstance(argument, ast.Name):
                    self.dynamic.append((kind, argument.id))
                    self.text(kind, self._strings.get(argument.id, ""))
                elif isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    self.text(kind, argument.value)

    def text(self, kind: str, text: str) -> None:
        """Read what a string run as code, or looked up by a query, reads."""
        if kind == "sql":
            self.words((text,))  # here, not only at the end: the statement may store a name that it reads
        elif kind == "at":
            for name in _AT.findall(text):
                self._emit("read", name)
        elif kind == "code":
            parsed = source.parse(text)
            if parsed.tree is not None:
                line = self._line
                for statement in parsed.tree.body:
                    self.visit(statement)
                self._line = line

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._defaults(node.args)
        self._body(free_of(node))

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        if self._later is None:
            self._comprehension(node)
        else:
            self.visit(node.generators[0].iter)
            self._body(free_of(node))

    def _body(self, free: Free) -> None:
        """A body that runs when it is called: at once where a call may do that, else when its name is used."""
        self.attributes |= free.attributes
        if self._later is None:
            self._deferred(free)
        else:
            self._later = self._later.joined(free)

    def _defaults(self, arguments: ast.arguments) -> None:
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.visit(default)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        self.visit(node.generators[0].iter)
        own = {each.id for part in node.generators for each in ast.walk(part.target) if isinstance(each, ast.Name)}
        self._hidden.append(own)
        for number, part in enumerate(node.generators):
            if number:
                self.visit(part.iter)
            for test in part.ifs:
                self.visit(test)
        for value in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            self.visit(value)
        self._hidden.pop()

    visit_ListComp = visit_SetComp = visit_DictComp = _comprehension  # noqa: N815  # ast's own spelling

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._emit("store", node.target.id)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.visit(node.test)
        self._inside((), lambda: self.visit(node.body), place_of(node.body))
        self._inside((), lambda: self.visit(node.orelse), place_of(node.orelse))

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self.visit(node.values[0])
        for value in node.values[1:]:
            self._inside((), partial(self.visit, value), place_of(value))


def calls(node: ast.AST) -> bool:
    """Whether evaluating it calls anything, so that a lambda inside may run at once."""
    return any(isinstance(each, (ast.Call, ast.Await)) for each in ast.walk(node))
