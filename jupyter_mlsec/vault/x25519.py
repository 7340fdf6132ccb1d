"""The classic recipient: X25519 (`age1...`) and its identity (`AGE-SECRET-KEY-1...`)."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from jupyter_mlsec.vault import bech32, filekey
from jupyter_mlsec.vault.damage import HeaderDamaged
from jupyter_mlsec.vault.format import Stanza, decode64, encode64
from jupyter_mlsec.vault.hidden import HiddenBytes, HiddenText

TYPE = "X25519"
RECIPIENT_PREFIX = "age"
IDENTITY_PREFIX = "AGE-SECRET-KEY-"
_INFO = b"age-encryption.org/v1/X25519"


class X25519Recipient:
    """Whom a file is sealed for: a public Curve25519 point."""

    kind = "classic"

    def __init__(self, point: bytes) -> None:
        self._key = X25519PublicKey.from_public_bytes(point)
        self._point = point

    def __str__(self) -> str:
        return bech32.encode(RECIPIENT_PREFIX, self._point)

    __repr__ = __str__

    @property
    def name(self) -> str:
        """A short name that tells recipients apart; here the recipient itself."""
        return str(self)

    def wrap(self, file_key: bytes) -> Stanza:
        """A stanza from which only this recipient's identity gets `file_key`."""
        once = X25519PrivateKey.generate()
        share = once.public_key().public_bytes_raw()
        key = filekey.derive(once.exchange(self._key), salt=share + self._point, info=_INFO)
        return Stanza(type=TYPE, arguments=(encode64(share),), body=filekey.wrap(key, file_key))


class X25519Identity:
    """What opens files sealed for its recipient. Never shows its secret unless asked with `secret()`."""

    kind = "classic"

    def __init__(self, scalar: bytes) -> None:
        self._key = X25519PrivateKey.from_private_bytes(scalar)
        self._point = self._key.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> X25519Identity:
        return cls(HiddenBytes(X25519PrivateKey.generate().private_bytes_raw()))

    def __repr__(self) -> str:
        return f"<identity of {self.recipient}>"

    @property
    def recipient(self) -> X25519Recipient:
        return X25519Recipient(self._point)

    def secret(self) -> HiddenText:
        """The identity's one line of text. Write it to a file of mode 0600 and nowhere else."""
        return HiddenText(bech32.encode(IDENTITY_PREFIX, self._key.private_bytes_raw()))

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The file key, None when no stanza is ours. Raises HeaderDamaged for a malformed X25519 stanza."""
        parsed = [_parse(stanza) for stanza in stanzas if stanza.type == TYPE]
        for share, body in parsed:
            try:
                shared = HiddenBytes(self._key.exchange(X25519PublicKey.from_public_bytes(share)))
            except ValueError:
                raise HeaderDamaged("an X25519 share in its header is of low order") from None
            file_key = filekey.unwrap(filekey.derive(shared, salt=share + self._point, info=_INFO), body)
            if file_key is not None:
                return file_key
        return None


def _parse(stanza: Stanza) -> tuple[bytes, bytes]:
    try:
        (argument,) = stanza.arguments
        share = decode64(argument)
    except ValueError:
        raise HeaderDamaged("an X25519 stanza in its header is malformed") from None
    if len(share) != 32 or len(stanza.body) != filekey.WRAPPED_SIZE:
        raise HeaderDamaged("an X25519 stanza in its header has a wrong length")
    return share, stanza.body
