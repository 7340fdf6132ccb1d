"""Classes and functions that a file names stay what they are: a pickle can also set attributes of what it names."""

from __future__ import annotations

import sys
from types import FunctionType, ModuleType
from typing import Any  # Any: the attributes of any class

_CHANGEABLE = 1 << 9
"""CPython's flag for classes made at run time; those of C that are fixed refuse by themselves."""
_GONE = object()


class Kept:
    """One class or function as it was before the load; `restore` says what was changed, and takes it back."""

    __slots__ = ("_defaults", "_known", "_what")

    def __init__(self, what: Any) -> None:
        self._what = what
        self._known: dict[str, Any] = dict(vars(what))
        self._defaults = _defaults_of(what)

    def restore(self) -> tuple[str, ...]:
        """The attributes that are not as they were, each put back."""
        now = vars(self._what)
        changed = [name for name, value in list(now.items()) if self._known.get(name, _GONE) is not value]
        changed += [name for name in self._known if name not in now]
        changed = [name for name in changed if not _is_cache(name)]
        for name in changed:
            if name in self._known:
                setattr(self._what, name, self._known[name])
            else:
                delattr(self._what, name)
        if self._defaults != _defaults_of(self._what) and isinstance(self._what, FunctionType):
            self._what.__defaults__, self._what.__kwdefaults__ = self._defaults
            changed.append("__defaults__")
        return tuple(changed)


def kept(module: str, name: str) -> Kept | None:
    """What the name means, as it is now, if it could be changed and its module is imported already."""
    found = sys.modules.get(module)
    what = vars(found).get(name) if isinstance(found, ModuleType) else None
    if isinstance(what, FunctionType) or (isinstance(what, type) and what.__flags__ & _CHANGEABLE):
        return Kept(what)
    return None


def _defaults_of(what: Any) -> tuple[Any, Any]:
    if not isinstance(what, FunctionType):
        return None, None
    return what.__defaults__, None if what.__kwdefaults__ is None else dict(what.__kwdefaults__)


def _is_cache(name: str) -> bool:
    """What classes keep of themselves as they are used: of ABCs, annotations, and copyreg's names of slots."""
    return name in ("_abc_impl", "__slotnames__", "__annotations__", "__abstractmethods__", "__doc__")
