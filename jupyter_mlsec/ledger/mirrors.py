"""Copies of the newest checkpoint outside the ledger's folder, so that an older, rewritten or missing ledger shows.

One lies beside the ledger's folder (`.mlsec/checkpoint`), two in the user's own data folder: under the origin's hash,
and under the hash of the place, which outlives the whole `.mlsec`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

from jupyter_mlsec.ledger import note, wording
from jupyter_mlsec.ledger.reader import Reader
from jupyter_mlsec.ledger.wording import Problem
from jupyter_mlsec.protocol.errors import LedgerError, Unverified

NEAR = "checkpoint"
_PLAIN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Mirrors:
    """Where one ledger's newest checkpoint is kept besides the ledger."""

    def __init__(self, folder: Path, far: Path | None) -> None:
        self._near = folder.parent / NEAR
        self._far = far
        self._place = f"place-{_digest(str(folder.resolve()))}"
        self._held: set[str] = set()

    def _paths(self, origin: str) -> tuple[tuple[str, Path], ...]:
        near = (f"{self._near.parent.name}/{NEAR}", self._near)
        if self._far is None:
            return (near,)
        return (near, ("the checkpoint of this place", self._far / self._place), ("yours", self._far / _digest(origin)))

    def write(self, checkpoint: note.Checkpoint) -> None:
        """Keep that checkpoint everywhere. A mirror that cannot be written is left out: it is a second net."""
        if checkpoint.note in self._held:
            return
        self._held.add(checkpoint.note)
        for _, path in self._paths(checkpoint.origin):
            with contextlib.suppress(OSError):
                _replace(path, checkpoint.note)

    def kept(self, origin: str, keys: Sequence[bytes]) -> Iterator[tuple[str, note.Checkpoint]]:
        """(where, checkpoint) of what is kept and was signed by one of these keys; anything else says nothing."""
        for where, path in self._paths(origin):
            with contextlib.suppress(OSError, Unverified):
                checkpoint = note.parse_checkpoint(_read(path))
                if note.signed_by(checkpoint, keys) is not None:
                    yield where, checkpoint

    def conflicts(self, reader: Reader, keys: Sequence[bytes], size: int | None = None) -> tuple[Problem, ...]:
        """Where the ledger (its first `size` entries) is not what the kept checkpoints speak of, nor continues it."""
        origin, size = reader.origin, reader.size if size is None else size
        follows = _origin(reader.meta("follows"))
        found: list[Problem] = []
        for where, checkpoint in self.kept(origin, keys):
            if checkpoint.origin != origin:
                if checkpoint.origin != follows:
                    found.append(wording.replaced(checkpoint.size, where))
            elif checkpoint.size > size:
                found.append(wording.rolled_back(checkpoint.size, size))
            elif checkpoint.note not in self._held:
                if _root(reader, checkpoint.size) != checkpoint.root:
                    found.append(wording.forked(checkpoint.size))
                self._held.add(checkpoint.note)
        return tuple(dict.fromkeys(found))

    def predecessor(self, keys: Sequence[bytes]) -> tuple[str, note.Checkpoint] | None:
        """Of a ledger about to begin: the last checkpoint of the one that stood here, if any is kept."""
        return max(self.kept("", keys), key=lambda one: one[1].size, default=None)

    def forget(self) -> None:
        """Compare all again next time: the file was exchanged."""
        self._held.clear()


def _origin(text: str | None) -> str | None:
    return None if text is None else text.partition("\n")[0]


def _root(reader: Reader, size: int) -> bytes | None:
    try:
        return reader.root(size)
    except LedgerError:
        return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _read(path: Path) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | _PLAIN | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        return file.read(note.MOST_BYTES + 1)


def _replace(path: Path, text: str) -> None:
    """Exchange a small file whole. Not synced: after a power cut an older mirror is still a true one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _PLAIN, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
