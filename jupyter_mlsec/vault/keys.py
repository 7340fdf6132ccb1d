"""Recipients and identities, whichever their kind: what they can do, how they are read from text, which may meet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from jupyter_mlsec.protocol.errors import UsageError, VaultError
from jupyter_mlsec.vault import bech32, hybrid, scrypt, x25519
from jupyter_mlsec.vault.format import Stanza


class Recipient(Protocol):
    """Whom a file is sealed for."""

    kind: str
    """`classic`, `post-quantum` or `passphrase`."""

    @property
    def name(self) -> str: ...

    def wrap(self, file_key: bytes) -> Stanza: ...


class Identity(Protocol):
    """What opens a sealed file: a key, a passphrase, or something that asks elsewhere."""

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None: ...


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
    try:
        prefix, data = bech32.decode(text.strip())
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
