"""A saved notebook searched: its Markdown, its code and its outputs, cell by cell."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec

from jupyter_mlsec.controls.pii.shown import bare, texts_in
from jupyter_mlsec.controls.pii.text import read_text
from jupyter_mlsec.protocol.errors import UsageError

_LARGEST = 256 << 20


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a cell: which cell (1-based, as it stands in the file), which part, what it holds."""

    number: int
    kind: str
    counts: dict[str, int]


def search_notebook(path: str | None) -> tuple[str, list[Part]]:
    """The notebook's name and the parts that hold personal data. Raises UsageError for what is no saved notebook."""
    named = path or os.environ.get("JPY_SESSION_NAME")
    if not named:
        raise UsageError("Nothing was searched: say which notebook (%mlsec pii --notebook PATH).")
    file = Path(named) if path else Path(Path(named).name)
    try:
        if file.stat().st_size > _LARGEST:
            raise UsageError(f"{file.name} was not searched: it is larger than 256 MiB.")
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    except OSError as error:
        raise UsageError(f"{file.name} was not searched: {(error.strerror or 'it cannot be read').lower()}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{file.name} was not searched: it is no saved notebook.") from error
    found = [part for number, cell in enumerate(cells, 1) if isinstance(cell, dict) for part in _parts(number, cell)]
    return file.name, found


def _parts(number: int, cell: dict[str, Any]) -> list[Part]:
    source = {"markdown": "Markdown", "code": "source"}.get(str(cell.get("cell_type")), "text")
    outputs = [text for output in cell.get("outputs") or () for text in texts_in(_texts_of(output))]
    pieces = ((source, _joined(cell.get("source"))), ("output", "\n".join(outputs)))
    return [Part(number=number, kind=kind, counts=counts) for kind, text in pieces if (counts := _counts(text))]


def _texts_of(output: Any) -> Any:
    """What an output says: its text, its data but for pictures, its traceback."""
    if not isinstance(output, dict):
        return None
    data = output.get("data")
    shown = (
        {k: _joined(v) for k, v in data.items() if not str(k).startswith("image/p")} if isinstance(data, dict) else {}
    )
    kept = shown.get("text/html") or shown.get("text/plain") or list(shown.values())
    return [_joined(output.get("text")), kept, _joined(output.get("traceback")), _joined(output.get("evalue"))]


def _joined(value: Any) -> Any:
    return "".join(value) if isinstance(value, list) and all(isinstance(line, str) for line in value) else value


def _counts(text: Any) -> dict[str, int]:
    if not isinstance(text, str):
        return {}
    counts: dict[str, int] = {}
    for span in read_text(bare(text)):
        counts[span.type] = counts.get(span.type, 0) + 1
    return counts
