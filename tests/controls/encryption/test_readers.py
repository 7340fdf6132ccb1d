"""For whom is sealed: only lists this user approved count, nobody is left out in silence, kinds never mix."""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec
import pytest
from keys_stage import Desk

from jupyter_mlsec.controls.encryption import Settings, readers
from jupyter_mlsec.policy import lists
from jupyter_mlsec.protocol.errors import VaultError
from jupyter_mlsec.vault import recipients

TODAY = datetime.date(2026, 6, 1)


def of(desk: Desk, **settings: object) -> readers.Readers:
    wanted = msgspec.convert(settings, Settings)
    return readers.of(wanted, desk.identities, desk.project, desk.data, today=TODAY)


def test_without_readers_in_the_policy_a_file_is_sealed_for_you_alone(desk: Desk) -> None:
    assert [str(each) for each in of(desk).recipients] == [desk.identities.info().recipients[0]]


def test_members_of_an_approved_list_can_read_what_is_sealed(desk: Desk) -> None:
    ada = desk.colleague("ada").info().recipients
    desk.list_role("analysts", "# Ada Lovelace", *ada)
    found = of(desk, readers=["analysts"])
    assert [str(each) for each in found.recipients] == [desk.identities.info().recipients[0], ada[0]]
    assert (found.problems, found.refusal) == ((), "")


def test_a_list_counts_only_as_it_was_approved(desk: Desk) -> None:
    ada, eve = (desk.colleague(name).info().recipients[0] for name in ("ada", "eve"))
    desk.list_role("analysts", ada, approve=False)
    assert "policy trust" in of(desk, readers=["analysts"]).problems[0]
    desk.list_role("analysts", ada)
    assert len(of(desk, readers=["analysts"]).recipients) == 2
    desk.list_role("analysts", ada, eve, approve=False)
    found = of(desk, readers=["analysts"])
    assert (len(found.recipients), "changed" in found.problems[0]) == (1, True)


def test_an_older_list_cannot_be_put_back_nor_one_of_another_role(desk: Desk) -> None:
    ada, eve = (desk.colleague(name).info().recipients[0] for name in ("ada", "eve"))
    desk.list_role("analysts", ada, eve)
    desk.list_role("analysts", ada)
    desk.list_role("guests", eve)
    for lines in ((ada, eve), (eve,)):
        desk.list_role("analysts", *lines, approve=False)
        assert len(of(desk, readers=["analysts"]).recipients) == 1


@pytest.mark.parametrize("role", ["../../secret", "a/b", "", ".hidden"])
def test_a_role_is_never_a_path(desk: Desk, role: str) -> None:
    assert lists.read(desk.project, role) is None


def test_a_link_is_no_list(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(desk.colleague("eve").info().recipients[0])
    lists.path_of(desk.project, "analysts").symlink_to(tmp_path / "elsewhere")
    assert lists.read(desk.project, "analysts") is None


def test_who_expired_is_not_sealed_for_and_that_is_said(desk: Desk) -> None:
    ada, bob = (desk.colleague(name).info().recipients[0] for name in ("ada", "bob"))
    desk.list_role("analysts", "# Ada expires=2026-06-01", ada, "", "# Bob, expires=2026-05-31", bob)
    found = of(desk, readers=["analysts"])
    assert [str(each) for each in found.recipients][1:] == [ada]
    assert found.problems == (".mlsec/recipients/analysts.txt: Bob expired on 2026-05-31 and is not sealed for.",)


def test_the_recovery_recipient_is_always_added(desk: Desk) -> None:
    safe = desk.colleague("safe").info().recipients
    assert str(of(desk, recovery=safe[0]).recipients[1]) == safe[0]


def test_one_classic_reader_makes_the_whole_file_classic(desk: Desk) -> None:
    ada, old, safe = (desk.colleague(name).info().recipients for name in ("ada", "old", "safe"))
    desk.list_role("analysts", "# Ada", *ada, "# Old", old[1])
    found = of(desk, readers=["analysts"], recovery=" ".join(safe))
    assert {each.kind for each in found.recipients} == {"classic"}
    assert len(found.recipients) == 4


def test_nobody_is_dropped_where_no_one_kind_fits_all(desk: Desk) -> None:
    ada, old, safe = (desk.colleague(name).info().recipients for name in ("ada", "old", "safe"))
    desk.list_role("analysts", "# Ada", ada[0], "# Old", old[1])
    found = of(desk, readers=["analysts"], recovery=safe[0])
    assert found.recipients == ()
    assert "Old (analysts) has no post-quantum recipient" in found.refusal
    assert "Ada (analysts) and the policy's recovery recipient have no classic recipient" in found.refusal


@pytest.mark.parametrize("recovery", ["age1nonsense", "nobody", "age1pq1qqqq"])
def test_a_recovery_recipient_that_is_none_seals_nothing(desk: Desk, recovery: str) -> None:
    found = of(desk, recovery=recovery)
    assert (found.recipients, "recovery in the policy" in found.refusal) == ((), True)


@pytest.mark.parametrize(
    ("lines", "why"),
    [("age1nonsense", "line 1"), ("# Ada expires=soon\n", "a day like"), ("# x\n\nAGE-SECRET-KEY-1QQQ", "line 3")],
)
def test_a_list_that_is_not_understood_is_not_used_in_part(lines: str, why: str) -> None:
    with pytest.raises(VaultError, match=why) as caught:
        recipients.parse(lines, "analysts.txt")
    assert "QQQ" not in str(caught.value)


def test_a_missing_or_empty_list_is_said(desk: Desk) -> None:
    desk.list_role("empty", "# nobody yet")
    problems = of(desk, readers=["analysts", "empty"]).problems
    assert "There is no .mlsec/recipients/analysts.txt" in problems[0]
    assert "has no member that counts" in problems[1]


def test_an_untrusted_policy_neither_adds_nor_removes_readers() -> None:
    mine = Settings(readers=("analysts",), recovery="age1x")
    for theirs in (Settings(readers=("analysts", "eve"), recovery="age1x"), Settings(recovery="age1x")):
        assert theirs.loosened(mine) == ("readers",)
    assert Settings(readers=("analysts",), recovery="age1eve").loosened(mine) == ("recovery",)


def test_trusting_the_policy_shows_and_approves_the_lists(desk: Desk) -> None:
    from jupyter_mlsec.policy.verbs import trust_project

    desk.list_role("analysts", desk.colleague("ada").info().recipients[0], approve=False)
    assert trust_project(desk.project, desk.data, {}).text == "recipients/analysts.txt: 1 recipients count as analysts"
    assert not of(desk, readers=["analysts"]).problems
