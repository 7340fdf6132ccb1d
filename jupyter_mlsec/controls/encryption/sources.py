"""The sealed files that a load names: one path, several, all below a folder or pattern, or those in a statement."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.controls.encryption import target

_MAGIC = frozenset("*?[")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What a load reads that is sealed. `root`: the folder that all of a `tree` is in; `rest`: the pattern below it."""

    kind: Literal["path", "list", "tree", "statement"]
    sealed: tuple[Path, ...]
    others: tuple[Path, ...] = ()
    root: Path = Path()
    rest: str = ""
    parts: tuple[tuple[str, Source], ...] = ()
    """Of a statement: each name in it that means something sealed."""


Holds = Callable[[Path], bool]
"""Whether a file is one of those looked for. Never blocks, never raises."""


def source_of(call: Call, holds: Holds = target.is_sealed_path) -> Source | None:
    """The sealed files that this call reads; None without any. Never blocks, never raises."""
    resource, spelling = call.resource, call.watch.spelling
    if spelling is not None:
        text = target.statement_of(resource)
        return None if text is None else _statement(spelling.read(text), holds)
    if call.watch.statement or not target.is_local(call.argument("filesystem")):
        return None
    if isinstance(resource, list | tuple):
        return _several(resource, holds)
    path = target.local_path(resource)
    return None if path is None else _at(path, holds)


def _at(path: Path, holds: Holds) -> Source | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return _pattern(path, holds)
    if stat.S_ISDIR(status.st_mode):
        return _tree(path, "", _files_below(path), holds)
    return Source(kind="path", sealed=(path,)) if holds(path) else None


def _several(named: Sequence[Any], holds: Holds) -> Source | None:
    paths = [path for each in named if (path := target.local_path(each)) is not None]
    sealed = tuple(path for path in paths if holds(path))
    return Source(kind="list", sealed=sealed) if sealed else None


def _statement(names: Sequence[str], holds: Holds) -> Source | None:
    found = [(name, source) for name in names if (path := target.local_path(name)) and (source := _at(path, holds))]
    sealed = tuple(path for _, source in found for path in source.sealed)
    return Source(kind="statement", sealed=sealed, parts=tuple(found)) if found else None


def _pattern(path: Path, holds: Holds) -> Source | None:
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
    return _tree(root, os.path.join(*parts[magic:]), iter(found), holds)  # noqa: PTH118  # a pattern is no Path


def _tree(root: Path, rest: str, files: Iterator[Path], holds: Holds) -> Source | None:
    every = [path for path in files if path.is_file()]
    sealed = tuple(path for path in every if holds(path))
    if not sealed:
        return None
    found = set(sealed)
    others = tuple(path for path in every if path not in found)
    return Source(kind="tree", sealed=sealed, others=others, root=root, rest=rest)


def _files_below(folder: Path) -> Iterator[Path]:
    """All of them: what stands in for the folder holds no more than this."""
    for here, _, names in os.walk(folder):
        yield from (Path(here, name) for name in names)


Place = Callable[[Path], str]
"""Gives the path in memory of one sealed file's plain form."""
Tree = Callable[[Source], str]
"""Gives the folder in memory that stands in for a tree's root."""


def stand_in(call: Call, source: Source, place: Place, tree: Tree) -> Any:
    """What the call is given as its resource in place of several sealed files."""
    resource, spelling = call.resource, call.watch.spelling
    if source.kind == "statement":
        assert spelling is not None
        named = {name: _one(each, place, tree) for name, each in source.parts}
        return spelling.put(target.statement_of(resource), named)
    if source.kind == "list":
        known = {path: place(path) for path in source.sealed}
        return type(resource)(known.get(target.local_path(each) or Path(), each) for each in resource)
    return _one(source, place, tree)


def _one(source: Source, place: Place, tree: Tree) -> str:
    if source.kind == "path":
        return place(source.sealed[0])
    return os.path.join(tree(source), source.rest) if source.rest else tree(source)  # noqa: PTH118  # it may be a pattern
