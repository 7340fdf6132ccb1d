"""What a function guesses from a path's ending and cannot from a file object: said to it explicitly."""

from __future__ import annotations

import codecs
import contextlib
from pathlib import Path
from typing import Any

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.controls.encryption.settings import SUFFIX

_PANDAS = {
    ".tar": "tar",
    ".tar.gz": "tar",
    ".tar.bz2": "tar",
    ".tar.xz": "tar",
    ".gz": "gzip",
    ".bz2": "bz2",
    ".zip": "zip",
    ".xz": "xz",
    ".zst": "zstd",
}
_JOBLIB = {".z": "zlib", ".gz": "gzip", ".bz2": "bz2", ".lzma": "lzma", ".xz": "xz", ".lz4": "lz4"}


def adapt(call: Call, path: Path) -> None:
    """Give the call the compression it would have guessed, and take out what needs a path."""
    name = path.name.lower().removesuffix(SUFFIX)
    if call.watch.compression is not None:
        _resolve(call, call.watch.compression, name)
    if call.watch.format == "joblib" and call.watch.action == "write":
        _resolve_joblib(call, name)
    if call.watch.format == "sas":
        _resolve_sas(call, name)
    if call.argument("memory_map"):
        call.replace("memory_map", False)
    if call.watch.action == "write" and isinstance(mode := call.argument("mode"), str):
        call.replace("mode", mode.replace("x", "w").replace("t", ""))  # that the file is new was checked before
    if call.argument("filesystem") is not None:  # the local one: what stands in for the path is no part of it
        call.replace("filesystem", None)


def _resolve(call: Call, parameter: str, name: str) -> None:
    given: Any = call.argument(parameter, "infer")
    guessed = next((method for ending, method in _PANDAS.items() if name.endswith(ending)), None)
    if guessed is None:  # some engines refuse to be told so
        return
    if given == "infer":
        call.replace(parameter, guessed)
    elif isinstance(given, dict) and given.get("method", "infer") == "infer":
        call.replace(parameter, {**given, "method": guessed})


def _resolve_joblib(call: Call, name: str) -> None:
    given: Any = call.argument("compress", 0)
    guessed = next((method for ending, method in _JOBLIB.items() if name.endswith(ending)), None)
    if guessed is not None and isinstance(given, int):
        level = 3 if given is True or given == 0 else given
        call.replace("compress", (guessed, level))


def _resolve_sas(call: Call, name: str) -> None:
    """pandas tells the kind of a SAS file by its ending only."""
    endings = {".xpt": "xport", ".sas7bdat": "sas7bdat"}
    found = next((kind for ending, kind in endings.items() if ending in name), None)
    if call.argument("format") is None and found is not None:
        call.replace("format", found)


def needs_seek(call: Call) -> bool:
    """Whether the saver looks back at what it wrote: Stata's long strings, and encodings that begin with a mark."""
    encoding = call.argument("encoding")
    if isinstance(encoding, str):
        with contextlib.suppress(LookupError):  # the saver's own error
            if codecs.lookup(encoding).name in ("utf-16", "utf-32"):
                return True
    return call.watch.format == "stata" and bool(call.argument("convert_strl"))


def database_in_memory(call: Call) -> str:
    """What SQLite opens in place of a sealed database: one in memory, into which the plain form is put."""
    if call.argument("uri"):
        call.replace("uri", False)
    return ":memory:"


def with_ending(call: Call, path: Path) -> Path:
    """The file a saver would make of that path: numpy adds an ending where there is none."""
    endings = {"npy": ".npy", "npz": ".npz"}
    ending = endings.get(call.watch.format or "", "")
    return path if path.name.removesuffix(SUFFIX).endswith(ending) else path.with_name(path.name + ending)
