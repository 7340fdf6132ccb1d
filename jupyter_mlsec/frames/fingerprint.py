"""Fingerprints that mean the values: xxh3-128, or SHA-256 as evidence, over Arrow buffers in one canonical form.

Raw buffers differ between a table and its slice, and between one chunk and two. Here offsets become lengths, values
under nulls become zero, and validity becomes a byte a row, so equal columns have equal digests however they are kept
and whichever library keeps them: string, large_string, string_view and dictionaries of them are one type, NaN is a
null and -0.0 is 0.0 (pandas knows no other), a time is its seconds and nanoseconds whatever its unit, and a column of
nulls alone has no type. The widths of numbers count: a column that was made int32 is another one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import xxhash

if TYPE_CHECKING:
    import pyarrow as pa

New = Callable[[bytes], Any]
"""Begins a digest of some algorithm: an object with `update`, `digest` and `hexdigest`."""
QUICK: New = xxhash.xxh3_128
"""Detects change; is no evidence."""
EVIDENCE: New = hashlib.sha256
_TICKS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def of_table(rows: int, columns: Mapping[str, str], new: New = QUICK) -> str:
    """A table's digest from its columns' digests, in order."""
    total = new(f"table:{rows}".encode())
    for name, digest in columns.items():
        encoded = name.encode("utf-8", "surrogatepass")
        total.update(len(encoded).to_bytes(8, "little") + encoded + digest.encode())
    return str(total.hexdigest())


def of_column(column: pa.ChunkedArray | pa.Array, *, mixed: bool = False, new: New = QUICK) -> str:
    """A column's digest: its type, length, nulls and values."""
    chunks = column.chunks if hasattr(column, "chunks") else [column]
    digest = _digest(chunks, column.type, new)
    return str(new(f"mixed:{digest}".encode()).hexdigest()) if mixed else digest


def _digest(chunks: list[pa.Array], kind: pa.DataType, new: New) -> str:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _digest([chunk.dictionary_decode() for chunk in chunks], kind.value_type, new)
    if isinstance(kind, pa.BaseExtensionType):
        return _digest([chunk.storage for chunk in chunks], kind.storage_type, new)
    if pa.types.is_floating(kind):
        chunks = [_without_nan(chunk) for chunk in chunks]
    nulls = sum(chunk.null_count for chunk in chunks)
    rows = sum(map(len, chunks))
    if nulls == rows:
        kind, chunks = pa.null(), []
    total = new(f"{_type_name(kind)}:{rows}:{nulls}".encode())
    if nulls and chunks:
        total.update(_streamed((_bytes_of(chunk.is_valid().cast(pa.uint8())) for chunk in chunks), new))
    for part in _parts(chunks, kind, nulls, new):
        total.update(part)
    return str(total.hexdigest())


def _parts(chunks: list[pa.Array], kind: pa.DataType, nulls: int, new: New) -> Iterable[bytes]:
    """The digests of the values' canonical streams."""
    import pyarrow as pa
    import pyarrow.compute as pc

    is_ = pa.types
    if is_.is_null(kind):
        return
    if is_.is_struct(kind):
        for position in range(kind.num_fields):
            children = [chunk.flatten()[position] for chunk in chunks]
            yield (kind.field(position).name + _digest(children, kind.field(position).type, new)).encode()
    elif is_.is_list(kind) or is_.is_large_list(kind) or is_.is_fixed_size_list(kind):
        lengths = [pc.fill_null(pc.list_value_length(chunk), 0).cast(pa.int64()) for chunk in chunks]
        yield _streamed(map(_bytes_of, lengths), new)
        yield _digest([chunk.flatten() for chunk in chunks], kind.value_type, new).encode()
    elif _is_text(kind):
        yield from _text_parts(chunks, kind, nulls, new)
    elif is_.is_boolean(kind):
        yield _streamed((_bytes_of(pc.fill_null(chunk, False).cast(pa.uint8())) for chunk in chunks), new)
    elif is_.is_temporal(kind) and not is_.is_interval(kind):
        whole = [_nanoseconds(_zeroed(chunk, kind), kind) for chunk in chunks]
        yield _streamed((seconds for seconds, _ in whole), new)
        yield _streamed((rest for _, rest in whole), new)
    elif _width(kind):
        yield _streamed((_bytes_of(_zeroed(chunk, kind)) for chunk in chunks), new)
    else:  # maps, unions, intervals: rare enough for Python's own text of each value
        texts = (repr(value.as_py()).encode("utf-8", "surrogatepass") + b"\0" for c in chunks for value in c)
        yield _streamed(texts, new)


