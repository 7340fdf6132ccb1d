"""The key of one file: 16 random bytes, and what is derived from them (header MAC, payload key; RFC 5869)."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import constant_time, hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from jupyter_mlsec.vault.hidden import HiddenBytes

FILE_KEY_SIZE = 16
WRAPPED_SIZE = FILE_KEY_SIZE + 16
NONCE_SIZE = 16
_ZERO_NONCE = bytes(12)


def fresh() -> HiddenBytes:
    """A new file key."""
    return HiddenBytes(os.urandom(FILE_KEY_SIZE))


def derive(secret: bytes, *, salt: bytes, info: bytes) -> HiddenBytes:
    """HKDF-SHA-256 to 32 bytes."""
    return HiddenBytes(HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=info).derive(secret))


def payload_key(file_key: bytes, nonce: bytes) -> HiddenBytes:
    """The ChaCha20-Poly1305 key of the payload that follows `nonce`."""
    return derive(file_key, salt=nonce, info=b"payload")


def header_mac(file_key: bytes, authenticated: bytes) -> bytes:
    """HMAC-SHA-256 over the header up to and including `---`."""
    mac = hmac.HMAC(derive(file_key, salt=b"", info=b"header"), hashes.SHA256())
    mac.update(authenticated)
    return mac.finalize()


def holds(file_key: bytes, authenticated: bytes, mac: bytes) -> bool:
    """Whether `mac` is the header's, in constant time."""
    return constant_time.bytes_eq(header_mac(file_key, authenticated), mac)


def wrap(key: bytes, file_key: bytes) -> bytes:
    """The file key under a wrapping key that is used once (hence the zero nonce)."""
    return ChaCha20Poly1305(key).encrypt(_ZERO_NONCE, file_key, None)


def unwrap(key: bytes, body: bytes) -> HiddenBytes | None:
    """The file key in a stanza's body, or None when `key` is not the one."""
    try:
        return HiddenBytes(ChaCha20Poly1305(key).decrypt(_ZERO_NONCE, body, None))
    except InvalidTag:
        return None
