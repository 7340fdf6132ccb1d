"""Excel files: their writers keep plain sheets in temporary files. While we seal, those live in memory only."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.controls.encryption.settings import SUFFIX
from jupyter_mlsec.host import memfd

_lock = threading.Lock()
_sheets: dict[int, set[int]] = {}
"""Per thread that is sealing a workbook now: the memory files of its sheets."""
_originals: tuple[Callable[..., Any], Callable[..., Any]] | None = None


def engine_of(call: Call, path: Path) -> str:
    """The engine pandas would take for that path."""
    writer = call.args[0] if call.watch.finished_by is not None else None
    given = call.argument("engine") if writer is None else writer.engine  # pandas chose the class before
    if isinstance(given, str):
        return given
    ending = Path(path.name.lower().removesuffix(SUFFIX)).suffix[1:]
    pandas = sys.modules.get("pandas")
    chosen = "auto"
    if pandas is not None:
        with contextlib.suppress(KeyError):  # pandas' OptionError: no writer is known for that ending
            chosen = pandas.get_option(f"io.excel.{ending}.writer")
    if chosen != "auto":
        return str(chosen)
    return "xlsxwriter" if ending == "xlsx" and find_spec("xlsxwriter") else "openpyxl" if ending != "ods" else "odf"


def refusal(call: Call, path: Path) -> str:
    """Why this workbook cannot be sealed without plain sheets in the temporary folder; empty if it can."""
    engine = engine_of(call, path)
    if engine == "xlsxwriter":
        return ""
    if engine != "openpyxl":
        return f"the {engine} engine is not known to keep its sheets off the disk"
    if not memfd.is_available():
        return "openpyxl writes plain sheets to the temporary folder, and this system has no files in memory"
    return ""


def hiding(call: Call, path: Path) -> Callable[[], Callable[[], None]]:
    """Have the call's engine keep its sheets in memory; gives what begins that, which gives what ends it."""
    engine, is_writer = engine_of(call, path), call.watch.finished_by is not None
    if engine == "xlsxwriter" and "engine_kwargs" not in call.positions and "engine_kwargs" not in call.kwargs:
        engine = "openpyxl"  # a Styler cannot be told how xlsxwriter shall do it
    if not is_writer:
        call.replace("engine", engine)
    if engine != "xlsxwriter":
        return _hide_sheets
    given: dict[str, Any] = call.argument("engine_kwargs") if is_writer else dict(call.argument("engine_kwargs") or {})
    given["options"] = {**given.get("options", {}), "in_memory": True, "constant_memory": False}
    if not is_writer:  # a writer makes its workbook of the very dict that it passes on
        call.replace("engine_kwargs", given)
    return lambda: lambda: None


def _hide_sheets() -> Callable[[], None]:
    """Keep the sheets of this thread's workbooks in memory; gives what ends that. To be ended by the same thread."""
    thread = threading.get_ident()
    _install(thread)
    return lambda: _remove(thread)


def _install(thread: int) -> None:
    from openpyxl.worksheet import _writer

    global _originals
    with _lock:
        _sheets[thread] = set()
        if _originals is None:
            _originals = (_writer.create_temporary_file, _writer.WorksheetWriter.cleanup)
            _writer.create_temporary_file = _create
            _writer.WorksheetWriter.cleanup = _cleanup


def _remove(thread: int) -> None:
    from openpyxl.worksheet import _writer

    global _originals
    with _lock:
        for descriptor in _sheets.pop(thread, ()):
            os.close(descriptor)
        if not _sheets and _originals is not None:
            _writer.create_temporary_file, _writer.WorksheetWriter.cleanup = _originals
            _originals = None


def _create(suffix: str = "") -> Any:
    """In place of openpyxl's: a memory file for the threads that seal, its own for all others."""
    mine = _sheets.get(threading.get_ident())
    if mine is None:
        assert _originals is not None
        return _originals[0](suffix)
    descriptor = memfd.create("mlsec-sheet")
    mine.add(descriptor)
    return memfd.path_of(descriptor)


def _cleanup(writer: Any) -> None:
    """In place of openpyxl's, which deletes by path."""
    mine = _sheets.get(threading.get_ident(), set())
    for descriptor in mine:
        if memfd.path_of(descriptor) == writer.out:
            mine.discard(descriptor)
            os.close(descriptor)
            return
    assert _originals is not None
    _originals[1](writer)