def _text_parts(chunks: list[pa.Array], kind: pa.DataType, nulls: int, new: New) -> Iterable[bytes]:
    import pyarrow as pa
    import pyarrow.compute as pc

    large = pa.large_string() if _type_name(kind) == "string" else pa.large_binary()
    whole = [chunk.cast(large) if "view" in str(kind) else chunk for chunk in chunks]
    empty = pa.scalar("" if _type_name(kind) == "string" else b"", large)
    filled = [pc.fill_null(chunk, empty.cast(chunk.type)) if nulls and chunk.null_count else chunk for chunk in whole]
    yield _streamed((_bytes_of(pc.binary_length(chunk).cast(pa.int64())) for chunk in filled), new)
    yield _streamed(map(_text_bytes, filled), new)


def _streamed(pieces: Iterable[Any], new: New) -> bytes:
    stream = new(b"")
    for piece in pieces:
        stream.update(piece)
    return bytes(stream.digest())


def _type_name(kind: pa.DataType) -> str:
    """The type's name, without what only says how values are kept."""
    import pyarrow as pa

    name = str(kind)
    if _is_text(kind):
        return "string" if "string" in name else "binary"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return "list"
    if pa.types.is_struct(kind):
        return "struct"
    if pa.types.is_timestamp(kind):
        return f"timestamp {kind.tz or ''}"
    return next((said for said in ("duration", "time", "date") if name.startswith(said)), name)


def _is_text(kind: pa.DataType) -> bool:
    return str(kind) in ("string", "large_string", "string_view", "binary", "large_binary", "binary_view")


def _without_nan(array: pa.Array) -> pa.Array:
    """Nulls in place of NaN, and zero without a sign."""
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = array.cast(pa.float32()) if pa.types.is_float16(array.type) else array
    if pc.any(pc.is_nan(plain)).as_py():
        array = pc.if_else(pc.is_nan(plain), pa.scalar(None, array.type), array)
    if pc.any(pc.equal(plain, 0)).as_py():
        zero = pa.array([0.0], pa.float32()).cast(array.type)[0]
        array = pc.if_else(pc.equal(plain, 0), zero, array)
    return array


def _nanoseconds(array: pa.Array, kind: pa.DataType) -> tuple[memoryview, memoryview]:
    """Whole seconds (days, for dates) and the nanoseconds beyond them, as 64-bit numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    name = str(kind)
    if name.startswith("date"):
        days = array.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
        return _bytes_of(days), memoryview(b"")
    ticks = array.cast(pa.int32() if _width(kind) == 4 else pa.int64()).cast(pa.int64())
    unit = next(each for each in ("ns", "us", "ms", "s") if f"[{each}" in name)
    parts = _TICKS[unit]
    seconds = pc.divide(pc.subtract(ticks, pc.if_else(pc.less(ticks, 0), parts - 1, 0)), parts)
    rest = pc.multiply(pc.subtract(ticks, pc.multiply(seconds, parts)), 1_000_000_000 // parts)
    return _bytes_of(seconds), _bytes_of(rest)


def _width(kind: pa.DataType) -> int:
    """Bytes a value, 0 when the type has no fixed width."""
    try:
        return int(kind.bit_width) // 8
    except ValueError:
        return 0


def _zeroed(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """Zero under nulls: what a buffer holds there is chance."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not array.null_count:
        return array
    zero = pa.Array.from_buffers(kind, 1, [None, pa.py_buffer(bytes(_width(kind)))])[0]
    return pc.if_else(array.is_valid(), array, zero)


def _bytes_of(array: pa.Array) -> memoryview:
    """The value bytes of a fixed-width array, its own slice only."""
    buffer, width = array.buffers()[1], _width(array.type)
    if buffer is None:
        return memoryview(b"")
    return memoryview(buffer).cast("B")[array.offset * width : (array.offset + len(array)) * width]


def _text_bytes(array: pa.Array) -> memoryview:
    """The joined bytes of a text array's own slice."""
    _, offsets, data = array.buffers()
    if not len(array) or data is None or offsets is None:
        return memoryview(b"")
    plain = memoryview(offsets).cast("B")
    edges = plain.cast("q") if str(array.type).startswith("large") else plain.cast("i")
    return memoryview(data).cast("B")[edges[array.offset] : edges[array.offset + len(array)]]
