"""A cheap imprint of a value: one digest per object it reaches, so that a change in place is seen and located.

Only C-level looks are taken (`gc.get_referents`, buffers): no `__eq__`, `__hash__`, `__getattr__` or `__len__` of the
user's classes runs. An imprint holds ids and digests, never an object.
"""

from __future__ import annotations

import gc
import marshal
import sys
from array import array
from collections import deque
from collections.abc import Iterator
from types import (
    AsyncGeneratorType,
    BuiltinFunctionType,
    CodeType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
)
from typing import Any
from weakref import ReferenceType

from jupyter_mlsec.controls.lineage import buffers

SCALARS = frozenset({int, float, complex, str, bytes, bool, type(None), type(Ellipsis)})
_ATOMS = frozenset({ModuleType, BuiltinFunctionType, CodeType, FrameType, ReferenceType, range, slice, property})
_EXACT = frozenset({list, dict, tuple, set, frozenset, deque, bytearray, array, FunctionType, MethodType})
_LONG = 100_000


class Imprint:
    """What was seen of one value. `marks` maps the id of each reached object to its digest."""

    __slots__ = ("bare", "classes", "exact", "functions", "hashed", "marks", "movers", "partial", "spans")

    def __init__(self) -> None:
        self.marks: dict[int, int] = {}
        self.bare: dict[int, int] = {}
        """Digests of the notebook's functions without what was set on them as attributes."""
        self.spans: list[tuple[int, int, int]] = []
        """Memory bounds of arrays reached, with the id of the array that reached them."""
        self.functions: list[CodeType] = []
        self.classes: list[tuple[str, CodeType]] = []
        """Methods of the notebook's own classes, by name."""
        self.movers: set[int] = set()
        """Ids of what reading may move on (an iterator, an open file): being used counts as being changed."""
        self.partial = False
        self.exact = False
        """All of its state is visible to us, so equal imprints mean that nothing changed."""
        self.hashed = 0


def is_own(kind: type, namespace: dict[str, Any]) -> bool:
    """Whether a class was made in the notebook itself."""
    return kind.__flags__ & 512 != 0 and kind.__dict__.get("__module__") == namespace.get("__name__", "__main__")


def take(value: Any, namespace: dict[str, Any], objects: int, buffer_bytes: int) -> Imprint:
    """The imprint of a value, following at most `objects` objects and hashing at most `buffer_bytes` of buffers."""
    imprint = Imprint()
    waiting: list[Any] = [value]
    seen = imprint.marks
    left = objects
    while waiting:
        each = waiting.pop()
        if id(each) in seen or type(each) in SCALARS:
            continue
        left -= 1
        if left < 0:
            imprint.partial = True
            break
        children, digest = _look(each, namespace, imprint, buffer_bytes)
        seen[id(each)] = digest
        waiting.extend(children)
    imprint.exact = not imprint.partial and (
        type(value) in _EXACT or is_own(type(value), namespace) or buffers.is_exact(value)
    )
    return imprint


def _look(value: Any, namespace: dict[str, Any], imprint: Imprint, buffer_bytes: int) -> tuple[list[Any], int]:
    kind = type(value)
    if kind in _ATOMS:
        return [], 0
    if kind is FunctionType:
        return _function(value, namespace, imprint)
    if issubclass(kind, type):
        return _class(value, namespace, imprint)
    if kind in (list, dict, tuple, set, frozenset, deque):
        return _contents(gc.get_referents(value), imprint)
    found = buffers.digest(value, max(0, buffer_bytes - imprint.hashed))
    if found is not None:
        imprint.hashed += found.hashed
        imprint.partial |= found.partial
        if found.span is not None:
            imprint.spans.append((*found.span, id(value)))
        return found.children, found.digest
    if kind in (GeneratorType, CoroutineType, AsyncGeneratorType):
        return _generator(value, imprint)
    if not imprint.marks and _is_iterator(kind):  # only the value itself: a stream deep inside is somebody else's
        imprint.movers.add(id(value))
    return _object(value, kind, namespace, imprint)


