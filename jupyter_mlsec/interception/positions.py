"""Which parameters of a function may be passed by position, found without making a Signature."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any


def positions_of(function: Callable[..., Any]) -> Mapping[str, int]:
    """Parameter name -> position, for those that may be passed by position. Cheap: no Signature for Python code."""
    inner = inspect.unwrap(function)
    code = getattr(inner, "__code__", None)
    if isinstance(code, CodeType):  # Cython's functions have one too
        return {name: index for index, name in enumerate(code.co_varnames[: code.co_argcount])}
    return _positions_in(getattr(function, "__text_signature__", None) or "")


def _positions_in(text: str) -> dict[str, int]:
    """As above for a C function, from the text CPython keeps: `($module, obj, file, protocol=None, *, ...)`.

    Read by hand: `inspect.signature` compiles and imports for 10 ms to tell the same.
    """
    names = [part.partition("=")[0].strip() for part in text.strip("()").split(",")]
    if "*" in names:
        names = names[: names.index("*")]
    return {name: index for index, name in enumerate(name for name in names if name and name[0] not in "$/")}
