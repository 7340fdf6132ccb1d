"""`jupyter mlsec keys ...`: identities for sealed files (the encryption control's), and the key that signs audits."""

from __future__ import annotations

import argparse
import base64
import textwrap
from collections.abc import Sequence
from pathlib import Path

from jupyter_mlsec.cli.answers import say
from jupyter_mlsec.cli.sealing import speak
from jupyter_mlsec.protocol.errors import UsageError

_ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")
"""What precedes the 32 bytes of an Ed25519 key in its SubjectPublicKeyInfo (RFC 8410)."""


def run(words: Sequence[str]) -> int:
    """`signer` and `agent` are ours; every other word is the encryption control's."""
    if words and words[0] == "signer":
        return _signer(words[1:])
    if words and words[0] == "agent":
        from jupyter_mlsec.cli import agent

        return agent.run(words[1:])
    return speak("keys", words)


def _signer(words: Sequence[str]) -> int:
    """Show the public key that signs this user's audits, or write it to a file for reviewers."""
    from jupyter_mlsec.host import places
    from jupyter_mlsec.vault.agent.client import signer_of
    from jupyter_mlsec.vault.signing import fingerprint

    parser = argparse.ArgumentParser(prog="jupyter mlsec keys signer", description="The key that signs your audits.")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the public key there, for reviewers")
    given = parser.parse_args(list(words))
    signer = signer_of(places.data_folder())
    pem = public_pem(signer.public_key)
    if given.output is not None:
        try:
            given.output.write_text(pem, encoding="ascii")
        except OSError as error:
            raise UsageError(f"The public key was not written to {given.output}: {error.strerror}.") from None
        say(f"{given.output} holds the public key {fingerprint(signer.public_key)}.")
    else:
        say(f"{signer.name} {fingerprint(signer.public_key)}\n{pem.rstrip()}")
    return 0


def public_pem(public_key: bytes) -> str:
    """A raw Ed25519 public key as PEM, which `verify --trust` and openssl take."""
    body = "\n".join(textwrap.wrap(base64.b64encode(_ED25519_SPKI + public_key).decode(), 64))
    return f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"
