"""Installs declared watches on what is imported now and later, checks itself, and takes everything back."""

from __future__ import annotations

import functools
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType, ModuleType
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import msgspec

from jupyter_mlsec.interception import codeswap
from jupyter_mlsec.interception.arrivals import Arrivals
from jupyter_mlsec.interception.asides import (
    CompletingHandler,
    IntakeHandler,
    NoticeHandler,
    PieceHandler,
    RelayHandler,
)
from jupyter_mlsec.interception.attributes import MethodPatch, Patches, StandIn, takes_attributes
from jupyter_mlsec.interception.declaration import Declared, Library
from jupyter_mlsec.interception.estimators import Family
from jupyter_mlsec.interception.handler import CallHandler, Handler, Post
from jupyter_mlsec.interception.positions import positions_of
from jupyter_mlsec.interception.streams import Streams
from jupyter_mlsec.protocol.watch import Notice, Pieces, Watch


class Undoable(Protocol):
    """One change to a library that can be taken back."""

    def undo(self) -> None: ...


class Awaited(Protocol):
    """A library whose declaration is read once its module has arrived."""

    @property
    def name(self) -> str: ...
    @property
    def module(self) -> str: ...
    def load(self) -> Library: ...


class Target:
    """What a declaration names, as it was found: the object that holds it, its name there, and the callable."""

    __slots__ = ("callable", "home", "name", "owner")

    def __init__(self, owner: Any, name: str, found: Any, home: ModuleType) -> None:
        self.owner = owner
        self.name = name
        self.callable = found
        self.home = vars(home)


