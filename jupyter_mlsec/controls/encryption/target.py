"""What a call reads from or writes to: a local path, an open file, memory, or something out of our reach."""

from __future__ import annotations

import io
import os
import re
import stat
import sys
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import msgspec

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.vault import is_sealed

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]+://")
_PREFIX = 64


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a write goes. `nothing`: no file is written, or it is sealed already; `unsealable`: see `why`."""

    kind: Literal["path", "nothing", "unsealable"]
    path: Path | None = None
    why: str = ""


_NOTHING = Target(kind="nothing")


def local_path(resource: Any) -> Path | None:  # Any: whatever the user's call names
    """The local path a call names as str, bytes, PathLike or file URL; None for anything else."""
    if isinstance(resource, os.PathLike):
        try:
            resource = os.fspath(resource)
        except TypeError:  # pandas' ExcelFile gives the open file it was made from
            return None
    if isinstance(resource, bytes):
        resource = os.fsdecode(resource)
    if not isinstance(resource, str) or not resource or "\n" in resource or "\0" in resource:
        return None
    if resource.startswith("file://"):
        return Path(unquote(urlsplit(resource).path))
    if _URL.match(resource):
        return None
    return Path(resource).expanduser()


def is_sealed_path(path: Path) -> bool:
    """Whether a regular file of that path starts as a sealed one does. Never blocks, never raises."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        with path.open("rb", buffering=0) as file:
            return is_sealed(file.read(_PREFIX))
    except (OSError, ValueError):
        return False


def sealed_file(resource: Any) -> bool:  # Any: whatever the user's call names
    """Whether it is the user's open, seekable binary file with a sealed file at its position."""
    if not isinstance(resource, io.BufferedIOBase | io.RawIOBase) or _is_ours(resource):
        return False
    try:
        if resource.closed or not resource.readable() or not resource.seekable():
            return False
        position = resource.tell()
        try:
            return is_sealed(resource.read(_PREFIX) or b"")
        finally:
            resource.seek(position)
    except (OSError, ValueError):
        return False


def target_of(call: Call) -> Target:
    """Where the write of this call goes, and whether it can be sealed at all."""
    resource = call.resource
    if resource is None or isinstance(resource, io.BytesIO | io.StringIO) or _is_ours(resource):
        return _NOTHING
    path = local_path(resource)
    if path is None:
        return _unsealable(_why_not(resource))
    if call.watch.sealing == "none":
        return _unsealable("this saver cannot be handed a sealed file")
    if path.is_dir() or call.argument("partition_cols"):
        return _unsealable("it is a folder of many files")
    if path.exists() and not path.is_file():
        return _unsealable("it is a device or pipe")
    if call.argument("engine") == "fastparquet":
        return _unsealable('the fastparquet engine writes out of order; engine="pyarrow" can be sealed')
    if is_appending(call):
        return _unsealable("rows are appended to a file, and a sealed file cannot be changed in part")
    if call.watch.format == "excel":
        from jupyter_mlsec.controls.encryption.workbook import refusal

        why = refusal(call, path)
        if why:
            return _unsealable(why)
    return Target(kind="path", path=path)


def is_appending(call: Call) -> bool:
    """Whether the call adds to an existing file."""
    mode = call.argument("mode")
    return isinstance(mode, str) and mode.startswith("a")


def _unsealable(why: str) -> Target:
    return Target(kind="unsealable", why=why)


def _why_not(resource: Any) -> str:
    if isinstance(resource, str):
        return "it does not go to a local file"
    if hasattr(resource, "_write_cells") or type(resource).__name__.endswith("ExcelWriter"):
        return "it goes through an ExcelWriter; a path can be sealed"
    return 'it goes to a file that was opened before; a path can be sealed, or mlsec.open(path, "wb")'


def _is_ours(resource: Any) -> bool:
    """Whether it is a sealed file object (or text over one) already. Our classes are not imported to find out."""
    resource = getattr(resource, "buffer", resource)
    ours = (("writer", "AgeWriter"), ("reader", "AgeReader"))
    modules = ((sys.modules.get(f"jupyter_mlsec.vault.{home}"), name) for home, name in ours)
    return any(module is not None and isinstance(resource, getattr(module, name)) for module, name in modules)
