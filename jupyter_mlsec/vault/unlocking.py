"""A guarded identity is unlocked once per process: who is asked, how often, and what is kept (in memory only)."""

from __future__ import annotations

import getpass
import hashlib
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlsec.protocol.errors import NoIdentity, UsageError
from jupyter_mlsec.vault.hidden import HiddenBytes, HiddenText

if TYPE_CHECKING:
    from jupyter_mlsec.vault.keyfile import KeyPair

Ask = Callable[[str], str | None]
"""Shows a prompt to a person and gives what they typed, unseen. None when nobody can be asked."""
TRIES = 3


class _Unlocked:
    """What this process has unlocked, and what it gave up on, by the guarded file's digest."""

    def __init__(self) -> None:
        self.lock = threading.RLock()  # two threads that load at once ask one question
        self.identities: dict[str, tuple[KeyPair, ...]] = {}
        self.given_up: set[str] = set()


_KEPT = _Unlocked()


def person(prompt: str) -> str | None:
    """Ask at the terminal, or in the notebook (whose kernel answers for `getpass`). None when nobody is there."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # it would show what is typed
            return HiddenText(getpass.getpass(prompt))  # a kernel puts its own in this place
    except (getpass.GetPassWarning, NotImplementedError, EOFError, OSError):
        return None  # NotImplementedError: IPython's, where a front end asks nothing


def once(content: bytes, path: Path, ask: Ask | None, passphrase: str | None = None) -> tuple[KeyPair, ...]:
    """The identities in a guarded file. A person is asked at most three times in the life of this process.

    Raises NoIdentity, which says what to do.
    """
    from jupyter_mlsec.vault import keyfile

    digest = hashlib.sha256(content).hexdigest()
    with _KEPT.lock:
        found = _KEPT.identities.get(digest)
        if found is None or passphrase:
            if passphrase:
                text = keyfile.unguarded(content, passphrase, path)
            elif digest in _KEPT.given_up:
                raise NoIdentity(f"{path} stays locked: none of {TRIES} passphrases was the right one. {_UNLOCK}")
            else:
                text = _asked(content, path, ask, digest)[1]
            found = _KEPT.identities[digest] = keyfile.parse(text, path)
        return found


def again(content: bytes, path: Path, ask: Ask | None) -> HiddenText:
    """The passphrase itself, asked for anew and tried: for guarding the next identity with it."""
    return _asked(content, path, ask, hashlib.sha256(content).hexdigest())[0]


def forget() -> None:
    """Let go of all that was unlocked, and be ready to ask again."""
    with _KEPT.lock:
        _KEPT.identities.clear()
        _KEPT.given_up.clear()


def chosen(ask: Ask | None, failed: str) -> HiddenText:
    """A new passphrase, typed twice. Raises UsageError (which starts with `failed`) when it is empty or differs."""
    first = _answer(ask, "New passphrase for your identity: ")
    if first is None:
        raise UsageError(f"{failed}: nobody can be asked for a passphrase here. Do it at a terminal or in a notebook.")
    if not first:
        raise UsageError(f"{failed}: an empty passphrase protects nothing. Leave --passphrase out, or type one.")
    if _answer(ask, "The same again: ") != first:
        raise UsageError(f"{failed}: the passphrase was not the same the second time. Try again.")
    return first


_UNLOCK = (
    "%mlsec keys unlock asks again. If it is forgotten, move this file away and import a backup whose passphrase you "
    "know (%mlsec keys import PATH); without one, what was sealed for this identity is lost."
)


def _answer(ask: Ask | None, prompt: str) -> HiddenText | None:
    typed = (ask or person)(prompt)
    return None if typed is None else HiddenText(typed)


def _asked(content: bytes, path: Path, ask: Ask | None, digest: str) -> tuple[HiddenText, HiddenBytes]:
    from jupyter_mlsec.vault import keyfile

    for count in range(1, TRIES + 1):
        secret = _answer(ask, f"Passphrase of your identity (try {count} of {TRIES}): ")
        if secret is None:
            raise NoIdentity(
                f"{path} is guarded by a passphrase, and nobody can be asked for it here. Run this where a person "
                "answers, or start the key agent (jupyter mlsec keys agent) and name its socket in "
                "JUPYTER_MLSEC_AGENT."
            )
        try:
            text = keyfile.unguarded(content, secret, path)
        except keyfile.WrongPassphrase:
            continue
        _KEPT.given_up.discard(digest)
        return secret, text
    _KEPT.given_up.add(digest)
    raise NoIdentity(f"{path} stays locked: none of {TRIES} passphrases was the right one. {_UNLOCK}")
