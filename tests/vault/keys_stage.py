"""A user's keys in a folder of the test's own, a person who answers prompts, and keyrings that are none."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlsec.host import mounts
from jupyter_mlsec.vault import Identities, keyfile, unlocking
from jupyter_mlsec.vault.scrypt import ScryptRecipient

PHRASE = "open " + "sesame 5f1c"


class Person:
    """Types these answers, and remembers how often they were asked. None: nobody is there."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.prompts: list[str] = []

    def __call__(self, prompt: str) -> str | None:
        self.prompts.append(prompt)
        return self.answers.pop(0) if self.answers else None


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Identities]:
    """No identity yet, on a lasting disk; passphrases cost little and nobody answers."""
    for name in ("JUPYTER_MLSEC_IDENTITY_FILE", "JUPYTER_MLSEC_AGENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(mounts, "kind_of", lambda path: "ext4")
    monkeypatch.setattr(keyfile, "ScryptRecipient", lambda phrase: ScryptRecipient(phrase, work_factor=8))
    monkeypatch.setattr(unlocking, "person", lambda prompt: None)
    unlocking.forget()
    yield Identities(tmp_path / "data")
    unlocking.forget()


class Ring:
    """A keyring in memory; the test says which one it claims to be."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False
        self.backends: list[object] = []

    def get_password(self, service: str, account: str) -> str | None:
        if self.locked:
            raise sys.modules["keyring.errors"].KeyringLocked
        return self.kept.get((service, account))

    def set_password(self, service: str, account: str, secret: str) -> None:
        if self.locked:
            raise sys.modules["keyring.errors"].KeyringLocked
        self.kept[service, account] = str(secret)


def ring_of(name: str) -> Ring:
    """A keyring whose class has this full name."""
    module, _, short = name.rpartition(".")
    return type(short, (Ring,), {"__module__": module})()


def install(monkeypatch: pytest.MonkeyPatch, backend: object) -> None:
    """Make `import keyring` give this backend."""
    keyring, errors = types.ModuleType("keyring"), types.ModuleType("keyring.errors")
    keyring.get_keyring = lambda: backend  # type: ignore[attr-defined]
    errors.KeyringError = type("KeyringError", (Exception,), {})  # type: ignore[attr-defined]
    errors.KeyringLocked = type("KeyringLocked", (errors.KeyringError,), {})  # type: ignore[attr-defined]
    keyring.errors = errors  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
