"""Installs declared watches on what is imported now and later, checks itself, and takes everything back."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType, ModuleType
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from jupyter_mlsec.interception import codeswap
from jupyter_mlsec.interception.arrivals import Arrivals
from jupyter_mlsec.interception.attributes import Patch, StandIn
from jupyter_mlsec.interception.declaration import Library
from jupyter_mlsec.interception.estimators import Family
from jupyter_mlsec.interception.handler import Handler, Post
from jupyter_mlsec.protocol.watch import Watch


class Undoable(Protocol):
    """One change to a library that can be taken back."""

    def undo(self) -> None: ...


class Interception:
    """All watches of one run. `watching` names the libraries in place, `stood_down` those that are not, with why."""

    def __init__(self, libraries: Iterable[Library], post: Post) -> None:
        self._libraries = tuple(libraries)
        self._post = post
        self._arrivals = Arrivals()
        self._undo: list[Undoable] = []
        self._swaps: WeakKeyDictionary[FunctionType, codeswap.Swap] = WeakKeyDictionary()
        self.watching: dict[str, int] = {}
        self.stood_down: dict[str, str] = {}

    def install(self) -> None:
        """Watch what is imported already, and wait for the rest."""
        for library in self._libraries:
            module = library.module if library.estimators is None else library.estimators.rpartition(".")[0]
            self._arrivals.expect(module, self._arrived(library))

    def uninstall(self) -> None:
        """Take everything back, last change first. Calls that are under way end as they began."""
        self._arrivals.stop()
        while self._undo:
            self._undo.pop().undo()
        for swap in list(self._swaps.values()):
            swap.undo()
        self._swaps.clear()
        self.watching.clear()

    def awaited(self) -> tuple[str, ...]:
        """Libraries declared but not imported yet."""
        known = self.watching.keys() | self.stood_down.keys()
        return tuple(library.name for library in self._libraries if library.name not in known)

    def _arrived(self, library: Library) -> Callable[[ModuleType], None]:
        def arrived(module: ModuleType) -> None:
            try:
                self._watch(library, module)
            except Exception as error:
                self.stood_down[library.name] = f"could not be watched ({type(error).__name__})"
                self._post.gate.trouble(f"installing the {library.name} interceptor", error)

        return arrived

    def _watch(self, library: Library, module: ModuleType) -> None:
        reason = outside_of(library, sys.modules.get(library.module, module))
        if reason:
            self.stood_down[library.name] = reason
            return
        self.watching[library.name] = 0
        if library.estimators is not None:
            base = getattr(module, library.estimators.rpartition(".")[2])
            where = f"watching a class of {library.name}"
            self._undo.append(
                Family(
                    base,
                    library.watches,
                    lambda function, watch: self._swap(library, function, watch),
                    lambda error: self._post.gate.trouble(where, error),
                )
            )
            return
        missing = [watch.target for watch in library.watches if not self._watch_target(library, module, watch)]
        if missing:
            self.stood_down[f"{library.name}: {', '.join(missing)}"] = "not in the installed version"

    def _watch_target(self, library: Library, module: ModuleType, watch: Watch) -> bool:
        found = resolve(module, watch.target)
        if found is None or isinstance(found, StandIn):
            return False
        if isinstance(found, FunctionType):
            self._swap(library, found, watch)
        else:
            handler = Handler(self._post, library.name, watch, found, positions_of(found))
            self._undo.append(Patch(found, handler))
            self.watching[library.name] += 1
        return True

    def _swap(self, library: Library, function: FunctionType, watch: Watch) -> None:
        if function in self._swaps or codeswap.kind_of(function) == "async generator":
            return
        original = codeswap.copy_of(function)
        handler = Handler(self._post, library.name, watch, original, positions_of(original))
        self._swaps[function] = codeswap.Swap(function, original, handler, count_frame=library.callers == "by-file")
        self.watching[library.name] = self.watching.get(library.name, 0) + 1


def resolve(module: ModuleType, target: str) -> Any:
    """What `target` names in the module, as its owner holds it; None if it is not there."""
    owner: Any = module
    *path, name = target.split(".")
    for part in path:
        owner = getattr(owner, part, None)
    found = inspect.getattr_static(owner, name, None)
    return found.__func__ if isinstance(found, staticmethod | classmethod) else found


def positions_of(function: Callable[..., Any]) -> Mapping[str, int]:
    """Parameter name -> position, for those that may be passed by position. Cheap: no Signature for Python code."""
    inner = inspect.unwrap(function)
    if isinstance(inner, FunctionType):
        code = inner.__code__
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


def outside_of(library: Library, module: ModuleType) -> str:
    """Why the installed version is not one the interceptor knows; empty when it is."""
    text = getattr(module, "__version__", None)
    installed = _numbers(text) if isinstance(text, str) else sys.version_info[:3]
    low, below = (_numbers(bound) for bound in library.versions)
    if low <= installed < below:
        return ""
    shown = text if isinstance(text, str) else ".".join(map(str, installed))
    return f"version {shown} is outside {library.versions[0]} to {library.versions[1]}"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.split("+")[0])[:3])
