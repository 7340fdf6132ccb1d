"""Signing: an Ed25519 key of this user's own, behind a `Signer` that may as well be another process.

The private key is a PKCS #8 PEM file `signer.key` (0600) in the data folder (0700), made at first use; beside it lies
`signer.pub`, the public half as PEM, which a reviewer may be given (`openssl pkey -pubin -in signer.pub -text`).
A second key, ML-DSA-44 (FIPS 204), holds against quantum computers: `signer-mldsa.key` and `.pub`, made when asked for.
Raw public keys are told apart by their length: 32 bytes are Ed25519, 1,312 are ML-DSA-44.
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
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    AnyPrivateKey = Ed25519PrivateKey | MLDSA44PrivateKey

KEY_FILE = "signer.key"
PUBLIC_FILE = "signer.pub"
SECOND = "signer-mldsa"
"""The name of the ML-DSA-44 key's files, before `.key` and `.pub`."""
WITNESS = "witness"
"""The name of the key's files with which this user cosigns other people's checkpoints."""
ML_DSA_KEY_BYTES = 1312
_PLAIN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Signer(Protocol):
    """Whoever signs checkpoints and audits: a key in this process, an agent, a device."""

    @property
    def name(self) -> str:
        """A short name for people: `signer-` and the beginning of the public key's digest."""

    @property
    def algorithm(self) -> str:
        """`ed25519` or `ml-dsa-44`."""

    @property
    def public_key(self) -> bytes:
        """The raw public key, 32 or 1,312 bytes."""

    def sign(self, message: bytes) -> bytes:
        """The raw signature: 64 bytes (RFC 8032), or 2,420 (FIPS 204)."""


class LocalSigner:
    """A signer whose key this process holds. Its repr names the public key only."""

    def __init__(self, key: AnyPrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes_raw()
        self.algorithm = "ed25519" if len(self.public_key) == 32 else "ml-dsa-44"
        self.name = short_name(self.public_key)

    def sign(self, message: bytes) -> bytes:
        """See `Signer.sign`."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"<LocalSigner {fingerprint(self.public_key)}>"


def short_name(public_key: bytes) -> str:
    """A short name of a key for people."""
    return f"signer-{hashlib.sha256(public_key).hexdigest()[:8]}"


def fingerprint(public_key: bytes) -> str:
    """How people compare keys: `SHA256:` and the digest of the raw public key in hex."""
    return f"SHA256:{hashlib.sha256(public_key).hexdigest()}"


def local_signer(data_folder: Path) -> LocalSigner:
    """This user's signer; the key is made at first use. Raises NoIdentity when the file is not safe to use."""
    return _local(data_folder, KEY_FILE.removesuffix(".key"), _new_ed25519)


def local_second(data_folder: Path) -> LocalSigner | None:
    """This user's ML-DSA-44 signer, made at first use; None where the system's cryptography has no ML-DSA.

    Raises NoIdentity as `local_signer` does.
    """
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return _local(data_folder, SECOND, _new_ml_dsa)
    except UnsupportedAlgorithm:
        return None


def local_witness(data_folder: Path) -> LocalSigner:
    """The Ed25519 key with which this user cosigns others' checkpoints: by C2SP never the one of an own ledger."""
    return _local(data_folder, WITNESS, _new_ed25519)


def load_signer(path: Path) -> LocalSigner:
    """The signer whose private key, Ed25519 or ML-DSA-44, a PEM file of ours holds.

    Raises NoIdentity for a file that is not there, not one, or that others can read.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(_read_private(path), password=None)
    except OSError as error:
        raise NoIdentity(f"The signing key was not read: {path.name} ({error.strerror}).") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NoIdentity(f"{path.name} holds no private key that can be used (PEM, without a passphrase).") from None
    return LocalSigner(_only_ours(key, path, wants_ml_dsa=isinstance(key, MLDSA44PrivateKey)))


def known_keys(data_folder: Path) -> tuple[bytes, ...]:
    """The raw public keys that this user's checkpoints carry, Ed25519 first; the second only if it was ever made."""
    second = local_second(data_folder) if (data_folder / f"{SECOND}.key").exists() else None
    first = local_signer(data_folder).public_key
    return (first,) if second is None else (first, second.public_key)


def load_public_key(path: Path) -> bytes:
    """The raw key of a PEM public key file such as `signer.pub`. Raises NoIdentity when it is not one."""
    raw = load_any_public_key(path)
    if len(raw) == ML_DSA_KEY_BYTES:
        raise NoIdentity(f"{path.name} holds a public key of another kind; an Ed25519 key is needed.")
    return raw


def load_any_public_key(path: Path) -> bytes:
    """The raw Ed25519 or ML-DSA-44 key of a PEM public key file. Raises NoIdentity when it is neither."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm):
        raise NoIdentity(f"{path.name} could not be read as a public key (PEM, Ed25519).") from None
    if not isinstance(key, Ed25519PublicKey | MLDSA44PublicKey):
        raise NoIdentity(f"{path.name} holds a public key of another kind; an Ed25519 key is needed.")
    return key.public_bytes_raw()


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is that key's signature over exactly these bytes: Ed25519, or ML-DSA-44 by its length."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

    kind = MLDSA44PublicKey if len(public_key) == ML_DSA_KEY_BYTES else Ed25519PublicKey
    try:
        kind.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError, UnsupportedAlgorithm):
        return False
    return True


def _new_ed25519() -> AnyPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate()


def _new_ml_dsa() -> AnyPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    return MLDSA44PrivateKey.generate()


def _local(data_folder: Path, name: str, make: Callable[[], AnyPrivateKey]) -> LocalSigner:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    path = data_folder / f"{name}.key"
    try:
        text = _read_private(path)
    except FileNotFoundError:
        _make_key(data_folder, name, make())
        text = _read_private(path)
    except OSError as error:
        raise NoIdentity(f"The signing key was not read: {path.name} ({error.strerror}).") from None
    try:
        key = load_pem_private_key(text, password=None)
    except (ValueError, TypeError):
        raise NoIdentity(f"{path} holds no signing key. Move it away; a new key is made at the next use.") from None
    return LocalSigner(_only_ours(key, path, wants_ml_dsa=name == SECOND))


def _only_ours(key: object, path: Path, *, wants_ml_dsa: bool) -> AnyPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

    if wants_ml_dsa and isinstance(key, MLDSA44PrivateKey):
        return key
    if not wants_ml_dsa and isinstance(key, Ed25519PrivateKey):
        return key
    wanted = "ML-DSA-44" if wants_ml_dsa else "Ed25519"
    raise NoIdentity(f"{path} holds a key of another kind; an {wanted} key is needed.")


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


def _make_key(data_folder: Path, name: str, key: AnyPrivateKey) -> None:
    """Put key and public file there. Of two processes at once one wins, whole; the other uses the winner's."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _place(data_folder / f"{name}.key", private):
            with contextlib.suppress(FileNotFoundError):
                (data_folder / f"{name}.pub").unlink()  # of a key that is gone
            _place(data_folder / f"{name}.pub", public)
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
