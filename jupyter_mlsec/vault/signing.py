"""Signing: an Ed25519 key of this user's own, behind a `Signer` that may as well be another process.

The private key is a PKCS #8 PEM file `signer.key` (0600) in the data folder (0700), made at first use; beside it lies
`signer.pub`, the public half as PEM, which a reviewer may be given (`openssl pkey -pubin -in signer.pub -text`).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from jupyter_mlsec.protocol.errors import NoIdentity

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_FILE = "signer.key"
PUBLIC_FILE = "signer.pub"
_PLAIN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Signer(Protocol):
    """Whoever signs checkpoints and audits: a key in this process, an agent, a device."""

    @property
    def name(self) -> str:
        """A short name for people: `signer-` and the beginning of the public key's digest."""

    @property
    def algorithm(self) -> str:
        """`ed25519`."""

    @property
    def public_key(self) -> bytes:
        """The raw public key, 32 bytes."""

    def sign(self, message: bytes) -> bytes:
        """The raw signature, 64 bytes (RFC 8032)."""


class LocalSigner:
    """A signer whose key this process holds. Its repr names the public key only."""

    algorithm = "ed25519"

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes_raw()
        self.name = f"signer-{hashlib.sha256(self.public_key).hexdigest()[:8]}"

    def sign(self, message: bytes) -> bytes:
        """See `Signer.sign`."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"<LocalSigner {fingerprint(self.public_key)}>"


def fingerprint(public_key: bytes) -> str:
    """How people compare keys: `SHA256:` and the digest of the raw public key in hex."""
    return f"SHA256:{hashlib.sha256(public_key).hexdigest()}"


def local_signer(data_folder: Path) -> LocalSigner:
    """This user's signer; the key is made at first use. Raises NoIdentity when the file is not safe to use."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    path = data_folder / KEY_FILE
    try:
        text = _read_private(path)
    except FileNotFoundError:
        _make_key(data_folder)
        text = _read_private(path)
    except OSError as error:
        raise NoIdentity(f"The signing key was not read: {path.name} ({error.strerror}).") from None
    try:
        key = load_pem_private_key(text, password=None)
    except (ValueError, TypeError):
        raise NoIdentity(f"{path} holds no signing key. Move it away; a new key is made at the next use.") from None
    return LocalSigner(_only_ed25519(key, path))


def load_public_key(path: Path) -> bytes:
    """The raw key of a PEM public key file such as `signer.pub`. Raises NoIdentity when it is not one."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError):
        raise NoIdentity(f"{path.name} could not be read as a public key (PEM, Ed25519).") from None
    if not isinstance(key, Ed25519PublicKey):
        raise NoIdentity(f"{path.name} holds a public key of another kind; an Ed25519 key is needed.")
    return key.public_bytes_raw()


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is that key's Ed25519 signature over exactly these bytes."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _only_ed25519(key: object, path: Path) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if not isinstance(key, Ed25519PrivateKey):
        raise NoIdentity(f"{path} holds a key of another kind; an Ed25519 key is needed.")
    return key


def _read_private(path: Path) -> bytes:
    """The file's bytes, if it is a plain file of ours that nobody else can read."""
    descriptor = os.open(path, os.O_RDONLY | _PLAIN)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise NoIdentity(f"{path} is not a plain file, so it is not used as a signing key.")
        if os.name == "posix":
            if status.st_uid != os.geteuid():
                raise NoIdentity(f"{path} belongs to another user, so it is not used as a signing key.")
            if status.st_mode & 0o077:
                raise NoIdentity(f"{path} can be read or changed by others. Run: chmod 600 {path}")
        return file.read()


def _make_key(data_folder: Path) -> None:
    """Make key and public file. Of two processes at once one wins, whole; the other uses the winner's."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _place(data_folder / KEY_FILE, private):
            with contextlib.suppress(FileNotFoundError):
                (data_folder / PUBLIC_FILE).unlink()  # of a key that is gone
            _place(data_folder / PUBLIC_FILE, public)
    except OSError as error:
        raise NoIdentity(f"No signing key could be made in {data_folder}: {error.strerror}.") from None


def _place(path: Path, content: bytes) -> bool:
    """Write a new 0600 file that appears whole or not at all; False if there was one already."""
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _PLAIN
    descriptor = os.open(temporary, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)  # unlike rename, never replaces
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    return True
