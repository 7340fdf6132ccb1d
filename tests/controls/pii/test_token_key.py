"""The project's key for tokens: made once, sealed, and not taken from somebody else unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlsec.controls.pii import mask, unmask
from jupyter_mlsec.controls.pii.tokenkey import project_key, trust_project_key
from jupyter_mlsec.host import places
from jupyter_mlsec.protocol.errors import NoIdentity, UsageError
from jupyter_mlsec.vault import Identities, is_sealed
from jupyter_mlsec.vault.files import SealedFile
from jupyter_mlsec.vault.pseudonyms import TokenKey

ROWS = [{"mail": f"anna{number}@example.org"} for number in range(6)]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project and a data folder of its own."""
    (tmp_path / "project" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "project"


def test_without_an_identity_nothing_is_masked_and_the_way_is_shown(project: Path) -> None:
    with pytest.raises(NoIdentity, match="keys init"):
        mask(ROWS, "token")

    assert not (project / ".mlsec" / "tokens.age").exists()


def test_tokens_of_one_project_join_and_their_key_lies_sealed(project: Path) -> None:
    Identities(places.data_folder()).create()

    first, again = mask(ROWS, "token"), mask(ROWS, "token")

    assert first == again
    assert is_sealed((project / ".mlsec" / "tokens.age").read_bytes())
    assert unmask(mask(ROWS, "reversible")) == ROWS


def test_a_key_that_somebody_else_put_there_is_not_used_unasked(project: Path) -> None:
    identities = Identities(places.data_folder())
    identities.create()
    mine = project_key().token("x")
    with SealedFile(project / ".mlsec" / "tokens.age", (identities.recipient(),)) as planted:
        planted.write(b"known to somebody else, 32 bytes")

    with pytest.raises(UsageError, match="was not made by you"):
        mask(ROWS, "token")

    trust_project_key()
    assert project_key().token("x") != mine


def test_a_key_never_shows() -> None:
    assert "k" * 5 not in repr(TokenKey(b"k" * 32))
    with pytest.raises(ValueError, match="16 secret bytes"):
        TokenKey(b"short")
