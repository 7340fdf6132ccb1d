"""What a call reads from or writes to: a local path, an open file, memory, or something out of our reach."""

from __future__ import annotations

import io
import os
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import msgspec

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.controls.encryption.adapting import needs_seek, with_ending
from jupyter_mlsec.host.behind import path_text
from jupyter_mlsec.protocol.watch import Sealing
from jupyter_mlsec.vault import filesystems, is_sealed

_URL = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.\-]*::)*[A-Za-z][A-Za-z0-9+.\-]+://")
_PREFIX = 64
_IN_MEMORY = (None, "", ":memory:", ":default:")
_CHANGES = frozenset({"r+", "readwrite"})


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a write goes. `nothing`: no file is written, or it is sealed already; `unsealable`: see `why`."""

    kind: Literal["path", "nothing", "unsealable"]
    path: Path | None = None
    why: str = ""


_NOTHING = Target(kind="nothing")


def local_path(resource: Any) -> Path | None:  # Any: whatever the user's call names
    """The local path a call names as str, bytes, PathLike or file URL; None for anything else."""
    resource = path_text(resource)
    if isinstance(resource, bytes):
        resource = os.fsdecode(resource)
    if not isinstance(resource, str) or not resource or "\n" in resource or "\0" in resource:
        return None
    if resource.startswith("file://"):
        return Path(unquote(urlsplit(resource).path))
    if _URL.match(resource):
        return None
    return Path(resource).expanduser()


Starts = Callable[[bytes], bool]
"""Whether a file that starts so is of the kind that is looked for."""


def is_sealed_path(path: Path, starts: Starts = is_sealed) -> bool:
    """Whether a regular file of that path starts as a sealed one does. Never blocks, never raises."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        with path.open("rb", buffering=0) as file:
            return starts(file.read(_PREFIX))
    except (OSError, ValueError):
        return False


def sealed_file(resource: Any, starts: Starts = is_sealed) -> bool:  # Any: whatever the user's call names
    """Whether it is the user's open, seekable binary file with a sealed file at its position."""
    if not isinstance(resource, io.BufferedIOBase | io.RawIOBase) or _is_ours(resource):
        return False
    try:
        if resource.closed or not resource.readable() or not resource.seekable():
            return False
        position = resource.tell()
        try:
            return starts(resource.read(_PREFIX) or b"")
        finally:
            resource.seek(position)
    except (OSError, ValueError):
        return False


def target_of(call: Call) -> Target:
    """Where the write of this call goes, and whether it can be sealed at all."""
    resource = call.resource
    if call.watch.spelling is not None:
        text = statement_of(resource)
        resource = None if text is None else call.watch.spelling.written(text)
    if resource is None or _is_ours(resource):
        return _NOTHING
    if isinstance(resource, io.BytesIO | io.StringIO):
        takes_files = call.watch.sealing in ("sink", "path")
        return _NOTHING if takes_files else _unsealable("this saver takes no file object: it would make a plain file")
    if hasattr(resource, "_write_cells"):  # pandas' ExcelWriter, which calls itself a path
        handle = getattr(getattr(resource, "_handles", None), "handle", None)
        return _NOTHING if _is_ours(handle) else _unsealable(_why_not(resource))
    path = local_path(resource)
    if path is None:
        return _unsealable(_why_not(resource))
    path = with_ending(call, path)
    if path == Path(os.devnull):
        return _NOTHING
    try:
        why = _why_never(call, path)
    except OSError:  # no file can have that name: making it says so
        why = ""
    return _unsealable(why) if why else Target(kind="path", path=path)


def _why_never(call: Call, path: Path) -> str:
    """Why what the call saves to this path cannot be sealed; empty if it can."""
    watch = call.watch
    if watch.action == "read" and watch.mode is not None:
        return "it is changed in place, which a sealed file cannot be"
    if watch.sealing == "none":
        return "this saver cannot be handed a sealed file"
    if not is_local(call.argument("filesystem")) or call.argument("storage_options"):
        return "it goes to another file system"
    if path.is_dir() and (way_of(call) != "folder" or _holds_anything(path, call)):
        return "it is a folder of many files that is there already"
    if path.exists() and not path.is_file() and not path.is_dir():
        return "it is a device or pipe"
    if call.argument("lazy"):
        return "it is written later; lazy=False can be sealed"
    if call.argument("engine") == "fastparquet":
        return 'the fastparquet engine writes out of order; engine="pyarrow" can be sealed'
    if is_appending(call):
        return "rows are appended to a file, and a sealed file cannot be changed in part"
    if watch.format == "excel":
        from jupyter_mlsec.controls.encryption.workbook import refusal

        return refusal(call, path)
    return ""


