"""Parts of a name's value: which executions set which of them, so that a later one makes an earlier one not count.

A key of a dict, an element of a list or an array, an attribute of a plain object, a column of a pandas table. What a
cell does to a name otherwise is done to all of it.
"""

from __future__ import annotations

import sys
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any, Literal

import msgspec

from jupyter_mlsec.controls.lineage import imprint
from jupyter_mlsec.controls.lineage.accesses import Accesses, Key
from jupyter_mlsec.controls.lineage.expressions import Event
from jupyter_mlsec.controls.lineage.imprint import SCALARS, is_own

Nodes = frozenset[int]
Kind = Literal["dict", "list", "array", "object", "frame"]
_DICTS = frozenset({dict, defaultdict, OrderedDict, Counter})
"""Their parts keep their keys when the whole changes."""
_MOST_KEYS = 10_000


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of one object that a cell reads, gives another value, and changes."""

    kind: Kind
    read: frozenset[Key]
    set: frozenset[Key]
    changed: frozenset[Key]
    made: frozenset[Key]
    """Those set or changed that were not there before: where they stand in a dict tells when they were made."""

    @property
    def built_on(self) -> frozenset[Key]:
        """The parts whose earlier values count for what the cell does."""
        return self.read | self.changed

    @property
    def is_changing(self) -> bool:
        """Whether the cell does anything to the object."""
        return bool(self.set or self.changed)


class Part(msgspec.Struct, frozen=True, gc=False):
    """What one execution did to a name: only to these parts."""

    keys: frozenset[Key]
    made: frozenset[Key]


class Parts:
    """For each name the executions that did something to parts of it only; all others did to the whole."""

    def __init__(self) -> None:
        self._of: dict[str, dict[int, Part]] = {}

    def built_on(self, name: str, nodes: Nodes, keys: frozenset[Key]) -> Nodes:
        """Those of a name's nodes that count for these parts of its value."""
        parts = self._of.get(name)
        if not parts:
            return nodes
        return frozenset(each for each in nodes if each not in parts or not parts[each].keys.isdisjoint(keys))

    def change(self, name: str, nodes: Nodes, node: int, touched: Touched) -> Nodes:
        """The name's nodes once that node did something to parts of it."""
        parts = self._of.setdefault(name, {})
        gone = _undone(nodes, parts, touched.set)
        made = touched.made.union(*(parts[each].made & touched.set for each in gone))
        for each in gone:
            del parts[each]
        parts[node] = Part(touched.set | touched.changed, made)
        return (nodes - gone) | {node}

    def disturb(self, name: str, value: Any) -> None:
        """Something was done to the whole of what the name holds: elements may have moved."""
        if type(value) not in _DICTS:
            self._of.pop(name, None)

    def forget(self, name: str) -> None:
        """The name holds something else, or is gone."""
        self._of.pop(name, None)

    def copied(self, sources: Mapping[str, str]) -> dict[str, dict[int, Part]]:
        """For each name what is known of the parts of another one."""
        return {name: dict(self._of.get(source, {})) for name, source in sources.items()}

    def put(self, copied: Mapping[str, dict[int, Part]]) -> None:
        """These names hold what others held."""
        self._of.update(copied)


def _undone(nodes: Nodes, parts: Mapping[int, Part], keys: frozenset[Key]) -> Nodes:
    """The nodes that did nothing but give those parts values; where one made a part, only if nothing came after it."""
    found: set[int] = set()
    if keys:
        for each in sorted(nodes, reverse=True):
            part = parts.get(each)
            if part is None or not part.keys <= keys:
                continue
            if part.made and any(other > each for other in nodes - found):
                continue
            found.add(each)
    return frozenset(found)


def of_cell(used: Mapping[str, Accesses], events: Iterable[Event], namespace: dict[str, Any]) -> dict[str, Touched]:
    """The names of which a cell uses parts only, also in the functions it may call."""
    reads = Counter(event.name for event in events if event.kind == "read")
    stored = {event.name for event in events if event.kind != "read"}
    found: dict[str, Touched] = {}
    for name, each in used.items():
        if name in namespace and name not in stored and reads[name] == each.times:
            meant = touched(namespace[name], each, namespace)
            if meant is not None:
                found[name] = meant
    return found


def alike(name: str, every: Mapping[str, Touched], namespace: Mapping[str, Any]) -> Touched | None:
    """What a cell did to the object that a name holds, by this name or by another one of the same object."""
    if name in every:
        return every[name]
    value = namespace.get(name)
    return next((each for other, each in every.items() if each.is_changing and namespace.get(other) is value), None)


