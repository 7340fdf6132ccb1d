"""What the server tells of a notebook whose kernel is gone: its last run, as the panel takes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from jupyter_mlsec.ledger import Ledger
from jupyter_mlsec.protocol.entries import Allowed, Did, Opened
from jupyter_mlsec.protocol.errors import LedgerError
from jupyter_mlsec.protocol.messages import Batch, EntryWritten, GuardState
from jupyter_mlsec.protocol.records import Subject
from jupyter_mlsec.server import history
from jupyter_mlsec.vault.signing import local_signer

Recorded = Callable[..., None]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".mlsec").mkdir(parents=True)
    (folder / "deep").mkdir()
    return folder


@pytest.fixture
def record(project: Path, tmp_path: Path) -> Recorded:
    """Write one run of a notebook, with so many deeds, into the project's ledger."""

    def run(name: str, notebook: str, deeds: int = 1, reason: str = "") -> None:
        ledger = Ledger(project / ".mlsec" / "ledger", lambda: local_signer(tmp_path / "data"), None)
        subject = Subject(name="someone")
        ledger.append(Opened(run=name, number=1, at=1, subject=subject, profile="guard", policy="p", notebook=notebook))
        for number in range(deeds):
            ledger.append(Did(run=name, number=number + 2, at=2, verb="seal", subject=f"{number}.csv"))
        if reason:
            ledger.append(Allowed(run=name, number=deeds + 2, at=3, id="a", rule="schema.missing", reason=reason))
        ledger.fold()
        ledger.close()

    return run


def test_the_newest_run_of_the_notebook_is_told_in_order(project: Path, record: Recorded) -> None:
    record("first", "deep/a.ipynb")
    record("second", "deep/a.ipynb", deeds=3)
    record("other", "b.ipynb")

    raw = history.last_run(project / "deep" / "a.ipynb")

    batch = msgspec.json.decode(raw or b"", type=Batch)
    entries = [event.notice.entry for event in batch.events if isinstance(event.notice, EntryWritten)]
    assert batch.run == "second"
    assert [event.seq for event in batch.events] == [1, 2, 3, 4, 5]
    assert [type(entry).__name__ for entry in entries] == ["Opened", "Did", "Did", "Did"]
    assert isinstance(batch.events[0].notice, GuardState)


def test_a_reason_is_told_as_it_was_typed(project: Path, record: Recorded) -> None:
    record("only", "a.ipynb", reason="known since spring")

    raw = history.last_run(project / "a.ipynb")

    assert json.loads(raw or b"")["events"][-1]["notice"]["entry"]["reason"] == "known since spring"


def test_of_a_long_run_the_newest_entries_are_told(
    project: Path, record: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "KEPT", 2)
    record("long", "a.ipynb", deeds=9)

    events = json.loads(history.last_run(project / "a.ipynb") or b"")["events"]

    assert [event["notice"].get("entry", {}).get("subject") for event in events[1:]] == ["7.csv", "8.csv"]


def test_a_notebook_that_was_never_guarded_has_no_history(project: Path, record: Recorded) -> None:
    record("only", "a.ipynb")

    assert history.last_run(project / "b.ipynb") is None


def test_a_project_without_a_ledger_gets_none(project: Path) -> None:
    with pytest.raises(LedgerError):
        history.last_run(project / "a.ipynb")

    assert list((project / ".mlsec").iterdir()) == []
