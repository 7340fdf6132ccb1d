"""The second strategy, for callables without Python code: a stand-in takes every binding of the original."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

from jupyter_mlsec.interception.codeswap import method_for
from jupyter_mlsec.interception.handler import SKIPPED_BY_WARNINGS, Handler


class StandIn:
    """Answers for one C function or type. No function itself: like the original it must not bind as a method."""

    def __init__(self, handler: Handler) -> None:
        functools.update_wrapper(self, handler.original, updated=())
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

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_handler"].original, name)

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, self._type())

    def __subclasscheck__(self, kind: type) -> bool:
        return issubclass(kind, self._type())

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        del bases
        return (self._type(),)

    def _type(self) -> type:
        original = self._handler.original
        if not isinstance(original, type):
            raise TypeError(f"{original!r} is no class")
        return original

    def __reduce__(self) -> str:
        return str(vars(self)["__qualname__"])  # pickled by name, as the original is

    def __repr__(self) -> str:
        return repr(self._handler.original)


_CODE = StandIn.__call__.__code__.replace(co_filename=SKIPPED_BY_WARNINGS)


def stand_in(handler: Handler, home: dict[str, Any]) -> StandIn:
    """A stand-in whose one frame has the globals of the library, `home` (see `codeswap.method_for`)."""
    call = FunctionType(_CODE, home, "__call__", None, StandIn.__call__.__closure__)
    kind: type[StandIn] = type("StandIn", (StandIn,), {"__call__": call, "__module__": __name__})
    return kind(handler)


def bindings_of(targets: Mapping[int, object], below: str | None = None) -> Iterator[tuple[ModuleType, str, object]]:
    """Every module and name bound to one of these very objects (by id); the notebook's own names are `__main__`'s.

    below: look only at the modules of that package, and at the notebook.
    """
    for module_name, module in list(sys.modules.items()):
        if below is not None and module_name.partition(".")[0] not in (below, "__main__"):
            continue
        names = getattr(module, "__dict__", None)
        if type(names) is dict and isinstance(module, ModuleType):
            for name, value in list(names.items()):
                if id(value) in targets and targets[id(value)] is value:
                    yield module, name, value


class Patches:
    """All originals that are replaced wherever they are bound; `undo` finds the stand-ins wherever they got to."""

    def __init__(self) -> None:
        self._originals: dict[int, Callable[..., Any]] = {}
        self._stand_ins: dict[int, StandIn] = {}
        self._fresh: dict[int, Callable[..., Any]] = {}

    def add(self, original: Callable[..., Any], handler: Handler, home: dict[str, Any]) -> bool:
        """Replace this one at the next `bind`; False if it is replaced already."""
        if id(original) in self._originals:
            return False
        self._originals[id(original)] = self._fresh[id(original)] = original
        self._stand_ins[id(original)] = stand_in(handler, home)
        return True

    def bind(self, below: str | None = None) -> None:
        """Walk over the modules once, for all that were added since."""
        if not self._fresh:
            return
        fresh, self._fresh = self._fresh, {}
        for module, name, original in bindings_of(fresh, below):
            setattr(module, name, self._stand_ins[id(original)])

    def undo(self) -> None:
        """Give every binding its original back, in one walk."""
        originals = {id(stand_in): self._originals[key] for key, stand_in in self._stand_ins.items()}
        if originals:
            for module, name, found in bindings_of({id(one): one for one in self._stand_ins.values()}):
                setattr(module, name, originals[id(found)])
        self._originals.clear()
        self._stand_ins.clear()


class MethodPatch:
    """One method of a C type that takes new attributes, replaced on the type."""

    __slots__ = ("_is_inherited", "_name", "_original", "_owner", "_replaced")

    def __init__(self, owner: type, name: str, original: Any, handler: Handler, home: dict[str, Any]) -> None:
        self._owner = owner
        self._name = name
        self._original = original
        self._is_inherited = name not in owner.__dict__
        self._replaced = method_for(handler, name, home)
        setattr(owner, name, self._replaced)

    def undo(self) -> None:
        """Unless somebody replaced it again since."""
        if self._owner.__dict__.get(self._name) is not self._replaced:
            return
        if self._is_inherited:
            delattr(self._owner, self._name)
        else:
            setattr(self._owner, self._name, self._original)


def takes_attributes(owner: type, name: str, value: Any) -> bool:
    """Whether this type lets a method of its own be replaced: those of CPython and Cython do not."""
    is_inherited = name not in owner.__dict__
    try:
        setattr(owner, name, value)
        if is_inherited:
            delattr(owner, name)
    except (TypeError, AttributeError):
        return False
    return True
