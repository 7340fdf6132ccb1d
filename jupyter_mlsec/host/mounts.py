"""On which kind of file system a path lies, and whether that outlives the machine or container it is in."""

from __future__ import annotations

from pathlib import Path

_MOUNTS = Path("/proc/mounts")
FLEETING = frozenset({"tmpfs", "ramfs", "devtmpfs", "overlay", "overlayfs", "aufs", "rootfs"})
"""Kinds whose files go away with the machine's power or with the container."""


def kind_of(path: Path, mounts: Path = _MOUNTS) -> str | None:
    """The kind of file system `path` (or its nearest existing parent) is on; None where the system does not say."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    place = path.resolve()
    best, kind = -1, None
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(_unescaped(fields[1]))
        depth = len(point.parts)
        if depth >= best and place.is_relative_to(point):  # a later mount on the same point hides the earlier one
            best, kind = depth, fields[2]
    return kind


def is_fleeting(kind: str | None) -> bool:
    """Whether files on this kind of file system are known to go away by themselves."""
    return kind in FLEETING


def _unescaped(field: str) -> str:
    for code, letter in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(code, letter)
    return field
