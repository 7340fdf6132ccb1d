"""Other age programs open what we seal, and we what they seal."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from jupyter_mlsec.vault import AgeReader, AgeWriter
from jupyter_mlsec.vault.scrypt import ScryptIdentity, ScryptRecipient
from jupyter_mlsec.vault.x25519 import X25519Identity

SIZES = [0, 1, 65535, 65536, 65537, 131072, 1_500_000]
needs_age = pytest.mark.skipif(shutil.which("age") is None, reason="Debian's age is not installed (apt install age)")
IDENTITY = X25519Identity.generate()


def seal(data: bytes) -> bytes:
    sink = io.BytesIO()
    with AgeWriter(sink, [IDENTITY.recipient]) as writer:
        writer.write(data)
    return sink.getvalue()


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key.txt"
    path.write_text(IDENTITY.secret() + "\n")
    return path


@needs_age
@pytest.mark.parametrize("size", SIZES)
def test_debians_age_opens_what_we_seal(size: int, key: Path) -> None:
    data = os.urandom(size)
    done = subprocess.run(["age", "-d", "-i", key], input=seal(data), capture_output=True, check=False)
    assert done.stdout == data, done.stderr


@needs_age
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("armor", [[], ["-a"]])
def test_we_open_what_debians_age_seals(size: int, armor: list[str]) -> None:
    data = os.urandom(size)
    command = ["age", *armor, "-r", str(IDENTITY.recipient)]
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    assert AgeReader(io.BytesIO(done.stdout), [IDENTITY]).read() == data


@needs_age
def test_we_open_with_a_key_that_age_keygen_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyter_mlsec.vault import Identities

    path = tmp_path / "theirs.txt"
    subprocess.run(["age-keygen", "-o", path], capture_output=True, check=True)
    monkeypatch.setenv("JUPYTER_MLSEC_IDENTITY_FILE", str(path))
    theirs = Identities(tmp_path)
    command = ["age", "-r", theirs.info().recipients[0]]
    done = subprocess.run(command, input=b"hello", capture_output=True, check=True)
    assert AgeReader(io.BytesIO(done.stdout), theirs.load()).read() == b"hello"


@pytest.mark.parametrize("size", SIZES)
def test_pyrage_and_we_open_each_others_files(size: int) -> None:
    pyrage = pytest.importorskip("pyrage")
    data = os.urandom(size)
    theirs = pyrage.x25519.Identity.from_str(IDENTITY.secret())
    assert pyrage.decrypt(seal(data), [theirs]) == data
    sealed = pyrage.encrypt(data, [theirs.to_public()])
    assert AgeReader(io.BytesIO(sealed), [IDENTITY]).read() == data


def test_pyrage_and_we_agree_on_passphrases() -> None:
    pyrage = pytest.importorskip("pyrage")
    sink = io.BytesIO()
    with AgeWriter(sink, [ScryptRecipient("a phrase", work_factor=12)]) as writer:
        writer.write(b"hello")
    assert pyrage.passphrase.decrypt(sink.getvalue(), "a phrase") == b"hello"
    sealed = pyrage.passphrase.encrypt(b"hello", "a phrase")
    assert AgeReader(io.BytesIO(sealed), [ScryptIdentity("a phrase", cap=22)]).read() == b"hello"
