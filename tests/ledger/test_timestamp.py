"""RFC 3161 time stamps from an authority that the test runs with the openssl command."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from jupyter_mlsec.protocol.errors import NoIdentity, Unverified
from jupyter_mlsec.vault import stamping
from tests.ledger.test_ledger_commands import project, run

pytest.importorskip("rfc3161_client")
pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
__all__ = ["project"]

CONFIG = """
[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[tsa]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa_config]
serial = {folder}/serial
default_policy = 1.2.3.4
digests = sha256
signer_digest = sha256
ess_cert_id_alg = sha256
"""


class Authority:
    """A time stamping authority of its own in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.root = folder / "ca.pem"
        (folder / "conf").write_text(CONFIG.format(folder=folder))
        (folder / "serial").write_text("01\n")
        self._do("req -x509 -newkey rsa:2048 -nodes -subj /CN=root -days 30 -extensions ca -config conf "
                 "-keyout ca.key -out ca.pem")  # fmt: skip
        self._do("req -new -newkey rsa:2048 -nodes -subj /CN=tsa -config conf -keyout tsa.key -out tsa.csr")
        self._do("x509 -req -in tsa.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile conf "
                 "-extensions tsa -out tsa.pem")  # fmt: skip

    def answer(self, query: bytes) -> bytes:
        (self.folder / "q.tsq").write_bytes(query)
        self._do(
            "ts -reply -queryfile q.tsq -signer tsa.pem -inkey tsa.key -config conf -section tsa_config -out r.tsr"
        )
        return (self.folder / "r.tsr").read_bytes()

    def _do(self, words: str) -> None:
        subprocess.run(["openssl", *words.split()], cwd=self.folder, check=True, capture_output=True)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "tsa")


def test_a_stamp_tells_when_and_holds_for_its_message_only(authority: Authority) -> None:
    response = authority.answer(stamping.request(b"message"))
    assert stamping.stamped_at(response, b"message", authority.root).year >= 2024
    assert stamping.is_over(response, b"message")
    assert not stamping.is_over(response, b"another")
    with pytest.raises(Unverified, match="does not hold"):
        stamping.stamped_at(response, b"another", authority.root)


def test_a_stamp_of_another_authority_does_not_hold(authority: Authority, tmp_path: Path) -> None:
    response = authority.answer(stamping.request(b"message"))
    with pytest.raises(Unverified, match="does not hold"):
        stamping.stamped_at(response, b"message", Authority(tmp_path / "other").root)


def test_what_is_no_stamp_or_no_certificate_is_said_to_be_none(authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(Unverified, match="no time stamp"):
        stamping.is_over(b"nothing", b"message")
    response = authority.answer(stamping.request(b"message"))
    with pytest.raises(NoIdentity, match="no root certificate"):
        stamping.stamped_at(response, b"message", authority.folder / "tsa.pem")
    with pytest.raises(NoIdentity, match="could not be read"):
        stamping.stamped_at(response, b"message", tmp_path / "nowhere.pem")


def test_a_checkpoint_is_stamped_by_files_and_the_ledger_verified_with_it(
    project: Path, authority: Authority, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(capsys, "verify", "--tsa", authority.root)[0] == 1
    assert run(capsys, "timestamp", "request", "-o", "q.tsq")[0] == 0
    Path("r.tsr").write_bytes(authority.answer(Path("q.tsq").read_bytes()))
    code, out, _ = run(capsys, "timestamp", "add", "r.tsr", "--tsa", authority.root)
    assert (code, "the first 7 entries were there on 20" in out) == (0, True)
    assert run(capsys, "verify", "--tsa", authority.root)[0] == 0
    Path("o.tsr").write_bytes(authority.answer(stamping.request(b"another ledger")))
    code, _, err = run(capsys, "timestamp", "add", "o.tsr", "--tsa", authority.root)
    assert (code, "no checkpoint of this ledger" in err) == (1, True)
