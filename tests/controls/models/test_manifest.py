"""A manifest beside a saved model holds for that model alone, and the specification's own tool accepts it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlsec.controls.models import manifest
from jupyter_mlsec.vault.modelkey import model_key

TOOL = shutil.which("model_signing", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(params=["file", "folder"])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "model"
    if request.param == "file":
        path.write_bytes(b"weights")
    else:
        (path / "b").mkdir(parents=True)
        (path / "b" / "weights.bin").write_bytes(b"weights")
        (path / "b.json").write_text("{}")
    return path


def a_file_of(model: Path) -> Path:
    return model if model.is_file() else model / "b.json"


def test_what_was_signed_holds_until_it_changes(model: Path, data: Path) -> None:
    assert manifest.state(model, data) == "none"
    manifest.sign(model, data)
    assert manifest.state(model, data) == "holds"
    a_file_of(model).write_bytes(b"weightz")
    assert manifest.state(model, data) == "changed"


def test_a_file_more_or_less_is_a_change(tmp_path: Path, data: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "a").write_bytes(b"1")
    manifest.sign(folder, data)
    (folder / "b").write_bytes(b"2")
    assert manifest.state(folder, data) == "changed"


@pytest.mark.skipif(TOOL is None, reason="model-signing is not installed here")
def test_the_specifications_own_tool_accepts_it(model: Path, data: Path) -> None:
    signature, key = manifest.sign(model, data), data / "signer-models.pub"
    command = [str(TOOL), "verify", "key", str(model), "--signature", str(signature), "--public_key", str(key)]
    assert subprocess.run(command, capture_output=True).returncode == 0
    a_file_of(model).write_bytes(b"other")
    assert subprocess.run(command, capture_output=True).returncode != 0


def test_a_manifest_of_another_key_proves_nothing(model: Path, data: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir(mode=0o700)
    manifest.sign(model, other)
    assert manifest.state(model, data) == "unknown key"


def test_a_changed_manifest_is_noticed(model: Path, data: Path) -> None:
    written = manifest.sign(model, data)
    bundle = msgspec.json.decode(written.read_bytes())
    payload = bundle["dsseEnvelope"]["payload"]
    bundle["dsseEnvelope"]["payload"] = payload[:8] + ("A" if payload[8] != "A" else "B") + payload[9:]
    written.write_bytes(msgspec.json.encode(bundle))
    assert manifest.state(model, data) == "damaged"


@settings(max_examples=15, deadline=None)
@given(raw=st.binary(max_size=200) | st.sampled_from([b"{}", b"[]", b"null", b'{"verificationMaterial": 3}']))
def test_what_is_no_manifest_is_neither_believed_nor_replaced(
    raw: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "data").mkdir(mode=0o700)
    path = folder / "model"
    path.write_bytes(b"weights")
    manifest.beside(path).write_bytes(raw)
    assert manifest.state(path, folder / "data") == "other"
    with pytest.raises(FileExistsError):
        manifest.sign(path, folder / "data")
    assert manifest.beside(path).read_bytes() == raw


@pytest.mark.parametrize("odd", [None, 3, [], {}, {"payload": 3}, {"payload": "", "payloadType": "", "signatures": []}])
def test_a_manifest_in_our_name_that_proves_nothing_is_damaged(odd: object, model: Path, data: Path) -> None:
    written = manifest.sign(model, data)
    bundle = msgspec.json.decode(written.read_bytes())
    written.write_bytes(msgspec.json.encode({**bundle, "dsseEnvelope": odd}))
    assert manifest.state(model, data) == "damaged"


@pytest.mark.parametrize("material", [{"certificate": {"rawBytes": "AA=="}}, {"x509CertificateChain": {}}, {}, 3, None])
def test_a_publishers_manifest_with_a_certificate_is_somebody_elses_and_not_a_change(
    material: object, model: Path, data: Path
) -> None:
    bundle = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "verificationMaterial": material}
    manifest.beside(model).write_bytes(msgspec.json.encode({**bundle, "dsseEnvelope": {}}))
    assert manifest.state(model, data) == "unknown key"


def test_the_key_is_the_users_alone_and_stays(data: Path) -> None:
    first, second = model_key(data), model_key(data)
    assert first.hint == second.hint
    assert stat.S_IMODE((data / "signer-models.key").stat().st_mode) == 0o600
    assert first.hint[:16] in repr(first)