class Interception:
    """All watches of one run. `watching` names the libraries in place, `stood_down` those that are not, with why."""

    def __init__(self, libraries: Iterable[Library | Awaited], post: Post) -> None:
        self._libraries = tuple(libraries)
        self._post = post
        self._arrivals = Arrivals()
        self._undo: list[Undoable] = []
        self._patches = Patches()
        self._swaps: WeakKeyDictionary[FunctionType, codeswap.Swap] = WeakKeyDictionary()
        self._streams = Streams(post)
        self._is_installing = False
        self.watching: dict[str, int] = {}
        self.stood_down: dict[str, str] = {}
        self.unsaid: list[str] = []
        """Sentences on what stood down since, for whoever tells the user; each once."""

    def install(self) -> None:
        """Watch what is imported already, and wait for the rest."""
        self._is_installing = True
        for each in self._libraries:
            if isinstance(each, Library):
                self._expect(each)
            else:
                self._arrivals.expect(each.module, self._read(each))
        self._is_installing = False
        self._patches.bind()

    def _read(self, awaited: Awaited) -> Callable[[ModuleType], None]:
        def arrived(module: ModuleType) -> None:
            del module
            try:
                self._expect(awaited.load())
            except Exception as error:
                self.stood_down[awaited.name] = f"could not be watched ({type(error).__name__})"
                self._post.gate.trouble(f"reading the {awaited.name} interceptor", error)

        return arrived

    def _expect(self, library: Library) -> None:
        """Watch each part of a library as it arrives: its family of estimators, its modules, its own threads."""
        if library.estimators is not None:
            self._arrivals.expect(library.estimators.rpartition(".")[0], self._arrived(library, self._family))
        for module, watches in library.by_module():
            if watches and (library.estimators is None or module != library.module):
                self._arrivals.expect(module, self._arrived(library, self._functions(watches)))
        for relay in library.relays:
            self._arrivals.expect(f"{library.module}.{relay.partition(':')[0]}", self._relayed(library, relay))

    def uninstall(self) -> None:
        """Take everything back, last change first. Calls that are under way end as they began."""
        self._arrivals.stop()
        self._streams.settle()
        while self._undo:
            self._undo.pop().undo()
        self._patches.undo()
        for swap in list(self._swaps.values()):
            swap.undo()
        self._swaps.clear()
        self.watching.clear()

    def overwritten(self) -> tuple[str, ...]:
        """Watched functions that somebody gave other code since, so that they are watched no more."""
        lost = (function for function, swap in list(self._swaps.items()) if not swap.holds)
        return tuple(sorted(f"{function.__module__}.{function.__qualname__}" for function in lost))

    def awaited(self) -> tuple[str, ...]:
        """Libraries declared but not imported yet."""
        known = self.watching.keys() | self.stood_down.keys()
        return tuple(library.name for library in self._libraries if library.name not in known)

    def _arrived(self, library: Library, watch: Callable[[Library, ModuleType], None]) -> Callable[[ModuleType], None]:
        def arrived(module: ModuleType) -> None:
            try:
                reason = outside_of(library, sys.modules.get(library.module, module))
                if reason:
                    if library.name not in self.stood_down:
                        self.unsaid.append(f"{library.name} is not watched: {reason}, the versions this guard knows.")
                    self.stood_down[library.name] = reason
                    return
                self.watching.setdefault(library.name, 0)
                watch(library, module)
                if not self._is_installing:  # nobody but the library itself can hold what it has just made
                    self._patches.bind(None if library.from_code else module.__name__.partition(".")[0])
            except Exception as error:
                self.stood_down[library.name] = f"could not be watched ({type(error).__name__})"
                self._post.gate.trouble(f"installing the {library.name} interceptor", error)

        return arrived

    def _family(self, library: Library, module: ModuleType) -> None:
        base = getattr(module, str(library.estimators).rpartition(".")[2])
        where = f"watching a class of {library.name}"
        methods = tuple(each for each in library.watches if isinstance(each, Watch) and ":" not in each.target)
        self._undo.append(
            Family(
                base,
                methods,
                lambda function, watch: self._swap(library, function, self._call_handler(library, watch)),
                lambda error: self._post.gate.trouble(where, error),
            )
        )

    def _functions(self, watches: Iterable[Declared]) -> Callable[[Library, ModuleType], None]:
        def watch_all(library: Library, module: ModuleType) -> None:
            missing = [
                each.target
                for each in watches
                if not self._watch(library, module, each) and not getattr(each, "optional", True)
            ]
            if missing:
                self.stood_down[f"{library.name}: {', '.join(missing)}"] = "not in the installed version"

        return watch_all

    def _relayed(self, library: Library, relay: str) -> Callable[[ModuleType], None]:
        def arrived(module: ModuleType) -> None:
            for method in ("__init__", "__call__", "run"):
                target = resolve(module, f"{relay}.{method}")
                if target is not None and isinstance(target.callable, FunctionType):
                    self._swap(library, target.callable, lambda original: RelayHandler(original), counted=False)

        return arrived

    def _watch(self, library: Library, module: ModuleType, each: Declared) -> bool:
        if isinstance(each, Pieces) and each.held:
            return self._hold(module, each.target)
        target = resolve(module, each.target)
        if target is None or isinstance(target.callable, StandIn):
            return target is not None
        if isinstance(each, Notice):
            notice = each
            return self._install(library, target, lambda original: NoticeHandler(self._post, original, notice))
        if isinstance(each, Pieces) or each.completes:
            self._streams.kinds.add(target.owner)
        if isinstance(each, Pieces) and each.known_by is not None:
            self._streams.known_by[target.owner] = each.known_by
        if isinstance(each, Pieces) and each.value is not None:
            value = each.value
            return self._install(
                library, target, lambda original: IntakeHandler(self._post, original, self._streams, value)
            )
        if isinstance(each, Pieces):
            ends, rest = each.ends, each.rest
            return self._install(
                library,
                target,
                lambda original: PieceHandler(self._post, original, self._streams, ends=ends, rest=rest),
            )
        return self._install(library, target, self._call_handler(library, each))

    def _hold(self, module: ModuleType, target: str) -> bool:
        """The type at `target`, and in which attribute it keeps the generator of its pieces."""
        name, _, attribute = target.rpartition(".")
        found = resolve(module, name)
        if found is None or not isinstance(found.callable, type):
            return False
        self._streams.kinds.add(found.callable)
        self._streams.held[found.callable] = attribute
        return True

    def _install(self, library: Library, target: Target, handler: Callable[[Any], Handler]) -> bool:
        """By the first strategy that holds: the code swapped, the type's method or every binding replaced."""
        found = target.callable
        counted = isinstance(handler(found), CallHandler)
        if isinstance(found, FunctionType):
            self._swap(library, found, handler, counted=counted)
            return True
        if not isinstance(target.owner, type):
            added = self._patches.add(found, handler(found), target.home)
        else:
            added = takes_attributes(target.owner, target.name, found)
            if added:
                self._undo.append(MethodPatch(target.owner, target.name, found, handler(found), target.home))
        self.watching[library.name] += added and counted
        return added

    def _call_handler(self, library: Library, watch: Watch) -> Callable[[Any], Handler]:
        def make(original: Any) -> Handler:
            positions = {name: at for at, name in enumerate(watch.parameters)} or positions_of(original)
            kind = CompletingHandler if watch.completes else CallHandler
            return kind(
                self._post,
                library.name,
                watch if library.estimators is None else _fed(watch, positions),
                original,
                positions,
                streams=self._streams,
                from_code=library.from_code,
                through=library.module if library.through_itself else "",
            )

        return make

    def _swap(
        self, library: Library, function: FunctionType, handler: Callable[[Any], Handler], *, counted: bool = True
    ) -> None:
        if function in self._swaps or codeswap.kind_of(function) == "async generator":
            return
        original = codeswap.copy_of(function)
        swap = codeswap.Swap(function, original, handler(original), count_frame=library.callers == "by-file")
        self._swaps[function] = swap
        self.watching[library.name] = self.watching.get(library.name, 0) + counted


