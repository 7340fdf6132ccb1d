"""A whole table searched: a stratified sample of every column, or every cell when asked."""

from __future__ import annotations

from typing import Any

from jupyter_mlsec import frames
from jupyter_mlsec.controls.pii.cells import Cells, read_cells, whole_text
from jupyter_mlsec.controls.pii.column import EXAMINED, as_detections, judge, judge_rare
from jupyter_mlsec.controls.pii.detection import Detection
from jupyter_mlsec.controls.pii.headers import Header, read
from jupyter_mlsec.controls.pii.prefilter import data_of, engine

SAMPLE = 2100
"""Rows looked at: what one row in a hundred holds is missed once in a thousand million tables."""
COLUMN = 4 << 20
"""Bytes of one column from which it is only sampled."""
BUDGET = 16 << 20
"""Bytes of text per table that are searched beyond the sample for what matters even once."""
SMALL = 6000
"""Up to so many rows every one is looked at."""


def scan_table(table: Any, *, names: bool = True, full: bool = False) -> dict[str, list[Detection]]:
    """Personal data per column, columns that hold none left out.

    table: pandas, polars or Arrow table (or column), or a list of dicts. Anything else gives {}.
    names: whether column names may be read. full: look at every row, not at a sample of about 2,100.
    """
    frame = frames.view(_tabled(table))
    if frame is None or not frame.rows:
        return {}
    engine().warm()
    arrays = frame.sample(frame.rows if full or frame.rows <= SMALL else SAMPLE)
    sampled = not full and frame.rows > SMALL
    budget = BUDGET if sampled else 0
    found: dict[str, list[Detection]] = {}
    for name, array in arrays.items():
        cells = read_cells(array)
        if cells is None:
            continue
        header = read(str(name)) if names else Header()
        detections = as_detections(judge(cells, header, 5000 if full else EXAMINED), frame.rows, cells)
        if budget and cells.kind == "text" and is_prose(cells):
            rare, spent = _rare(frame, name, header, cells, budget, frozenset(d.type for d in detections))
            detections, budget = detections + rare, budget - spent
        if detections:
            found[str(name)] = detections
    return found


def is_prose(cells: Cells) -> bool:
    """Whether cells are sentences, where a number or an address may stand in a single row."""
    told = sum(" " in text and 4 * sum(map(str.isalpha, text)) > len(text) for text in cells.probe)
    return 2 * told > len(cells.probe)


def _rare(
    frame: frames.Frame, name: str, header: Header, sampled: Cells, budget: int, known: frozenset[str]
) -> tuple[list[Detection], int]:
    """What single rows of a column hold that the sample did not show, as far as the budget of bytes goes."""
    size = len(data_of(sampled.texts)) * frame.rows // SAMPLE
    if size > min(budget, COLUMN):
        return [], 0
    cells = whole_text(frame.column(name), sampled)
    return ([] if cells is None else as_detections(judge_rare(cells, header, known), frame.rows, cells)), size


def _tabled(value: Any) -> Any:
    """A list of dicts as an Arrow table, values that fit no column as text; everything else as it is."""
    if not (isinstance(value, list) and value and all(isinstance(row, dict) for row in value[:50])):
        return value
    import pyarrow as pa

    rows = [row for row in value if isinstance(row, dict)]
    keys = list(dict.fromkeys(key for row in rows for key in row))
    columns: dict[str, Any] = {}
    for key in keys:
        held = [row.get(key) for row in rows]
        try:
            columns[str(key)] = pa.array(held)
        except (pa.ArrowException, ValueError, TypeError, OverflowError):
            columns[str(key)] = pa.array(
                [None if v is None else str(v).encode("utf-8", "replace").decode() for v in held]
            )
    return pa.table(columns)
