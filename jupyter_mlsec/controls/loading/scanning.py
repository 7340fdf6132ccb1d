"""Model files on disk, looked at without loading them: what each names, and what of it the guard would refuse."""

from __future__ import annotations

import json
import types
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any  # the content of a JSON file

import msgspec

from jupyter_mlsec.controls.loading import containers, wording
from jupyter_mlsec.controls.loading.machine import Findings, Name
from jupyter_mlsec.controls.loading.names import Names
from jupyter_mlsec.controls.loading.opcodes import begins_a_pickle
from jupyter_mlsec.controls.loading.reading import finding_of, passes
from jupyter_mlsec.controls.loading.source import Source
from jupyter_mlsec.protocol.records import Finding

ENDINGS = frozenset(
    {".pkl", ".pickle", ".p", ".joblib", ".npy", ".npz", ".pt", ".pth", ".bin", ".ckpt", ".sav", ".dill", ".skops"}
    | {".model", ".gz", ".bz2", ".xz", ".lzma", ".z", ".lz4", ".zst", ".zip", ".tar", ".7z"}
)
_MOST_SCHEMA = 64 << 20


class Scanned(msgspec.Struct, frozen=True, kw_only=True):
    """One file: how many pickles are in it, all that they name, and what the guard would say of it (None: nothing)."""

    file: str
    streams: int
    names: tuple[str, ...]
    refused: tuple[str, ...]
    unclear: str | None
    digest: str | None
    finding: Finding | None


def scan(path: Path) -> Iterator[Scanned]:
    """Each file that may hold a pickle, at this path or below it. Raises OSError for none that can be read."""
    for each in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if each.is_file() and (not path.is_dir() or may_hold(each)):
            yield scan_file(each, str(each))


def may_hold(path: Path) -> bool:
    """Whether a file is worth looking into: by its ending, or because it begins as a pickle does."""
    if path.suffix.lower() in ENDINGS:
        return True
    try:
        with path.open("rb") as file:
            return file.read(1) == b"\x80" and begins_a_pickle(b"\x80" + file.read(1))
    except OSError:
        return False


def scan_file(path: Path, shown: str) -> Scanned:
    """One file. Nothing of it is carried out, and no module is imported for it; names of one's own are unknown here."""
    names = Names(_nobodys, imported=False)
    source = Source(str(path))
    with source.content() as content:
        if content is None:
            return _unread(shown)
        found = containers.followed(*content)
    _take_schema(path, found)
    wants = [name for name in found.uses if not passes(names, name, found)]
    finding = None
    if wants:
        finding = finding_of(shown, wants, found, "deny")
    elif found.unclear is not None:
        finding = wording.unclear(shown, found.unclear)
    return Scanned(
        file=shown,
        streams=found.streams,
        names=tuple(wording.shown_name(str(name)) for name in found.uses),
        refused=tuple(wording.shown_name(str(name)) for name in wants),
        unclear=found.unclear,
        digest=source.digest(),
        finding=None if finding is None else msgspec.structs.replace(finding, message=_tense(finding.message)),
    )


def _tense(message: str) -> str:
    """A scan loads nothing."""
    return message.replace("was not loaded, and nothing of it ran: it", "would not be loaded: it", 1)


def _unread(shown: str) -> Scanned:
    why = "it could not be read, or changed meanwhile"
    finding = wording.unclear(shown, why)
    return Scanned(file=shown, streams=0, names=(), refused=(), unclear=why, digest=None, finding=finding)


def _nobodys(module: types.ModuleType) -> bool:
    del module
    return False


def _take_schema(path: Path, found: Findings) -> None:
    """A skops file names its classes in a schema; they are made without their constructors."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            if "schema.json" not in archive.namelist():
                return
            with archive.open("schema.json") as file:
                schema = json.loads(file.read(_MOST_SCHEMA))
    except (OSError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, RecursionError):
        found.unclear = "its schema could not be read"
        return
    left = [schema]
    while left:
        each: Any = left.pop()
        if isinstance(each, dict):
            _take_class(each, found)
            left.extend(each.values())
        elif isinstance(each, list):
            left.extend(each)


def _take_class(node: dict[str, Any], found: Findings) -> None:
    module, name = node.get("__module__"), node.get("__class__")
    if isinstance(module, str) and isinstance(name, str) and node.get("__loader__") not in ("JsonNode", "DictNode"):
        found.named(Name(module, name), 0)
