"""What the control remembers of this session: the last failure of each resource, and each stream's pieces so far.

Nothing of it is written anywhere. No table is kept: only what a verb would say of it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

from jupyter_mlsec.controls.schema.relax import Change
from jupyter_mlsec.controls.schema.spec import State

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


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """A load that did not fit: its report, and the changes that would have admitted it."""

    resource: str
    state: State
    report: str
    changes: tuple[Change, ...]


class Stream:
    """One operation's pieces: rows so far, what failed so far, what was said already."""

    __slots__ = ("failures", "has_taught", "rows", "said")

    def __init__(self) -> None:
        self.rows = 0
        self.failures: dict[tuple[str, str], int] = {}
        self.has_taught = False
        self.said: set[str] = set()

    def add(self, found: dict[tuple[str, str], int]) -> bool:
        """Count these failures in. Whether one of them is the first of its column and check."""
        is_new = any(key not in self.failures for key in found)
        for key, count in found.items():
            self.failures[key] = self.failures.get(key, 0) + count
        return is_new
