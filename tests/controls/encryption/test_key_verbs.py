"""`keys`: others are granted a file, readers leave by rotation, and each answer says what that does not undo."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
from keys_stage import Desk, opens

from jupyter_mlsec.controls.encryption import Settings
from jupyter_mlsec.protocol.errors import NoIdentity, UsageError, VaultError
from jupyter_mlsec.vault import Identities, rewrapping, unlocking


def test_a_granted_reader_opens_the_file_and_the_payload_is_the_same(desk: Desk) -> None:
    ada, path = desk.colleague("ada"), desk.sealed()
    before = path.read_bytes()
    assert not opens(path, ada)
    answer = desk.say(f"keys grant {ada.info().recipients[0]} {path}")
    assert opens(path, ada)
    assert opens(path, desk.identities)
    assert path.read_bytes()[-200_000:] == before[-200_000:]
    assert "before still can" in answer.text
    assert [(verb, subject) for verb, subject, _ in desk.records] == [("granted", "x.csv")]
    assert desk.records[0][2]["sha256"] == answer.data[0]["sha256"]


def test_a_role_is_granted_in_the_kind_of_the_file(desk: Desk) -> None:
    ada, bob = desk.colleague("ada"), desk.colleague("bob")
    desk.list_role("analysts", "# Ada", *ada.info().recipients, "# Bob", *bob.info().recipients)
    classic = desk.sealed("old.csv", desk.colleague("old").info().recipients[1])
    fresh = desk.sealed("new.csv")
    assert desk.say(f"keys grant analysts {classic} {fresh}").ok
    assert all(opens(path, who) for path in (classic, fresh) for who in (ada, bob))
    assert rewrapping.look(classic).kind == "classic"
    assert rewrapping.look(fresh).kind == "post-quantum"


def test_kinds_never_mix_and_the_file_stays_as_it_was(desk: Desk) -> None:
    path, old = desk.sealed(), desk.colleague("old").info().recipients[1]
    before = path.read_bytes()
    with pytest.raises(VaultError, match=r"left as it is.*no post-quantum recipient"):
        desk.say(f"keys grant {old} {path}")
    assert (path.read_bytes(), desk.records) == (before, [])


def test_of_several_files_one_error_stops_only_that_one(desk: Desk) -> None:
    ada = desk.colleague("ada")
    plain = desk.project / "plain.csv"
    plain.write_text("a")
    path = desk.sealed()
    answer = desk.say(f"keys grant {ada.info().recipients[0]} {plain} {path}")
    assert (answer.ok, opens(path, ada), plain.read_text()) == (False, True, "a")
    assert "it is not sealed" in answer.text


def test_a_file_that_is_not_mine_is_not_granted(desk: Desk) -> None:
    path = desk.sealed()
    before = path.read_bytes()
    desk.identities.path.unlink()
    desk.identities.create()
    with pytest.raises(NoIdentity, match="sealed for others"):
        desk.say(f"keys grant {desk.colleague('ada').info().recipients[0]} {path}")
    assert path.read_bytes() == before


def test_a_change_while_it_is_granted_is_noticed_and_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path, ada = desk.sealed(), desk.colleague("ada")
    monkeypatch.setattr(rewrapping, "_copy", lambda source, sink: sink.write(source.read()) and path.write_bytes(b"!"))
    with pytest.raises(VaultError, match="changed while"):
        desk.say(f"keys grant {ada.info().recipients[0]} {path}")
    assert path.read_bytes() == b"!"
    assert set(os.listdir(desk.project)) == {".mlsec", "x.csv"}


def test_rotation_leaves_out_who_was_granted_and_keeps_the_others(desk: Desk) -> None:
    ada, bob, path = desk.colleague("ada"), desk.colleague("bob"), desk.sealed()
    for who in (ada, bob):
        desk.say(f"keys grant {who.info().recipients[0]} {path}")
    answer = desk.say(f"keys rotate {path} --without {bob.info().recipients[0]}")
    assert (opens(path, ada), opens(path, bob), opens(path, desk.identities)) == (True, False, True)
    assert "keeps what they had" in answer.text
    assert "2 of 3 readers before" in answer.text
    assert desk.records[-1][0] == "rotated"


def test_rotation_makes_a_fresh_file_key(desk: Desk) -> None:
    from jupyter_mlsec.vault.format import read_header
    from jupyter_mlsec.vault.opening import file_key

    def key(path: Path) -> bytes:
        with path.open("rb") as file:
            return file_key(read_header(file), desk.identities.load())[0]

    path = desk.sealed()
    before = key(path)
    desk.say(f"keys rotate {path}")
    assert key(path) != before
    assert opens(path, desk.identities)


def test_readers_that_are_not_known_are_never_left_out_unsaid(desk: Desk) -> None:
    ada = desk.colleague("ada")
    path = desk.sealed("x.csv", ada.info().recipients[0])
    before = path.read_bytes()
    with pytest.raises(VaultError, match=r"has 2 readers.*--for.*--only"):
        desk.say(f"keys rotate {path}")
    assert path.read_bytes() == before
    desk.say(f"keys rotate {path} --for {ada.info().recipients[0]}")
    assert opens(path, ada)
    desk.say(f"keys rotate {path} --without {ada.info().recipients[0]}")
    assert not opens(path, ada)


def test_only_seals_anew_for_those_who_are_known(desk: Desk) -> None:
    ada = desk.colleague("ada")
    path = desk.sealed("x.csv", ada.info().recipients[0])
    assert "1 of 2 readers" in desk.say(f"keys rotate {path} --only").text
    assert not opens(path, ada)


def test_readers_of_the_policy_stay_readers_when_a_file_is_rotated(desk: Desk) -> None:
    ada = desk.colleague("ada")
    desk.list_role("analysts", "# Ada", *ada.info().recipients)
    desk.settings = msgspec.structs.replace(Settings(), readers=("analysts",))
    path = desk.sealed("x.csv", ada.info().recipients[0])
    assert "you, Ada (analysts)" in desk.say(f"keys rotate {path}").text
    assert opens(path, ada)


def test_you_cannot_leave_out_yourself_nor_a_stranger(desk: Desk) -> None:
    path, eve = desk.sealed(), desk.colleague("eve").info().recipients[0]
    with pytest.raises(UsageError, match="without you"):
        desk.say(f"keys rotate {path} --without {desk.identities.info().recipients[0]}")
    desk.say(f"keys rotate {path}")
    with pytest.raises(VaultError, match="known as a reader"):
        desk.say(f"keys rotate {path} --without {eve}")


def test_a_new_identity_opens_and_seals_and_the_backup_is_called_old(desk: Desk) -> None:
    path = desk.sealed()
    before = desk.identities.info().recipients
    answer = desk.say("keys rotate --identity")
    assert "keys backup" in answer.text
    assert opens(path, desk.identities)
    desk.say(f"keys rotate {path}")
    assert desk.identities.info().recipients[0] not in before
    assert opens(path, desk.identities)


def test_an_identity_is_imported_and_shown(desk: Desk, tmp_path: Path) -> None:
    desk.say(f"keys backup {tmp_path / 'copy.txt'}")
    desk.identities.path.unlink()
    answer = desk.say(f"keys import {tmp_path / 'copy.txt'}")
    assert "Keep" in answer.text
    assert desk.say("keys show").data["durable"]
    assert desk.records[-1][0] == "imported"


def test_a_guarded_identity_is_made_by_typing_twice(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.identities.path.unlink()
    monkeypatch.setattr(unlocking, "person", lambda prompt: "typed twice")
    assert "guarded by a passphrase" in desk.say("keys init --passphrase").text
    assert b"SECRET" not in desk.identities.path.read_bytes()
    assert desk.say("keys unlock").ok
    assert opens(desk.sealed(), desk.identities)


@pytest.mark.parametrize("options", ["--passphrase", "--keyring"])
def test_an_identity_that_is_there_is_not_guarded_in_passing(desk: Desk, options: str) -> None:
    content = desk.identities.path.read_bytes()
    with pytest.raises(UsageError, match="there is one already"):
        desk.say(f"keys init {options}")
    assert desk.identities.path.read_bytes() == content


@pytest.mark.parametrize(
    "line",
    ["keys", "keys grant", "keys grant analysts", "keys grant x FILE --yes", "keys rotate", "keys rotate --only",
     "keys rotate FILE --for", "keys rotate FILE --burn", "keys import", "keys import nowhere", "keys agent",
     "keys grant no/role FILE", "keys grant nobodies FILE", "keys init --passphrase --keyring"],
)  # fmt: skip
def test_words_that_are_not_taken_change_nothing(desk: Desk, line: str) -> None:
    path = desk.sealed()
    before = path.read_bytes()
    with pytest.raises(UsageError):
        desk.say(line.replace("FILE", str(path)))
    assert (path.read_bytes(), desk.records) == (before, [])


def test_a_passphrase_file_is_neither_granted_nor_rotated(desk: Desk) -> None:
    from jupyter_mlsec.vault.scrypt import ScryptRecipient
    from jupyter_mlsec.vault.writer import AgeWriter

    path = desk.project / "x.age"
    with path.open("wb") as sink, AgeWriter(sink, [ScryptRecipient("phrase", work_factor=8)]) as writer:
        writer.write(b"plain")
    ada = Identities(desk.folder / "ada").create().recipients[0]
    for line in (f"keys rotate {path}", f"keys grant {ada} {path}"):
        with pytest.raises(VaultError):
            desk.say(line)
