"""What stands in an identity file: lines as `age-keygen` writes them, in the clear or under a passphrase."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from jupyter_mlsec.protocol.errors import NoIdentity, SealedFileError, VaultError
from jupyter_mlsec.vault.damage import NoMatch
from jupyter_mlsec.vault.hidden import HiddenBytes, HiddenText
from jupyter_mlsec.vault.hybrid import HybridIdentity
from jupyter_mlsec.vault.keys import parse_identity
from jupyter_mlsec.vault.reader import AgeReader
from jupyter_mlsec.vault.scrypt import ScryptIdentity, ScryptRecipient
from jupyter_mlsec.vault.writer import AgeWriter
from jupyter_mlsec.vault.x25519 import X25519Identity

KeyPair = X25519Identity | HybridIdentity


def fresh(day: str, older: Sequence[KeyPair] = ()) -> tuple[HiddenText, tuple[str, ...]]:
    """A new file's text, and its recipients: a post-quantum identity and a classic one, before any older ones."""
    made: list[KeyPair] = [HybridIdentity.generate(), X25519Identity.generate()]
    head = f"# Made by jupyter-mlsec on {day}. Whoever has this file opens what was sealed for you: keep it safe."
    lines = [HiddenText(head), *_lines(made)]
    if older:
        lines += [HiddenText("# Older ones, which still open what was sealed for them."), *_lines(older)]
    return HiddenText("\n".join(lines) + "\n"), recipients_of([*made, *older])


def _lines(identities: Iterable[KeyPair]) -> Iterable[HiddenText]:
    for identity in identities:
        yield HiddenText(f"# {identity.kind}: {identity.recipient}")
        yield HiddenText(identity.secret())


def bare(text: str) -> HiddenText:
    """The text without its comments: for places that take few characters."""
    return HiddenText("\n".join(line for line in HiddenText(text).lines() if line and not line.startswith("#")) + "\n")


def recipients_of(identities: Iterable[KeyPair]) -> tuple[str, ...]:
    """The identities' recipients, in their order, post-quantum ones first."""
    found = [identity.recipient for identity in identities]
    return tuple(str(recipient) for recipient in sorted(found, key=lambda each: each.kind != "post-quantum"))


def parse(content: bytes, path: Path | str) -> tuple[KeyPair, ...]:
    """The identities in a file's text. Raises NoIdentity, which quotes nothing of it."""
    found: list[KeyPair] = []
    for number, line in enumerate(HiddenText(content.decode("ascii", errors="replace")).lines(), start=1):
        if line and not line.startswith("#"):
            try:
                found.append(parse_identity(line))
            except VaultError:
                what = _KNOWN.get(line.split("-1", 1)[0].upper()[:10], "is not an identity")
                raise NoIdentity(f"The identity {path} was not used: line {number} {what}.") from None
    if not found:
        raise NoIdentity(f"The identity {path} was not used: it holds none.")
    return tuple(found)


_KNOWN = {
    "AGE-PLUGIN": "is a plugin's identity, which is not supported; use an AGE-SECRET-KEY",
    "-----BEGIN": "begins an SSH or PEM key, which is not supported; use an AGE-SECRET-KEY (age-keygen makes one)",
}


def guarded(text: str, passphrase: str) -> bytes:
    """The file's text sealed with a passphrase."""
    sink = io.BytesIO()
    with AgeWriter(sink, [ScryptRecipient(HiddenText(passphrase))]) as writer:
        writer.write(HiddenBytes(text.encode("ascii")))
    return sink.getvalue()


def unguarded(content: bytes, passphrase: str, path: Path | str = "in this file") -> HiddenBytes:
    """The text of a guarded file. Raises WrongPassphrase, or NoIdentity when it is damaged or costs too much."""
    try:
        return HiddenBytes(AgeReader(io.BytesIO(content), [ScryptIdentity(HiddenText(passphrase))]).read())
    except NoMatch:
        raise WrongPassphrase(
            f"The identity {path} was not used: the passphrase is not the one it was sealed with."
        ) from None
    except SealedFileError as error:
        raise NoIdentity(
            f"The identity {path} was not used: {error}. Put your backup of it there (%mlsec keys import PATH)."
        ) from None


class WrongPassphrase(NoIdentity):
    """The passphrase does not open the identity: another may."""
