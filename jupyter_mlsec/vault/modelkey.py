"""The key that saved models are signed with: ECDSA on P-256, because the verifiers of signed models take no Ed25519.

The private key is a PKCS #8 PEM file `signer-models.key` (0600) in the data folder, made at first use; beside it lies
`signer-models.pub`, which whoever verifies is given.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlsec.protocol.errors import NoIdentity
from jupyter_mlsec.vault import private

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

KEY_FILE = "signer-models.key"
PUBLIC_FILE = "signer-models.pub"


class ModelKey:
    """Signs and verifies with this user's key for models. Its repr names the public key only."""

    def __init__(self, key: EllipticCurvePrivateKey) -> None:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        self._key = key
        self.public_pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.hint = hashlib.sha256(self.public_pem).hexdigest()
        """How a bundle names the key: SHA-256 of the public PEM, in hex."""

    def sign(self, message: bytes) -> bytes:
        """The signature over the message's SHA-256, as DER."""
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.hashes import SHA256

        return self._key.sign(message, ECDSA(SHA256()))

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether it is this key's signature over exactly these bytes."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.hashes import SHA256

        try:
            self._key.public_key().verify(signature, message, ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True

    def __repr__(self) -> str:
        return f"<ModelKey {self.hint[:16]}>"


def model_key(data_folder: Path) -> ModelKey:
    """This user's key for models, made at first use. Raises NoIdentity when the file is not safe to use."""
    path = data_folder / KEY_FILE
    if not path.exists():
        _make(path)
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(bytes(private.read(path)), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise NoIdentity(f"{path} holds no P-256 key. Move it away; a new key is made at the next use.")
    return ModelKey(key)


def _make(path: Path) -> None:
    """Put a new key and its public half there; of two processes at once the first one's stays."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = generate_private_key(SECP256R1())
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            private.write(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            (path.parent / PUBLIC_FILE).write_bytes(ModelKey(key).public_pem)
    except OSError as error:
        raise NoIdentity(f"No key for models could be made in {path.parent}: {error.strerror}.") from None
