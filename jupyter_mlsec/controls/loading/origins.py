"""Which files are known: those that were written here under watch, and those whose names this user trusted."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from jupyter_mlsec.controls.loading.source import State, state_of
from jupyter_mlsec.protocol.entries import Amended, Recorded
from jupyter_mlsec.protocol.facts import Fact, Fingerprint, SealedFor

FORMATS = frozenset({"pickle", "joblib", "npy", "npz", "torch", "torchscript", "skops", "torch export"})
"""What a pickle may lie in."""
_MOST_DIGESTS = 50_000
_MOST_MADE = 10_000
_MOST_OPERATIONS = 4_096


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """Names that this user let one file (by its digest) call."""

    names: tuple[str, ...]
    reason: str
    file: str


class Origins:
    """Kept in this user's own folder, not in the project: a project that is copied from others cannot vouch for itself.

    Digests come from what this process's own gate recorded. A file written in the running cell has none yet: it is
    known by its inode until the cell ends, and by its state from then on.
    """

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder = folder
        self._written: dict[str, tuple[State | None, State | None]] = {}
        """By path: the state when the write ended, and (None while its cell runs) when its cell did."""
        self._operations: dict[str, None] = {}
        self._digests: set[str] | None = None
        self._made: dict[str, None] = {}
        """Digests of bytes in memory that this process made; they end with it."""

    # -- written ----------------------------------------------------------------------------------------------
    def wrote(self, path: str, *, is_complete: bool) -> None:
        """A watched call wrote this file; `is_complete`: it was handed the path, so that nothing follows."""
        state = state_of(path)
        self._written[path] = (state, state if is_complete else None)

    def made(self, content: bytes) -> None:
        """A watched call made these bytes of objects that are here: reading them brings in nothing new."""
        while len(self._made) >= _MOST_MADE:
            self._made.pop(next(iter(self._made)))
        self._made[hashlib.sha256(content).hexdigest()] = None

    def is_made_here(self, digest: Callable[[], str]) -> bool:
        """Whether bytes of that digest were; it is only asked for where any were."""
        return bool(self._made) and digest() in self._made

    def end_cell(self) -> None:
        """The cell ended: what its open files hold now is what they were given."""
        for path, (began, ended) in list(self._written.items()):
            if ended is None:
                self._written[path] = (began, state_of(path))

    def is_written_here(self, path: str | None, state: State | None) -> bool:
        """Whether this run wrote the file, and it is still as it was left."""
        if path is None or state is None or path not in self._written:
            return False
        began, ended = self._written[path]
        if ended is not None:
            return ended == state
        return began is not None and (began.device, began.inode) == (state.device, state.inode)

    def heard(self, entry: object) -> None:
        """Take the digests of what was written from the run's own entries."""
        if isinstance(entry, Recorded):
            operation = entry.operation
            if operation.action != "write" or operation.resource.format not in FORMATS:
                return
            if entry.outcome != "done":
                return
            while len(self._operations) >= _MOST_OPERATIONS:
                self._operations.pop(next(iter(self._operations)))
            self._operations[operation.id] = None
            self._add(entry.facts)
        elif isinstance(entry, Amended) and entry.amends in self._operations:
            self._add(entry.facts)

    def _add(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            is_digest = isinstance(fact, Fingerprint) and (fact.of, fact.algorithm) == ("resource", "sha256")
            if is_digest or isinstance(fact, SealedFor):
                self.add(str(getattr(fact, "digest", "")))

    def add(self, digest: str) -> None:
        """Remember one digest, in this and later runs of this user."""
        known = self.digests()
        if digest and digest not in known:
            known.add(digest)
            line = digest.encode("ascii") + b"\n"
            file = os.open(self._place("written"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(file, line)
            finally:
                os.close(file)

    def digests(self) -> set[str]:
        """All that are remembered; read once."""
        if self._digests is None:
            place = self._place("written")
            lines = place.read_text("ascii", "replace").split() if place.exists() else []
            self._digests = {line for line in lines[-_MOST_DIGESTS:] if len(line) == 64}
        return self._digests

    # -- trusted ----------------------------------------------------------------------------------------------
    def trust(self, digest: str, trust: Trust) -> None:
        """Let the file of that digest use these names from now on."""
        found = self.trusted()
        self._keep({**found, digest: trust})

    def distrust(self, digest: str) -> bool:
        """Take that back; False if there was nothing."""
        found = dict(self.trusted())
        if found.pop(digest, None) is None:
            return False
        self._keep(found)
        return True

    def trusted(self) -> dict[str, Trust]:
        """All trust there is, by digest; nothing where the file cannot be read."""
        try:
            return msgspec.json.decode(self._place("trusted.json").read_bytes(), type=dict[str, Trust])
        except (OSError, msgspec.DecodeError):
            return {}

    def _keep(self, found: dict[str, Trust]) -> None:
        place = self._place("trusted.json")
        beside = place.with_suffix(f".{os.getpid()}")
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(msgspec.json.encode(found))
        beside.replace(place)

    def _place(self, name: str) -> Path:
        folder = self._folder() / "loading"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder / name
