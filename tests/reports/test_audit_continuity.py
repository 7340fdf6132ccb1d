"""Two audits of one ledger: the newer shows that nothing was taken away, changed or set back since the older."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_mlsec.cli import main
from jupyter_mlsec.ledger import note
from jupyter_mlsec.protocol.entries import Did
from jupyter_mlsec.protocol.errors import ExportError, UsageError
from jupyter_mlsec.reports import audit, earlier, verify
from jupyter_mlsec.vault.signing import LocalSigner, local_signer
from tests.reports.both import bare
from tests.reports.stage import RUN, START, MemoryLog, Story


class Desk:
    """A reviewer's folder, into which audits of one log come."""

    def __init__(self, folder: Path, log: MemoryLog, signer: LocalSigner, notebook: Any) -> None:
        self.folder, self.log, self.signer = folder, log, signer
        self.source = audit.Source(notebook=audit.plain(notebook), name="study.ipynb", saved_at=START)

    def receive(self, name: str, *, told: bool = True, signer: LocalSigner | None = None, **how: Any) -> Path:
        """An audit made now; `told` says whether the ledger keeps that it left."""
        made = audit.make(self.source, self.log, signer or self.signer, run=RUN, **how)
        if told:
            details = earlier.details(made.checkpoint)
            self.log.append(Did(run="1234", number=1, at=START, verb=earlier.VERB, subject=name, details=details))
        (self.folder / name).write_text(made.text, encoding="utf-8")
        return self.folder / name


@pytest.fixture
def desk(tmp_path: Path, log: MemoryLog, story: Story, signer: LocalSigner, notebook: Any) -> Desk:
    return Desk(tmp_path, log, signer, notebook)


def refused(newer: Path, older: Path) -> str:
    """The one problem named, by both verifiers alike."""
    found = verify.verify(newer, against=older)
    there = bare(newer.name, "--against", older.name, cwd=newer.parent)

    assert (found.exit_code, there.returncode) == (1, 1)
    assert there.stdout.startswith(f"DOES NOT HOLD: {found.problems[0]}\n")
    return found.problems[0]


def test_a_newer_audit_is_shown_to_continue_an_older_one(desk: Desk) -> None:
    older = desk.receive("older.ipynb")
    Story(desk.log, run="another")
    newer = desk.receive("newer.ipynb")
    found = verify.verify(newer, against=older, trust=desk.folder / "keys" / "signer.pub")

    assert found.exit_code == 0
    assert found.continues.startswith("Its ledger continues the one in older.ipynb: 7 entries then, 2 have come since")
    assert found.continues in bare("newer.ipynb", "--against", "older.ipynb", cwd=desk.folder).stdout


def test_every_audit_that_left_before_is_continued(desk: Desk) -> None:
    older = [desk.receive(f"{number}.ipynb") for number in range(5)]
    newest = desk.receive("newest.ipynb")

    assert all(verify.verify(newest, against=each).ok for each in older)


def test_an_audit_continues_itself(desk: Desk) -> None:
    one = desk.receive("one.ipynb")

    assert "none has come since" in verify.verify(one, against=one).continues


def test_a_ledger_that_was_set_back_with_its_checkpoints_is_found(desk: Desk) -> None:
    Story(desk.log, run="inconvenient")
    older = desk.receive("older.ipynb")
    desk.log.leaves[7:] = []
    newer = desk.receive("newer.ipynb")

    assert verify.verify(newer).ok
    assert "has 7 entries, fewer than the 8 in older.ipynb: it was set back" in refused(newer, older)


def test_a_ledger_that_was_set_back_and_went_on_is_found(desk: Desk) -> None:
    Story(desk.log, run="inconvenient")
    older = desk.receive("older.ipynb")
    desk.log.leaves[7] = desk.log.leaves[7].replace(b"inconvenient", b"harmless....")
    newer = desk.receive("newer.ipynb")

    assert "does not continue the one in older.ipynb" in refused(newer, older)


def test_an_entry_that_was_rewritten_since_is_named(desk: Desk) -> None:
    older = desk.receive("older.ipynb")
    desk.log.leaves[1] = desk.log.leaves[1].replace(b"patients.csv", b"innocent.csv")
    newer = desk.receive("newer.ipynb")

    assert (
        refused(newer, older)
        == "Entry 1 of the ledger is not the one that older.ipynb shows: the ledger was rewritten."
    )


