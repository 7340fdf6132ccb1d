"""The first strategy: the function object stays, its code becomes a trampoline of one frame.

Everyone who already holds the function (an earlier `from pandas import read_csv`, a partial, a thread) is watched, and
identity, type, pickle by name, `?`, `??` and the signature stay what they were.
"""

from __future__ import annotations

import ast
import functools
import inspect
import weakref
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any, Literal, TypeVar

from jupyter_mlsec.interception.handler import SKIPPED_BY_WARNINGS, Handler, is_trampoline

F = TypeVar("F", bound=Callable[..., Any])
_SOURCES = {
    "function": """
def trampoline(*args, **kwargs):
    __tracebackhide__ = True
    passage = "HANDLER".enter(args, kwargs)
    if passage is None:
        return "HANDLER".original(*args, **kwargs)
    try:
        value = "HANDLER".original(*passage.call.args, **passage.call.kwargs)
    except BaseException as error:
        "HANDLER".fail(passage, error)
        raise
    return "HANDLER".leave(passage, value)
""",
    "compiled": """
def trampoline(*args, **kwargs):
    __tracebackhide__ = True
    if torch.compiler.is_compiling():
        def original(): pass
        return original(*args, **kwargs)
    passage = "HANDLER".enter(args, kwargs)
    if passage is None:
        return "HANDLER".original(*args, **kwargs)
    try:
        value = "HANDLER".original(*passage.call.args, **passage.call.kwargs)
    except BaseException as error:
        "HANDLER".fail(passage, error)
        raise
    return "HANDLER".leave(passage, value)
""",
    "coroutine": """
async def trampoline(*args, **kwargs):
    __tracebackhide__ = True
    passage = "HANDLER".enter(args, kwargs)
    if passage is None:
        return await "HANDLER".original(*args, **kwargs)
    try:
        value = await "HANDLER".original(*passage.call.args, **passage.call.kwargs)
    except BaseException as error:
        "HANDLER".fail(passage, error)
        raise
    return "HANDLER".leave(passage, value)
""",
    "generator": """
def trampoline(*args, **kwargs):
    __tracebackhide__ = True
    passage = "HANDLER".enter(args, kwargs)
    if passage is None:
        return (yield from "HANDLER".original(*args, **kwargs))
    "HANDLER".pause()
    try:
        value = yield from "HANDLER".original(*passage.call.args, **passage.call.kwargs)
    except BaseException as error:
        "HANDLER".fail(passage, error, "HANDLER".resume())
        raise
    return "HANDLER".leave(passage, value, "HANDLER".resume())
""",
}
"""`compiled` is for a function of torch's that torch compiles: its compiler knows what is_compiling answers, and reads
only the first branch, which holds the original's code. A handler is nothing it could read."""
_ORIGINAL = """
def original(): FREE
original.__defaults__ = "HANDLER".defaults
original.__kwdefaults__ = "HANDLER".kwdefaults
"""
"""How a trampoline with free variables makes its original, from the cells it was given itself. Were it kept by the
handler, then function, code, handler, original, cells and class would be a circle that is never collected: code takes
no part in that, and a class defined again and again would stay, with all that its methods close over."""


@functools.cache
def _template(kind: str, free: int) -> CodeType:
    """The trampoline of that kind with that many free variables, every instruction on its first line.

    The original's line numbers are not ours. The free variables must be real ones (copied into the frame by its first
    instruction): a frame whose code only claims to have them crashes the interpreter when its locals are looked at.
    """
    names = [f"free_{number:04}" for number in range(free)]  # sorted by name as by number
    source = _SOURCES[kind].replace('"HANDLER".original(', "original(") if names else _SOURCES[kind]
    body = ast.parse(source).body
    if names:
        function = body[0]
        assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        function.body[2:2] = ast.parse(_ORIGINAL.replace("FREE", ", ".join(names))).body
        factory = ast.parse(f"def factory({', '.join(names)}): pass")
        outer = factory.body[0]
        assert isinstance(outer, ast.FunctionDef)
        outer.body = list(body)
        body = factory.body
    tree = ast.Module(body=body, type_ignores=[])
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.expr | ast.excepthandler | ast.arg | ast.keyword):
            node.lineno = node.end_lineno = 1
            node.col_offset = node.end_col_offset = 0
    code = compile(tree, "<jupyter_mlsec>", "exec")
    while code.co_name != "trampoline":
        code = next(constant for constant in code.co_consts if isinstance(constant, CodeType))
    return code


