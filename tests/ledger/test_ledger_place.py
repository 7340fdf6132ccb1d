"""The database never lies where another machine writes too: network file systems and synced folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlsec.host.ledgerplace import ledger_folder
from jupyter_mlsec.ledger import Ledger
from jupyter_mlsec.vault.signing import local_signer
from tests.ledger.logbook import fill, told


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "home"))
    return tmp_path / "home"


def mounted(tmp_path: Path, kind: str, at: Path) -> Path:
    """A table of mounts in which that folder is of that kind, and the rest is a disk."""
    table = tmp_path / "mounts"
    at.mkdir(parents=True, exist_ok=True)
    table.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/share {at} {kind} rw 0 0\n")
    return table


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "lustre", "9p"])
def test_on_a_network_file_system_the_ledger_lies_in_the_users_own_folder(
    tmp_path: Path, home: Path, kind: str
) -> None:
    state = tmp_path / "share" / ".mlsec"
    place = ledger_folder(state, mounted(tmp_path, kind, tmp_path / "share"))
    assert place.path.is_relative_to(home)
    assert kind in place.reason
    assert not state.exists()


def test_two_projects_on_a_share_have_two_ledgers_and_one_keeps_its_own(tmp_path: Path, home: Path) -> None:
    table = mounted(tmp_path, "nfs", tmp_path / "share")
    one, two = (tmp_path / "share" / name / ".mlsec" for name in ("one", "two"))
    assert ledger_folder(one, table).path != ledger_folder(two, table).path
    assert ledger_folder(one, table) == ledger_folder(one, table)


def test_a_synced_folder_is_no_place_for_it_either(tmp_path: Path, home: Path) -> None:
    state = tmp_path / "OneDrive - Acme" / "study" / ".mlsec"
    place = ledger_folder(state, mounted(tmp_path, "nfs", tmp_path / "share"))
    assert place.path.is_relative_to(home)
    assert "OneDrive - Acme" in place.reason


def test_where_home_is_on_the_network_too_it_is_said_and_the_ledger_stays(tmp_path: Path, home: Path) -> None:
    place = ledger_folder(tmp_path / ".mlsec", mounted(tmp_path, "nfs", tmp_path))
    assert place.path == tmp_path / ".mlsec" / "ledger"
    assert "one machine at a time" in place.reason


def test_on_a_disk_nothing_is_said(tmp_path: Path, home: Path) -> None:
    place = ledger_folder(tmp_path / ".mlsec", mounted(tmp_path, "nfs", tmp_path / "share"))
    assert (place.path, place.reason) == (tmp_path / ".mlsec" / "ledger", "")


def test_without_locks_no_entry_is_lost_or_doubled(folder: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that grants no flock: no spool is taken for an orphan, and each is folded once."""
    monkeypatch.setattr("jupyter_mlsec.ledger.spool.try_lock", lambda descriptor: False)
    ledgers = [Ledger(folder, lambda: local_signer(data)) for _ in range(2)]
    for number, ledger in enumerate(ledgers):
        fill(ledger, 20, run=f"run-{number}")
    for ledger in ledgers:
        ledger.fold()
        ledger.close()
    last = Ledger(folder, lambda: local_signer(data))
    last.fold()
    assert set(told(folder).values()) == {1}
    assert len(told(folder)) == 40
    assert last.verify() == ()
    last.close()
