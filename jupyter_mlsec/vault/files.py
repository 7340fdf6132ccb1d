"""Sealed files by path: open one, write one, seal a plain one, open one for good. Errors name the real path."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Literal, overload

import msgspec

from jupyter_mlsec.host.interrupts import postponed
from jupyter_mlsec.protocol.errors import NoIdentity, SealedFileError, UsageError, VaultError
from jupyter_mlsec.vault.atomic import Replacement
from jupyter_mlsec.vault.damage import NoMatch, NotSealed, PayloadDamaged
from jupyter_mlsec.vault.filekey import NONCE_SIZE
from jupyter_mlsec.vault.format import PREFIX_SIZE, is_sealed, read_header
from jupyter_mlsec.vault.hidden import HiddenText
from jupyter_mlsec.vault.identities import Identities
from jupyter_mlsec.vault.keys import Identity, Recipient, parse_recipient
from jupyter_mlsec.vault.reader import AgeReader
from jupyter_mlsec.vault.scrypt import ScryptIdentity, ScryptRecipient
from jupyter_mlsec.vault.writer import AgeWriter

PathLike = str | os.PathLike[str]
_STEP = 1 << 20


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was sealed: where, for whom (short names), and the SHA-256 and size of the bytes on disk."""

    path: Path
    recipients: tuple[str, ...]
    digest: str
    size: int


class SealedFile(AgeWriter):
    """An AgeWriter whose file takes the place of `path` when it is closed, and leaves no trace when abandoned."""

    def __init__(self, path: PathLike, recipients: Iterable[Recipient]) -> None:
        try:
            with postponed():
                self._replacement = Replacement(path)
                super().__init__(self._replacement.sink, recipients, name=os.fspath(path))
        except BaseException:
            self.abandon()
            raise

    def close(self) -> None:
        """Finish, and put the sealed file in its place. Raises what the disk raises; the old file stays then."""
        if self.closed:
            return
        try:
            super().close()
            self.require_finished()
            self._replacement.commit()
        except BaseException as error:
            self._replacement.discard()
            self._tell(error)
            raise

    def _put(self, data: bytes | memoryview) -> None:
        try:
            super()._put(data)
        except OSError as error:
            self._tell(error)
            raise

    def _tell(self, error: BaseException) -> None:
        """A full disk does not say for which file: name it, and what became of it."""
        if isinstance(error, OSError) and error.filename is None and hasattr(self, "name"):
            error.filename = self.name
            error.add_note(f"{self.name} was not saved. What was there before is as it was, and no part of the new is.")

    def abandon(self) -> None:
        """Leave the old file, and no temp."""
        super().abandon()
        if hasattr(self, "_replacement"):  # dropped half made: there was no temp yet
            self._replacement.discard()

    @property
    def sealed(self) -> Sealed:
        """What is on disk now, once closed."""
        made = self._replacement
        return Sealed(path=made.target, recipients=self.recipients, digest=made.digest, size=made.size)


def own_identities() -> Identities:
    """This user's identities in their usual place."""
    from jupyter_mlsec.host.places import data_folder

    return Identities(data_folder())


def choose_recipients(recipients: Iterable[str | Recipient], own: Identities | None) -> tuple[Recipient, ...]:
    """The named recipients and, with `own`, this user: classic as soon as one named recipient is."""
    named = [parse_recipient(item) if isinstance(item, str) else item for item in recipients]
    if own is None:
        return tuple(named)
    classic = any(recipient.kind == "classic" for recipient in named)
    mine = own.recipient(classic=classic)
    return (mine, *(recipient for recipient in named if recipient.name != mine.name))


