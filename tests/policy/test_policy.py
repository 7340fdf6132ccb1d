"""A policy is followed as written, a broken one is named by line and key, and a stranger's may only tighten."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlsec import policy
from jupyter_mlsec.policy import trust
from jupyter_mlsec.policy.layer import line_of
from jupyter_mlsec.protocol.errors import PolicyError

ORDER = ("none", "sensitive", "all")


class Sealing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    seal: Literal["none", "sensitive", "all"] = "sensitive"
    limit: int = 10
    recipients: tuple[str, ...] = ()

    @classmethod
    def of(cls, profile: str) -> Sealing:
        return cls(seal={"observe": "none", "guard": "sensitive", "strict": "all"}[profile])

    def loosened(self, base: Sealing) -> tuple[str, ...]:
        looser = ["seal"] * (ORDER.index(self.seal) < ORDER.index(base.seal)) + ["limit"] * (self.limit > base.limit)
        return tuple(looser)


SECTIONS = {"encryption": Sealing}


class Folders:
    def __init__(self, folder: Path) -> None:
        self.root, self.data = folder / "project", folder / "data"
        self.admin = folder / "admin.toml"
        (self.root / ".mlsec").mkdir(parents=True)
        self.data.mkdir()

    def project(self, text: str) -> Path:
        path = self.root / ".mlsec" / "policy.toml"
        path.write_text(text)
        return path

    def user(self, text: str) -> None:
        (self.data / "policy.toml").write_text(text)

    def load(self, chosen: str | Path | None = None, previous: policy.Policy | None = None) -> policy.Policy:
        return policy.load(self.root, self.data, SECTIONS, chosen, previous=previous, admin=self.admin)


@pytest.fixture
def at(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


def test_without_files_the_guard_profile_is_in_force(at: Folders) -> None:
    found = at.load()
    assert (found.profile, found.section("encryption"), found.notices) == ("guard", Sealing(), ())


def test_the_users_policy_may_loosen(at: Folders) -> None:
    at.user('profile = "observe"\n[encryption]\nlimit = 99\n')
    found = at.load()
    assert (found.profile, found.section("encryption")) == ("observe", Sealing(seal="none", limit=99))
    assert found.origins["encryption.limit"] == "your policy"


def test_a_strangers_policy_that_loosens_is_ignored_and_shown(at: Folders) -> None:
    at.project(
        'profile = "observe"\nplugins = ["evil"]\n[encryption]\nseal = "none"\nlimit = 5\nrecipients = ["age1thief"]\n'
    )
    found = at.load()
    assert found.profile == "guard"
    assert found.section("encryption") == Sealing(limit=5)
    assert found.plugins == ()
    assert len(found.notices) == 1
    for word in ("observe", "evil", "encryption.seal", "encryption.recipients", "policy trust"):
        assert word in found.notices[0]


def test_a_strangers_policy_may_tighten(at: Folders) -> None:
    at.project('profile = "strict"\n')
    found = at.load()
    assert (found.profile, found.section("encryption").seal, found.notices) == ("strict", "all", ())


def test_a_trusted_project_policy_holds_until_it_is_edited(at: Folders) -> None:
    path = at.project('profile = "observe"\nplugins = ["ours"]\n')
    trust.trust(path, at.data)
    assert (at.load().profile, at.load().plugins) == ("observe", ("ours",))
    path.write_text('profile = "observe"\nplugins = ["ours", "theirs"]\n')
    assert (at.load().profile, at.load().plugins) == ("guard", ())


def test_trust_ends_when_it_is_taken_back(at: Folders) -> None:
    path = at.project('profile = "observe"\n')
    digest = trust.trust(path, at.data)
    assert trust.forget(digest, at.data)
    assert not trust.forget(digest, at.data)
    assert at.load().profile == "guard"


def test_trust_is_kept_for_its_owner_only_and_not_read_when_others_could_write_it(at: Folders) -> None:
    path = at.project('profile = "observe"\n')
    digest = trust.trust(path, at.data)
    kept = at.data / "trusted-policies.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    kept.chmod(0o666)
    assert not trust.is_trusted(digest, at.data)


def test_a_file_that_changed_while_it_was_read_is_not_trusted(at: Folders) -> None:
    path = at.project('profile = "observe"\n')
    with pytest.raises(PolicyError, match="changed"):
        trust.trust(path, at.data, digest=trust.digest_of(b"what was shown"))


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ('profile = "guard"\n[encryption]\nseal = \n', 3, "seal"),
        ('profile = "lax"\n', 1, "profile"),
        ("plugins = 3\n", 1, "plugins"),
        ("[encryption]\nlimit = 1\nsael = 'all'\n", 3, "encryption.sael"),
        ('[encryption]\nlimit = "ten"\n', 2, "encryption.limit"),
        ('\nencryption.seal = "some"\n', 2, "encryption.seal"),
        ("[encription]\nlimit = 1\n", 1, "encription"),
        ("encryption = 3\n", 1, "encryption"),
        ("[lock]\nencryption = 'force-on'\n", 1, "lock"),
    ],
)
def test_a_mistake_is_named_by_file_line_and_key_and_the_default_stays(
    at: Folders, text: str, line: int, key: str
) -> None:
    at.user(text)
    found = at.load()
    assert found.section("encryption") == Sealing()
    assert len(found.notices) == 1
    assert f"policy.toml, line {line}:" in found.notices[0]
    assert key in found.notices[0]
    assert "default stays in force" in found.notices[0]


def test_a_policy_that_breaks_later_leaves_the_previous_one_in_force(at: Folders) -> None:
    at.user('profile = "strict"\n')
    before = at.load()
    at.user('profile = "stri\n')
    found = at.load(previous=before)
    assert (found.profile, found.digest) == ("strict", before.digest)
    assert "what it said before" in found.notices[0]


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"\0", b"a" * (2 << 20)])
def test_bytes_that_are_no_policy_are_a_notice(at: Folders, raw: bytes) -> None:
    (at.root / ".mlsec" / "policy.toml").write_bytes(raw)
    assert at.load().profile == "guard"
    assert len(at.load().notices) == 1


@given(st.binary(max_size=60))
def test_no_bytes_raise(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    at = Folders(tmp_path_factory.mktemp("policy"))
    (at.data / "policy.toml").write_bytes(raw)
    at.load()


def test_a_wrong_value_is_not_quoted(at: Folders) -> None:
    at.user('[encryption]\nseal = "hunter2"\n')
    assert "hunter2" not in at.load().notices[0]


def test_a_chosen_profile_holds_over_a_strangers(at: Folders) -> None:
    at.project('profile = "strict"\n')
    assert at.load("observe").profile == "observe"


def test_a_chosen_policy_that_cannot_be_followed_is_an_error(at: Folders, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("profile = 3")
    for chosen in (tmp_path / "mine.toml", tmp_path / "absent.toml", "lenient"):
        with pytest.raises(PolicyError):
            at.load(chosen)


def test_the_administrator_can_force_a_section_on(at: Folders) -> None:
    at.admin.write_text('profile = "strict"\n[encryption]\nlimit = 3\n[lock]\nencryption = "force-on"\n')
    at.user('profile = "observe"\n[encryption]\nseal = "none"\nlimit = 50\n')
    found = at.load()
    assert (found.profile, found.section("encryption")) == ("observe", Sealing(seal="all", limit=3))
    assert "administrator" in found.notices[0]


def test_the_administrator_can_hold_the_profile_and_switch_a_section_off(at: Folders) -> None:
    at.admin.write_text('profile = "strict"\n[lock]\nprofile = "force-on"\nencryption = "force-off"\n')
    found = at.load("observe")
    assert (found.profile, found.off) == ("strict", ("encryption",))


def test_a_user_choice_lock_is_only_a_default(at: Folders) -> None:
    at.admin.write_text('[encryption]\nlimit = 3\n[lock]\nencryption = "user-choice"\n')
    assert at.load().section("encryption").limit == 3
    at.user("[encryption]\nlimit = 50\n")
    assert at.load().section("encryption").limit == 50


def test_a_broken_administrators_file_lets_nobody_loosen(at: Folders) -> None:
    at.admin.write_text("[lock]\nencryption = 'sometimes'\n")
    at.user('profile = "observe"\n')
    found = at.load()
    assert found.profile == "guard"
    assert any("lock.encryption" in notice for notice in found.notices)


def test_a_planted_state_folder_has_no_say(at: Folders, tmp_path: Path) -> None:
    (at.root / ".mlsec").rename(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "policy.toml").write_text('profile = "strict"\n')
    (at.root / ".mlsec").symlink_to(tmp_path / "elsewhere")
    assert at.load().profile == "guard"
    assert "is a link" in at.load().notices[0]


def test_the_digest_changes_with_what_is_in_force_only(at: Folders) -> None:
    default = at.load().digest
    at.user("# a comment\n")
    assert at.load().digest == default
    at.user("[encryption]\nlimit = 9\n")
    assert at.load().digest != default


def test_show_names_who_set_what(at: Folders) -> None:
    at.user("[encryption]\nlimit = 9\n")
    report = policy.show(at.load())
    assert "limit = 9   # your policy" in report.text
    assert msgspec.json.decode(msgspec.json.encode(report.data))["sections"]["encryption"]["limit"] == 9


def test_trusting_the_project_shows_what_it_changes(at: Folders) -> None:
    at.project('plugins = ["ours"]\n[encryption]\nseal = "none"\n')
    report = policy.trust_project(at.root, at.data, SECTIONS)
    assert 'encryption.seal: "sensitive" -> "none"' in report.text
    assert "plugin ours may run" in report.text
    assert at.load().section("encryption").seal == "none"


def test_trusting_nothing_or_something_broken_is_refused(at: Folders) -> None:
    with pytest.raises(PolicyError, match=r"no \.mlsec/policy\.toml"):
        policy.trust_project(at.root, at.data, SECTIONS)
    path = at.project("[encryption]\nlimit = 'x'\n")
    with pytest.raises(PolicyError, match="line 2"):
        policy.trust_project(at.root, at.data, SECTIONS)
    assert not trust.is_trusted(trust.digest_of(path.read_bytes()), at.data)


def test_check_says_whether_a_file_can_be_followed(at: Folders) -> None:
    good, bad = at.project('profile = "strict"\n'), at.data / "bad.toml"
    bad.write_text("[encryption]\nlimit = []\n")
    assert policy.check(good, SECTIONS).ok
    report = policy.check(bad, SECTIONS)
    assert not report.ok
    assert "bad.toml, line 2: key encryption.limit" in report.text


def test_a_key_is_found_however_it_is_written() -> None:
    text = 'profile = "guard"\n[other]\nseal = 1\n[encryption]\n"seal" = "all"\n'
    assert line_of(text, "encryption", "seal") == 5
    assert line_of("encryption . seal = 1", "encryption", "seal") == 1
    assert line_of("[encryption.seal]\na = 1", "encryption", "seal") == 1
    assert line_of(text, "encryption", "absent") is None