def kind_of(function: Any) -> Literal["function", "coroutine", "generator", "async generator"]:
    """Which kind of callable it must stay."""
    flags = function.__code__.co_flags  # by its code: what is only marked as a coroutine function returns what it likes
    if flags & inspect.CO_ASYNC_GENERATOR:
        return "async generator"
    if flags & inspect.CO_COROUTINE:
        return "coroutine"
    return "generator" if flags & inspect.CO_GENERATOR else "function"


def trampoline(handler: Handler, like: FunctionType, *, count_frame: bool) -> CodeType:
    """Code that passes `handler` around the original, and wears the original's name, line and free variables.

    count_frame: whether a library that looks for its caller by file must find its own file in the extra frame
    (then it is counted), or one that counts frames must not meet it (then it is skipped by `warnings`).
    """
    watch = getattr(handler, "watch", None)
    kind = "compiled" if watch is not None and watch.compiled else kind_of(like)
    code = _template(kind, len(like.__code__.co_freevars))
    return code.replace(
        co_consts=tuple(_constant(one, handler, like.__code__) for one in code.co_consts),
        co_flags=code.co_flags | (like.__code__.co_flags & inspect.CO_ITERABLE_COROUTINE),  # types.coroutine
        co_freevars=like.__code__.co_freevars,
        co_filename=like.__code__.co_filename if count_frame else SKIPPED_BY_WARNINGS,
        co_name=like.__code__.co_name,
        co_qualname=like.__code__.co_qualname,
        co_firstlineno=like.__code__.co_firstlineno,
    )


def method_for(handler: Handler, name: str, home: dict[str, Any]) -> FunctionType:
    """A function around a C method: it binds as one, and its one frame has the globals of the library, `home`.

    Who looks for the caller's variables by module (duckdb) takes that frame for the library's own.
    """
    code = _template("function", 0)
    code = code.replace(
        co_consts=tuple(handler if one == "HANDLER" else one for one in code.co_consts),
        co_filename=SKIPPED_BY_WARNINGS,
        co_name=name,
        co_qualname=getattr(handler.original, "__qualname__", name),
    )
    function = FunctionType(code, home, name)
    functools.update_wrapper(function, handler.original)
    return function


def unseen(function: F) -> F:
    """A function of ours that runs between the user and a library: `warnings` does not count its frame."""
    function.__code__ = function.__code__.replace(co_filename=SKIPPED_BY_WARNINGS)
    return function


def _constant(constant: Any, handler: Handler, original: CodeType) -> Any:
    if isinstance(constant, CodeType):
        return original
    return handler if constant == "HANDLER" else constant


def _inner(code: CodeType) -> CodeType:
    """The code a trampoline stands around."""
    found = next((one for one in code.co_consts if isinstance(one, CodeType)), None)
    inner: CodeType = found or next(one for one in code.co_consts if isinstance(one, Handler)).original.__code__
    return inner


def copy_of(function: FunctionType) -> FunctionType:
    """The function as it is now, as another object: what the trampoline calls."""
    copy = FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__qualname__ = function.__qualname__
    copy.__module__ = function.__module__
    copy.__doc__ = function.__doc__
    # From 3.14 on annotations are evaluated when asked for: not by us, names that come later may not be there yet.
    is_later = getattr(function, "__annotate__", None) is not None
    for name in ("__annotate__" if is_later else "__annotations__", "__type_params__"):
        if hasattr(function, name):
            setattr(copy, name, getattr(function, name))
    copy.__dict__.update(function.__dict__)
    return copy


class Swap:
    """One function whose code is swapped; `undo` gives it back unless somebody swapped it again since.

    Keeps neither the function nor what it closes over alive.
    """

    __slots__ = ("_code", "_function", "_original_code", "_wrapped")

    def __init__(self, function: FunctionType, original: FunctionType, handler: Handler, *, count_frame: bool) -> None:
        self._function = weakref.ref(function)
        self._original_code = function.__code__
        code = trampoline(handler, function, count_frame=count_frame)
        self._code = weakref.ref(code)
        self._wrapped = "__wrapped__" not in function.__dict__
        if self._wrapped:
            function.__wrapped__ = original  # type: ignore[attr-defined]  # inspect and ?? follow it
        function.__code__ = code

    @property
    def holds(self) -> bool:
        """Whether the function still has code of ours; %autoreload may have given it that of its successor."""
        function = self._function()
        return function is None or function.__code__ is self._code() or is_trampoline(function.__code__)

    def undo(self) -> None:
        function = self._function()
        if function is None:
            return
        code = function.__code__
        if code is self._code():
            function.__code__ = self._original_code
        elif is_trampoline(code):  # %autoreload gives an old function the code of the new one, ours with it
            function.__code__ = _inner(code)
        if self._wrapped:
            function.__dict__.pop("__wrapped__", None)
