"""pyarrow, called for real."""

from __future__ import annotations

import importlib
import io
import os
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from tests.conformance.recipes.recipe import Args, ProbedPath, Recipe, loader, path_in

TABLE = pa.table({"a": [1, 2, 3], "b": ["x", "y", "z"]})


class AskedFile(io.BytesIO):
    """A file that looks around when it is asked what it is for: its bytes are moved by threads of C++."""

    def __init__(self, probe: Callable[[], None], content: bytes = b"") -> None:
        super().__init__(content)
        self.probe = probe

    def readable(self):
        self.probe()
        return super().readable()

    def writable(self):
        self.probe()
        return super().writable()


class AskedText(str):
    """A path where only text will do: it looks around when its bytes are asked for."""

    probe: Callable[[], None]

    def encode(self, *args):
        self.probe()
        return super().encode(*args)


def _asked_text(path: str, probe: Callable[[], None]) -> AskedText:
    text = AskedText(path)
    text.probe = probe
    return text


def _module(name: str) -> Callable[[], Any]:
    return lambda: importlib.import_module(f"pyarrow.{name}")


def _class(module: str, name: str) -> Callable[[], Any]:
    return lambda: getattr(_module(module)(), name)


def _csv(path: str) -> None:
    _module("csv")().write_csv(TABLE, path)


def _json(path: str) -> None:
    with open(path, "w") as file:
        file.write('{"a": 1}\n{"a": 2}\n')


def _parquet(path: str) -> None:
    _module("parquet")().write_table(TABLE, path)


def _feather(path: str) -> None:
    _module("feather")().write_feather(TABLE, path)


def _orc(path: str) -> None:
    _module("orc")().write_table(TABLE, path)


def _ipc(kind: str, path: str) -> None:
    with getattr(_module("ipc")(), f"new_{kind.lower()}")(path, TABLE.schema) as writer:
        writer.write_table(TABLE)


def _content(folder: str, file: str, write: Callable[[str], None]) -> bytes:
    with open(path_in(folder, file, write), "rb") as opened:
        return opened.read()


def _makes(recipe: Recipe, made: Callable[[], Any]) -> Recipe:
    """A constructor, asked to fill an object of that class."""

    def filled(arguments: Any) -> Any:
        return None if arguments is None else lambda *given: (made().__new__(made()), *arguments(*given))

    return recipe._replace(
        holder=made, name="__init__", **{kind: filled(getattr(recipe, kind)) for kind in ("good", "bad", "probed")}
    )


def _opens(module: str, name: str, file: str, write: Callable[[str], None]) -> Recipe:
    """The constructor of a class that reads a path or an open file."""
    made = _class(module, name)
    return _makes(_reads(module, "", file, write), made)


def _reads(module: str, name: str, file: str, write: Callable[[str], None]) -> Recipe:
    """A function that reads a path or an open file: an open one is asked for its bytes."""
    return loader(_module(module), name, file, write)._replace(
        probed=lambda folder, probe: (AskedFile(probe, _content(folder, file, write)),)
    )


def _writes(module: str, name: str, file: str, *, first: Any = TABLE) -> Recipe:
    """A function that takes what to write, then a path or an open file."""
    return Recipe(
        _module(module),
        name,
        good=lambda folder: (first, os.path.join(folder, file)),
        bad=lambda folder: (first, os.path.join(folder, "missing", file)),
        probed=lambda _, probe: (first, AskedFile(probe)),
    )


def _makes_writer(module: str, name: str, file: str, *more: Any) -> Recipe:
    """The constructor of a class that writes to a path or an open file."""

    def arguments(where: Any) -> Args:
        return (where, *more)

    recipe = Recipe(
        _module(module),
        name,
        good=lambda folder: arguments(os.path.join(folder, file)),
        bad=lambda folder: arguments(os.path.join(folder, "missing", file)),
        probed=lambda _, probe: arguments(AskedFile(probe)),
    )
    return _makes(recipe, _class(module, name))


_OPENED: dict[tuple[str, str], Any] = {}
"""What is asked to fail was opened before the guard was there: else it would be a stream of its own."""


def _asked(name: str, module: str, file: str, write: Callable[[str], None]) -> Recipe:
    """The method `read` of an object that was opened before; one argument too many is all there is to get wrong.

    What it reads, it reads in C++: nothing of the call's is asked.
    """
    made = _class(module, name)

    def opened(folder: str) -> Any:
        return made()(path_in(folder, file, write))

    def opened_once(folder: str) -> Any:
        if (name, folder) not in _OPENED:
            _OPENED[name, folder] = opened(folder)
        return _OPENED[name, folder]

    return Recipe(made, "read", lambda folder: (opened(folder),), lambda folder: (opened_once(folder), *range(9)))


def _ipc_rows(kind: str) -> dict[str, Recipe]:
    reader, writer, file = f"RecordBatch{kind}Reader", f"RecordBatch{kind}Writer", f"t.{kind.lower()}"

    def write(path: str) -> None:
        _ipc(kind, path)

    opening = Recipe(
        _class("ipc", reader),
        "",
        good=lambda folder: (pa.OSFile(path_in(folder, file, write)),),
        bad=lambda _: (b"nonsense",),
        probed=lambda folder, probe: (AskedFile(probe, _content(folder, file, write)),),
    )
    return {
        f"ipc:{reader}.__init__": _makes(opening, _class("ipc", reader)),
        f"ipc:{writer}.__init__": _makes_writer("ipc", writer, "o.arrow", TABLE.schema),
    }


