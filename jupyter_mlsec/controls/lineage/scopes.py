"""What a function's body reads of the notebook around it: from its syntax, or from its compiled code."""

from __future__ import annotations

import ast
import dis
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType, FunctionType

import msgspec

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.GeneratorExp


class Free(msgspec.Struct, frozen=True, kw_only=True):
    """Names of the notebook that a body reads, stores, or whose objects it changes in form."""

    reads: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    attributes: frozenset[str] = frozenset()
    touches: frozenset[str] = frozenset()
    touches_other: bool = False
    texts: tuple[str, ...] = ()

    def joined(self, other: Free) -> Free:
        """What both read and store together."""
        return Free(
            reads=tuple(dict.fromkeys(self.reads + other.reads)),
            stores=tuple(dict.fromkeys(self.stores + other.stores)),
            attributes=self.attributes | other.attributes,
            touches=self.touches | other.touches,
            touches_other=self.touches_other or other.touches_other,
            texts=self.texts + other.texts,
        )


def free_of(function: _Function) -> Free:
    """The free names of a function from its syntax, inner functions included."""
    body = _parts(function)
    own, declared = _bound(function, body)
    reads: dict[str, None] = {}
    attributes: set[str] = set()
    touches: set[str] = set()
    texts: list[str] = []
    other = False
    for node in _within(body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            inner = free_of(node)
            reads.update(dict.fromkeys(name for name in inner.reads if name not in own))
            attributes |= inner.attributes
            touches |= inner.touches - own
            other |= inner.touches_other
            declared |= set(inner.stores)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in own:
            reads[node.id] = None
        elif isinstance(node, ast.Attribute):
            attributes.add(node.attr)
            other = True
        elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            other = True
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.append(node.value)
    return Free(
        reads=tuple(reads),
        stores=tuple(declared),
        attributes=frozenset(attributes),
        touches=frozenset(touches),
        touches_other=other,
        texts=tuple(texts),
    )


def _parts(function: _Function) -> list[ast.AST]:
    """What runs when the body runs: all but a generator expression's first iterable."""
    if isinstance(function, ast.Lambda):
        return [function.body]
    if isinstance(function, ast.GeneratorExp):
        first, *others = function.generators
        return [function.elt, first.target, *first.ifs, *others]
    return list(function.body)


def _bound(function: _Function, body: list[ast.AST]) -> tuple[set[str], set[str]]:
    """The names bound inside, and those declared global and stored there."""
    own: set[str] = set()
    if not isinstance(function, ast.GeneratorExp):
        arguments = function.args
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
        own = {argument.arg for argument in every if argument is not None}
    outward: set[str] = set()
    stored: set[str] = set()
    for node in _within(body):
        if isinstance(node, ast.Global):
            outward |= set(node.names)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            stored.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            stored.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            stored |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            stored.add(node.name)
    return (own | stored) - outward, stored & outward


def _within(body: list[ast.AST]) -> Iterator[ast.AST]:
    """Every node of the body, inner functions given but not entered (their defaults and decorators are)."""
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            waiting += [*node.decorator_list, *node.args.defaults, *(each for each in node.args.kw_defaults if each)]
        elif isinstance(node, ast.Lambda):
            waiting += [*node.args.defaults, *(each for each in node.args.kw_defaults if each)]
        else:
            waiting += ast.iter_child_nodes(node)


@lru_cache(maxsize=2048)
def free_of_code(code: CodeType) -> Free:
    """The global names a compiled body loads and stores, inner code included; each body is read once."""
    reads: dict[str, None] = {}
    stores: dict[str, None] = {}
    attributes: set[str] = set()
    texts: list[str] = []
    touches_other = False
    for instruction in dis.get_instructions(code):
        name = instruction.opname
        if name in {"LOAD_GLOBAL", "LOAD_NAME"}:
            reads[str(instruction.argval)] = None
        elif name in {"STORE_GLOBAL", "DELETE_GLOBAL"}:
            stores[str(instruction.argval)] = None
        elif name in {"LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR"}:
            attributes.add(str(instruction.argval))
            touches_other = True
        elif name in {"STORE_SUBSCR", "DELETE_SUBSCR", "BINARY_OP"}:
            touches_other = True
    for constant in code.co_consts:
        if isinstance(constant, str):
            texts.append(constant)
    free = Free(
        reads=tuple(reads),
        stores=tuple(stores),
        attributes=frozenset(attributes),
        touches_other=touches_other,
        texts=tuple(texts),
    )
    for constant in code.co_consts:
        behind = getattr(constant, "original", None)  # a watched function keeps what it stands before as a constant
        if isinstance(behind, FunctionType):
            constant = behind.__code__
        if isinstance(constant, CodeType) and constant is not code:
            free = free.joined(free_of_code(constant))
    return free
