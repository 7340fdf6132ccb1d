"""The project's key for tokens: one secret, sealed for you in `.mlsec/tokens.age`, so that masked tables still join.

The file may be committed: only those it is sealed for open it (`age -d` does, too). A file that somebody else put there
would let them guess your tokens, so one that you neither made nor trusted is not used.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from jupyter_mlsec.host import places
from jupyter_mlsec.policy import trust
from jupyter_mlsec.policy.layer import read_bytes
from jupyter_mlsec.protocol.errors import NoIdentity, UsageError
from jupyter_mlsec.vault.hidden import HiddenBytes
from jupyter_mlsec.vault.pseudonyms import SHORTEST, TokenKey, fresh_secret

FILE = "tokens.age"
_NAME = f".mlsec/{FILE}"
"""What records call it: not where on this machine it lies."""
TRUST = "%mlsec pii --trust-tokens"


def project_key() -> TokenKey:
    """This project's key, made and sealed for this user when there is none.

    Raises NoIdentity without an identity, UsageError for a key file that somebody else made.
    """
    folder = places.state_folder(places.project_root(Path.cwd())).path
    path, data = folder / FILE, places.data_folder()
    raw = _sealed(path)
    if raw is None:
        return TokenKey(_made(path, data))
    if not trust.is_trusted(trust.digest_of(raw), data):
        raise UsageError(
            f"Nothing was masked: {_NAME} was not made by you, and whoever made it can test guesses on "
            f"your tokens. If you know who did: {TRUST}"
        )
    return TokenKey(_opened(path))


def trust_project_key() -> str:
    """Use the key file of this project from now on, as it is now. Raises UsageError when there is none."""
    path = places.state_folder(places.project_root(Path.cwd())).path / FILE
    raw = _sealed(path)
    if raw is None:
        raise UsageError(f"Nothing was trusted: this project has no {_NAME}.")
    _opened(path)
    return trust.trust(path, places.data_folder(), trust.digest_of(raw))


def _sealed(path: Path) -> bytes | None:
    if path.is_symlink():
        raise UsageError(f"Nothing was masked: {_NAME} is a link, and keys are not taken from links.")
    return read_bytes(path)


def _opened(path: Path) -> HiddenBytes:
    from jupyter_mlsec.vault.files import open_sealed, own_identities

    try:
        with open_sealed(path, identities=own_identities()) as reader:
            secret = HiddenBytes(reader.read())
    except NoIdentity as error:
        raise NoIdentity(
            f"Nothing was masked: the key for tokens in {_NAME} opens with none of your identities. Put your backup "
            "back, or have whoever it is sealed for share it with you. Without it, remove the file: a new key is made "
            "then, and tokens from before join no more."
        ) from error
    if len(secret) < SHORTEST:
        raise UsageError(f"Nothing was masked: {_NAME} holds no key. Remove it, and a new one is made.")
    return secret


def _made(path: Path, data: Path) -> HiddenBytes:
    """A new key, sealed in its place; whoever was quicker has made it."""
    from jupyter_mlsec.vault.files import choose_recipients, own_identities
    from jupyter_mlsec.vault.writer import AgeWriter

    secret, beside = fresh_secret(), path.with_name(f"{FILE}.{os.getpid()}")
    try:
        recipients = choose_recipients((), own_identities())
    except NoIdentity as error:
        raise NoIdentity(
            "Nothing was masked: tokens need a key, which is sealed for you, and you have no identity yet. "
            "Make one (%mlsec keys init), or pass key= (secrets.token_bytes(32))."
        ) from error
    try:
        with beside.open("xb") as sink, AgeWriter(sink, recipients, name=FILE) as writer:
            writer.write(secret)
        digest = trust.digest_of(beside.read_bytes())
        with contextlib.suppress(FileExistsError):
            _put(beside, path)
            trust.trust(path, data, digest)
    finally:
        beside.unlink(missing_ok=True)
    return _opened(path)


def _put(beside: Path, path: Path) -> None:
    """Give the new file its name, unless there is one of that name already (FileExistsError)."""
    try:
        os.link(beside, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if path.exists():
            raise FileExistsError from None
        beside.replace(path)
