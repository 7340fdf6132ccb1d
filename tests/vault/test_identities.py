"""The identity file is private, never overwritten, checked at each use; losing it is thought of before it happens."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_mlsec.host import mounts
from jupyter_mlsec.protocol.errors import NoIdentity, UsageError, VaultError
from jupyter_mlsec.vault import Identities, unlocking
from jupyter_mlsec.vault.identities import ENVIRONMENT


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Identities:
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    monkeypatch.setattr(unlocking, "person", lambda prompt: None)
    unlocking.forget()
    monkeypatch.setattr(mounts, "kind_of", lambda path: "ext4")
    return Identities(tmp_path / "data")


def test_a_new_identity_is_private_and_post_quantum(own: Identities) -> None:
    info = own.create()
    assert stat.S_IMODE(info.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(info.path.parent.stat().st_mode) == 0o700
    assert own.recipient().kind == "post-quantum"
    assert own.recipient(classic=True).kind == "classic"
    assert own.info() == info
    assert [each.startswith("age1") for each in info.recipients] == [True, True]


def test_an_identity_is_never_overwritten(own: Identities) -> None:
    content = own.create().path.read_bytes()
    with pytest.raises(VaultError, match="already"):
        own.create()
    assert own.path.read_bytes() == content


def test_without_an_identity_the_error_says_how_to_get_one(own: Identities) -> None:
    with pytest.raises(NoIdentity, match="keys init"):
        own.load()
    assert not own.durability().durable


def loose_file(own: Identities) -> None:
    own.path.chmod(0o644)


def loose_folder(own: Identities) -> None:
    own.path.parent.chmod(0o777)


def a_link(own: Identities) -> None:
    moved = own.path.rename(own.path.parent.parent / "elsewhere")
    own.path.symlink_to(moved)


def a_pipe(own: Identities) -> None:
    own.path.unlink()
    os.mkfifo(own.path, 0o600)


def empty(own: Identities) -> None:
    own.path.write_text("# nothing\n")


def garbage(own: Identities) -> None:
    own.path.write_text("AGE-SECRET-KEY-1NOTAKEY\n")


@pytest.mark.parametrize("spoil", [loose_file, loose_folder, a_link, a_pipe, empty, garbage])
def test_an_identity_that_is_not_safe_or_sound_is_not_used(
    own: Identities, spoil: Callable[[Identities], None]
) -> None:
    own.create()
    spoil(own)
    for use in (own.load, own.recipient, own.info):
        with pytest.raises(NoIdentity) as caught:
            use()
        assert "AGE-SECRET" not in str(caught.value)
        assert str(own.path.parent) in str(caught.value)


def test_a_guarded_identity_opens_with_its_passphrase_only(own: Identities, monkeypatch: pytest.MonkeyPatch) -> None:
    from jupyter_mlsec.vault import keyfile
    from jupyter_mlsec.vault.scrypt import ScryptRecipient

    monkeypatch.setattr(keyfile, "ScryptRecipient", lambda phrase: ScryptRecipient(phrase, work_factor=8))
    info = own.create(passphrase="open sesame")
    assert info.passphrase
    assert b"SECRET" not in own.path.read_bytes()
    assert own.recipient().kind == "post-quantum", "sealing needs no passphrase"
    for passphrase in (None, "wrong"):
        with pytest.raises(NoIdentity):
            own.load(passphrase)
    assert str(own.load("open sesame")[0].recipient) == info.recipients[0]  # type: ignore[attr-defined]
    with pytest.raises(NoIdentity, match="not the one"):
        own.load("wrong")


def test_durable_means_backed_up_or_taken_note_of(own: Identities, tmp_path: Path) -> None:
    own.create()
    assert not own.durability().durable
    own.acknowledge()
    assert own.durability().durable


def test_a_backup_is_private_complete_and_makes_durable(own: Identities, tmp_path: Path) -> None:
    own.create()
    copy = own.backup(tmp_path / "usb-stick.txt")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert copy.read_bytes() == own.path.read_bytes()
    assert own.durability().durable


def test_a_backup_goes_neither_beside_the_key_nor_into_git_nor_over_a_file(own: Identities, tmp_path: Path) -> None:
    own.create()
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "there").write_text("mine")
    for place in (own.path.parent / "copy", tmp_path / "repo" / "copy", tmp_path / "there"):
        with pytest.raises(UsageError, match="No backup was made"):
            own.backup(place)
    assert (tmp_path / "there").read_text() == "mine"
    assert not own.durability().durable


@pytest.mark.parametrize("kind", ["tmpfs", "overlay"])
def test_a_place_that_goes_away_is_durable_only_with_a_backup_elsewhere(
    own: Identities, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    own.create()
    lasting = tmp_path / "lasting"
    lasting.mkdir()
    monkeypatch.setattr(mounts, "kind_of", lambda path: "ext4" if path.is_relative_to(lasting) else kind)
    own.acknowledge()
    assert not own.durability().durable
    assert kind in own.durability().reason
    own.backup(tmp_path / "same-disk")
    assert not own.durability().durable
    own.acknowledge(fleeting=True)
    assert own.durability().durable


def test_a_backup_on_a_lasting_disk_makes_a_fleeting_key_durable(
    own: Identities, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own.create()
    lasting = tmp_path / "lasting"
    lasting.mkdir()
    monkeypatch.setattr(mounts, "kind_of", lambda path: "ext4" if path.is_relative_to(lasting) else "overlay")
    own.backup(lasting)
    assert own.durability().durable


def test_the_file_the_environment_names_wins(own: Identities, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Identities(tmp_path / "other")
    theirs = other.create().recipients
    own.create()
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "other" / "identity.txt"))
    assert own.info().recipients == theirs
    assert own.durability().durable
    with pytest.raises(VaultError, match=ENVIRONMENT):
        own.create()


def test_nothing_secret_shows_in_a_repr(own: Identities) -> None:
    info = own.create()
    secret = [line for line in own.path.read_text().splitlines() if "SECRET" in line]
    shown = repr(own) + repr(info) + repr(own.load()) + repr(own.recipient())
    assert len(secret) == 2
    assert not any(line in shown for line in secret)


MOUNTS = """proc /proc proc rw 0 0
overlay / overlay rw 0 0
tmpfs /dev/shm tmpfs rw 0 0
/dev/sda1 /home/a\\040b ext4 rw 0 0
/dev/sda2 /home ext4 rw 0 0
tmpfs /home tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/x/y", "overlay"), ("/dev/shm/k", "tmpfs"), ("/home/a b/c", "ext4"), ("/home/z", "tmpfs"), ("/", "overlay")],
)
def test_the_file_system_of_a_path_is_that_of_its_nearest_mount(path: str, kind: str, tmp_path: Path) -> None:
    table = tmp_path / "mounts"
    table.write_text(MOUNTS)
    assert mounts.kind_of(Path(path), table) == kind
    assert mounts.kind_of(Path(path), tmp_path / "missing") is None
