"""The payload (STREAM): chunks of 64 KiB, each under ChaCha20-Poly1305 with its number and a flag on the last."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from jupyter_mlsec.vault.damage import PayloadDamaged

CHUNK = 64 * 1024
TAG = 16
SEALED_CHUNK = CHUNK + TAG


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


class Chunks:
    """Seals and opens single chunks under one payload key. Each thread takes its own."""

    __slots__ = ("_aead",)

    def __init__(self, key: bytes) -> None:
        self._aead = ChaCha20Poly1305(key)

    def seal(self, number: int, plain: bytes | bytearray | memoryview, *, last: bool) -> bytes:
        """The sealed form of chunk `number`, 16 bytes longer."""
        return self._aead.encrypt(_nonce(number, last), plain, None)

    def seal_run(self, number: int, plain: memoryview, into: memoryview) -> int:
        """Seal whole chunks, none of them the file's last, from `number` on; the bytes put into `into`."""
        aead, at = self._aead, 0
        for start in range(0, len(plain), CHUNK):
            nonce = number.to_bytes(11, "big") + b"\x00"
            aead.encrypt_into(nonce, plain[start : start + CHUNK], None, into[at : at + SEALED_CHUNK])
            number += 1
            at += SEALED_CHUNK
        return at

    def open(self, number: int, sealed: bytes | memoryview, *, last: bool) -> bytes:
        """The plain form of chunk `number`. Raises PayloadDamaged, naming it."""
        try:
            return self._aead.decrypt(_nonce(number, last), sealed, None)
        except InvalidTag:
            raise _damaged(number) from None

    def open_run(self, number: int, sealed: memoryview, into: memoryview, *, end: int) -> int:
        """Open whole chunks from `number` on straight into `into`; `end` is the file's last. The bytes put there."""
        aead, at = self._aead, 0
        for start in range(0, len(into), CHUNK):
            nonce = number.to_bytes(11, "big") + (b"\x01" if number == end else b"\x00")  # a call saved per chunk
            try:
                aead.decrypt_into(nonce, sealed[at : at + SEALED_CHUNK], None, into[start : start + CHUNK])
            except InvalidTag:
                into[start : start + CHUNK] = bytes(CHUNK)  # what did not verify is nobody's to see
                raise _damaged(number) from None
            number += 1
            at += SEALED_CHUNK
        return len(into)


def _damaged(number: int) -> PayloadDamaged:
    return PayloadDamaged(f"chunk {number} (64 KiB each, from 0) was changed, moved, or is not the end it should be")


class Layout:
    """Where the chunks of a payload of `sealed` bytes lie. Raises PayloadDamaged for a length no payload has."""

    __slots__ = ("chunks", "plain", "sealed")

    def __init__(self, sealed: int) -> None:
        self.sealed = sealed
        self.chunks = -(-sealed // SEALED_CHUNK)
        self.plain = sealed - self.chunks * TAG
        short = sealed - (self.chunks - 1) * SEALED_CHUNK
        if self.chunks == 0 or short < TAG or (short == TAG and self.chunks > 1):
            raise PayloadDamaged("it is cut short: its last chunk is missing or incomplete")

    def size(self, number: int) -> int:
        """How many sealed bytes chunk `number` has."""
        return SEALED_CHUNK if number < self.chunks - 1 else self.sealed - number * SEALED_CHUNK

    def is_last(self, number: int) -> bool:
        return number == self.chunks - 1