def resolve(module: ModuleType, target: str) -> Target | None:
    """What `target` names in the module, as its owner holds it; None if it is not there."""
    owner: Any = module
    *path, name = target.rpartition(":")[2].split(".")
    for part in path:
        owner = getattr(owner, part, None)
    found = inspect.getattr_static(owner, name, None)
    found = found.__func__ if isinstance(found, staticmethod | classmethod) else found
    if not isinstance(found, FunctionType):  # numpy dispatches to a plain function
        inner = getattr(found, "_implementation", None)
        found = inner if isinstance(inner, FunctionType) else found
    return None if found is None else Target(owner, name, found, module)


def outside_of(library: Library, module: ModuleType) -> str:
    """Why the installed version is not one the interceptor knows; empty when it is."""
    shown = _version_of(library, module)
    low, below = (_numbers(bound) for bound in library.versions)
    if low <= _numbers(shown) < below:
        return ""
    return f"version {shown} is outside {library.versions[0]} to {library.versions[1]}"


def _version_of(library: Library, module: ModuleType) -> str:
    if library.module.partition(".")[0] in sys.stdlib_module_names:  # some carry an old version of their own
        return ".".join(map(str, sys.version_info[:3]))
    text = getattr(module, "__version__", None)
    return text if isinstance(text, str) else _installed_version(library.distribution or library.module)


@functools.cache
def _installed_version(name: str) -> str:
    """The version of the distribution of that name, or of the one (named differently) that brought such a module."""
    import importlib.metadata  # 5 ms that few libraries need

    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        brought = importlib.metadata.packages_distributions().get(name.partition(".")[0])
        if not brought:
            raise
        return importlib.metadata.version(brought[0])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.split("+")[0])[:3])


def _fed(watch: Watch, positions: Mapping[str, int]) -> Watch:
    """The watch with the name this method has for what it is given: a vectorizer's `raw_documents` is its `X`."""
    first = next((name for name, at in positions.items() if at == 1), None)
    if watch.value is None or watch.value in positions or first is None:
        return watch
    return msgspec.structs.replace(watch, value=first)