def _contents(parts: list[Any], imprint: Imprint) -> tuple[list[Any], int]:
    if len(parts) > _LONG:
        imprint.partial = True
        step = len(parts) // (_LONG // 2) + 1
        parts = [len(parts), *parts[::step], parts[-1]]
    if set(map(type, parts)) <= SCALARS:
        return [], buffers.xxh3(marshal.dumps(parts, 2))
    plain = [part if type(part) in SCALARS else id(part) for part in parts]
    return [part for part in parts if type(part) not in SCALARS], buffers.xxh3(marshal.dumps(plain, 2))


def _function(value: FunctionType, namespace: dict[str, Any], imprint: Imprint) -> tuple[list[Any], int]:
    parts: list[Any] = []
    for cell in value.__closure__ or ():
        parts.extend(gc.get_referents(cell))
    if value.__globals__ is namespace:
        imprint.functions.append(value.__code__)
        parts += [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]
        parts.append(id(value.__code__))
        imprint.bare[id(value)] = _contents(parts, imprint)[1]
        parts += value.__dict__.values()
    return _contents(parts, imprint)


def _class(value: type, namespace: dict[str, Any], imprint: Imprint) -> tuple[list[Any], int]:
    if not is_own(value, namespace):
        return [], 0
    parts: list[Any] = []
    for name, member in value.__dict__.items():
        plain = member.__func__ if isinstance(member, (staticmethod, classmethod)) else member
        if isinstance(plain, property):
            plain = plain.fget
        if isinstance(plain, FunctionType):
            imprint.classes.append((name, plain.__code__))
            parts.append(id(plain))
        elif not (name.startswith("__") and name.endswith("__")):
            parts += [name, member]
    parts += value.__bases__
    return _contents(parts, imprint)


def _generator(value: Any, imprint: Imprint) -> tuple[list[Any], int]:
    imprint.movers.add(id(value))
    frame = getattr(value, "gi_frame", None) or getattr(value, "cr_frame", None) or getattr(value, "ag_frame", None)
    code = getattr(value, "gi_code", None) or getattr(value, "cr_code", None) or getattr(value, "ag_code", None)
    if frame is None or code is None:
        return [], 0
    imprint.functions.append(code)
    return _contents([frame.f_lasti, *frame.f_locals.values()], imprint)


def _object(value: Any, kind: type, namespace: dict[str, Any], imprint: Imprint) -> tuple[list[Any], int]:
    if kind.__flags__ & 512 and getattr(kind, "__dictoffset__", 0):
        try:
            object.__getattribute__(value, "__dict__")  # 3.11 keeps it inline until asked; ask once, always
        except (AttributeError, TypeError, ValueError, RuntimeError):
            imprint.partial = True
    parts = [part for part in gc.get_referents(value) if part is not kind or is_own(kind, namespace)]
    return _contents(parts, imprint)


def _is_iterator(kind: type) -> bool:
    return any("__next__" in base.__dict__ for base in kind.__mro__)


def changed(before: Imprint, after: Imprint) -> set[int]:
    """Ids of the objects that both imprints reached and that differ."""
    old = before.marks
    return {identity for identity, digest in after.marks.items() if identity in old and old[identity] != digest}


def overlaps(spans: list[tuple[int, int, int]], changed_spans: list[tuple[int, int]]) -> bool:
    """Whether any array shares memory with a changed one, by their bounds."""
    return any(low < high2 and low2 < high for low, high, _ in spans for low2, high2 in changed_spans)


def random_state() -> Iterator[tuple[str, int]]:
    """A digest of the state of each global random generator in use: `random`'s and numpy's."""
    module = sys.modules.get("random")
    if module is not None:
        yield "random", hash(module.getstate()[1])
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        state = numpy_random.get_state()
        yield "numpy.random", hash((state[1].tobytes(), state[2], state[3], state[4]))
