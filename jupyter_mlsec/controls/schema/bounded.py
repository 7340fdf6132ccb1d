"""A mapping for what is kept of a session, that never grows without end."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Generic, TypeVar

_MOST = 200
V = TypeVar("V")


class Bounded(Generic[V]):
    """A mapping that forgets the oldest of too many."""

    def __init__(self, most: int = _MOST) -> None:
        self._kept: OrderedDict[str, V] = OrderedDict()
        self._most = most

    def put(self, key: str, value: V) -> V:
        """Keep the value as the newest, and give it back."""
        self._kept[key] = value
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return value

    def find(self, key: str) -> V | None:
        """The value, if it is still kept."""
        return self._kept.get(key)

    def __iter__(self) -> Iterator[str]:
        """The keys that are kept, the oldest first."""
        return iter(self._kept)

    def drop(self, key: str) -> None:
        """Forget it."""
        self._kept.pop(key, None)
