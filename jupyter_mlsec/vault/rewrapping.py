"""Other readers for a sealed file: `grant` adds some and copies the payload, `rotate` seals it anew with a fresh key.

Grant keeps the file key (age v1, "re-wrap"): whoever could read the file before still can, and so can every copy made
before. Rotate takes nothing back either from whoever kept a copy; it decides who reads the file from now on.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from jupyter_mlsec.protocol.errors import SealedFileError, VaultError
from jupyter_mlsec.vault import armor, filekey, hybrid, opening, scrypt, x25519
from jupyter_mlsec.vault.atomic import Replacement
from jupyter_mlsec.vault.files import Sealed, named
from jupyter_mlsec.vault.format import PREFIX_SIZE, Header, close_header, is_sealed, read_header, serialise
from jupyter_mlsec.vault.hidden import HiddenBytes
from jupyter_mlsec.vault.identities import Identities
from jupyter_mlsec.vault.keys import Recipient
from jupyter_mlsec.vault.reader import AgeReader
from jupyter_mlsec.vault.writer import HINT, AgeWriter

_STEP = 1 << 20
Kind = Literal["post-quantum", "classic", "passphrase", "unknown"]
_KINDS: dict[str, Kind] = {hybrid.TYPE: "post-quantum", x25519.TYPE: "classic", scrypt.TYPE: "passphrase"}


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What a sealed file tells of itself: the kind of its recipients, how many there are, and its header's SHA-256."""

    kind: Kind
    readers: int
    digest: str


def look(path: Path) -> Envelope:
    """What the header at `path` tells. Raises VaultError for a file that is not sealed, or is armored."""
    with path.open("rb") as file:
        header = _header(file, path)
    kinds = [_KINDS.get(stanza.type, "unknown") for stanza in header.stanzas if stanza.type != HINT.type]
    kind: Kind = next((kind for kind in kinds if kind != "unknown"), "unknown")
    return Envelope(kind=kind, readers=len(kinds), digest=_digest(header))


def grant(path: Path, recipients: Sequence[Recipient], identities: Identities) -> Sealed:
    """Let `recipients` open the file as well: a new header before the same payload, opened once before it counts.

    Raises VaultError or NoIdentity; the file stays as it was then.
    """
    replacement = Replacement(path)
    try:
        with replacement.target.open("rb") as file:
            before = os.fstat(file.fileno())
            header = _header(file, path)
            key, _ = opening.file_key(header, identities.load())
            file.seek(header.size)
            head = _widened(header, recipients, HiddenBytes(key))
            replacement.sink.write(head)
            _copy(file, replacement.sink)
        with replacement.reread() as made, AgeReader(made, identities.load()):
            whole = before.st_size - header.size + len(head)
            _require(os.fstat(made.fileno()).st_size == whole and _is_same(before, replacement.target), path)
        replacement.commit()
    except VaultError as error:
        replacement.discard()
        raise named(error, os.fspath(path)) from None
    except BaseException:
        replacement.discard()
        raise
    names = tuple(recipient.name for recipient in recipients)
    return Sealed(path=replacement.target, recipients=names, digest=replacement.digest, size=replacement.size)


def rotate(path: Path, recipients: Sequence[Recipient], identities: Identities) -> Sealed:
    """Seal the file anew, for exactly `recipients`, with a fresh file key. It is read back and compared first.

    Raises VaultError or NoIdentity; the file stays as it was then.
    """
    replacement = Replacement(path)
    try:
        with replacement.target.open("rb") as file:
            before = os.fstat(file.fileno())
            _header(file, path)
            file.seek(0)
            with AgeReader(file, identities.load()) as reader:
                writer = AgeWriter(replacement.sink, recipients, name=os.fspath(path))
                digest = _copy(reader, writer)
                writer.close()
        with replacement.reread() as made, AgeReader(made, identities.load()) as reader:
            _require(_copy(reader, None) == digest and _is_same(before, replacement.target), path)
        replacement.commit()
    except VaultError as error:
        replacement.discard()
        raise named(error, os.fspath(path)) from None
    except BaseException:
        replacement.discard()
        raise
    return Sealed(
        path=replacement.target, recipients=writer.recipients, digest=replacement.digest, size=replacement.size
    )


def _header(file: BinaryIO, path: Path) -> Header:
    prefix = file.read(PREFIX_SIZE)
    file.seek(0)
    if not is_sealed(prefix):
        raise VaultError(f"{path} was left as it is: it is not sealed (%mlsec seal seals it).")
    if armor.is_armored(prefix):
        raise VaultError(f"{path} was left as it is: it is armored text. Open it for good and seal it again.")
    try:
        return read_header(file)
    except SealedFileError as error:
        raise named(error, os.fspath(path)) from None


def _widened(header: Header, recipients: Sequence[Recipient], key: HiddenBytes) -> bytes:
    """The header with stanzas for `recipients` behind those it has."""
    kept = [stanza for stanza in header.stanzas if stanza.type != HINT.type]
    hints = [stanza for stanza in header.stanzas if stanza.type == HINT.type]
    kinds = {_KINDS.get(stanza.type, "unknown") for stanza in kept} | {recipient.kind for recipient in recipients}
    if "passphrase" in kinds:
        raise VaultError("Nothing was granted: a passphrase must be a file's only recipient. Give it to the reader.")
    if len(kinds - {"unknown"}) > 1:
        raise VaultError(
            "Nothing was granted: classic and post-quantum recipients cannot share one file, since the weaker would "
            "decide. Ask for a recipient of the file's kind (keys show prints both)."
        )
    authenticated = serialise((*kept, *(recipient.wrap(key) for recipient in recipients), *hints))
    return close_header(authenticated, filekey.header_mac(key, authenticated))


def _copy(source: BinaryIO | AgeReader, sink: BinaryIO | AgeWriter | None) -> bytes:
    digest = hashlib.sha256()
    while piece := source.read(_STEP):
        digest.update(piece)
        if sink is not None:
            sink.write(piece)
    return digest.digest()


def _is_same(before: os.stat_result, path: Path) -> bool:
    now = path.stat()
    return (before.st_ino, before.st_size, before.st_mtime_ns) == (now.st_ino, now.st_size, now.st_mtime_ns)


def _require(is_well: bool, path: Path) -> None:
    if not is_well:
        raise VaultError(f"{path} was left as it is: it changed while it was worked on. Try again.")


def _digest(header: Header) -> str:
    return hashlib.sha256(close_header(header.authenticated, header.mac)).hexdigest()
