"""The passphrase recipient (scrypt, RFC 7914), which must stand alone in its header."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from jupyter_mlsec.vault import filekey
from jupyter_mlsec.vault.damage import HeaderDamaged
from jupyter_mlsec.vault.format import Stanza, decode64, encode64

TYPE = "scrypt"
WORK_FACTOR = 18
"""log2 of the cost we write with: 256 MiB and about a second."""
WORK_FACTOR_CAP = 20
"""log2 of the cost we are willing to pay to read: 1 GiB and about four seconds."""
_LABEL = b"age-encryption.org/v1/scrypt"
_SALT_SIZE = 16
_DECIMAL = re.compile(r"[1-9][0-9]{0,8}")


def _key(passphrase: str, salt: bytes, work_factor: int) -> bytes:
    cost = 1 << work_factor
    return Scrypt(salt=_LABEL + salt, length=32, n=cost, r=8, p=1).derive(passphrase.encode("utf-8"))


class ScryptRecipient:
    """Whoever knows the passphrase."""

    kind = "passphrase"
    name = "passphrase"

    def __init__(self, passphrase: str, *, work_factor: int = WORK_FACTOR) -> None:
        if not passphrase:
            raise ValueError("an empty passphrase protects nothing")
        self._passphrase = passphrase
        self._work_factor = work_factor

    def __repr__(self) -> str:
        return "<passphrase>"

    def wrap(self, file_key: bytes) -> Stanza:
        """A stanza from which only the passphrase gets `file_key`."""
        salt = os.urandom(_SALT_SIZE)
        body = filekey.wrap(_key(self._passphrase, salt, self._work_factor), file_key)
        return Stanza(type=TYPE, arguments=(encode64(salt), str(self._work_factor)), body=body)


class ScryptIdentity:
    """A passphrase that opens what was sealed with it, at a cost of at most 2**`cap`."""

    kind = "passphrase"

    def __init__(self, passphrase: str, *, cap: int = WORK_FACTOR_CAP) -> None:
        self._passphrase = passphrase
        self._cap = cap

    def __repr__(self) -> str:
        return "<passphrase>"

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The file key, None when the passphrase is not the one. Raises HeaderDamaged for absurd work factors."""
        for stanza in stanzas:
            if stanza.type == TYPE:
                salt, work_factor = self._parse(stanza)
                return filekey.unwrap(_key(self._passphrase, salt, work_factor), stanza.body)
        return None

    def _parse(self, stanza: Stanza) -> tuple[bytes, int]:
        try:
            argument, factor = stanza.arguments
            salt = decode64(argument)
        except ValueError:
            raise HeaderDamaged("the scrypt stanza in its header is malformed") from None
        if len(salt) != _SALT_SIZE or len(stanza.body) != filekey.WRAPPED_SIZE or not _DECIMAL.fullmatch(factor):
            raise HeaderDamaged("the scrypt stanza in its header is malformed")
        if int(factor) > self._cap:
            raise HeaderDamaged(f"its passphrase would take 2^{factor} steps to try; at most 2^{self._cap} are made")
        return salt, int(factor)
