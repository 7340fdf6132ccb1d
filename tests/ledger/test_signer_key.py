"""The signing key: made once, whole, for this user's eyes only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_mlsec.protocol.errors import NoIdentity
from jupyter_mlsec.vault import signing
from jupyter_mlsec.vault.signing import local_signer

ROOT = Path(__file__).parents[2]


def test_a_signature_verifies_with_the_public_key_and_nothing_else(data: Path, tmp_path: Path) -> None:
    signer, other = local_signer(data), local_signer(tmp_path / "other")
    signature = signer.sign(b"message")
    assert signing.verify(signer.public_key, b"message", signature)
    assert not signing.verify(signer.public_key, b"messagE", signature)
    assert not signing.verify(other.public_key, b"message", signature)
    assert not signing.verify(signer.public_key, b"message", signature[:-1])
    assert not signing.verify(b"short", b"message", signature)


def test_the_key_is_kept_and_private(data: Path) -> None:
    first, again = local_signer(data), local_signer(data)
    assert first.public_key == again.public_key == signing.load_public_key(data / "signer.pub")
    assert (data / "signer.key").stat().st_mode & 0o777 == 0o600
    assert data.stat().st_mode & 0o777 == 0o700
    assert {path.name for path in data.iterdir()} == {"signer.key", "signer.pub"}


def test_its_repr_and_name_hold_no_secret(data: Path) -> None:
    signer = local_signer(data)
    secret = signer._key.private_bytes_raw()
    said = f"{signer!r} {signer.name} {vars(signer)}"
    assert secret.hex() not in said
    assert repr(secret)[2:-1] not in said
    assert signing.fingerprint(signer.public_key) in repr(signer)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_file_that_others_may_touch_is_refused(data: Path, mode: int) -> None:
    local_signer(data)
    (data / "signer.key").chmod(mode)
    with pytest.raises(NoIdentity, match="chmod 600"):
        local_signer(data)


def test_a_key_file_that_is_a_link_is_refused(data: Path, tmp_path: Path) -> None:
    local_signer(tmp_path / "other")
    data.mkdir(mode=0o700)
    (data / "signer.key").symlink_to(tmp_path / "other" / "signer.key")
    with pytest.raises(NoIdentity):
        local_signer(data)


@pytest.mark.parametrize("content", [b"", b"garbage", b"-----BEGIN PRIVATE KEY-----\n"])
def test_a_damaged_key_file_is_refused_and_kept(data: Path, content: bytes) -> None:
    data.mkdir(mode=0o700)
    (data / "signer.key").write_bytes(content)
    (data / "signer.key").chmod(0o600)
    with pytest.raises(NoIdentity, match="no signing key"):
        local_signer(data)
    assert (data / "signer.key").read_bytes() == content


def test_a_key_of_another_kind_is_refused(data: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    data.mkdir(mode=0o700)
    key = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (data / "signer.key").write_bytes(key)
    (data / "signer.key").chmod(0o600)
    with pytest.raises(NoIdentity, match="another kind"):
        local_signer(data)


def test_many_kernels_at_the_first_use_agree_on_one_key(data: Path) -> None:
    code = f"""
from pathlib import Path
from jupyter_mlsec.vault.signing import local_signer
print(local_signer(Path({str(data)!r})).public_key.hex())
"""
    command = [sys.executable, "-c", code]
    started = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(4)]
    keys = {process.communicate()[0] for process in started}
    assert keys == {local_signer(data).public_key.hex().encode() + b"\n"}
    assert {path.name for path in data.iterdir()} == {"signer.key", "signer.pub"}


def test_importing_the_signer_and_the_ledger_does_not_load_cryptography() -> None:
    code = (
        "import sys, jupyter_mlsec.ledger, jupyter_mlsec.vault.signing;"
        "sys.exit(any(name.split('.')[0] == 'cryptography' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ, check=False).returncode == 0
