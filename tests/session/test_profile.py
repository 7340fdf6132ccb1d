"""`%mlsec policy observe|guard`: the profile of a run is the user's to change, where no policy says otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlsec.protocol.errors import UsageError
from jupyter_mlsec.session.house import House


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path


def test_the_profile_changes_to_observe_and_back(at_home: Path) -> None:
    house = House()

    house.choose("observe")
    assert (house.policy.profile, house.may_choose) == ("observe", ("observe", "guard"))

    house.choose("guard")
    assert house.policy.profile == "guard"


def test_strict_is_not_left_by_a_button(at_home: Path) -> None:
    house = House(chosen="strict")

    with pytest.raises(UsageError, match="stays strict"):
        house.choose("observe")

    assert (house.policy.profile, house.may_choose) == ("strict", ())


def test_a_user_s_own_policy_file_does_not_keep_a_run_from_observing(at_home: Path) -> None:
    (at_home / "data" / "jupyter_mlsec").mkdir(parents=True)
    (at_home / "data" / "jupyter_mlsec" / "policy.toml").write_text('profile = "guard"\n')
    house = House()

    house.choose("observe")

    assert house.policy.profile == "observe"
