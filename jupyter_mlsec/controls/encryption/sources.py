"""The sealed files that a load names: one path, several, all below a folder or pattern, or those in a statement."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.controls.encryption import target

_MOST = 2_000
"""Files of a folder or pattern that are looked into."""
_MAGIC = frozenset("*?[")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What a load reads that is sealed. `root`: the folder that all of a `tree` is in; `rest`: the pattern below it."""

    kind: Literal["path", "list", "tree", "statement"]
    sealed: tuple[Path, ...]
    others: tuple[Path, ...] = ()
    root: Path = Path()
    rest: str = ""


def source_of(call: Call) -> Source | None:
    """The sealed files that this call reads; None without any. Never blocks, never raises."""
    resource, spelling = call.resource, call.watch.spelling
    if spelling is not None:
        named = spelling.read(resource) if isinstance(resource, str) else ()
        return _several("statement", named)
    if call.watch.statement:
        return None
    if isinstance(resource, list | tuple):
        return _several("list", resource[:_MOST])
    path = target.local_path(resource)
    if path is None:
        return None
    try:
        status = path.stat()
    except (OSError, ValueError):
        return _pattern(path)
    if stat.S_ISDIR(status.st_mode):
        return _tree(path, "", _files_below(path))
    return Source(kind="path", sealed=(path,)) if target.is_sealed_path(path) else None


def _several(kind: Literal["list", "statement"], named: Any) -> Source | None:
    paths = [path for each in named if (path := target.local_path(each)) is not None]
    sealed = tuple(path for path in paths if target.is_sealed_path(path))
    return Source(kind=kind, sealed=sealed) if sealed else None


def _pattern(path: Path) -> Source | None:
    """Of `folder/year=*/*.parquet` the folder is the root."""
    parts = path.parts
    magic = next((number for number, part in enumerate(parts) if not _MAGIC.isdisjoint(part)), None)
    if magic is None:
        return None
    root = Path(*parts[:magic]) if magic else Path()
    try:
        found = [Path(each) for each in glob.iglob(os.fspath(path), recursive=True)]  # noqa: PTH207  # as libraries do
    except (OSError, ValueError):
        return None
    return _tree(root, os.path.join(*parts[magic:]), iter(found[:_MOST]))  # noqa: PTH118  # a pattern is no Path


def _tree(root: Path, rest: str, files: Iterator[Path]) -> Source | None:
    every = [path for path in files if path.is_file()]
    sealed = tuple(path for path in every if target.is_sealed_path(path))
    if not sealed:
        return None
    others = tuple(path for path in every if path not in set(sealed))
    return Source(kind="tree", sealed=sealed, others=others, root=root, rest=rest)


def _files_below(folder: Path) -> Iterator[Path]:
    count = 0
    for here, _, names in os.walk(folder):
        for name in names:
            count += 1
            if count > _MOST:
                return
            yield Path(here, name)


def put(call: Call, source: Source, place: Callable[[Path], str], tree: str | None = None) -> None:
    """Name to the call, in place of each sealed file, what `place` gives for it (or, of a tree, its stand-in)."""
    resource, spelling = call.resource, call.watch.spelling
    if source.kind == "tree":
        assert tree is not None
        given: Any = os.path.join(tree, source.rest) if source.rest else tree  # noqa: PTH118
    elif source.kind == "statement":
        assert spelling is not None
        names = [name for name in spelling.read(resource) if target.local_path(name) in source.sealed]
        given = spelling.put(resource, {name: place(Path(name).expanduser()) for name in names})
    else:
        given = [
            place(path) if (path := target.local_path(each)) in source.sealed and path else each for each in resource
        ]
        given = type(resource)(given)
    call.replace(str(call.watch.resource), given)
