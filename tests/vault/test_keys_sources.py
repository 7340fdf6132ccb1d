"""Where an identity may lie: a passphrase is asked for once, a keyring must be known to encrypt, git is no place."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from jupyter_mlsec.protocol.errors import NoIdentity, UsageError, VaultError
from jupyter_mlsec.vault import Identities, unlocking
from tests.vault.keys_stage import PHRASE, Person, install, ring_of

SECRET_SERVICE = "keyring.backends.SecretService.Keyring"
CHAINER = "keyring.backends.chainer.ChainerBackend"


def asking(own: Identities, *answers: str | None) -> tuple[Identities, Person]:
    person = Person(*answers)
    return Identities(own.path.parent, ask=person), person


def test_a_passphrase_is_asked_for_once_in_a_process(own: Identities) -> None:
    own.create(PHRASE)
    first, person = asking(own, PHRASE)
    assert len(first.load()) == 2
    again, nobody = asking(own)
    assert len(again.load()) == 2
    assert (len(person.prompts), nobody.prompts) == (1, [])


def test_after_three_wrong_passphrases_nobody_is_asked_again_until_they_say_so(own: Identities) -> None:
    own.create(PHRASE)
    one, person = asking(own, "a", "b", "c", PHRASE)
    for _ in range(3):
        with pytest.raises(NoIdentity, match=r"none of 3 .*keys unlock.*import"):
            one.load()
    assert len(person.prompts) == 3
    one.unlock()
    assert len(one.load()) == 2


def test_where_nobody_can_be_asked_the_error_comes_at_once_and_says_what_to_do(own: Identities) -> None:
    own.create(PHRASE)
    with pytest.raises(NoIdentity, match=r"nobody can be asked.*keys agent"):
        own.load()


def test_a_prompt_that_would_show_what_is_typed_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    import getpass
    import warnings

    def echoing(prompt: str) -> str:
        warnings.warn("Can not control echo on the terminal.", getpass.GetPassWarning, stacklevel=2)
        return "typed for all to see"

    def asks_nothing(prompt: str) -> str:
        raise NotImplementedError  # as IPython's StdinNotImplementedError is

    for prompt in (echoing, asks_nothing):
        monkeypatch.setattr(getpass, "getpass", prompt)
        assert unlocking.person("Passphrase: ") is None


@pytest.mark.parametrize(("answers", "why"), [(["", ""], "empty"), ([PHRASE, "other"], "second time"), ([], "nobody")])
def test_a_new_passphrase_is_typed_twice_and_not_empty(answers: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        unlocking.chosen(Person(*answers), "No identity was made")
    assert unlocking.chosen(Person(PHRASE, PHRASE), "No identity was made") == PHRASE


def test_sealing_for_a_guarded_identity_asks_nothing(own: Identities) -> None:
    made = own.create(PHRASE)
    assert str(own.recipient()) == made.recipients[0]
    assert own.info().passphrase


def test_another_guarded_file_is_never_taken_for_the_one_whose_recipients_are_known(
    own: Identities, tmp_path: Path
) -> None:
    own.create(PHRASE)
    theirs = Identities(tmp_path / "theirs").create(PHRASE)
    own.path.write_bytes(theirs.path.read_bytes())
    with pytest.raises(NoIdentity, match="nobody can be asked"):
        own.recipient()
    own.load(PHRASE)
    assert str(own.recipient()) == theirs.recipients[0]


def test_a_passphrase_that_would_cost_too_much_to_try_is_refused(own: Identities) -> None:
    own.create(PHRASE)
    header, _, rest = own.path.read_bytes().partition(b" 8\n")
    own.path.write_bytes(header + b" 63\n" + rest)
    with pytest.raises(NoIdentity, match=r"2\^63 steps.*import"):
        asking(own, PHRASE)[0].load()


def test_an_identity_that_is_gone_between_save_and_load_is_missed_though_it_was_unlocked(own: Identities) -> None:
    own.create(PHRASE)
    own.load(PHRASE)
    own.path.unlink()
    with pytest.raises(NoIdentity, match=r"There is no identity.*import"):
        own.load()


@pytest.mark.parametrize("content", [b"", b"\0\xff" * 600, b"AGE-PLUGIN-YUBIKEY-1QQQQ\n", b"A" * 70_000])
def test_what_is_no_identity_is_neither_used_nor_imported(own: Identities, tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "source"
    source.write_bytes(content)
    with pytest.raises(NoIdentity, match="was not used"):
        own.adopt(source)
    assert not own.exists()


def test_an_identity_is_made_neither_in_git_nor_in_the_notebooks_project(tmp_path: Path, own: Identities) -> None:
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    with pytest.raises(VaultError, match=r"No identity was made.*git work tree.*JUPYTER_DATA_DIR"):
        Identities(tmp_path / "repo" / "data").create()
    with pytest.raises(VaultError, match="inside the project"):
        own.create(project=tmp_path)
    assert not own.exists()


def test_a_notebook_in_the_home_folder_does_not_forbid_keys_in_home(
    tmp_path: Path, own: Identities, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert own.create(project=tmp_path).recipients


def test_age_keygens_file_is_imported_private_and_never_over_another(own: Identities, tmp_path: Path) -> None:
    from jupyter_mlsec.vault.x25519 import X25519Identity

    made, source = X25519Identity.generate(), tmp_path / "key.txt"
    source.write_text(f"# created: today\n# public key: {made.recipient}\n{made.secret()}\n")
    source.chmod(0o644)
    assert own.adopt(source).recipients == (str(made.recipient),)
    assert stat.S_IMODE(own.path.stat().st_mode) == 0o600
    assert own.durability().durable
    with pytest.raises(VaultError, match="it stays"):
        own.adopt(source)


def test_a_guarded_identity_is_imported_guarded(own: Identities, tmp_path: Path) -> None:
    source = Identities(tmp_path / "other").create(PHRASE)
    one, person = asking(own, "wrong", PHRASE)
    assert one.adopt(source.path).recipients == source.recipients
    assert own.path.read_bytes() == source.path.read_bytes()
    assert len(person.prompts) == 2


@pytest.mark.parametrize("phrase", [None, PHRASE])
def test_a_renewed_identity_seals_for_the_new_and_opens_what_was_sealed_for_the_old(
    own: Identities, tmp_path: Path, phrase: str | None
) -> None:
    from jupyter_mlsec.vault.files import open_sealed, seal_file

    (tmp_path / "x").write_bytes(b"plain")
    before = own.create(phrase)
    own.backup(tmp_path / "copy")
    one, _ = asking(own, PHRASE, PHRASE, PHRASE)
    seal_file(tmp_path / "x", identities=one)
    after = one.renew()
    assert after.recipients[0] not in before.recipients
    assert str(one.recipient()) == after.recipients[0]
    assert open_sealed(tmp_path / "x", identities=one).read() == b"plain"
    assert not one.durability().durable, "the backup does not hold the new one"
    assert stat.S_IMODE(own.path.stat().st_mode) == 0o600


def test_a_secure_keyring_keeps_the_identity_and_no_file_does(own: Identities, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = ring_of(SECRET_SERVICE)
    install(monkeypatch, ring)
    made = own.create(keyring=True)
    assert [str(each.recipient) for each in own.load()] == list(made.recipients)  # type: ignore[union-attr]
    assert (own.info().lies, own.path.exists(), own.exists()) == ("keyring", False, True)
    assert all(len(kept) < 1200 for kept in ring.kept.values()), "Windows takes 2,560 bytes of UTF-16"
    own.renew()
    assert len(own.load()) == 4


@pytest.mark.parametrize(
    "name",
    [
        "keyrings.alt.file.PlaintextKeyring",
        "keyring.backends.null.Keyring",
        "keyring.backends.fail.Keyring",
        "strangers.SecretService.Keyring",
        CHAINER,
    ],
)
def test_a_keyring_that_is_not_known_to_encrypt_gets_nothing(
    own: Identities, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    ring = ring_of(name)
    ring.backends = [ring_of(SECRET_SERVICE), ring_of("keyrings.alt.file.PlaintextKeyring")]
    install(monkeypatch, ring)
    with pytest.raises(NoIdentity, match="not one known to encrypt"):
        own.create(keyring=True)
    assert (ring.kept, own.exists()) == ({}, False)


def test_a_chain_of_secure_keyrings_is_secure(own: Identities, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = ring_of(CHAINER)
    ring.backends = [ring_of(SECRET_SERVICE), ring_of("keyring.backends.kwallet.DBusKeyring")]
    install(monkeypatch, ring)
    assert own.create(keyring=True).lies == "keyring"


def test_a_keyring_that_is_locked_emptied_or_gone_is_said_in_a_sentence(
    own: Identities, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = ring_of(SECRET_SERVICE)
    install(monkeypatch, ring)
    own.create(keyring=True)
    ring.locked = True
    with pytest.raises(NoIdentity, match=r"is locked\. Unlock it"):
        own.load()
    assert own.recipient().kind == "post-quantum", "sealing needs no secret"
    ring.locked, ring.kept = False, {}
    with pytest.raises(NoIdentity, match=r"not there any more.*import"):
        own.load()
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(NoIdentity, match=r"pip install 'jupyter-mlsec\[keyring\]'"):
        own.load()


def test_keyring_is_not_imported_for_an_identity_in_a_file(own: Identities, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)  # importing it raises
    own.create()
    assert len(own.load()) == 2
    assert own.durability().reason


def test_a_backup_is_not_made_inside_the_project(own: Identities, tmp_path: Path) -> None:
    own.create()
    (tmp_path / "project").mkdir()
    with pytest.raises(UsageError, match="inside the project"):
        own.backup(tmp_path / "project" / "copy", tmp_path / "project")
    assert not (tmp_path / "project" / "copy").exists()
