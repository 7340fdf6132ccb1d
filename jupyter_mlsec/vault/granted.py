"""Whom this user granted a file, by its header's digest: age files do not name their readers, so that is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from jupyter_mlsec.vault import atomic

_FILE = "granted.json"
_KEPT = 2000
"""Files that are remembered; of the oldest beyond that, `rotate` asks for whom it is."""


def known(folder: Path, digest: str) -> tuple[str, ...]:
    """All recipients of the file with this header, as far as they are known here; empty if they are not."""
    return _read(folder).get(digest, ())


def remember(folder: Path, digest: str, recipients: Sequence[str], instead_of: str) -> None:
    """The file with this header (which had another before) is sealed for these recipients."""
    found = _read(folder)
    found.pop(instead_of, None)
    found[digest] = tuple(recipients)
    with atomic.replacing(folder / _FILE) as sink:
        sink.write(msgspec.json.encode(dict(list(found.items())[-_KEPT:])))


def _read(folder: Path) -> dict[str, tuple[str, ...]]:
    try:
        return msgspec.json.decode((folder / _FILE).read_bytes(), type=dict[str, tuple[str, ...]])
    except (OSError, msgspec.MsgspecError):
        return {}
