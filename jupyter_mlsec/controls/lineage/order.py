"""The order in which the cells stand in the notebook's file, for a kernel is told only which of them run."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from jupyter_mlsec.controls.lineage.history import History

_LARGEST = 64 << 20


def cells_as_saved() -> list[str]:
    """The ids of the cells of the notebook this kernel belongs to, as last saved. Empty where no such file is known."""
    session = os.environ.get("JPY_SESSION_NAME", "")
    path = Path(Path(session).name) if session.endswith(".ipynb") else None
    try:
        if path is None or path.stat().st_size > _LARGEST:
            return []
        cells = json.loads(path.read_bytes())["cells"]
        return [str(cell["id"]) for cell in cells if "id" in cell]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def out_of_order(history: History, numbers: Sequence[int], order: Sequence[str]) -> list[int]:
    """The executions in the order in which their cells stand, when they did not run in that order; else nothing."""
    places = {cell: place for place, cell in enumerate(order)}
    ran = [history.nodes[number].cell for number in numbers]
    standing = [cell for cell in ran if cell.id in places]
    sorted_ones = sorted(standing, key=lambda cell: places[str(cell.id)])
    return [cell.execution for cell in sorted_ones] if sorted_ones != standing else []
