"""`.mlsec/known.json`: findings that the project knows of, one a line, so that a change of them is read in a diff.

What is listed is still found, labelled and recorded; only the line below the cell is spared. A finding that spread
(twice the share that was known, or five points more) is told again. The file counts only as this user approved it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from jupyter_mlsec.controls.pii.detection import Detection
from jupyter_mlsec.policy import trust
from jupyter_mlsec.policy.layer import read_bytes
from jupyter_mlsec.protocol.errors import PolicyError, UsageError

FILE = "known.json"
TRUST = "%mlsec pii --trust-known"
_ABOUT = "Personal data that this project knows of (%mlsec pii --known). Read changes as you read code."


class Entry(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One known finding. `share`: of the column's filled rows, when it was listed."""

    resource: str
    column: str
    type: str
    share: float
    reason: str


class _Listed(msgspec.Struct, kw_only=True):
    about: str = _ABOUT
    known: list[Entry] = []


class Known:
    """The project's list, read again whenever the file changes."""

    def __init__(self, state: Callable[[], Path], data: Callable[[], Path]) -> None:
        self._state = state
        self._data = data
        self._read: tuple[tuple[int, int], dict[tuple[str, str, str], Entry]] | None = None
        self.refused = ""
        """Why the file is not followed; empty when it is, or there is none."""

    def covers(self, resource: str, column: str, found: Detection) -> bool:
        """Whether this is listed, and no more than was known."""
        entry = self._entries().get((resource, column, found.type))
        return entry is not None and found.share <= max(2 * entry.share, entry.share + 0.05)

    def add(self, entries: Iterable[Entry]) -> int:
        """List these too, replacing what was listed of the same; how many are listed now. Raises PolicyError."""
        listed = {(e.resource, e.column, e.type): e for e in (*self._parsed(read_bytes(self._path()) or b""), *entries)}
        lines = ",\n".join(
            f"  {json.dumps(msgspec.to_builtins(e), ensure_ascii=False)}" for e in sorted(listed.values())
        )
        text = f'{{"about": {json.dumps(_ABOUT)},\n "known": [\n{lines}\n]}}\n'
        from jupyter_mlsec.vault.atomic import replacing

        path, raw = self._path(), text.encode("utf-8", "backslashreplace")
        with replacing(path) as file:
            file.write(raw)
        trust.approve(path, trust.digest_of(raw), self._data())
        self._read = None
        return len(listed)

    def approve(self) -> int:
        """Follow the file as it is now; how many findings it lists. Raises UsageError where there is none."""
        raw = read_bytes(self._path())
        if raw is None:
            raise UsageError(f"Nothing was trusted: this project has no .mlsec/{FILE}.")
        count = len(self._parsed(raw))
        trust.approve(self._path(), trust.digest_of(raw), self._data())
        self._read = None
        return count

    def _path(self) -> Path:
        path = self._state() / FILE
        if path.is_symlink():
            raise PolicyError(f".mlsec/{FILE} was not used: it is a link.")
        return path

    def _entries(self) -> dict[tuple[str, str, str], Entry]:
        try:
            status = (self._state() / FILE).stat()
        except OSError:
            self.refused = ""
            return {}
        mark = (status.st_mtime_ns, status.st_size)
        if self._read is None or self._read[0] != mark:
            self._read = (mark, self._load())
        return self._read[1]

    def _load(self) -> dict[tuple[str, str, str], Entry]:
        try:
            raw = read_bytes(self._path()) or b""
            if not trust.is_trusted(trust.digest_of(raw), self._data()):
                self.refused = f"it changed and you have not approved that. Read it, then: {TRUST}"
                return {}
            self.refused = ""
            return {(e.resource, e.column, e.type): e for e in self._parsed(raw)}
        except PolicyError as error:
            self.refused = str(error)
            return {}

    @staticmethod
    def _parsed(raw: bytes) -> list[Entry]:
        if not raw:
            return []
        try:
            return msgspec.json.decode(raw, type=_Listed).known
        except msgspec.MsgspecError as error:
            raise PolicyError(f".mlsec/{FILE} was not followed: it is no list of known findings.") from error
