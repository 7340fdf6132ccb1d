"""Fingerprints that mean the values: xxh3-128 over Arrow buffers in one canonical form.

Raw buffers differ between a table and its slice, and between one chunk and two. Here offsets become lengths, values
under nulls become zero, and validity becomes a byte a row, so equal columns have equal digests however they are kept.
string, large_string, string_view and dictionaries of them count as the same type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import xxhash

if TYPE_CHECKING:
    import pyarrow as pa


def of_table(rows: int, columns: Mapping[str, str]) -> str:
    """A table's digest from its columns' digests, in order."""
    total = xxhash.xxh3_128(f"table:{rows}".encode())
    for name, digest in columns.items():
        encoded = name.encode("utf-8", "surrogatepass")
        total.update(len(encoded).to_bytes(8, "little") + encoded + digest.encode())
    return str(total.hexdigest())


def of_column(column: pa.ChunkedArray | pa.Array, *, mixed: bool = False) -> str:
    """A column's digest: its type, length, nulls and values."""
    chunks = column.chunks if hasattr(column, "chunks") else [column]
    digest = _digest(chunks, column.type)
    return str(xxhash.xxh3_128(f"mixed:{digest}".encode()).hexdigest()) if mixed else digest


def _digest(chunks: list[pa.Array], kind: pa.DataType) -> str:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _digest([chunk.dictionary_decode() for chunk in chunks], kind.value_type)
    if isinstance(kind, pa.BaseExtensionType):
        return _digest([chunk.storage for chunk in chunks], kind.storage_type)
    nulls = sum(chunk.null_count for chunk in chunks)
    rows = sum(map(len, chunks))
    total = xxhash.xxh3_128(f"{_type_name(kind)}:{rows}:{nulls}".encode())
    if nulls:
        total.update(_streamed(_bytes_of(chunk.is_valid().cast(pa.uint8())) for chunk in chunks))
    for part in _parts(chunks, kind, nulls):
        total.update(part)
    return str(total.hexdigest())


def _parts(chunks: list[pa.Array], kind: pa.DataType, nulls: int) -> Iterable[bytes]:
    """The digests of the values' canonical streams."""
    import pyarrow as pa
    import pyarrow.compute as pc

    is_ = pa.types
    if is_.is_null(kind):
        return
    if is_.is_struct(kind):
        for position in range(kind.num_fields):
            children = [chunk.flatten()[position] for chunk in chunks]
            yield (kind.field(position).name + _digest(children, kind.field(position).type)).encode()
    elif is_.is_list(kind) or is_.is_large_list(kind) or is_.is_fixed_size_list(kind):
        lengths = [pc.fill_null(pc.list_value_length(chunk), 0).cast(pa.int64()) for chunk in chunks]
        yield _streamed(map(_bytes_of, lengths))
        yield _digest([chunk.flatten() for chunk in chunks], kind.value_type).encode()
    elif _is_text(kind):
        yield from _text_parts(chunks, kind, nulls)
    elif is_.is_boolean(kind):
        yield _streamed(_bytes_of(pc.fill_null(chunk, False).cast(pa.uint8())) for chunk in chunks)
    elif _width(kind):
        yield _streamed(_bytes_of(_zeroed(chunk, kind)) for chunk in chunks)
    else:  # maps, unions, intervals: rare enough for Python's own text of each value
        yield _streamed(repr(value.as_py()).encode("utf-8", "surrogatepass") + b"\0" for c in chunks for value in c)


def _text_parts(chunks: list[pa.Array], kind: pa.DataType, nulls: int) -> Iterable[bytes]:
    import pyarrow as pa
    import pyarrow.compute as pc

    large = pa.large_string() if _type_name(kind) == "string" else pa.large_binary()
    whole = [chunk.cast(large) if "view" in str(kind) else chunk for chunk in chunks]
    empty = pa.scalar("" if _type_name(kind) == "string" else b"", large)
    filled = [pc.fill_null(chunk, empty.cast(chunk.type)) if nulls and chunk.null_count else chunk for chunk in whole]
    yield _streamed(_bytes_of(pc.binary_length(chunk).cast(pa.int64())) for chunk in filled)
    yield _streamed(map(_text_bytes, filled))


def _streamed(pieces: Iterable[Any]) -> bytes:
    stream = xxhash.xxh3_128()
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
    return "struct" if pa.types.is_struct(kind) else name


def _is_text(kind: pa.DataType) -> bool:
    return str(kind) in ("string", "large_string", "string_view", "binary", "large_binary", "binary_view")


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
