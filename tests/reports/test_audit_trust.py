"""Trust comes from outside the file: a key file, a fingerprint, or a pin of this user's own."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from jupyter_mlsec.ledger import note
from jupyter_mlsec.protocol.errors import UsageError
from jupyter_mlsec.reports import audit, trust, verify
from jupyter_mlsec.vault.signing import LocalSigner, fingerprint, local_signer


@pytest.fixture
def file(tmp_path: Path, made: audit.Audit) -> Path:
    path = tmp_path / "study.audit.ipynb"
    path.write_text(made.text, encoding="utf-8")
    return path


@pytest.mark.parametrize("form", ["pem", "verifier key", "base64", "hex"])
def test_a_key_file_of_any_common_form_is_taken(file: Path, signer: LocalSigner, tmp_path: Path, form: str) -> None:
    key = tmp_path / "given.pub"
    raw = signer.public_key
    forms = {
        "pem": (tmp_path / "keys" / "signer.pub").read_text(),
        "verifier key": note.verifier_key("jupyter-mlsec/0123456789abcdef", raw) + "\n",
        "base64": base64.b64encode(raw).decode() + "\n",
        "hex": raw.hex(),
    }
    key.write_text(forms[form])

    assert verify.verify(file, trust=key).exit_code == 0


def test_a_key_whose_base64_holds_plus_signs_is_taken(tmp_path: Path) -> None:
    raw = base64.b64decode("+" * 42 + "8=")
    (tmp_path / "given.pub").write_text(base64.b64encode(raw).decode())

    assert trust._raw((tmp_path / "given.pub").read_bytes(), tmp_path / "given.pub") == raw


def test_a_fingerprint_read_out_over_the_telephone_is_taken(file: Path, signer: LocalSigner) -> None:
    found = verify.verify(file, trust=fingerprint(signer.public_key))

    assert found.trusted
    assert found.verdict.startswith("HOLDS: 4 cells, 7 entries, policy 7f3a")
    assert found.verdict.endswith("signed by the key you trust. Not seen: 1 shell command.")


def test_another_key_leaves_the_signer_unconfirmed(file: Path, tmp_path: Path) -> None:
    local_signer(tmp_path / "other")

    assert verify.verify(file, trust=tmp_path / "other" / "signer.pub").exit_code == 3


@pytest.mark.parametrize(
    "content", ["", "hello", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "a+b+c"]
)
def test_a_file_that_is_no_key_is_refused_in_a_sentence(file: Path, tmp_path: Path, content: str) -> None:
    (tmp_path / "no.pub").write_text(content)

    with pytest.raises(UsageError, match=r"no\.pub"):
        verify.verify(file, trust=tmp_path / "no.pub")


def test_a_pinned_key_is_trusted_from_then_on(file: Path, tmp_path: Path) -> None:
    pins = tmp_path / "data"
    assert verify.verify(file, pins=pins).exit_code == 3
    assert verify.verify(file, pins=pins, pin=True).exit_code == 0

    assert verify.verify(file, pins=pins).exit_code == 0
    assert os.stat(pins / trust.PINS).st_mode & 0o777 == 0o600


def test_a_broken_audit_pins_nothing(file: Path, tmp_path: Path) -> None:
    file.write_text(file.read_text().replace("patients.csv", "patient5.csv", 1))

    assert verify.verify(file, pins=tmp_path / "data", pin=True).exit_code == 1
    assert not (tmp_path / "data").exists()


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    found = verify.verify(tmp_path / "nowhere.ipynb")

    assert found.exit_code == 2
    assert "No such file" in found.verdict


def test_broken_pins_are_said_and_not_overlooked(file: Path, tmp_path: Path) -> None:
    (tmp_path / trust.PINS).write_text("{")

    with pytest.raises(UsageError, match="could not be read"):
        verify.verify(file, pins=tmp_path)