class OpenedFile(AgeReader):
    """An AgeReader of a file with a name: damage that is found while it is read is told with that name."""

    _is_begun = False

    def __init__(self, source: BinaryIO, identities: Iterable[Identity], name: str) -> None:
        """Owns `source`. Raises SealedFileError or NoIdentity naming the file; `source` is closed then."""
        try:
            prefix = source.read(PREFIX_SIZE)
            source.seek(0)
            if not is_sealed(prefix):
                raise not_sealed(name, prefix)
            super().__init__(source, identities, owns=True, name=name)
        except NotSealed:
            source.close()
            raise
        except BaseException as error:
            source.close()
            if isinstance(error, VaultError):
                raise named(error, name) from None
            raise
        self._is_begun = True

    def _chunk(self, number: int) -> bytes:
        try:
            return super()._chunk(number)
        except PayloadDamaged as error:
            raise self._told(error) from None

    def _run(self, number: int, into: memoryview) -> None:
        try:
            super()._run(number, into)
        except PayloadDamaged as error:
            raise self._told(error) from None

    def _told(self, error: PayloadDamaged) -> PayloadDamaged:
        if not self._is_begun:
            return error
        return PayloadDamaged(
            f"{self.name} was not read to its end: {error}. Restore it from a copy; what was read before was whole."
        )


def not_sealed(name: str, prefix: bytes) -> NotSealed:
    """The error for a plain file where a sealed one was expected."""
    if not prefix:
        return NotSealed(f"{name} was not opened: it is empty, and no sealed file is. Restore it from a copy.")
    if prefix.startswith(b"PARE"):
        return NotSealed(
            f"{name} was not opened: it is encrypted Parquet. Read it with pandas or pyarrow, and save that."
        )
    return NotSealed(f"{name} was not opened: it is not sealed. Read it as any file, or seal it first (%mlsec seal).")


def open_path(path: PathLike, identities: Iterable[Identity]) -> AgeReader:
    """The plain bytes of a sealed file. Raises SealedFileError or NoIdentity naming `path`, or OSError."""
    name = os.fspath(path)
    return OpenedFile(Path(name).open("rb"), identities, name)


def named(error: VaultError, path: str) -> VaultError:
    """The same error as a full sentence about `path`, with what to do."""
    if isinstance(error, NoMatch):
        return NoMatch(
            f"{path} was not opened: {error}. Ask whoever sealed it to seal it for you as well "
            "(%mlsec keys show prints your recipient), or put the identity it was sealed for in place."
        )
    if isinstance(error, SealedFileError):
        return type(error)(f"{path} was not opened: {error}. Restore it from a copy; nothing of it was read.")
    if isinstance(error, NoIdentity):
        return NoIdentity(f"{path} is sealed and was not opened. {error}")
    return error


@overload
def open_sealed(
    path: PathLike,
    mode: Literal["rb"] = "rb",
    recipients: Sequence[str | Recipient] | None = None,
    identities: Sequence[Identity] | Identities | None = None,
    passphrase: str | None = None,
) -> AgeReader: ...
@overload
def open_sealed(
    path: PathLike,
    mode: Literal["wb", "xb"],
    recipients: Sequence[str | Recipient] | None = None,
    identities: Sequence[Identity] | Identities | None = None,
    passphrase: str | None = None,
) -> SealedFile: ...
@overload
def open_sealed(
    path: PathLike,
    mode: str,
    recipients: Sequence[str | Recipient] | None = None,
    identities: Sequence[Identity] | Identities | None = None,
    passphrase: str | None = None,
) -> AgeReader | SealedFile: ...
def open_sealed(
    path: PathLike,
    mode: str = "rb",
    recipients: Sequence[str | Recipient] | None = None,
    identities: Sequence[Identity] | Identities | None = None,
    passphrase: str | None = None,
) -> AgeReader | SealedFile:
    """A sealed file as a binary file object: `rb` seekable; `wb` (`xb`: only if new) takes its place when closed.

    Without `recipients` it is sealed for this user (`wb`); with them for exactly those. A `passphrase` stands alone.
    """
    passphrase = None if passphrase is None else HiddenText(passphrase)
    if mode == "rb":
        return open_path(path, _openers(identities, passphrase))
    if mode not in ("wb", "xb"):
        raise UsageError(f"A sealed file cannot be opened in mode {mode!r}. Modes are rb, wb and xb.")
    if mode == "xb" and Path(path).exists():
        raise FileExistsError(f"{os.fspath(path)} exists already")
    return SealedFile(path, _sealers(recipients, identities, passphrase))


