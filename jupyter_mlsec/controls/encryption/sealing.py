"""The two deeds on a call: hand it a sealed file in place of its path, or the plain bytes of a sealed one."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from jupyter_mlsec.controls.contract import Call
from jupyter_mlsec.controls.encryption import workbook
from jupyter_mlsec.controls.encryption.adapting import adapt
from jupyter_mlsec.host import memfd
from jupyter_mlsec.protocol.errors import VaultError
from jupyter_mlsec.protocol.facts import SealedFor
from jupyter_mlsec.vault.files import Sealed, SealedFile
from jupyter_mlsec.vault.keys import Recipient
from jupyter_mlsec.vault.reader import AgeReader

_STEP = 1 << 20


class Sealing:
    """A save on its way into a sealed file. Nothing is at the path before `complete`."""

    def __init__(
        self, call: Call, path: Path, recipients: tuple[Recipient, ...], done: Callable[[Sealed], None]
    ) -> None:
        if call.argument("mode") == "x" and path.exists():
            raise FileExistsError(f"{path} exists already")
        self._call, self._done = call, done
        self._named = call.resource
        self._memory: int | None = None
        self._file = SealedFile(path, recipients)
        self._finish: Callable[[], None] = lambda: None
        try:
            adapt(call, path)
            if call.watch.format == "excel":
                self._finish = workbook.hide_sheets(call, path)
            call.replace(str(call.watch.resource), self._stand_in())
        except BaseException:
            self.abandon()
            raise

    def _stand_in(self) -> Any:
        if self._call.watch.sealing == "sink":
            return self._file
        if not memfd.is_available():
            raise VaultError("Nothing was saved: this saver takes only paths, and this system has no files in memory.")
        self._memory = memfd.create("mlsec-save")
        return memfd.path_of(self._memory)

    def complete(self, value: Any) -> Any:
        """Finish the file, put it in its place, and tell who wants to know."""
        try:
            self._finish()
            if self._memory is not None:
                with open(self._memory, "rb", closefd=False) as plain:  # a descriptor has no Path
                    plain.seek(0)
                    while piece := plain.read(_STEP):
                        self._file.write(piece)
            self._file.close()
            self._file.require_finished()
        except BaseException:
            self._file.abandon()
            raise
        finally:
            self._forget_memory()
        self._done(self._file.sealed)
        if self._call.watch.format == "joblib":
            return [os.fspath(self._named)]  # what joblib.dump gives for a path
        return value

    def abandon(self) -> None:
        """The old file stays, and no temp."""
        self._finish()
        self._forget_memory()
        self._file.abandon()

    def _forget_memory(self) -> None:
        if self._memory is not None:
            os.close(self._memory)
            self._memory = None


class Opening:
    """A load from a sealed file. `file`: the user's own open file, which is left where its reading got to."""

    def __init__(self, call: Call, reader: AgeReader, path: Path | None, file: IO[bytes] | None = None) -> None:
        self._reader, self._file = reader, file
        self._memory: int | None = None
        if path is not None:
            adapt(call, path)
        call.replace(str(call.watch.resource), self._stand_in(call))

    def _stand_in(self, call: Call) -> Any:
        if call.watch.sealing == "sink":
            return self._reader
        self._memory = memfd.create("mlsec-load")
        with open(self._memory, "wb", closefd=False) as plain:  # a descriptor has no Path
            while piece := self._reader.read(_STEP):
                plain.write(piece)
        memfd.freeze(self._memory)
        return memfd.path_of(self._memory)

    def complete(self, value: Any) -> Any:
        """A lazy value may read later: what it reads from lives as long as it does."""
        if self._file is not None and not self._file.closed:
            self._file.seek(self._reader.source_position())
        if self._memory is not None:
            self._tie(value, self._memory)
            self._memory = None
        return value

    def _tie(self, value: Any, descriptor: int) -> None:
        try:
            weakref.finalize(value, os.close, descriptor)
        except TypeError:  # it takes no weak reference (a list, a number): nothing of ours reads lazily there
            os.close(descriptor)

    def abandon(self) -> None:
        """Close what we opened."""
        if self._file is None:
            self._reader.close()
        if self._memory is not None:
            os.close(self._memory)
            self._memory = None


def fact_of(sealed: Sealed) -> SealedFor:
    """What was written, for the record."""
    return SealedFor(recipients=sealed.recipients, digest=sealed.digest, size=sealed.size)
