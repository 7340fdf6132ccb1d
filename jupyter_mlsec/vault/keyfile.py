"""What stands in an identity file: lines as `age-keygen` writes them, in the clear or under a passphrase."""

from __future__ import annotations

import io
from pathlib import Path

from jupyter_mlsec.protocol.errors import NoIdentity, VaultError
from jupyter_mlsec.vault.damage import NoMatch
from jupyter_mlsec.vault.hybrid import HybridIdentity
from jupyter_mlsec.vault.keys import parse_identity
from jupyter_mlsec.vault.reader import AgeReader
from jupyter_mlsec.vault.scrypt import ScryptIdentity, ScryptRecipient
from jupyter_mlsec.vault.writer import AgeWriter
from jupyter_mlsec.vault.x25519 import X25519Identity

KeyPair = X25519Identity | HybridIdentity


def fresh(day: str) -> tuple[str, tuple[str, ...]]:
    """A new file's text, and its recipients: a post-quantum identity and a classic one."""
    lines = [f"# Made by jupyter-mlsec on {day}. Whoever has this file opens what was sealed for you: keep it safe."]
    recipients = []
    for identity in (HybridIdentity.generate(), X25519Identity.generate()):
        recipients.append(str(identity.recipient))
        lines += [f"# {identity.kind}: {identity.recipient}", identity.secret()]
    return "\n".join(lines) + "\n", tuple(recipients)


def parse(content: bytes, path: Path) -> tuple[KeyPair, ...]:
    """The identities in a file's text. Raises NoIdentity, which quotes nothing of it."""
    found: list[KeyPair] = []
    for number, line in enumerate(content.decode("ascii", errors="replace").splitlines(), start=1):
        text = line.strip()
        if text and not text.startswith("#"):
            try:
                found.append(parse_identity(text))
            except VaultError:
                raise NoIdentity(f"The identity {path} was not used: line {number} is not an identity.") from None
    if not found:
        raise NoIdentity(f"The identity {path} was not used: it holds none.")
    return tuple(found)


def guarded(text: str, passphrase: str) -> bytes:
    """The file's text sealed with a passphrase."""
    sink = io.BytesIO()
    with AgeWriter(sink, [ScryptRecipient(passphrase)]) as writer:
        writer.write(text.encode("ascii"))
    return sink.getvalue()


def unguarded(content: bytes, passphrase: str) -> bytes:
    """The text of a guarded file. Raises NoIdentity for a wrong passphrase."""
    try:
        return AgeReader(io.BytesIO(content), [ScryptIdentity(passphrase)]).read()
    except NoMatch:
        raise NoIdentity("The identity was not used: the passphrase is not the one it was sealed with.") from None