def _pyarrow() -> Any:
    return pa


def _by_text(name: str) -> Recipe:
    """A function that reads a file named by text."""
    return loader(_pyarrow, name, "t.parquet", _parquet)._replace(
        probed=lambda folder, probe: (_asked_text(path_in(folder, "t.parquet", _parquet), probe),)
    )


def _folder_of(folder: str, name: str = "rows") -> str:
    path = os.path.join(folder, name)
    os.makedirs(path, exist_ok=True)
    path_in(path, "t.parquet", _parquet)
    return path


RECIPES = {
    "csv:read_csv": _reads("csv", "read_csv", "t.csv", _csv),
    "csv:open_csv": _reads("csv", "open_csv", "t.csv", _csv),
    "csv:write_csv": _writes("csv", "write_csv", "o.csv"),
    "csv:CSVWriter": Recipe(
        _module("csv"),
        "CSVWriter",
        lambda folder: (os.path.join(folder, "o.csv"), TABLE.schema),
        lambda folder: (os.path.join(folder, "missing", "o.csv"), TABLE.schema),
        lambda _, probe: (AskedFile(probe), TABLE.schema),
    ),
    "json:read_json": _reads("json", "read_json", "t.json", _json),
    "json:open_json": _reads("json", "open_json", "t.json", _json),
    "parquet:read_table": _reads("parquet", "read_table", "t.parquet", _parquet),
    "parquet:write_table": _writes("parquet", "write_table", "o.parquet"),
    "parquet:ParquetFile.__init__": _opens("parquet", "ParquetFile", "t.parquet", _parquet),
    "parquet:ParquetFile.read": _asked("ParquetFile", "parquet", "t.parquet", _parquet),
    "parquet:ParquetDataset.__init__": _opens("parquet", "ParquetDataset", "t.parquet", _parquet),
    "parquet:ParquetDataset.read": _asked("ParquetDataset", "parquet", "t.parquet", _parquet),
    "parquet:ParquetWriter.__init__": _makes_writer("parquet", "ParquetWriter", "o.parquet", TABLE.schema),
    "feather:read_table": _reads("feather", "read_table", "t.feather", _feather),
    "feather:read_feather": _reads("feather", "read_feather", "t.feather", _feather),
    "feather:write_feather": _writes("feather", "write_feather", "o.feather"),
    "orc:read_table": _reads("orc", "read_table", "t.orc", _orc),
    "orc:write_table": _writes("orc", "write_table", "o.orc"),
    "orc:ORCFile.__init__": _opens("orc", "ORCFile", "t.orc", _orc),
    "orc:ORCFile.read": _asked("ORCFile", "orc", "t.orc", _orc),
    "orc:ORCWriter.__init__": _makes_writer("orc", "ORCWriter", "o.orc"),
    **_ipc_rows("File"),
    **_ipc_rows("Stream"),
    "dataset:dataset": Recipe(
        _module("dataset"),
        "dataset",
        lambda folder: (_folder_of(folder),),
        lambda folder: (os.path.join(folder, "missing"),),
        lambda folder, probe: (ProbedPath(_folder_of(folder), probe),),
    ),
    "dataset:write_dataset": Recipe(
        _module("dataset"),
        "write_dataset",
        lambda folder: (TABLE, os.path.join(folder, "out")),
        lambda folder: (TABLE, path_in(folder, "t.parquet", _parquet)),
        lambda folder, probe: (TABLE, ProbedPath(os.path.join(folder, "out"), probe)),
        keywords={"format": "parquet", "existing_data_behavior": "overwrite_or_ignore"},
    ),
    "fs:copy_files": Recipe(
        _module("fs"),
        "copy_files",
        lambda folder: (path_in(folder, "t.parquet", _parquet), os.path.join(folder, "copy.parquet")),
        lambda folder: (os.path.join(folder, "missing"), os.path.join(folder, "copy.parquet")),
        lambda folder, probe: (
            ProbedPath(path_in(folder, "t.parquet", _parquet), probe),
            os.path.join(folder, "copy.parquet"),
        ),
    ),
    "memory_map": _by_text("memory_map"),
    "OSFile": _by_text("OSFile"),
    "create_memory_map": Recipe(
        _pyarrow,
        "create_memory_map",
        lambda folder: (os.path.join(folder, "o.bin"), 8),
        lambda folder: (os.path.join(folder, "missing", "o.bin"), 8),
        lambda folder, probe: (_asked_text(os.path.join(folder, "o.bin"), probe), 8),
    ),
    "input_stream": loader(_pyarrow, "input_stream", "t.parquet", _parquet),
    "output_stream": Recipe(
        _pyarrow,
        "output_stream",
        lambda folder: (os.path.join(folder, "o.bin"),),
        lambda folder: (os.path.join(folder, "missing", "o.bin"),),
        lambda folder, probe: (ProbedPath(os.path.join(folder, "o.bin"), probe),),
    ),
}
