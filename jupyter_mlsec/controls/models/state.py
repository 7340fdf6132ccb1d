"""SHA-256 of what a model learned: the same before it is saved and after it is loaded, in any process.

The state is walked, not pickled: pickles of equal models differ by which of their strings are one object. Attributes of
a user's own class are read from its `__dict__`; no code of it runs. What a library keeps in C is asked for as pickle
would ask. An object that shows no state counts by its class.
"""

from __future__ import annotations

import hashlib
import sys
import types
from collections.abc import Iterable
from typing import Any

_MOST_OBJECTS = 500_000
_DEPTH = 100
_ASKED = frozenset(
    {"numpy", "scipy", "sklearn", "pandas", "xgboost", "lightgbm", "catboost", "imblearn", "statsmodels", "hmmlearn"}
)
"""Libraries whose objects are asked for their state as pickle asks."""
_PASSING = frozenset({"_sklearn_output_config", "_compiled_call_impl", "_is_full_backward_hook"})
_NATIVE = frozenset({"xgboost", "lightgbm", "catboost"})
"""Of these the attributes are not all: a handle stands for the model."""
_TREES = ("KDTree", "BallTree")
"""Beside their arrays these keep counts of how they were searched."""
REFUSED = (TypeError, ValueError, AttributeError, RuntimeError, NotImplementedError, KeyError, IndexError, OSError)
"""What looking into a stranger's object may raise."""


class TooLarge(Exception):
    """The state is larger than it may be."""


def digest(model: Any, limit: int) -> str | None:
    """SHA-256 in hex. Raises TooLarge for more than `limit` bytes of arrays; None for what has no state to see."""
    walk = _Walk(limit)
    try:
        return walk.of(model, 0).hex()
    except RecursionError:
        return None


def stamp(model: Any) -> Any:
    """Something small that is another after the model's attributes were set, or its tensors changed."""
    torch: Any = sys.modules.get("torch")
    if torch is not None and isinstance(model, torch.nn.Module):
        return tuple((id(each), each._version) for each in model.parameters())
    held = _held(model)
    return None if type(held) is not dict else tuple(map(id, held.values()))


class _Walk:
    """One walk through a model: each object once, its digest made of those of its parts."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._objects = _MOST_OBJECTS
        self._known: dict[int, bytes] = {}
        self._kept: list[Any] = []
        """What states are made of only for us: an id must not be used twice."""

    def of(self, value: Any, depth: int) -> bytes:
        plain = _plain(value)
        if plain is not None:
            return plain
        identity = id(value)
        known = self._known.get(identity)
        if known is not None:
            return known
        self._objects -= 1
        if self._objects < 0 or depth > _DEPTH:
            raise TooLarge
        self._known[identity] = b"within itself"
        self._kept.append(value)
        found = self._known[identity] = self._look(value, depth + 1)
        return found

    def _look(self, value: Any, depth: int) -> bytes:
        kind = type(value)
        if kind in (list, tuple):
            return _joined(kind.__name__, (self.of(each, depth) for each in value))
        if isinstance(value, dict):
            pairs = (self.of(key, depth) + self.of(each, depth) for key, each in value.items())
            return _joined("dict", sorted(pairs))
        if kind in (set, frozenset):
            return _joined("set", sorted(self.of(each, depth) for each in value))
        if kind in (bytearray, memoryview):
            return self._bytes("bytes", value)
        if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType | types.ModuleType):
            return _joined("named", [_name(value).encode()])
        return self._array(value, depth) or self._object(value, depth)

    def _array(self, value: Any, depth: int) -> bytes | None:
        numpy: Any = sys.modules.get("numpy")
        if numpy is not None and isinstance(value, numpy.ndarray | numpy.generic):
            if value.dtype.hasobject:
                return _joined("objects", (self.of(each, depth) for each in value.reshape(-1).tolist()))
            self._spend(value.nbytes)
            flat = numpy.ascontiguousarray(value).reshape(-1)
            said = f"{value.dtype.str if value.dtype.names is None else value.dtype.descr} {value.shape}"
            return self._bytes(said, flat.view("u1").data if flat.size else b"", spent=True)
        return self._tensor(value)

    def _tensor(self, value: Any) -> bytes | None:
        torch: Any = sys.modules.get("torch")
        if torch is None or not isinstance(value, torch.Tensor):
            return None
        self._spend(value.numel() * value.element_size())
        with torch.no_grad(), torch._C.DisableTorchFunction():
            flat = value.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
            return self._bytes(f"{value.dtype} {tuple(value.shape)}", flat.numpy().data, spent=True)

    def _object(self, value: Any, depth: int) -> bytes:
        name = _name(type(value)).encode()
        module: Any = sys.modules.get("torch")
        if module is not None and isinstance(value, module.nn.Module):
            parts = {key: vars(value).get(key) for key in ("_parameters", "_buffers", "_modules")}
            return _joined("module", [name, self.of(parts, depth)])
        keras: Any = sys.modules.get("keras")
        if hasattr(keras, "Model") and isinstance(value, keras.Model):
            return _joined("keras", [name, self.of(value.get_weights(), depth)])
        return _joined("object", [name, *self._state(value, depth)])

    def _state(self, value: Any, depth: int) -> Iterable[bytes]:
        root = type(value).__module__.partition(".")[0]
        held = _held(value)
        if root in _ASKED and (type(held) is not dict or not held or root in _NATIVE):
            try:
                state = value.__reduce_ex__(4)
            except REFUSED:
                return ()
            rest = state[1:3] if isinstance(state, tuple) else (state,)
            if type(value).__name__.startswith(_TREES) and isinstance(rest[-1], tuple):
                rest = tuple(each for each in rest[-1] if hasattr(each, "dtype"))
            return tuple(self.of(each, depth) for each in rest)
        if type(held) is not dict:
            return ()
        seen = sorted((key, each) for key, each in _named(held) if key not in _PASSING)
        return tuple(key.encode() + self.of(each, depth) for key, each in seen)

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise TooLarge

    def _bytes(self, said: str, content: Any, *, spent: bool = False) -> bytes:
        if not spent:
            self._spend(len(content))
        made = hashlib.sha256(said.encode() + b"\0")
        made.update(content)
        return made.digest()


def _held(value: Any) -> Any:
    """The object's own attributes, its `__getattr__` not asked."""
    try:
        return object.__getattribute__(value, "__dict__")
    except AttributeError:
        return None


def _named(held: dict[Any, Any]) -> list[tuple[str, Any]]:
    return [(key, each) for key, each in held.items() if type(key) is str]


def _plain(value: Any) -> bytes | None:
    """A value that is its own digest."""
    if value is None or type(value) is bool:
        return f"{value!r};".encode()
    if type(value) is int:
        return f"{value:x};".encode()
    if type(value) is float:
        return f"{value.hex()};".encode()
    if type(value) is str:
        return b"s" + hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()
    if type(value) is bytes:
        return b"b" + hashlib.sha256(value).digest()
    return None


def _joined(kind: str, parts: Iterable[bytes]) -> bytes:
    made = hashlib.sha256(kind.encode())
    for part in parts:
        made.update(len(part).to_bytes(4, "little") + part)
    return made.digest()


def _name(value: Any) -> str:
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", "")
    return f"{getattr(value, '__module__', '')}.{name}"
