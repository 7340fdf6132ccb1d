"""npm's age-encryption (typage) and we open each other's files, post-quantum ones too, which few programs know."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_mlsec.vault import AgeReader, AgeWriter
from jupyter_mlsec.vault.hybrid import HybridIdentity
from jupyter_mlsec.vault.scrypt import ScryptIdentity, ScryptRecipient
from jupyter_mlsec.vault.x25519 import X25519Identity

HERE = Path(__file__).parent
PACKAGE = HERE.parent.parent / "build" / "npm" / "node_modules" / "age-encryption" / "dist" / "index.js"
NODE = shutil.which("node") or shutil.which("node", path=Path(sys.executable).parent)
pytestmark = pytest.mark.skipif(
    os.environ.get("CI") != "true" and (NODE is None or not PACKAGE.exists()),
    reason="node or npm's age-encryption is not here (make test installs both)",
)
SIZES = [0, 1, 65535, 65536, 65537, 131072, 400_001]
KEYS = {"post-quantum": HybridIdentity.generate(), "classic": X25519Identity.generate()}


def typage(deed: str, kind: str, secret: str, data: bytes) -> bytes:
    assert NODE is not None
    command = [NODE, HERE / "typage.mjs", PACKAGE, deed, kind, secret]
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def sealed(data: bytes, recipient: object) -> bytes:
    sink = io.BytesIO()
    with AgeWriter(sink, [recipient]) as writer:  # type: ignore[list-item]
        writer.write(data)
    return sink.getvalue()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KEYS)
def test_typage_opens_what_we_seal_and_we_what_it_seals(kind: str, size: int) -> None:
    identity, data = KEYS[kind], os.urandom(size)
    assert typage("open", "key", identity.secret(), sealed(data, identity.recipient)) == data
    theirs = typage("seal", "key", identity.secret(), data)
    assert AgeReader(io.BytesIO(theirs), [identity]).read() == data


def test_typage_and_we_agree_on_passphrases() -> None:
    ours = sealed(b"hello", ScryptRecipient("a phrase", work_factor=12))
    assert typage("open", "passphrase", "a phrase", ours) == b"hello"
    theirs = typage("seal", "passphrase", "a phrase", b"hello")
    assert AgeReader(io.BytesIO(theirs), [ScryptIdentity("a phrase")]).read() == b"hello"


def test_typage_derives_the_same_recipients_from_our_identities() -> None:
    for identity in KEYS.values():
        assert typage("recipient", "key", identity.secret(), b"") == str(identity.recipient).encode()
