"""State lands in the user's own project, and never in a folder somebody else planted."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlsec.host import places

AS_ROOT = os.name == "posix" and os.getuid() == 0


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    return folder


@pytest.fixture
def locked(home: Path) -> Iterator[Path]:
    folder = home / "locked"
    folder.mkdir()
    folder.chmod(0o500)
    yield folder
    folder.chmod(0o700)


def test_the_nearest_parent_with_state_is_the_project(home: Path) -> None:
    deep = home / "a" / "b" / "c"
    deep.mkdir(parents=True)
    (home / "a" / ".git").mkdir()
    (home / "a" / "b" / ".mlsec").mkdir()
    assert places.project_root(deep) == home / "a" / "b"


def test_without_state_the_git_root_is_the_project(home: Path) -> None:
    deep = home / "a" / "b"
    deep.mkdir(parents=True)
    (home / "a" / ".git").mkdir()
    assert places.project_root(deep) == home / "a"


def test_without_either_the_start_folder_is_the_project(home: Path) -> None:
    assert places.project_root(home) == home
    assert places.project_root(home / "notebook.ipynb") == home


def test_nothing_above_home_is_a_project(home: Path) -> None:
    (home.parent / ".mlsec").mkdir()
    (home.parent / ".git").mkdir()
    assert places.project_root(home) == home


def test_another_file_system_is_a_border(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = home / "mount"
    inner.mkdir()
    (home / ".mlsec").mkdir()
    real = Path.stat

    def as_mounted(self: Path, **options: bool) -> os.stat_result:
        status = real(self, **options)
        if self != inner:
            return status
        return os.stat_result((status.st_mode, status.st_ino, status.st_dev + 1, *status[3:]))

    monkeypatch.setattr(Path, "stat", as_mounted)
    assert places.project_root(inner) == inner


def test_a_linked_state_folder_is_passed_over_and_reported(home: Path) -> None:
    (home / "elsewhere").mkdir()
    (home / "project").mkdir()
    (home / "project" / ".mlsec").symlink_to(home / "elsewhere")
    found = places.find_project(home / "project")
    assert found.root == home / "project"
    assert "is a link" in found.passed_over[0]
    assert not places.state_folder(found.root).path.is_relative_to(home)


@pytest.mark.skipif(not AS_ROOT, reason="only root can plant a folder of another user")
def test_a_planted_folder_of_another_user_is_passed_over_and_reported(home: Path) -> None:
    start = home / "shared" / "mine"
    start.mkdir(parents=True)
    (home / "shared" / ".mlsec").mkdir()
    os.chown(home / "shared" / ".mlsec", 12345, 12345)
    found = places.find_project(start)
    assert found.root == start
    assert "another user" in found.passed_over[0]


def test_a_folder_anyone_may_write_is_passed_over(home: Path) -> None:
    (home / ".mlsec").mkdir()
    (home / ".mlsec").chmod(0o777)
    assert "anyone may write" in places.find_project(home).passed_over[0]


def test_the_state_folder_keeps_learned_things_out_of_git(home: Path) -> None:
    place = places.state_folder(home)
    assert (place.path, place.reason) == (home / ".mlsec", "")
    assert (place.path / ".gitignore").read_text().splitlines()[1:] == ["learned/", "ledger/", "checkpoint"]


def test_a_users_own_ignore_file_is_left_alone(home: Path) -> None:
    (home / ".mlsec").mkdir()
    (home / ".mlsec" / ".gitignore").write_text("mine\n")
    places.state_folder(home)
    assert (home / ".mlsec" / ".gitignore").read_text() == "mine\n"


@pytest.mark.skipif(AS_ROOT, reason="root may write anywhere")
def test_an_unwritable_project_gets_a_stand_in_with_the_reason(locked: Path) -> None:
    place = places.state_folder(locked)
    assert place.path.is_dir()
    assert "permission denied" in place.reason


def test_a_read_only_file_system_gets_a_stand_in(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.mkdir

    def refuse(self: Path, *args: object, **options: object) -> None:
        if self == home / ".mlsec":
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        real(self, *args, **options)

    monkeypatch.setattr(Path, "mkdir", refuse)
    place = places.state_folder(home)
    assert place.path.is_relative_to(places.data_folder())
    assert "read-only" in place.reason


def test_a_planted_link_is_not_written_through(home: Path) -> None:
    (home / ".mlsec").mkdir()
    (home / ".mlsec" / ".gitignore").symlink_to(home / "victim")
    places.state_folder(home)
    assert not (home / "victim").exists()


def test_a_file_in_the_way_gets_a_stand_in_of_its_own_per_project(home: Path) -> None:
    for name in ("one", "two"):
        (home / name).mkdir()
        (home / name / ".mlsec").write_text("")
    first, second = places.state_folder(home / "one"), places.state_folder(home / "two")
    assert "not a folder" in first.reason
    assert first.path != second.path
    assert first.path.is_relative_to(places.data_folder())


def test_the_data_folder_is_for_its_owner_only(home: Path) -> None:
    folder = places.data_folder()
    folder.chmod(0o755)
    assert stat.S_IMODE(places.data_folder().stat().st_mode) == 0o700
