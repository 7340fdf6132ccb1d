"""Every estimator of a family is watched: those that exist, and those defined later by the library or the user."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any
from weakref import WeakSet

from jupyter_mlsec.protocol.watch import Watch

_FOREIGN = ("abc", "builtins", "typing")
SwapMethod = Callable[[FunctionType, Watch], None]


def family(base: type) -> Iterator[type]:
    """The base and all that derives from it, each class once."""
    seen: set[type] = set()
    waiting = [base]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            yield current
            waiting.extend(type.__subclasses__(current))


def method_of(owner: type, name: str) -> FunctionType | None:
    """The plain function behind a method defined by this very class; `available_if` hides it in `.fn`."""
    found = owner.__dict__.get(name)
    if isinstance(found, FunctionType):
        return found
    hidden = getattr(found, "fn", None)
    return hidden if isinstance(hidden, FunctionType) else None


class Family:
    """Watches the methods of one estimator family through `swap`; `undo` lets later classes go unwatched again.

    The swaps themselves belong to whoever passed `swap`.
    """

    def __init__(
        self, base: type, watches: tuple[Watch, ...], swap: SwapMethod, trouble: Callable[[Exception], None]
    ) -> None:
        self._base = base
        self._watches = watches
        self._swap = swap
        self._trouble = trouble
        self._seen: WeakSet[type] = WeakSet()
        self._previous = base.__dict__.get("__init_subclass__")
        for member in family(base):
            self.watch(member)
        self._hook = self._announce()
        setattr(base, "__init_subclass__", self._hook)  # noqa: B010  # a hook is a method to mypy

    def watch(self, member: type) -> None:
        """Swap the watched methods that this class, or a mixin it takes them from, defines. Breaks no class."""
        try:
            self._watch(member)
        except Exception as error:
            self._trouble(error)

    def _watch(self, member: type) -> None:
        for owner in member.__mro__:
            if owner in self._seen or owner.__module__ in _FOREIGN:
                continue
            self._seen.add(owner)
            for watch in self._watches:
                function = method_of(owner, watch.target)
                if function is not None:
                    self._swap(function, watch)

    def _announce(self) -> classmethod[Any, Any, None]:
        previous, watch = self._previous, self.watch
        base: Any = self._base

        def __init_subclass__(cls: Any, /, **kwargs: Any) -> None:  # noqa: N807  # it is that very hook
            if previous is None:
                super(base, cls).__init_subclass__(**kwargs)
            else:
                previous.__get__(None, cls)(**kwargs)
            watch(cls)

        return classmethod(__init_subclass__)

    def undo(self) -> None:
        base: Any = self._base
        self._watches = ()  # somebody may have kept our hook, and call it
        if base.__dict__.get("__init_subclass__") is not self._hook:
            return
        if self._previous is None:
            del base.__init_subclass__
        else:
            base.__init_subclass__ = self._previous
