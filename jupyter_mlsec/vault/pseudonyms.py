"""Names in place of values: the same value always gets the same one, and only a key can make or reverse it.

A token is HMAC-SHA256, shortened: it joins, and nobody can turn it back, though whoever has the key can test guesses.
A reversible name is AES-SIV (RFC 5297): deterministic encryption, so it joins too, and the key opens it again.
It tells how long its value is to the nearest 16 bytes, and nothing else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from functools import cached_property
from typing import TYPE_CHECKING

from jupyter_mlsec.vault.hidden import HiddenBytes

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

SHORTEST = 16
"""Bytes a key must have."""
_BLOCK = 16
_TOKEN = 24
"""Hexadecimal digits of a token: 96 bits, so two of ten thousand million values meet once in a thousand million."""
NAMED = re.compile(r"[a-z_]{2,32}~([A-Za-z0-9_-]{43,})")
"""A reversible name as it stands in a table or a text: what it is, and what only the key opens."""


def fresh_secret() -> HiddenBytes:
    """A new secret for a TokenKey."""
    return HiddenBytes(secrets.token_bytes(32))


class TokenKey:
    """Makes and reverses names under one secret of 16 bytes or more. Never shows it."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < SHORTEST:
            raise ValueError(f"a key for tokens needs {SHORTEST} secret bytes or more")
        self._secret = HiddenBytes(secret)

    def __repr__(self) -> str:
        return "<TokenKey>"

    def token(self, value: str) -> str:
        """The value's token: 24 hexadecimal digits."""
        return hmac.digest(self._secret, _bytes(value), hashlib.sha256).hex()[:_TOKEN]

    def number(self, value: str, most: int) -> int:
        """A number from 1 to `most` that only the key tells from the value."""
        told = hmac.digest(self._secret, b"number\0" + _bytes(value), hashlib.sha256)
        return int.from_bytes(told[:8], "big") % most + 1

    def cover(self, value: str) -> str:
        """The value's reversible name, without what it is."""
        plain = _bytes(value)
        short = _BLOCK - len(plain) % _BLOCK
        sealed = self._siv.encrypt(plain + bytes([short]) * short, None)
        return base64.urlsafe_b64encode(sealed).decode("ascii").rstrip("=")

    def uncover(self, name: str) -> str | None:
        """The value behind a reversible name; None when it was not made under this key, or was changed."""
        from cryptography.exceptions import InvalidTag

        try:
            sealed = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4))
            plain = self._siv.decrypt(sealed, None)
        except (InvalidTag, ValueError, binascii.Error):
            return None
        return plain[: -plain[-1]].decode("utf-8", "surrogatepass")

    @cached_property
    def _siv(self) -> AESSIV:
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        return AESSIV(hmac.digest(self._secret, b"jupyter-mlsec reversible names v1", hashlib.sha512))


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")
