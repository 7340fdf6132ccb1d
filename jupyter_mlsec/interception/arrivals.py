"""Waits for a library to be imported by the user, and says so the moment its import is done."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from jupyter_mlsec.interception.codeswap import unseen

Arrived = Callable[[ModuleType], None]
_WAYS_TO_LOAD = ("exec_module", "load_module")
"""What the import system asks of a loader: the first that it has. The second takes a name and gives the module."""


class Arrivals(importlib.abc.MetaPathFinder):
    """A finder that finds nothing itself: it lets the others find, and hooks the loader of an awaited module."""

    def __init__(self) -> None:
        self._awaited: dict[str, list[Arrived]] = {}
        self._arriving: set[str] = set()
        """Modules that are done but for the import system's own last steps."""

    def expect(self, module: str, arrived: Arrived) -> None:
        """Call `arrived(module)` once it is imported: at once if it is there already."""
        present = sys.modules.get(module)
        if present is not None and (module in self._arriving or not _is_importing(present)):
            arrived(present)
            return
        self._awaited.setdefault(module, []).append(arrived)
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def stop(self) -> None:
        """Forget all that is awaited and leave sys.meta_path."""
        self._awaited.clear()
        if sys.meta_path and self in sys.meta_path:  # it is None when the interpreter ends
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in self._awaited:
            return None
        for finder in sys.meta_path:
            if finder is self:
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                self._hook(spec)
                return spec
        return None

    def _hook(self, spec: importlib.machinery.ModuleSpec) -> None:
        """Shadow what loads the module on this one loader object for this one import; its type stays what it was."""
        loader: Any = spec.loader
        if loader is None or isinstance(loader, type) or not hasattr(loader, "__dict__"):
            return
        way = next((name for name in _WAYS_TO_LOAD if hasattr(loader, name)), None)
        if way is None:
            return
        original = getattr(loader, way)

        @unseen
        def load(named: Any) -> Any:
            loader.__dict__.pop(way, None)
            loaded = original(named)
            self._arriving.add(spec.name)
            try:
                for arrived in self._awaited.pop(spec.name, ()):
                    arrived(named if loaded is None else loaded)
            finally:
                self._arriving.discard(spec.name)
            if not self._awaited:
                self.stop()
            return loaded

        setattr(loader, way, load)


def _is_importing(module: ModuleType) -> bool:
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))
