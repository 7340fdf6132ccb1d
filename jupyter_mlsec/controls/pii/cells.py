"""A column's cells as plain text, whatever Arrow type they came in: what the judges read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from jupyter_mlsec.controls.pii.normalise import ODD, decoded, folded, is_filler
from jupyter_mlsec.controls.pii.prefilter import data_of, rows_of

if TYPE_CHECKING:
    import pyarrow as pa

PROBE = 160
"""How many cells the judges of shape read."""
LONGEST = 4096
"""Characters of one cell that are read when a column is sampled; the rest is not looked at."""


PART = 400
"""How many cells tell how often a hint occurs that occurs often."""


class Cells(msgspec.Struct, frozen=True, kw_only=True):
    """The sampled cells of one column that hold anything."""

    texts: Any  # Any: a pyarrow string array
    probe: list[str]
    """Up to PROBE cells spread over the sample, folded, without fillers."""
    kind: str
    """`text`, `integer`, `float`, `date` or `nested`: what the column held before."""
    filled: float
    """The share of rows that hold anything."""
    part: Any = None
    """PART cells spread over the sample, where it has many more."""


def spread(count: int, wanted: int) -> list[int]:
    """At most `wanted` positions, evenly spread over `count`."""
    return list(range(count)) if count <= wanted else [i * count // wanted for i in range(wanted)]


def picked(texts: pa.Array, rows: Sequence[int]) -> list[str]:
    """Those cells as str, cut at LONGEST; what is no UTF-8 is replaced."""
    import pyarrow as pa

    chosen = texts.take(pa.array(rows, pa.int64()))
    try:
        values = chosen.to_pylist()
    except UnicodeDecodeError:
        values = [v.decode("utf-8", "replace") for v in chosen.cast(pa.large_binary()).to_pylist()]
    return [v if len(v) <= LONGEST else v[:LONGEST] for v in values]


def read_cells(array: pa.Array) -> Cells | None:
    """A column's cells as text; None where nothing personal can be: no values, booleans, times, measurements."""
    import pyarrow as pa

    rows = len(array)
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    held = array.drop_null() if array.null_count else array
    if not len(held):
        return None
    texts, kind = _as_text(held)
    if texts is None or not len(texts):
        return None
    texts = _tidied(texts) if kind in {"text", "nested"} else texts
    probe = picked(texts, spread(len(texts), PROBE + PROBE // 2))
    probe = [v for v in probe if not is_filler(v)] if kind in {"text", "nested"} else probe
    fillers = 1 - len(probe) / min(len(texts), PROBE + PROBE // 2)
    if len(probe) < 40 and fillers > 0.5 and kind == "text":
        probe = [v for v in picked(texts, range(len(texts))) if not is_filler(v)]
    probe = [probe[i] for i in spread(len(probe), PROBE)]
    if not probe or not len(data_of(texts)):
        return None
    filled = len(texts) * (1 - fillers) / rows
    return Cells(texts=texts, probe=probe, kind=kind, filled=filled, part=_part(texts))


def whole_text(array: Any, sampled: Cells) -> Cells | None:
    """All rows of a text column, read only for patterns; None where it is not plain text."""
    import pyarrow as pa

    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks)
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        return None
    held = array.drop_null() if array.null_count else array
    if not len(held):
        return None
    texts = _cut(_checked(held))
    return Cells(texts=texts, probe=sampled.probe, kind="text", filled=sampled.filled, part=_part(texts))


def _part(texts: pa.Array) -> pa.Array | None:
    import pyarrow as pa

    return texts.take(pa.array(spread(len(texts), PART), pa.int64())) if len(texts) >= 2 * PART else None


def _cut(texts: pa.Array) -> pa.Array:
    """Cells cut at LONGEST characters before anything reads them."""
    import pyarrow.compute as pc

    longest = pc.max(pc.binary_length(texts)).as_py()
    return texts if longest is None or longest <= LONGEST else pc.utf8_slice_codeunits(texts, 0, LONGEST)


def _as_text(held: pa.Array) -> tuple[pa.Array | None, str]:
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    kind = held.type
    if types.is_string(kind) or types.is_large_string(kind):
        return _cut(_checked(held)), "text"
    if (
        str(kind) in {"string_view", "binary_view"}
        or types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_fixed_size_binary(kind)
    ):
        return pa.array([_text_of(v) for v in held.to_pylist()], pa.string()), "text"
    if types.is_integer(kind):
        return (held.cast(pa.string()), "integer") if pc.max(held).as_py() >= 100_000 else (None, "")
    if types.is_floating(kind):
        wide = held.cast(pa.float64())  # half floats know no arithmetic in Arrow
        whole = wide.filter(pc.and_(pc.is_finite(wide), pc.less(pc.abs(wide), 1e16)))
        if not len(whole) or pc.max(whole).as_py() < 1e6 or not pc.all(pc.equal(pc.floor(whole), whole)).as_py():
            return None, ""
        return whole.cast(pa.int64()).cast(pa.string()), "float"
    if types.is_date(kind) or types.is_timestamp(kind):
        days = held.cast(pa.timestamp(kind.unit)) if types.is_timestamp(kind) else held
        return pc.utf8_slice_codeunits(days.cast(pa.date32(), safe=False).cast(pa.string()), 0, 10), "date"
    if types.is_nested(kind):
        few = held.take(pa.array(spread(len(held), 300)))
        return pa.array([_text_of(_python_of(v)) for v in few], pa.string()), "nested"
    return None, ""


def _python_of(value: pa.Scalar) -> Any:
    """A nested cell as Python has it; one that holds a time Python cannot tell is passed over."""
    try:
        return value.as_py()
    except (ValueError, OverflowError):
        return ""


def _text_of(value: Any) -> str:
    """A cell of any type as text: bytes as UTF-8, nested values as JSON."""
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)[:LONGEST].decode("utf-8", "replace")
    if isinstance(value, str):
        return value[:LONGEST].encode("utf-8", "replace").decode()
    try:
        return json.dumps(value, ensure_ascii=False, default=str)[:LONGEST].encode("utf-8", "replace").decode()
    except (TypeError, ValueError, RecursionError):
        return ""


def _checked(texts: pa.Array) -> pa.Array:
    """The array itself when it is UTF-8, else a copy with what is not replaced."""
    import pyarrow as pa

    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        raw = texts.cast(pa.large_binary() if pa.types.is_large_string(texts.type) else pa.binary())
        return pa.array([v.decode("utf-8", "replace") for v in raw.to_pylist()], pa.string())
    return texts


def _tidied(texts: pa.Array) -> pa.Array:
    """Cells folded and decoded, where any needs it; else the array itself."""
    import pyarrow as pa

    changed: dict[int, str] = {}
    if not bytes(data_of(texts)).isascii():
        odd = rows_of(texts, ODD)
        changed = dict(zip(odd, map(folded, picked(texts, odd)), strict=True))
    sample = picked(texts, spread(len(texts), 24))
    if sum(decoded(v) is not None for v in sample) >= 0.2 * len(sample):
        for row, value in enumerate(picked(texts, range(len(texts)))):
            said = decoded(value)
            if said is not None:
                changed[row] = said
    if not changed:
        return texts
    values = picked(texts, range(len(texts)))
    return pa.array([changed.get(i, v) for i, v in enumerate(values)], pa.large_string())
