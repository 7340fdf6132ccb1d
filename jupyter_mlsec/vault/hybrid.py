"""The post-quantum recipient: ML-KEM-768 with X25519 (X-Wing) in HPKE (`age1pq1...`, C2SP age specification)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey, Suite

from jupyter_mlsec.vault import bech32, filekey
from jupyter_mlsec.vault.damage import HeaderDamaged
from jupyter_mlsec.vault.format import Stanza, decode64, encode64
from jupyter_mlsec.vault.hidden import HiddenBytes, HiddenText

TYPE = "mlkem768x25519"
RECIPIENT_PREFIX = "age1pq"
IDENTITY_PREFIX = "AGE-SECRET-KEY-PQ-"
SEED_SIZE = 32
_MLKEM_PUBLIC = 1184
PUBLIC_SIZE = _MLKEM_PUBLIC + 32
_MLKEM_CIPHERTEXT = 1088
ENC_SIZE = _MLKEM_CIPHERTEXT + 32
_INFO = b"age-encryption.org/mlkem768x25519"


def _suite() -> Suite:
    return Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


class HybridRecipient:
    """Whom a file is sealed for: a public ML-KEM-768 key and a Curve25519 point; safe while either holds."""

    kind = "post-quantum"

    def __init__(self, public: bytes) -> None:
        if len(public) != PUBLIC_SIZE:
            raise ValueError("a post-quantum recipient has 1216 bytes")
        self._public = public
        self._key = MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC]),
            X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC:]),
        )

    def __str__(self) -> str:
        return bech32.encode(RECIPIENT_PREFIX, self._public)

    def __repr__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """A short name that tells recipients apart (the recipient itself has 1,959 characters)."""
        return f"age1pq-{hashlib.sha256(self._public).hexdigest()[:16]}"

    def wrap(self, file_key: bytes) -> Stanza:
        """A stanza from which only this recipient's identity gets `file_key`."""
        sealed = _suite().encrypt(file_key, self._key, _INFO)
        return Stanza(type=TYPE, arguments=(encode64(sealed[:ENC_SIZE]),), body=sealed[ENC_SIZE:])


class HybridIdentity:
    """What opens files sealed for its recipient. Never shows its secret unless asked with `secret()`."""

    kind = "post-quantum"

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_SIZE:
            raise ValueError("a post-quantum identity has 32 bytes")
        self._seed = HiddenBytes(seed)
        expanded = HiddenBytes(hashlib.shake_256(seed).digest(96))
        self._mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        self._x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])

    @classmethod
    def generate(cls) -> HybridIdentity:
        return cls(HiddenBytes(os.urandom(SEED_SIZE)))

    def __repr__(self) -> str:
        return f"<identity of {self.recipient.name}>"

    @property
    def recipient(self) -> HybridRecipient:
        return HybridRecipient(
            self._mlkem.public_key().public_bytes_raw() + self._x25519.public_key().public_bytes_raw()
        )

    def secret(self) -> HiddenText:
        """The identity's one line of text. Write it to a file of mode 0600 and nowhere else."""
        return HiddenText(bech32.encode(IDENTITY_PREFIX, self._seed))

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The file key, None when no stanza is ours. Raises HeaderDamaged for a malformed stanza of our type."""
        parsed = [_parse(stanza) for stanza in stanzas if stanza.type == TYPE]
        key = MLKEM768X25519PrivateKey(self._mlkem, self._x25519)
        for enc, body in parsed:
            self._refuse_low_order(enc)
            try:
                return HiddenBytes(_suite().decrypt(enc + body, key, _INFO))
            except InvalidTag:
                continue
        return None

    def _refuse_low_order(self, enc: bytes) -> None:
        """The X25519 half must not come to the all-zero secret; HPKE alone would only say `not ours`."""
        try:
            self._x25519.exchange(X25519PublicKey.from_public_bytes(enc[_MLKEM_CIPHERTEXT:]))
        except ValueError:
            raise HeaderDamaged("an X25519 share in its header is of low order") from None


def _parse(stanza: Stanza) -> tuple[bytes, bytes]:
    try:
        (argument,) = stanza.arguments
        enc = decode64(argument)
    except ValueError:
        raise HeaderDamaged("a post-quantum stanza in its header is malformed") from None
    if len(enc) != ENC_SIZE or len(stanza.body) != filekey.WRAPPED_SIZE:
        raise HeaderDamaged("a post-quantum stanza in its header has a wrong length")
    return enc, stanza.body
