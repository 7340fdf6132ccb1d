"""A project folder in which everything is sealed, and the means to find a plain byte that got out."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from jupyter_mlsec.controls.contract import Site
from jupyter_mlsec.controls.encryption import Settings, build
from jupyter_mlsec.host import inotify
from jupyter_mlsec.interception import Interception
from jupyter_mlsec.interceptors import LIBRARIES
from jupyter_mlsec.vault import Identities
from tests.interception.posts import Post

CANARY = "canary-" + "8d2e61f0"
MEMORY = ("tmpfs", "ramfs")


class Sealed:
    """The strict encryption control behind the real interception, in a project of its own."""

    def __init__(self, folder: Path, temp: Path, profile: str = "strict") -> None:
        self.folder, self.temp = folder, temp
        self.records: list[tuple[str, str, dict[str, str]]] = []
        data = folder.parent / "data"
        site = Site(
            settings=Settings.of(profile),
            profile=profile,
            project=lambda: folder,
            state=lambda: folder,
            data=lambda: data,
            amend=lambda *args, **kwargs: None,
            record=lambda verb, subject, details: self.records.append((verb, subject, details)),
        )
        self.site = site
        self.identities = Identities(data)
        self.identities.create()
        self.identities.acknowledge(fleeting=True)
        self.post = Post(build(site), root=os.fspath(folder))
        self.interception = Interception(LIBRARIES, self.post)
        self._looking: Any = None

    def follow(self, settings: Settings) -> None:
        """Go on under another policy."""
        self.post.gate.employ([build(msgspec.structs.replace(self.site, settings=settings))])

    def plain_files(self) -> list[str]:
        """The files on a disk, in the project, the temporary folder and the root folder, that hold the canary."""
        word = CANARY.encode()
        places = [*self.folder.rglob("*"), *self.temp.rglob("*"), *Path("/").glob("*")]
        return [str(each) for each in places if each.is_file() and not each.is_symlink() and word in _content(each)]

    def are_sealed(self) -> bool:
        """Whether there are files in the project, and all of them are sealed."""
        files = [each for each in self.folder.rglob("*") if each.is_file()]
        return bool(files) and all(_content(each).startswith(b"age-encryption.org/v1\n") for each in files)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sealed]:
    """The guard at work in an empty project folder, which is the current one."""
    project, temp = tmp_path / "project", tmp_path / "temp"
    project.mkdir()
    temp.mkdir()
    monkeypatch.delenv("JUPYTER_MLSEC_IDENTITY_FILE", raising=False)
    monkeypatch.setenv("TMPDIR", os.fspath(temp))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.chdir(project)
    sealed = Sealed(project, temp)
    sealed.interception.install()
    yield sealed
    sealed.interception.uninstall()


@pytest.fixture
def written_to(house: Sealed) -> Iterator[list[str]]:
    """The names of files that anybody opened for writing in the temporary folder while the test ran."""
    opened: list[str] = []
    on = [True]

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if on and event == "open" and str(args[0]).startswith(str(house.temp)):
            opened.append(str(args[0]))

    sys.addaudithook(hook)
    watching = inotify.new()
    if watching is not None:
        watching.watch(os.fspath(house.temp))
    yield opened
    on.clear()
    if watching is not None:
        opened.extend(watching.drain())
        watching.close()
