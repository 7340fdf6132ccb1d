"""Recipients and identities, whichever their kind: what they can do, how they are read from text, which may meet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, runtime_checkable

import msgspec

from jupyter_mlsec.protocol.errors import UsageError, VaultError
from jupyter_mlsec.vault import bech32, hybrid, scrypt, x25519
from jupyter_mlsec.vault.format import Stanza
from jupyter_mlsec.vault.hidden import HiddenBytes, HiddenText


class Recipient(Protocol):
    """Whom a file is sealed for."""

    kind: str
    """`classic`, `post-quantum` or `passphrase`."""

    @property
    def name(self) -> str: ...

    def wrap(self, file_key: bytes) -> Stanza: ...


class Held(Protocol):
    """A key or a passphrase that this process holds."""

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None: ...


class Unwrapped(msgspec.Struct, frozen=True, kw_only=True):
    """What an Unwrapper gives: one file's key, and the short name of the recipient it was found under."""

    key: bytes
    name: str

    def __repr__(self) -> str:
        return f"<file key for {self.name}>"


@runtime_checkable
class Unwrapper(Protocol):
    """Whoever gives a file's key for its header: the identities at hand, an agent process, a key service."""

    def unwrap_header(self, header: bytes) -> Unwrapped:
        """The file key. Raises NoMatch, HeaderDamaged or HeaderForged, or NoIdentity when it cannot be asked."""


Identity = Held | Unwrapper
"""What opens a sealed file."""


def parse_recipient(text: str) -> Recipient:
    """The recipient spelled `age1...` or `age1pq1...`. Raises UsageError."""
    try:
        prefix, data = bech32.decode(text.strip())
        if prefix == hybrid.RECIPIENT_PREFIX:
            return hybrid.HybridRecipient(data)
        if prefix == x25519.RECIPIENT_PREFIX and len(data) == 32:
            return x25519.X25519Recipient(data)
    except ValueError as error:
        raise UsageError(f"This is not a recipient ({error}). Recipients start with age1 or age1pq1.") from None
    raise UsageError("This is not a recipient we know. Recipients start with age1 or age1pq1.")


def parse_identity(text: str) -> x25519.X25519Identity | hybrid.HybridIdentity:
    """The identity spelled `AGE-SECRET-KEY-...`. Raises VaultError, which never quotes it."""
    text = HiddenText(text.strip())
    try:
        prefix, data = bech32.decode(text)
        data = HiddenBytes(data)
        if prefix == hybrid.IDENTITY_PREFIX:
            return hybrid.HybridIdentity(data)
        if prefix == x25519.IDENTITY_PREFIX:
            return x25519.X25519Identity(data)
    except ValueError:
        pass
    raise VaultError("A line that should hold an identity (AGE-SECRET-KEY-...) does not.") from None


def checked(recipients: Iterable[Recipient]) -> tuple[Recipient, ...]:
    """The recipients, if they may stand in one header: at least one, one kind only, a passphrase alone."""
    chosen = tuple(recipients)
    kinds = {recipient.kind for recipient in chosen}
    if not chosen:
        raise VaultError("Nothing was sealed: no recipient was named, so nobody could open it.")
    if len(kinds) > 1:
        raise VaultError(
            f"Nothing was sealed: {' and '.join(sorted(kinds))} recipients cannot share one file, since the weaker "
            "would decide. Name recipients of one kind."
        )
    if scrypt.TYPE in _types(chosen) and len(chosen) > 1:
        raise VaultError("Nothing was sealed: a passphrase must be a file's only recipient.")
    return chosen


def _types(recipients: Sequence[Recipient]) -> set[str]:
    return {scrypt.TYPE for recipient in recipients if recipient.kind == scrypt.ScryptRecipient.kind}
