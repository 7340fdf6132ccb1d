"""`jupyter mlsec ledger ...` on a project with a real ledger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_mlsec import cli
from jupyter_mlsec.host import places
from jupyter_mlsec.ledger import Ledger
from jupyter_mlsec.protocol.entries import Allowed
from jupyter_mlsec.vault.signing import local_second, local_signer
from tests.ledger.logbook import WHEN, fill

REASON = "agreed with Ada Lovelace"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose ledger holds seven entries, the last of them with a reason."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    root = tmp_path / "project"
    (root / ".git").mkdir(parents=True)
    monkeypatch.chdir(root)
    data = places.data_folder()
    ledger = Ledger(
        places.state_folder(root).path / "ledger",
        lambda: local_signer(data),
        data / "checkpoints",
        second=lambda: local_second(data),
    )
    fill(ledger, 6)
    ledger.append(Allowed(run="run-a", number=6, at=WHEN, id="a1", rule="pii.us-ssn", reason=REASON))
    ledger.fold()
    ledger.close()
    return root


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = cli.main(["ledger", *(str(word) for word in words)])
    said = capsys.readouterr()
    return code, said.out, said.err


def signer(tmp_path: Path, name: str = "signer") -> Path:
    return next((tmp_path / "home").rglob(f"{name}.pub"))


def test_a_proof_is_verified_anywhere_with_the_signers_key(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(capsys, "prove", 3, "-o", tmp_path / "p.tlog-proof")[0] == 0
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "verify", "p.tlog-proof")[0] == 3
    for name in ("signer", "signer-mldsa"):
        code, out, _ = run(capsys, "verify", "p.tlog-proof", "--trust", signer(tmp_path, name))
        assert (code, "HOLDS: entry 3 is one of the 7" in out, "data/3.csv" in out) == (0, True, True)


def test_a_proof_of_a_resource_is_of_the_newest_entry_about_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "prove", "--resource", "data/4.csv")[0] == 0
    assert (project / "entry-4.tlog-proof").exists()
    code, _, err = run(capsys, "prove", "--resource", "nowhere.csv")
    assert (code, "no entry is about nowhere.csv" in err) == (1, True)


def test_a_proof_that_does_not_hold_says_so(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "prove", 3, "-o", "p")
    text = Path("p").read_text()
    Path("p").write_text(text.replace("index 3", "index 2"))
    code, out, _ = run(capsys, "verify", "p", "--trust", signer(tmp_path))
    assert (code, "DOES NOT HOLD" in out) == (1, True)
    Path("p").write_text("nothing")
    assert run(capsys, "verify", "p")[0] == 2
    local_signer(tmp_path / "stranger")
    Path("p").write_text(text)
    code, out, _ = run(capsys, "verify", "p", "--trust", tmp_path / "stranger" / "signer.pub")
    assert (code, "not signed by the key you trust" in out) == (1, True)


def test_a_reason_is_shown_then_erased_then_said_to_be(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [json.loads(line) for line in run(capsys, "show", "--json")[1].splitlines()]
    assert rows[6]["reason"] == REASON
    code, out, _ = run(capsys, "erase", "--entry", 6, "--reason", "a request of the person named")
    assert (code, "Erased from entry 6" in out) == (0, True)
    rows = [json.loads(line) for line in run(capsys, "show", "--json", "--last", 2)[1].splitlines()]
    assert [row["index"] for row in rows] == [6, 7]
    assert rows[0]["reason"].startswith("[erased on ")
    assert all(REASON.encode() not in path.read_bytes() for path in project.rglob("*") if path.is_file())
    assert run(capsys, "verify")[0] == 0


def test_a_ledger_is_exported_as_static_files(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "export", "out")
    assert (code, "7 entries as C2SP tlog-tiles" in out) == (0, True)
    assert (project / "out" / "tile" / "entries" / "000.p" / "7").is_file()
    assert REASON.encode() not in (project / "out" / "tile" / "entries" / "000.p" / "7").read_bytes()


def test_a_checkpoint_goes_to_a_witness_and_back_by_files(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, key = str(tmp_path / "home"), signer(tmp_path)
    assert run(capsys, "witness", "request", "-o", "asked")[0] == 0
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "elsewhere"))
    assert run(capsys, "witness", "key", "-o", "w.vkey")[0] == 0
    assert run(capsys, "witness", "sign", "asked", "--trust", key)[0] == 0
    monkeypatch.setenv("JUPYTER_DATA_DIR", home)
    assert run(capsys, "verify", "--witness", "w.vkey")[0] == 1
    assert run(capsys, "witness", "add", "asked.cosigned", "--witness", "w.vkey")[0] == 0
    code, out, _ = run(capsys, "verify", "--witness", "w.vkey")
    assert (code, "Cosigned by jupyter-mlsec-witness/" in out) == (0, True)
    run(capsys, "prove", 1, "-o", "p")
    assert run(capsys, "verify", "p", "--trust", key, "--witness", "w.vkey")[0] == 0
    assert "continue the first 7" in run(capsys, "witness", "request", "-o", "again", "--witness", "w.vkey")[1]


def test_a_witness_may_sign_with_a_key_that_is_kept_elsewhere(
    project: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    key, own = signer(tmp_path), tmp_path / "stick"
    own.mkdir(mode=0o700)
    local_signer(own)
    private = str(own / "signer.key")
    assert run(capsys, "witness", "request", "-o", "asked")[0] == 0
    assert run(capsys, "witness", "key", "--key", private, "-o", "w.vkey")[0] == 0
    assert run(capsys, "witness", "sign", "asked", "--trust", key, "--key", private)[0] == 0
    assert run(capsys, "witness", "add", "asked.cosigned", "--witness", "w.vkey")[0] == 0

    own.joinpath("signer.key").chmod(0o644)
    code, _, error = run(capsys, "witness", "key", "--key", private)
    assert (code, "can be read or changed by others" in error) == (1, True)


def test_a_ledgers_own_key_is_no_witness_to_it(
    project: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    key = signer(tmp_path)
    assert run(capsys, "witness", "request", "-o", "asked")[0] == 0
    code, _, error = run(capsys, "witness", "sign", "asked", "--trust", key, "--key", str(key).replace(".pub", ".key"))

    assert (code, "to themselves" in error) == (1, True)