def explains(value: Any, touched: Touched, changed: set[int], namespace: dict[str, Any], objects: int) -> bool:
    """Whether all objects that changed are the value itself, or inside its changed parts and inside no other one."""
    rest = changed - {id(value)}
    held = _held(value, touched.kind)
    rest.discard(id(held))
    if not rest:
        return True
    if touched.kind in ("array", "frame"):
        return False
    names = {key[1] for key in touched.changed}
    pairs = list(enumerate(held)) if isinstance(held, list) else list(dict.items(held))
    inside = imprint.take([each for key, each in pairs if _is_among(key, names)], namespace, objects, 0)
    outside = imprint.take([each for key, each in pairs if not _is_among(key, names)], namespace, objects, 0)
    return rest <= inside.marks.keys() and not outside.partial and rest.isdisjoint(outside.marks)


def _is_among(key: Any, names: set[str | int]) -> bool:
    return type(key) in (str, int) and key in names


def touched(value: Any, used: Accesses, namespace: dict[str, Any]) -> Touched | None:
    """What those accesses mean for that object; None where its parts cannot be told from the whole."""
    kind = kind_of(value, namespace)
    if kind is None:
        return None
    found: dict[str, set[Key]] = {"read": set(), "set": set(), "change": set()}
    for key, how in used.parts:
        named = _named(value, kind, key)
        if named is None:
            return None
        found[how].add(named)
    there = _there(value, kind, found["set"] | found["change"])
    return Touched(
        kind=kind,
        read=frozenset(found["read"]),
        set=frozenset(found["set"] - found["read"] - found["change"]),
        changed=frozenset((found["set"] & (found["read"] | found["change"])) | found["change"]),
        made=frozenset(found["set"] | found["change"]) - there,
    )


def kind_of(value: Any, namespace: dict[str, Any]) -> Kind | None:
    """What sort of parts an object has; no code of its class is run."""
    kind = type(value)
    if kind in _DICTS:
        return "dict"
    if kind is list:
        return "list"
    if kind is SimpleNamespace or (is_own(kind, namespace) and _is_plain(kind)):
        return "object"
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and kind is getattr(numpy, "ndarray", None):
        return None if value.dtype.hasobject else "array"
    pandas: Any = sys.modules.get("pandas")
    if pandas is not None and kind is getattr(pandas, "DataFrame", None):
        return "frame" if value.columns.nlevels == 1 and value.columns.is_unique else None
    return None


def _is_plain(kind: type) -> bool:
    """Whether attributes of its objects are read and set in the ordinary way."""
    special = ("__getattribute__", "__getattr__", "__setattr__", "__delattr__")
    return not any(name in base.__dict__ for base in kind.__mro__ if base is not object for name in special)


def _named(value: Any, kind: Kind, key: Key) -> Key | None:
    """The part of an object that a key names."""
    how, name = key
    if kind == "object":
        return key if how == "attribute" and not _is_of_class(type(value), str(name)) else None
    if kind == "frame":
        if how == "attribute":
            is_column = name in value.columns and not hasattr(type(value), str(name))
            return ("item", name) if is_column else None
        return key if isinstance(name, str) else None
    if how == "attribute":
        return None
    if kind == "dict":
        return key
    return key if isinstance(name, int) and name >= 0 else None


def _is_of_class(kind: type, name: str) -> bool:
    """Whether a class has a property or method of that name; slots are the object's own."""
    for base in kind.__mro__:
        member = base.__dict__.get(name)
        if member is not None:
            return type(member).__name__ != "member_descriptor" and (
                hasattr(type(member), "__set__") or callable(member) or hasattr(type(member), "__get__")
            )
    return False


def _there(value: Any, kind: Kind, keys: Iterable[Key]) -> frozenset[Key]:
    """Those of the parts that the object has."""
    if kind in ("list", "array"):
        return frozenset(keys)
    if kind == "frame":
        return frozenset(key for key in keys if key[1] in value.columns)
    held = _held(value, kind)
    if len(held) > _MOST_KEYS or not set(map(type, dict.keys(held))) <= SCALARS:
        return frozenset()
    return frozenset(key for key in keys if dict.__contains__(held, key[1]))


def _held(value: Any, kind: Kind) -> Any:
    """The dict or list that holds an object's parts; an object with slots only has none."""
    if kind == "object":
        has_dict = bool(getattr(type(value), "__dictoffset__", 0))
        return object.__getattribute__(value, "__dict__") if has_dict else {}
    return value
