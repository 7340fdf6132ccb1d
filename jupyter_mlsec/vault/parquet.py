"""Parquet in modular encryption, as far as it is keys and places: what a file says of its key, and a file to save to.

Its columns are encrypted by whoever writes it (pyarrow, Spark) with a key of that file alone; here that key is sealed
as age armor. Source: https://github.com/apache/parquet-format/blob/master/Encryption.md. No Arrow here.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import msgspec

from jupyter_mlsec.host.interrupts import postponed
from jupyter_mlsec.protocol.errors import VaultError
from jupyter_mlsec.vault import armor, thrift
from jupyter_mlsec.vault.atomic import Replacement
from jupyter_mlsec.vault.damage import HeaderDamaged
from jupyter_mlsec.vault.files import PathLike, Sealed, named
from jupyter_mlsec.vault.format import ARMOR_BEGIN
from jupyter_mlsec.vault.hidden import HiddenBytes
from jupyter_mlsec.vault.keys import Identity, Recipient
from jupyter_mlsec.vault.reader import AgeReader
from jupyter_mlsec.vault.writer import AgeWriter

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

MAGIC = b"PARE"
"""The first and last bytes of a file whose footer is encrypted too."""
Algorithm = Literal["AES_GCM_V1", "AES_GCM_CTR_V1"]
_ALGORITHMS: dict[int, Algorithm] = {1: "AES_GCM_V1", 2: "AES_GCM_CTR_V1"}
_TAIL = 8
_LIMIT = 2 << 20
"""Longer crypto metadata is refused: it holds one wrapped key."""
_KEY_SIZES = (16, 24, 32)


class Footer(msgspec.Struct, frozen=True, kw_only=True):
    """What stands before the encrypted footer. `digest`: its SHA-256; no two files have the same."""

    algorithm: Algorithm
    wrapped: str
    """The age armor that opens to the file's key; empty where another key service wrapped it."""
    digest: str


class _Material(msgspec.Struct, frozen=True, rename="camel"):
    """The key material as Parquet's key tools write it."""

    wrapped_dek: str = msgspec.field(name="wrappedDEK", default="")
    wrapped_kek: str = msgspec.field(name="wrappedKEK", default="")
    double_wrapping: bool = False


def read_footer(file: BinaryIO, name: str) -> Footer:
    """What the encrypted Parquet file says of its key. Raises SealedFileError, naming it, for one cut or changed."""
    try:
        return _footer(_crypto_metadata(file))
    except HeaderDamaged as error:
        raise named(error, name) from None


def footer_of(path: PathLike) -> Footer:
    """The same by path. Raises OSError too."""
    with Path(path).open("rb") as file:
        return read_footer(file, os.fspath(path))


def _crypto_metadata(file: BinaryIO) -> bytes:
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    if tail[4:] != MAGIC:
        raise HeaderDamaged("it begins as encrypted Parquet and does not end so: it was cut or changed")
    length = int.from_bytes(tail[:4], "little")
    if length > size - _TAIL - len(MAGIC):
        raise HeaderDamaged("the length of its footer is wrong")
    file.seek(size - _TAIL - length)
    return file.read(min(length, _LIMIT))


def _footer(data: bytes) -> Footer:
    fields, end = thrift.read_struct(data)
    union, metadata = fields.get(1), fields.get(2)
    chosen = list(union) if isinstance(union, dict) else []
    if len(chosen) != 1 or chosen[0] not in _ALGORITHMS:
        raise HeaderDamaged("its footer names no algorithm that Parquet has")
    wrapped = _wrapped(metadata) if isinstance(metadata, bytes) else ""
    return Footer(algorithm=_ALGORITHMS[chosen[0]], wrapped=wrapped, digest=hashlib.sha256(data[:end]).hexdigest())


def _wrapped(metadata: bytes) -> str:
    """The armor in the key material; what another key service wrote is none of ours to read."""
    if ARMOR_BEGIN not in metadata:
        return ""
    try:
        material = msgspec.json.decode(metadata, type=_Material)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise HeaderDamaged("the key material in its footer is malformed") from None
    found = material.wrapped_kek if material.double_wrapping else material.wrapped_dek
    return found if found.startswith(ARMOR_BEGIN.decode()) else ""


def wrap(key: bytes, recipients: Iterable[Recipient]) -> str:
    """The key sealed for the recipients, as age armor."""
    sealed = io.BytesIO()
    with AgeWriter(sealed, recipients) as writer:
        writer.write(key)
    return armor.encode(sealed.getvalue()).decode("ascii")


def open_key(wrapped: str, identities: Iterable[Identity], name: str) -> tuple[bytes, AgeReader]:
    """The key in the armor, and the reader that opened it (for whom it was sealed).

    Raises SealedFileError, or NoMatch when none of the identities opens it, naming the file.
    """
    try:
        with AgeReader(io.BytesIO(wrapped.encode()), identities, name=name) as reader:
            key = HiddenBytes(reader.read(max(_KEY_SIZES) + 1))
        if len(key) not in _KEY_SIZES:
            raise HeaderDamaged("what is sealed in its footer is no key")
    except VaultError as error:
        raise named(error, name) from None
    return key, reader


class PlacedFile(io.RawIOBase):
    """A write-only file, not sealed by us, that takes the place of `path` when it is closed, or leaves no trace."""

    _over = True  # until __init__ went well there is nothing to drop
    _finished = False

    def __init__(self, path: PathLike, recipients: Iterable[Recipient]) -> None:
        """`recipients`: whom what is written was encrypted for, to be told by `sealed`."""
        self.name = os.fspath(path)
        self._names = tuple(recipient.name for recipient in recipients)
        self._position = 0
        with postponed():
            self._replacement = Replacement(path)
            self._over = False

    def __del__(self) -> None:
        """Dropped without `close`: nobody said that all was written."""
        self.abandon()

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        """Write all of it; the number of its bytes."""
        if self._over:
            raise ValueError("write to a file that is closed")
        with memoryview(data) as view, self._telling():
            self._replacement.sink.write(view)
            self._position += view.nbytes
            return view.nbytes

    def tell(self) -> int:
        """How many bytes were written."""
        return self._position

    def close(self) -> None:
        """Put the file in its place. Raises what the disk raises; the old file stays then."""
        if not self._over:
            self._over = True
            with self._telling():
                self._replacement.commit()
            self._finished = True
        super().close()

    def require_finished(self) -> None:
        """Raise VaultError when it was abandoned."""
        if not self._finished:
            raise VaultError(f"{self.name} was not saved: writing it did not end.")

    def abandon(self) -> None:
        """Leave the old file, and no temp."""
        if not self._over:
            self._over = True
            self._replacement.discard()
        super().close()

    @property
    def sealed(self) -> Sealed:
        """What is on disk now, once closed."""
        made = self._replacement
        return Sealed(path=made.target, recipients=self._names, digest=made.digest, size=made.size)

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.filename is None:
                error.filename = self.name
                error.add_note(f"{self.name} was not saved. What was there before is as it was.")
            raise
