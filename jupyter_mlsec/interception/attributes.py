"""The second strategy, for callables without Python code: a stand-in takes every binding of the original."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from jupyter_mlsec.interception.handler import SKIPPED_BY_WARNINGS, Handler


class StandIn:
    """Answers for one C function. Not a function itself: like the original it must not bind as a method."""

    def __init__(self, handler: Handler) -> None:
        functools.update_wrapper(self, handler.original)
        self._handler = handler

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # Any: it answers as whatever it stands for
        __tracebackhide__ = True
        handler = self._handler
        passage = handler.enter(args, kwargs)
        if passage is None:
            return handler.original(*args, **kwargs)
        try:
            value = handler.original(*passage.call.args, **passage.call.kwargs)
        except BaseException as error:
            handler.fail(passage, error)
            raise
        return handler.leave(passage, value)

    def __reduce__(self) -> str:
        return str(vars(self)["__qualname__"])  # pickled by name, as the original is

    def __repr__(self) -> str:
        return repr(self._handler.original)


StandIn.__call__.__code__ = StandIn.__call__.__code__.replace(co_filename=SKIPPED_BY_WARNINGS)


def bindings_of(target: object) -> Iterator[tuple[ModuleType, str]]:
    """Every module and name bound to this very object; the notebook's own names are `__main__`'s."""
    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", None)
        if type(names) is dict and isinstance(module, ModuleType):
            for name, value in list(names.items()):
                if value is target:
                    yield module, name


class Patch:
    """One original replaced wherever it is bound; `undo` finds the stand-in wherever it has got to since."""

    __slots__ = ("_original", "_stand_in")

    def __init__(self, original: Callable[..., Any], handler: Handler) -> None:
        self._original = original
        self._stand_in = StandIn(handler)
        for module, name in bindings_of(original):
            setattr(module, name, self._stand_in)

    @property
    def holds(self) -> bool:
        """Whether the stand-in is bound anywhere."""
        return next(bindings_of(self._stand_in), None) is not None

    def undo(self) -> None:
        for module, name in bindings_of(self._stand_in):
            setattr(module, name, self._original)
