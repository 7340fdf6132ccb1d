"""What a scan of a table leaves aside and a mask must not: the ends of long cells, and what mixed cells hold inside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jupyter_mlsec import frames
from jupyter_mlsec.controls.pii.cells import LONGEST
from jupyter_mlsec.controls.pii.detection import Detection
from jupyter_mlsec.controls.pii.rebuilding import columns_of
from jupyter_mlsec.controls.pii.table import scan_table
from jupyter_mlsec.controls.pii.text import scan_text

_OVERLAP = 256
_DEEP = 24


def found_deeper(table: Any) -> dict[str, list[Detection]]:
    """By column, as a scan gives it; only such columns are read."""
    frame = frames.view(table)
    if frame is None or not frame.rows:
        return {}
    kinds = dict(zip(frame.columns, frame.types, strict=True))
    mixed = [name for name, kind in kinds.items() if kind == "mixed"]
    values = columns_of(table) if mixed else {}
    found = {name: _inside(name, values[name]) for name in mixed}
    found |= {name: _beyond(frame, name) for name, kind in kinds.items() if kind in ("string", "large_string")}
    return {name: detections for name, detections in found.items() if detections}


def _inside(name: str, values: list[Any]) -> list[Detection]:
    texts = [
        text for value in values if isinstance(value, dict | list | tuple | set | frozenset) for text in _in(value)
    ]
    return scan_table([{name: text} for text in texts], full=True).get(name, []) if texts else []


def _in(value: Any, depth: int = _DEEP) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, dict | list | tuple | set | frozenset):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _in(inner, depth - 1)


def _beyond(frame: frames.Frame, name: str) -> list[Detection]:
    """What long cells hold where a scan reads no further."""
    import pyarrow.compute as pc

    column = frame.column(name)
    lengths = pc.binary_length(column)
    longest = pc.max(lengths).as_py()
    if longest is None or longest <= LONGEST:
        return []
    counts: dict[str, int] = {}
    for cell in column.filter(pc.greater(lengths, LONGEST)):
        try:
            text = cell.as_py()
        except UnicodeDecodeError:
            text = cell.as_buffer().to_pybytes().decode("utf-8", "replace")
        for kind in {span.type for span in scan_text(text[LONGEST - _OVERLAP :])}:
            counts[kind] = counts.get(kind, 0) + 1
    return [
        Detection(type=kind, score=0.8, count=count, share=round(count / frame.rows, 6))
        for kind, count in counts.items()
    ]


def merged(first: dict[str, list[Detection]], second: dict[str, list[Detection]]) -> dict[str, list[Detection]]:
    """Both, each type of a column once."""
    for name, detections in second.items():
        held = first.setdefault(name, [])
        held.extend(one for one in detections if one.type not in {each.type for each in held})
    return first
