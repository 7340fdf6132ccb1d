"""A cell's events once the values are known: functions made in earlier cells add what their bodies read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import PurePath
from typing import Any

from jupyter_mlsec.controls.lineage.imprint import SCALARS, Imprint
from jupyter_mlsec.controls.lineage.reading import Event, Reading, is_pathlike, read
from jupyter_mlsec.controls.lineage.scopes import Free, free_of_code

MAYBE = -1
"""The block of what a called function stores: it may or may not have come to that."""
_CONSTRUCTION = frozenset({"__init__", "__new__", "__post_init__", "__init_subclass__", "__repr__"})
_DEPTH = 25

Take = Callable[[str], Imprint | None]


class Resolved:
    """All events, the paths named, and what functions add to the forms of change."""

    def __init__(self, reading: Reading, namespace: dict[str, Any], take: Take) -> None:
        self.events: list[Event] = []
        self.paths: dict[str, None] = dict.fromkeys(reading.paths)
        self.touches = set(reading.touches)
        self.attributes = set(reading.attributes)
        self.touches_other = reading.touches_other
        self._namespace = namespace
        self._take = take
        self._stored: set[str] = set()
        self._open: set[str] = set()
        for event in reading.events:
            self._event(event)
            if event.kind != "read" and event.block == 0:
                self._stored.add(event.name)
        self._dynamic(reading)

    def _event(self, event: Event) -> None:
        self.events.append(event)
        name = event.name
        if event.kind != "read" or name in self._stored or name in self._open or len(self._open) > _DEPTH:
            return
        if name not in self._namespace:
            return
        value = self._namespace[name]
        kind = type(value)  # `isinstance` would ask the object for its `__class__`
        if kind in SCALARS or issubclass(kind, PurePath):
            text = str(value) if issubclass(kind, (str, PurePath)) else ""
            if text and is_pathlike(text):
                self.paths[text] = None
            return
        imprint = self._take(name)
        if imprint is None or not (imprint.functions or imprint.classes):
            return
        self._open.add(name)
        for free in self._bodies(imprint, issubclass(kind, type)):
            self._body(free, event)
        self._open.discard(name)

    def _bodies(self, imprint: Imprint, constructs: bool) -> Iterable[Free]:
        """The bodies that use of the value may run: its functions, and methods of a name the code mentions."""
        bodies = [free_of_code(code) for code in imprint.functions]
        waiting = dict(imprint.classes)
        for free in bodies:
            self.attributes |= free.attributes
        found = True
        while found:
            found = False
            for name in [each for each in waiting if self._may_run(each, constructs)]:
                free = free_of_code(waiting.pop(name))
                self.attributes |= free.attributes
                bodies.append(free)
                found = True
        return bodies

    def _may_run(self, method: str, constructs: bool) -> bool:
        if method in _CONSTRUCTION:
            return constructs
        return method in self.attributes or (method.startswith("__") and method.endswith("__"))

    def _body(self, free: Free, event: Event) -> None:
        self.touches_other |= free.touches_other
        self.touches |= free.touches
        for text in free.texts:
            if is_pathlike(text):
                self.paths[text] = None
        for name in free.reads:
            if name in self._namespace:
                self._event(Event("read", name, event.block, event.line))
        for name in free.stores:
            self.events.append(Event("store", name, MAYBE, event.line))

    def _dynamic(self, reading: Reading) -> None:
        """Strings in variables that are run as code, or looked up by a query."""
        for kind, name in reading.dynamic:
            text = self._namespace.get(name)
            if type(text) is not str or name in self._stored:
                continue
            inner = {"code": text, "at": f"_.query({text!r})", "sql": f"_.sql({text!r})", "name": text}[kind]
            if kind == "name" and not text.isidentifier():
                continue
            for event in read(inner).events:
                if event.name != "_":
                    self._event(Event(event.kind, event.name, MAYBE, 1))