def way_of(call: Call) -> Sealing:
    """How this saver takes what it writes to: one that makes a folder of parts does so in memory."""
    if call.watch.sealing == "sink" and any(call.argument(name) for name in ("partition_cols", "partition_by")):
        return "folder"
    return "path" if call.watch.sealing == "sink" and needs_seek(call) else call.watch.sealing


def is_local(filesystem: Any) -> bool:  # Any: pyarrow's or fsspec's
    """Whether files on it are local ones; so they are without any."""
    kinds = (getattr(filesystem, "type_name", None), getattr(filesystem, "protocol", None))
    found: bool = any(kind in ("local", "file", ("file", "local")) for kind in kinds)
    return filesystem is None or found


_MODEL_FOLDERS = frozenset({"model", "tokenizer"})
"""Formats whose savers put their files into a folder beside what is there."""


def _holds_anything(path: Path, call: Call) -> bool:
    return call.watch.format not in _MODEL_FOLDERS and next(path.iterdir(), None) is not None


def is_appending(call: Call) -> bool:
    """Whether the call adds to an existing file."""
    mode = call.argument("mode")
    return (isinstance(mode, str) and mode.startswith("a")) or call.argument("append") is True


def statement_of(resource: Any) -> str | None:  # Any: a text, or a statement that duckdb has parsed
    """The text of a statement; None for what is none."""
    text = getattr(resource, "query", resource)
    return text if isinstance(text, str) else None


def attaches(call: Call) -> bool:
    """Whether a statement opens a database, or makes one, so that it can be changed."""
    text = statement_of(call.resource) if call.watch.spelling is not None else None
    return text is not None and call.watch.spelling is not None and call.watch.spelling.opened(text) != ()


def database_to_change(call: Call) -> Path | None:
    """The plain database file that this call opens, or makes, so that it can be changed; None for any other call."""
    named = call.resource
    if call.watch.action != "connect" or call.watch.kind != "database" or named in _IN_MEMORY or is_reading(call):
        return None
    if isinstance(named, str) and named.startswith("file:") and call.argument("uri"):
        named = named.removeprefix("file:").partition("?")[0]
        return None if named in _IN_MEMORY else local_path(named)
    return local_path(named)


def read_only_command(call: Call, path: Path) -> str:
    """How to open that database so that it cannot be changed."""
    if call.watch.format == "duckdb":
        return f"duckdb.connect({str(path)!r}, read_only=True)"
    return f"sqlite3.connect({f'file:{path}?mode=ro'!r}, uri=True)"


def is_reading(call: Call) -> bool:
    """Whether a database is opened so that it cannot be changed."""
    if call.watch.format == "duckdb":
        return bool(call.argument("read_only"))
    return bool(call.argument("uri")) and any(word in str(call.resource) for word in ("mode=ro", "immutable=1"))


def is_sealed_by_fsspec(call: Call) -> bool:
    """Whether fsspec seals or opens by itself what the call names: a URL after `age::`, or compression="age"."""
    opened = call.args[0] if call.args and call.watch.target == "core:OpenFile.__enter__" else None
    is_told = getattr(opened, "compression", None) == filesystems.NAME
    return is_told or filesystems.is_ours(call.resource, call.argument("storage_options"))


def is_changing(call: Call) -> bool:
    """Whether the call opens a file in order to change it in place: what it changed in a plain copy would be lost."""
    if call.watch.format == "duckdb" and call.watch.action == "connect":
        return not is_reading(call)
    if call.watch.format == "hdf" and call.watch.action == "connect":
        return bool(call.argument("mode", "a") != "r")
    return _CHANGES.intersection((call.argument("mode"), call.argument("mmap_mode"))) != set()


def _unsealable(why: str) -> Target:
    return Target(kind="unsealable", why=why)


def _why_not(resource: Any) -> str:
    if resource == "":
        return "which file it writes does not stand in the statement, or there are several"
    if isinstance(resource, str):
        return "it does not go to a local file"
    if hasattr(resource, "_write_cells") or type(resource).__name__.endswith("ExcelWriter"):
        return "it goes through an ExcelWriter that was made to write in plain; a path can be sealed"
    return 'it goes to a file that was opened before; a path can be sealed, or mlsec.open(path, "wb")'


def _is_ours(resource: Any) -> bool:
    """Whether it is a sealed file object (or text over one) already. Our classes are not imported to find out."""
    resource = getattr(resource, "buffer", resource)
    ours = (("writer", "AgeWriter"), ("reader", "AgeReader"))
    modules = ((sys.modules.get(f"jupyter_mlsec.vault.{home}"), name) for home, name in ours)
    return any(module is not None and isinstance(resource, getattr(module, name)) for module, name in modules)