def _openers(identities: Sequence[Identity] | Identities | None, passphrase: str | None) -> Iterable[Identity]:
    if passphrase is not None:
        return [ScryptIdentity(passphrase)]
    if identities is not None and not isinstance(identities, Identities):
        return identities
    return when_needed(identities)


def when_needed(identities: Identities | None = None) -> Iterator[Identity]:
    """This user's identities, loaded once a sealed header was read: a plain file asks nobody for a passphrase."""
    yield from (identities or own_identities()).load()


def _sealers(
    recipients: Sequence[str | Recipient] | None,
    identities: Sequence[Identity] | Identities | None,
    passphrase: str | None,
) -> tuple[Recipient, ...]:
    if passphrase is not None:
        return (ScryptRecipient(passphrase), *choose_recipients(recipients or (), None))
    if recipients is not None:
        return choose_recipients(recipients, None)
    return choose_recipients((), identities if isinstance(identities, Identities) else own_identities())


def is_sealed_file(path: PathLike) -> bool:
    """Whether the file at `path` is sealed. Raises OSError."""
    with Path(path).open("rb") as file:
        return is_sealed(file.read(PREFIX_SIZE))


def header_digest(path: PathLike) -> str:
    """The SHA-256 of a sealed file's header and nonce: no two are the same, and without its key none is made to fit.

    Raises SealedFileError or OSError.
    """
    with Path(path).open("rb") as file:
        size = read_header(file).size + NONCE_SIZE
        file.seek(0)
        return hashlib.sha256(file.read(size)).hexdigest()


def seal_file(
    path: PathLike,
    recipients: Sequence[str | Recipient] = (),
    identities: Identities | None = None,
    passphrase: str | None = None,
) -> Sealed:
    """Replace a plain file by its sealed form, for this user and `recipients`, once that was read back and compared.

    Raises VaultError (also if it is sealed already, or changed meanwhile); the plain file stays then.
    """
    name = os.fspath(path)
    passphrase = None if passphrase is None else HiddenText(passphrase)
    if is_sealed_file(path):
        raise VaultError(f"{name} was left as it is: it is sealed already.")
    own = None if passphrase else identities or own_identities()
    chosen = (ScryptRecipient(passphrase),) if passphrase else choose_recipients(recipients, own)
    openers: Sequence[Identity] = [ScryptIdentity(passphrase)] if passphrase else own.load() if own else ()
    replacement = Replacement(path)
    try:
        with replacement.target.open("rb") as plain:
            writer = AgeWriter(replacement.sink, chosen, name=name)
            digest = _copy(plain, writer)
            writer.close()
            with replacement.reread() as sealed, AgeReader(sealed, openers) as reader:
                same = _copy(reader, None) == digest
            plain.seek(0)
            if not same or _copy(plain, None) != digest:
                raise VaultError(f"{name} was not sealed: it changed while that was done. Try again.")
        replacement.commit()
    except BaseException:
        replacement.discard()
        raise
    return Sealed(
        path=replacement.target, recipients=writer.recipients, digest=replacement.digest, size=replacement.size
    )


def unseal_file(path: PathLike, output: PathLike | None = None, identities: Identities | None = None) -> Path:
    """Write the plain form of a sealed file in its place, or to `output`. Raises VaultError or OSError."""
    replacement = None
    with open_sealed(path, identities=identities) as reader:
        replacement = Replacement(path if output is None else output)
        try:
            _copy(reader, replacement.sink)
            replacement.commit()
        except BaseException:
            replacement.discard()
            raise
    return replacement.target


def _copy(source: BinaryIO | AgeReader, sink: BinaryIO | AgeWriter | None) -> bytes:
    """Copy all of it (or only look); the SHA-256 of what was seen."""
    digest = hashlib.sha256()
    while piece := source.read(_STEP):
        digest.update(piece)
        if sink is not None:
            sink.write(piece)
    return digest.digest()