def test_two_ledgers_of_the_same_size_are_told_apart(desk: Desk) -> None:
    Story(desk.log, run="inconvenient")
    older = desk.receive("older.ipynb", told=False)
    desk.log.leaves[7] = desk.log.leaves[7].replace(b"inconvenient", b"harmless....")
    newer = desk.receive("newer.ipynb")

    assert "show two different ledgers of 8 entries" in refused(newer, older)


def test_an_audit_without_a_proof_says_how_to_ask_for_one(desk: Desk) -> None:
    older = desk.receive("older.ipynb", told=False)
    Story(desk.log, run="another")

    problem = refused(desk.receive("newer.ipynb"), older)
    assert problem.endswith("Ask for one: jupyter mlsec export NOTEBOOK --since older.ipynb")

    before = note.parse_checkpoint(verify.verify(older).checkpoint)
    assert verify.verify(desk.receive("asked.ipynb", since=before), against=older).ok


def test_a_rewritten_ledger_makes_no_audit_that_is_asked_to_continue_an_older_one(desk: Desk) -> None:
    before = note.parse_checkpoint(verify.verify(desk.receive("older.ipynb")).checkpoint)
    desk.log.leaves[0] = desk.log.leaves[0].replace(b"uid-1000", b"uid-2000")

    with pytest.raises(ExportError, match="is not the one that the audit to continue shows"):
        desk.receive("newer.ipynb", since=before)


def test_an_audit_of_another_ledger_continues_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    older = desk.receive("older.ipynb")
    monkeypatch.setattr("tests.reports.stage.ORIGIN", "jupyter-mlsec/fedcba9876543210")

    assert "are of two ledgers" in refused(desk.receive("newer.ipynb"), older)


def test_an_older_audit_that_was_edited_compares_with_nothing(desk: Desk) -> None:
    older, newer = desk.receive("older.ipynb"), desk.receive("newer.ipynb")
    older.write_text(older.read_text().replace("patients.csv", "innocent.csv", 1))

    assert refused(newer, older).startswith("older.ipynb, to be compared with, does not hold itself: ")


def test_another_key_on_the_older_audit_is_said(desk: Desk, tmp_path: Path) -> None:
    before = local_signer(tmp_path / "before")
    older = desk.receive("older.ipynb", signer=before)
    found = verify.verify(desk.receive("newer.ipynb"), against=older)

    assert found.ok
    assert "older.ipynb is signed by another key, SHA256:" in found.continues


def test_any_newer_checkpoint_from_outside_shows_a_ledger_that_was_set_back(desk: Desk) -> None:
    Story(desk.log, run="inconvenient")
    kept = desk.log.checkpoint()
    assert kept is not None
    (desk.folder / "kept.txt").write_text(kept.note, encoding="utf-8")
    desk.log.leaves[7:] = []

    assert "fewer than the 8 in kept.txt" in refused(desk.receive("newer.ipynb"), desk.folder / "kept.txt")


def test_a_checkpoint_of_another_key_is_not_compared(desk: Desk, tmp_path: Path) -> None:
    newer = desk.receive("newer.ipynb")
    desk.log.signer = local_signer(tmp_path / "stranger")
    kept = desk.log.checkpoint()
    assert kept is not None
    (desk.folder / "kept.txt").write_text(kept.note, encoding="utf-8")

    assert "the audit's key did not sign" in refused(newer, desk.folder / "kept.txt")


def test_what_is_no_audit_and_no_checkpoint_is_refused_in_a_sentence(desk: Desk) -> None:
    (desk.folder / "note.txt").write_text("hello", encoding="utf-8")

    with pytest.raises(UsageError, match=r"note\.txt is no audit and no checkpoint to compare with"):
        verify.verify(desk.receive("newer.ipynb"), against=desk.folder / "note.txt")


def test_the_command_compares_and_names_the_older_of_the_two(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(desk.folder)
    desk.receive("older.ipynb")
    desk.receive("newer.ipynb")

    assert main(["verify", "newer.ipynb", "--against", "older.ipynb"]) == 3
    assert "Its ledger continues" in capsys.readouterr().out
    assert main(["verify", "older.ipynb", "--against", "newer.ipynb"]) == 1
    assert "older.ipynb is the older of the two" in capsys.readouterr().out
