"""What fsspec seals or opens by itself is sealed for the guard too, whatever the policy, and costs nobody a finding."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import jupyter_mlsec as mlsec
from jupyter_mlsec.protocol.errors import Denied
from jupyter_mlsec.session import running
from jupyter_mlsec.vault import is_sealed
from jupyter_mlsec.vault.files import own_identities

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")
pytest.importorskip("fsspec.implementations.chained", reason="this fsspec takes no chained file systems of others")
PEOPLE = pd.DataFrame({"ssn": [f"{100 + n}-{11 + n % 80}-{1001 + n}" for n in range(100)]})


@pytest.fixture
def folder(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("JUPYTER_MLSEC_IDENTITY_FILE", raising=False)
    monkeypatch.chdir(project)
    mlsec.register_fsspec()
    own_identities().create()
    own_identities().acknowledge(fleeting=True)
    yield project
    fsspec.filesystem("memory").store.clear()


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """What the guard said in a warning's tone so far."""
    running.display.flush()
    return capsys.readouterr().err


def by_open_file(path: str) -> bytes:
    with fsspec.open(path, "wb", compression="age") as file:
        file.write(b"a\n1\n")
    with fsspec.open(path, "rb", compression="age") as file:
        assert file.read() == b"a\n1\n"
    return fsspec.open(path, "rb").open().read()


def by_storage_options(path: str) -> bytes:
    url = f"memory://{path}"
    PEOPLE.to_csv(url, index=False, storage_options={"compression": "age"})
    return fsspec.filesystem("memory").cat(f"/{path}")


def by_url(path: str) -> bytes:
    PEOPLE.to_csv(f"age::file://{Path.cwd()}/{path}", index=False)
    return Path(path).read_bytes()


@pytest.mark.parametrize("profile", ["guard", "strict"])
@pytest.mark.parametrize("save", [by_open_file, by_storage_options, by_url])
def test_what_fsspec_seals_is_neither_refused_nor_pointed_out(save, profile, folder, capsys):
    with mlsec.guard(profile):
        assert is_sealed(save("x.csv")[:100])
        assert not [word for word in ("in plain", "cannot be handed", "was not saved") if word in said(capsys)]


def test_what_fsspec_would_write_plain_is_still_refused_by_strict(folder):
    with mlsec.guard("strict"):
        with pytest.raises(Denied, match="was not saved"):
            PEOPLE.to_csv("memory://x.csv")
        with pytest.raises(Denied, match="was not saved"):
            PEOPLE.to_csv("simplecache::memory://x.csv")
    assert not fsspec.filesystem("memory").exists("/x.csv")
    assert sorted(path.name for path in folder.iterdir()) == [".git", ".mlsec"]


def test_a_sealed_table_read_through_fsspec_is_judged_as_any_other(folder, capsys):
    PEOPLE.to_csv("age::memory://x.csv", index=False)
    with mlsec.guard():
        assert pd.read_csv("age::memory://x.csv").equals(PEOPLE)
        assert "US_SSN" in said(capsys)
