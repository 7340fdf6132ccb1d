"""Keys at work in a project: the verb, the lists of readers, colleagues with identities of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlsec.controls.contract import Answer, Site
from jupyter_mlsec.controls.encryption import Settings, keyverbs
from jupyter_mlsec.host import mounts
from jupyter_mlsec.policy import lists
from jupyter_mlsec.vault import Identities, keyfile, unlocking
from jupyter_mlsec.vault.files import open_sealed, seal_file
from jupyter_mlsec.vault.scrypt import ScryptRecipient


class Desk:
    """A user with keys, a project and its policy; what was recorded is in `records`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.project, self.data = folder, folder / "project", folder / "data"
        (self.project / ".mlsec" / lists.FOLDER).mkdir(parents=True)
        self.identities = Identities(self.data)
        self.settings = Settings()
        self.records: list[tuple[str, str, dict[str, str]]] = []

    def name_of(self, path: Path) -> str:
        return path.name

    def remember(self, sealed: object) -> None:
        raise AssertionError("keys seals nothing new")

    def say(self, line: str) -> Answer:
        site = Site(
            settings=self.settings,
            profile="guard",
            project=lambda: self.project,
            state=lambda: self.project / ".mlsec",
            data=lambda: self.data,
            amend=lambda *args, **kwargs: None,
            record=lambda *record: self.records.append(record),
        )
        return keyverbs.verb(self, site).run(line.split()[1:], {})

    def colleague(self, name: str) -> Identities:
        made = Identities(self.folder / name)
        made.create()
        return made

    def list_role(self, role: str, *lines: str, approve: bool = True) -> None:
        lists.path_of(self.project, role).write_text("\n".join(lines) + "\n", encoding="utf-8")
        if approve:
            lists.approve_all(self.project, self.data)

    def sealed(self, name: str = "x.csv", *recipients: str) -> Path:
        path = self.project / name
        path.write_bytes(b"plain" * 50_000)
        seal_file(path, recipients, identities=self.identities)
        return path


def opens(path: Path, who: Identities) -> bool:
    """Whether this identity opens the file, to the right content."""
    from jupyter_mlsec.protocol.errors import NoIdentity

    try:
        return open_sealed(path, identities=who).read() == b"plain" * 50_000
    except NoIdentity:
        return False


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    for name in ("JUPYTER_MLSEC_IDENTITY_FILE", "JUPYTER_MLSEC_AGENT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(mounts, "kind_of", lambda path: "ext4")
    monkeypatch.setattr(keyfile, "ScryptRecipient", lambda phrase: ScryptRecipient(phrase, work_factor=8))
    monkeypatch.setattr(unlocking, "person", lambda prompt: None)
    unlocking.forget()
    made = Desk(tmp_path)
    made.identities.create()
    yield made
    unlocking.forget()
