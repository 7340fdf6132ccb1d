"""Sealed files on file systems that are not ours: the plain side of a file that fsspec opened."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from jupyter_mlsec.protocol.errors import NoIdentity, UsageError
from jupyter_mlsec.protocol.resources import bare_url
from jupyter_mlsec.vault.damage import NotSealed
from jupyter_mlsec.vault.files import OpenedFile, choose_recipients, own_identities, when_needed
from jupyter_mlsec.vault.keys import Recipient
from jupyter_mlsec.vault.writer import AgeWriter

WRITES = ("w", "x", "wb", "xb")
"""The modes in which a file is written whole."""
Foreign = Any
"""An open file of fsspec's. Any: each file system has types of its own, and few have the base class in common."""


class Sealing(AgeWriter):
    """Seals into `sink` for this user, then has it sent. Closed while an error is passing, it has it dropped.

    fsspec closes its files without telling them how the block ended; one that was cut short must not look whole.
    """

    def __init__(self, sink: BinaryIO, name: str, send: Callable[[], None], drop: Callable[[], None]) -> None:
        self._send, self._drop = send, drop
        self._known = sys.exc_info()[1]
        try:
            super().__init__(sink, own_recipients(name), name=name)
        except BaseException:
            drop()
            raise

    def close(self) -> None:
        """Finish and send, unless an error that was not there when it was opened is on its way."""
        if self.closed:
            return
        passing = sys.exc_info()[1]
        if passing is not None and passing is not self._known:
            self.abandon()
            return
        try:
            super().close()
            self.require_finished()
            self._send()
        except BaseException:
            self._drop()
            raise

    def abandon(self) -> None:
        """Leave the target as it was, or such that no reader takes it for whole."""
        if not self.closed:
            super().abandon()
            self._drop()


def sealing(file: Foreign, name: str, mode: str = "wb") -> BinaryIO:
    """A writer that seals into `file`, which it owns. Raises NoIdentity, or UsageError for a mode that appends."""
    if mode not in WRITES:
        drop(file)
        raise not_in_part(name)
    return cast(BinaryIO, Sealing(file, name, file.close, lambda: drop(file)))


def not_in_part(name: str) -> UsageError:
    """The error for whoever wants to append to a sealed file."""
    return UsageError(
        f"{name} was not opened: a sealed file cannot be changed in part. Read it, add, and write the whole."
    )


def own_recipients(name: str) -> tuple[Recipient, ...]:
    """For whom `name` is sealed: this user. Raises NoIdentity."""
    try:
        return choose_recipients((), own_identities())
    except NoIdentity as error:
        raise NoIdentity(f"{name} was not written: it would have been sealed for you. {error}") from None


def opened(file: Foreign, name: str) -> BinaryIO:
    """The plain bytes of a sealed file. Raises SealedFileError or NoIdentity naming it; `file` is closed then."""
    try:
        source = _movable(file)
        return cast(BinaryIO, OpenedFile(source, when_needed(), name))
    except NotSealed as error:
        file.close()
        raise NotSealed(f'{error} fsspec was told otherwise, by compression="age", age:: or the ending .age.') from None
    except BaseException:
        file.close()
        raise


def drop(file: Foreign) -> None:
    """Close a file such that what was written so far does not take the target's place, where that is possible.

    Object stores and caches send a file when it is closed: told that it is closed already, they send nothing.
    """
    try:
        file.closed = True
    except AttributeError:  # what was written is there already: it has no end, so every reader refuses it
        file.close()
    else:
        if "r" not in getattr(file, "mode", "r"):
            file.discard()


def name_of(file: Foreign) -> str:
    """What the user calls the file: its path or URL, without what is secret in it."""
    path, system = getattr(file, "path", None), getattr(file, "fs", None)
    if not isinstance(path, str):
        path = getattr(file, "name", None)
        return path if isinstance(path, str) else "The file"
    text = path if system is None else str(system.unstrip_protocol(path)).removeprefix("file://")
    return bare_url(text) if "://" in text else text


def _movable(file: Foreign) -> BinaryIO:
    """The file, if it can be moved about in; else all of it, still sealed, in an unnamed temporary file."""
    try:
        can_move = hasattr(file, "readinto") and file.seek(0, 2) >= 0
        file.seek(0)
    except (OSError, ValueError):
        can_move = False
    if can_move:
        return cast(BinaryIO, file)
    spool = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115  # the reader owns it
    shutil.copyfileobj(file, spool)
    spool.seek(0)
    return spool
