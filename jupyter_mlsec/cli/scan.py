"""`jupyter mlsec scan`: models (see `scanmodels`), or tables, texts and names for personal data: kinds and counts."""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from jupyter_mlsec.cli.answers import say, say_json
from jupyter_mlsec.protocol.errors import UsageError

MOST_ROWS = 200_000
"""Rows read of one table; a longer one is searched so far, and the answer says so."""
TABLES = {".csv": ",", ".tsv": "\t"}
LINES = (".jsonl", ".ndjson")
TEXTS = (".txt", ".md", ".py", ".ipynb", ".json", ".log", ".html", ".yaml", ".yml", ".toml")


def run(arguments: Sequence[str]) -> int:
    """Search; 0 whether or not something was found, for finding is the job."""
    parser = argparse.ArgumentParser(prog="jupyter mlsec scan", description="Search files: data or models.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--personal", type=Path, metavar="PATH", help="a file or folder of tables and texts")
    what.add_argument("--models", type=Path, metavar="PATH", help="a file or folder of models; none is loaded")
    parser.add_argument("--sarif", action="store_true", help="with --models: one SARIF 2.1.0 log")
    parser.add_argument("--names", action="store_true", help="search the names of files as well, and tell their kinds")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    given = parser.parse_args(list(arguments))
    if given.models is not None:
        from jupyter_mlsec.cli.scanmodels import scan_models

        return scan_models(given.models, as_json=given.json, as_sarif=given.sarif)
    if not given.personal.exists():
        raise UsageError(f"{given.personal} was not searched: there is no such file or folder.")
    for path in _files(given.personal):
        found = search(path)
        if given.names:
            found["found"] = [*of_name(path.stem), *found["found"]]
        if given.json:
            say_json(found)
        else:
            say(_line(found))
    return 0


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    known = {*TABLES, *LINES, *TEXTS}
    for each in sorted(path.rglob("*")):
        if each.is_file() and each.suffix.lower() in known and not any(part.startswith(".") for part in each.parts[1:]):
            yield each


def search(path: Path) -> dict[str, Any]:
    """One file: `file`, `found` (a list of column, type, count, score) and `skipped`, with the reason, if it was."""
    kind = path.suffix.lower()
    try:
        if kind in TABLES or kind in LINES:
            rows, is_cut = _rows(path)
            return {"file": str(path), "found": _of_table(rows), "skipped": "", "cut_at": MOST_ROWS if is_cut else None}
        if kind in TEXTS:
            return {"file": str(path), "found": _of_text(path.read_text(encoding="utf-8")), "skipped": ""}
    except UnicodeDecodeError:
        return {"file": str(path), "found": [], "skipped": "it is not UTF-8 text"}
    except (ValueError, csv.Error):
        return {"file": str(path), "found": [], "skipped": "it could not be read as a table"}
    except OSError as error:
        return {"file": str(path), "found": [], "skipped": error.strerror or type(error).__name__}
    return {"file": str(path), "found": [], "skipped": "its kind is not searched here; load it and use %mlsec pii"}


def of_name(stem: str) -> list[dict[str, Any]]:
    """What a file's name holds, with its words apart: `report_anna@example.org` and `report Anna Smith`."""
    spaced = re.sub(r"[_+]|(?<=[a-z])-|-(?=[A-Za-z])", " ", stem)
    return [{**each, "column": "(file name)"} for each in _of_text(spaced)]


def _rows(path: Path) -> tuple[list[dict[str, Any]], bool]:
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix.lower() in TABLES:
            given: Iterator[Any] = iter(csv.DictReader(file, delimiter=TABLES[path.suffix.lower()]))
        else:
            given = (json.loads(line) for line in file if line.strip())
        rows = [row for row in islice(given, MOST_ROWS) if isinstance(row, dict)]
        return [_named(row) for row in rows], next(given, None) is not None


def _named(row: dict[Any, Any]) -> dict[str, Any]:
    """Text keys only: csv puts cells beyond the header under None."""
    return {str(key): value for key, value in row.items() if key is not None}


def _of_table(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    from jupyter_mlsec.controls.pii.table import scan_table

    return [
        {"column": column, "type": each.type, "count": each.count, "score": round(each.score, 3)}
        for column, detections in scan_table(rows, full=True).items()
        for each in detections
    ]


def _of_text(text: str) -> list[dict[str, Any]]:
    from jupyter_mlsec.controls.pii.text import read_text

    counts: dict[str, tuple[int, float]] = {}
    for span in read_text(text):
        count, score = counts.get(span.type, (0, 0.0))
        counts[span.type] = (count + 1, max(score, span.score))
    return [{"column": None, "type": kind, "count": n, "score": round(s, 3)} for kind, (n, s) in sorted(counts.items())]


def _line(found: dict[str, Any]) -> str:
    if found["skipped"]:
        return f"{found['file']}: not searched, {found['skipped']}"
    cut = f" (first {found['cut_at']:,} rows)" if found.get("cut_at") else ""
    if not found["found"]:
        return f"{found['file']}: nothing found{cut}"
    parts = [
        f"{each['column'] + ' ' if each['column'] else ''}{each['type']} x{each['count']}" for each in found["found"]
    ]
    return f"{found['file']}: {', '.join(parts)}{cut}"
