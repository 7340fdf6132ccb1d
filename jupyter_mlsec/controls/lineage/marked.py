"""What is kept of single objects for as long as they live: the object is referred to weakly and never changed."""

from __future__ import annotations

import weakref
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Marked(Generic[T]):
    """One thing for each object. What cannot be referred to weakly has none."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[T, weakref.ref[Any]]] = {}

    def __len__(self) -> int:
        return len(self._held)

    def put(self, value: Any, thing: T) -> None:
        """Keep a thing for an object."""
        identity, held = id(value), self._held
        try:
            reference = weakref.ref(value, lambda _: held.pop(identity, None))
        except TypeError:
            return
        held[identity] = (thing, reference)

    def of(self, value: Any) -> T | None:
        """What was kept for this very object."""
        entry = self._held.get(id(value))
        return entry[0] if entry is not None and entry[1]() is value else None
