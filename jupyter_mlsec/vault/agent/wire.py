"""What passes over the agent's socket: one request and one answer a connection, each behind its length.

A message is four bytes of length (big-endian) and MessagePack. There is no message that could carry an identity or a
signing key.
"""

from __future__ import annotations

import socket
import time

import msgspec

from jupyter_mlsec.vault.format import HEADER_LIMIT

REQUEST_LIMIT = max(HEADER_LIMIT, 16 << 20) + 64
"""What is signed may be an audit with all of its entries."""
ANSWER_LIMIT = 1 << 16
_LENGTH = 4


class Unwrap(msgspec.Struct, frozen=True, kw_only=True, tag="unwrap"):
    """Which key opens the file with this header?"""

    header: bytes


class Whom(msgspec.Struct, frozen=True, kw_only=True, tag="whom"):
    """For whom must a file be sealed so that this agent opens it? (These are public.)"""


class Whose(msgspec.Struct, frozen=True, kw_only=True, tag="whose"):
    """By which keys are messages signed here? (These are public.)"""


class Sign(msgspec.Struct, frozen=True, kw_only=True, tag="sign"):
    """Sign this message: `algorithm` is `ed25519` or `ml-dsa-44`."""

    algorithm: str
    message: bytes


class PublicKeys(msgspec.Struct, frozen=True, kw_only=True, tag="keys"):
    """The raw public keys of the signers held, by algorithm."""

    keys: dict[str, bytes]


class Signature(msgspec.Struct, frozen=True, kw_only=True, tag="signature"):
    """The raw signature."""

    signature: bytes


class FileKey(msgspec.Struct, frozen=True, kw_only=True, tag="key"):
    """One file's key, and the short name of the recipient it was sealed for."""

    key: bytes
    name: str

    def __repr__(self) -> str:
        return f"<file key for {self.name}>"


class Recipients(msgspec.Struct, frozen=True, kw_only=True, tag="recipients"):
    """The recipients of the identities held, post-quantum first."""

    recipients: tuple[str, ...]


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """Why there is no key: `kind` is NoMatch, HeaderDamaged, HeaderForged or BadRequest; `text` half a sentence."""

    kind: str
    text: str


Request = Unwrap | Whom | Whose | Sign
Answer = FileKey | Recipients | PublicKeys | Signature | Refused
_ENCODER = msgspec.msgpack.Encoder()


def encode(message: Request | Answer) -> bytes:
    """A message with its length before it."""
    body = _ENCODER.encode(message)
    return len(body).to_bytes(_LENGTH, "big") + body


def receive(connection: socket.socket, limit: int, seconds: float) -> bytes:
    """The body of one message of at most `limit` bytes, all of it within `seconds`.

    Raises OSError (TimeoutError too) and ValueError for what is too long or ends too early.
    """
    until = time.monotonic() + seconds
    data = bytearray()
    size = limit  # until the length is known
    while len(data) < _LENGTH + size:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError("it took too long")
        connection.settimeout(left)
        piece = connection.recv(1 << 16)  # length and body in one go, mostly
        if not piece:
            raise ValueError("the connection ended within a message")
        data += piece
        if len(data) >= _LENGTH:
            size = int.from_bytes(data[:_LENGTH], "big")
            if size > limit or len(data) > _LENGTH + size:
                raise ValueError("a message longer than any of ours")
    return bytes(data[_LENGTH:])
