"""Digests of values that are mostly memory: arrays, frames, series, tensors, bytes. No library is imported here."""

from __future__ import annotations

import ctypes
import sys
from array import array
from typing import Any

import msgspec

_STRIDES = 64


class Found(msgspec.Struct):
    """The digest of one value's memory, how many bytes it took, and what to follow further."""

    digest: int
    hashed: int = 0
    partial: bool = False
    span: tuple[int, int] | None = None
    children: list[Any] = []


def xxh3(data: Any) -> int:
    """A 64-bit digest that detects change; not evidence against anybody."""
    import xxhash

    return int(xxhash.xxh3_64_intdigest(data))


def is_exact(value: Any) -> bool:
    """Whether `digest` sees all of a value's state."""
    return _home(value) in {"numpy", "pandas"}


def _home(value: Any) -> str:
    module = type(value).__module__
    return module.partition(".")[0] if isinstance(module, str) else ""


def digest(value: Any, budget: int) -> Found | None:
    """The digest of a memory-like value, or None when it is something else."""
    kind = type(value)
    if kind in (bytearray, array, memoryview):
        return _plain(memoryview(value), budget)
    home = _home(value)
    if home not in _LIBRARIES or home not in sys.modules:
        return None
    return _LIBRARIES[home](value, budget)


def _plain(view: memoryview, budget: int) -> Found:
    if view.nbytes > budget or not view.contiguous:
        return Found(digest=view.nbytes, partial=True)
    return Found(digest=xxh3(view), hashed=view.nbytes)


def _numpy(value: Any, budget: int) -> Found | None:
    numpy: Any = sys.modules["numpy"]
    if isinstance(value, numpy.ndarray):
        return _array(value, budget)
    if isinstance(value, numpy.random.Generator):
        return Found(digest=xxh3(repr(value.bit_generator.state).encode()), children=[])
    if isinstance(value, numpy.random.RandomState):
        state = value.get_state()
        return Found(digest=xxh3(repr((state[1].tobytes(), *state[2:])).encode()))
    return Found(digest=0) if isinstance(value, (numpy.generic, numpy.dtype, numpy.ufunc)) else None


def _array(value: Any, budget: int) -> Found:
    numpy: Any = sys.modules["numpy"]
    low = int(value.__array_interface__["data"][0])
    span = (low, low + value.nbytes)
    if value.size and not value.flags.c_contiguous:
        span = numpy.lib.array_utils.byte_bounds(value) if hasattr(numpy.lib, "array_utils") else span
    children = list(value.ravel()[:1000]) if value.dtype.hasobject and value.size else []
    form = hash((value.shape, value.strides, str(value.dtype)))
    if value.nbytes > budget:
        return Found(digest=form ^ _sampled(value), partial=True, span=span, children=children)
    return Found(digest=form ^ _bytes(value), hashed=value.nbytes, span=span, children=children)


def _bytes(value: Any) -> int:
    """The digest of an array's memory; of its pointers where it holds objects."""
    numpy: Any = sys.modules["numpy"]
    if value.nbytes == 0:
        return 0
    if not (value.flags.c_contiguous or value.flags.f_contiguous):
        value = numpy.ascontiguousarray(value)
    if value.dtype.hasobject:
        return xxh3((ctypes.c_char * value.nbytes).from_address(value.__array_interface__["data"][0]))
    flat = value if value.flags.c_contiguous else value.T
    return xxh3(flat.reshape(-1).view(numpy.uint8))


def _sampled(value: Any) -> int:
    """The digest of evenly spaced rows of an array beyond the budget."""
    step = max(1, len(value) // _STRIDES)
    return _bytes(value[::step][:_STRIDES])


def _pandas(value: Any, budget: int) -> Found | None:
    pandas: Any = sys.modules["pandas"]
    if isinstance(value, (pandas.DataFrame, pandas.Series)):
        parts = [_column(block, budget) for block in _blocks(value)]
        names: Any = (
            (id(value.columns), str(value.columns.names)) if isinstance(value, pandas.DataFrame) else repr(value.name)
        )
        form = hash((names, value.shape, id(value.index), *(digest for digest, _, _ in parts)))
        return Found(digest=form, hashed=sum(size for _, size, _ in parts), partial=any(cut for _, _, cut in parts))
    if isinstance(value, (pandas.Index, pandas.api.extensions.ExtensionArray)):
        found, size, cut = _column(getattr(value, "array", value), budget)
        return Found(digest=found, hashed=size, partial=cut)
    return Found(digest=0) if isinstance(value, (pandas.Timestamp, pandas.Timedelta)) else None


def _blocks(value: Any) -> list[Any]:
    manager = getattr(value, "_mgr", None)
    blocks = getattr(manager, "blocks", None)
    if blocks is not None:  # one block holds many columns, so this is far quicker than column by column
        return [block.values for block in blocks] + [block.mgr_locs.as_array for block in blocks]
    return [value.iloc[:, number].array for number in range(value.shape[1])] if value.ndim == 2 else [value.array]


def _column(values: Any, budget: int) -> tuple[int, int, bool]:
    for name in ("_pa_array", "_ndarray", "_data", "_codes"):
        inner = getattr(values, name, None)
        if inner is not None:
            if name == "_pa_array":
                return _arrow(inner, budget)
            mask = getattr(values, "_mask", None)
            found, size, cut = _column(inner, budget)
            return (found ^ _bytes(mask) if mask is not None else found), size, cut
    if hasattr(values, "__array_interface__"):
        found_array = _array(values, budget)
        return found_array.digest, found_array.hashed, found_array.partial
    return id(values), 0, True


def _arrow(chunked: Any, budget: int) -> tuple[int, int, bool]:
    """Arrow memory is immutable: another table means another object, so the address of its buffers is enough."""
    del budget
    chunks = chunked.chunks if hasattr(chunked, "chunks") else [chunked]
    addresses = [
        (buffer.address, buffer.size) if buffer is not None else None for chunk in chunks for buffer in chunk.buffers()
    ]
    return hash((*addresses, *(chunk.offset for chunk in chunks), len(chunked))), 0, False


def _torch(value: Any, budget: int) -> Found | None:
    del budget
    version = getattr(value, "_version", None)
    if version is None or not hasattr(value, "data_ptr"):
        return None
    low = int(value.data_ptr())
    size = int(value.element_size() * value.nelement())
    return Found(digest=hash((version, low, tuple(value.shape))), span=(low, low + size))


def _immutable(value: Any, budget: int) -> Found | None:
    del value, budget
    return Found(digest=0)


_LIBRARIES = {"numpy": _numpy, "pandas": _pandas, "torch": _torch, "pyarrow": _immutable}
