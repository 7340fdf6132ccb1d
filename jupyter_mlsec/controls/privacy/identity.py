"""Which data sets a table is of: what it was read from, what that was made of, or its own content.

A data set is a file, a URL, all databases of the project together, a table that was made here, or a name that the user
gave. A copy under another name has the same content; a filtered one descends from it, as lineage knows; one that was
saved and read again was written from it. Each spends from what it was made of.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from jupyter_mlsec.controls.contract import Descent
from jupyter_mlsec.frames import view
from jupyter_mlsec.protocol.records import Operation

if TYPE_CHECKING:
    from jupyter_mlsec.controls.privacy.budget import Budget
    from jupyter_mlsec.controls.privacy.chain import State

_DATABASES = "databases"


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """The data sets, and whether it is known that there are no others."""

    sets: tuple[str, ...]
    is_known: bool


class Sources:
    """What was read here, by weak reference, and which data sets that is."""

    def __init__(self) -> None:
        self._read: dict[int, tuple[tuple[str, ...], weakref.ref[Any]]] = {}
        self._prints: dict[int, str] = {}
        self._kinds: dict[str, str] = {}
        self._cells: dict[int, tuple[str, ...]] = {}
        self._made: dict[str, None] = {}

    def remember(self, operation: Operation, value: Any) -> None:
        """A call read this value."""
        resources = (operation.resource, *operation.others)
        self._kinds.update((each.name, each.kind) for each in resources)
        names = tuple(each.name for each in resources if self._is_place(each.name))
        if not names:
            return
        identity, read, prints = id(value), self._read, self._prints

        def forget(_: object) -> None:
            read.pop(identity, None)
            prints.pop(identity, None)

        try:
            read[identity] = (names, weakref.ref(value, forget))
        except TypeError:  # numbers, texts, lists: lineage knows of those
            return
        prints.pop(identity, None)

    def identify(self, value: Any, descent: Descent, budget: Budget, name: str | None = None) -> Identity:
        """The data sets of a table; new ones where nobody spent from it before. `name` is one that the user says."""
        state = budget.look()
        content = _content(value)
        direct = self._names_of(value)
        resources = tuple(dict.fromkeys((*direct, *(each for each in descent.resources if self._is_place(each)))))
        found: dict[str, None] = dict.fromkeys(state.links.get(f"content:{content}", ()))
        for resource in resources:
            found |= dict.fromkeys(self._sets_of(resource, state, budget))
        for execution in descent.executions:
            found |= dict.fromkeys(self._cells.get(execution, ()))
        is_known = bool(found) or descent.is_followed or name is not None
        if name is not None:
            found[name] = None
        elif not resources and not descent.is_followed:
            found |= self._made  # a script: any table that was made in it may be a part of another
        if not found:
            found[f"table {content[:12]}"] = None
        sets = tuple(found)
        if not resources:
            self._made |= found
            for execution in descent.made:
                self._cells[execution] = tuple(dict.fromkeys((*self._cells.get(execution, ()), *sets)))
        budget.link(f"content:{content}", sets)
        return Identity(sets=sets, is_known=is_known)

    def written(self, resource: str, descent: Descent, budget: Budget) -> None:
        """A file was written: where what it was made of has budgets, it spends from them."""
        state = budget.look()
        sets: dict[str, None] = {}
        for origin in descent.resources:
            known = state.links.get(f"read:{origin}", ())
            sets |= dict.fromkeys(known or ((origin,) if origin in state.caps else ()))
        for execution in descent.executions:
            sets |= dict.fromkeys(self._cells.get(execution, ()))
        if not descent.is_followed:
            sets |= self._made
        sets.pop(resource, None)
        if sets:
            own = (resource,) if resource in state.caps else ()
            budget.link(f"read:{resource}", (*own, *sets))

    def _sets_of(self, resource: str, state: State, budget: Budget) -> Sequence[str]:
        """The data sets of what was read: those it is linked to, else those of the same content, else its own."""
        if self._kinds.get(resource) == "database":
            return (_DATABASES,)
        known = state.links.get(f"read:{resource}", ())
        read = [reference() for names, reference in tuple(self._read.values()) if resource in names]
        contents = [self._print_of(each) for each in read if each is not None]
        if not known:
            alike = [name for each in contents for name in state.links.get(f"content:{each}", ())]
            known = tuple(dict.fromkeys(alike)) or (resource,)
            if known != (resource,):
                budget.link(f"read:{resource}", known)
        for each in contents:
            budget.link(f"content:{each}", known)
        return known

    def _is_place(self, resource: str) -> bool:
        """Whether a name is of something lasting: what was read from memory is told by its content."""
        return self._kinds.get(resource, "file") in ("file", "url", "database")

    def _names_of(self, value: Any) -> tuple[str, ...]:
        entry = self._read.get(id(value))
        return entry[0] if entry is not None and entry[1]() is value else ()

    def _print_of(self, value: Any) -> str:
        found = self._prints.get(id(value))
        if found is None:
            found = self._prints[id(value)] = _content(value)
        return found


def _content(value: Any) -> str:
    """What a table's content is known by; nothing for what is no table."""
    table = view(value)
    return "" if table is None else table.fingerprint()
