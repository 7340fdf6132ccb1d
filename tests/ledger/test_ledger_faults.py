"""Disks that are full, folders that cannot be written, entries that are too large: told, counted, never raised."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from jupyter_mlsec.ledger import Ledger, LedgerUnwritable, open_reader
from jupyter_mlsec.protocol.entries import Recorded
from jupyter_mlsec.protocol.facts import Shape
from jupyter_mlsec.protocol.records import Cell, Decision, Finding, Operation, Place, Resource, Subject
from tests.ledger.conftest import Open
from tests.ledger.logbook import did, fill, first_line, told


def test_a_folder_that_cannot_be_made_is_counted_and_never_raised(open_ledger: Open, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ledger = open_ledger(tmp_path / "file" / "ledger")
    fill(ledger, 3)
    assert (ledger.lost, ledger.lost_to) == (3, "NotADirectoryError")


def test_a_full_disk_leaves_whole_lines_only_and_folding_goes_on(folder: Path, data: Path) -> None:
    script = f"""
        import resource, signal
        from pathlib import Path
        from jupyter_mlsec.ledger import Ledger
        from jupyter_mlsec.vault.signing import local_signer
        from tests.ledger.logbook import did
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        ledger = Ledger(Path({str(folder)!r}), lambda: local_signer(Path({str(data)!r})))
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        for number in range(30):
            ledger.append(did(number))
        lost = ledger.lost
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        for number in range(30, 35):
            ledger.append(did(number))
        ledger.fold()
        print(lost, ledger.lost)
    """
    lost, at_the_end = first_line(script).split()
    assert 0 < int(lost) == int(at_the_end)
    kept = told(folder)
    assert len(kept) == 35 - int(lost)
    assert open_reader(folder).set_aside() == ()


def test_a_disk_that_is_full_for_the_database_is_told_and_loses_nothing(folder: Path, data: Path) -> None:
    script = f"""
        import resource, signal
        from pathlib import Path
        from jupyter_mlsec.ledger import Ledger, LedgerUnwritable
        from jupyter_mlsec.vault.signing import local_signer
        from tests.ledger.logbook import fill
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        ledger = Ledger(Path({str(folder)!r}), lambda: local_signer(Path({str(data)!r})))
        fill(ledger, 3)
        ledger.fold()
        fill(ledger, 3000, start=3)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
        try:
            ledger.fold()
            said = "nothing"
        except LedgerUnwritable as error:
            said = str(error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        ledger.fold()
        print(said, ledger.verify(), ledger.lost)
    """
    assert first_line(script) == "The ledger cannot be written. Is the disk full or the folder read-only? () 0"
    assert len(told(folder)) == 3003


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_told(ledger: Ledger, folder: Path) -> None:
    fill(ledger, 1)
    ledger.close()
    folder.chmod(0o500)
    with pytest.raises(LedgerUnwritable):
        ledger.fold()


def test_a_ledger_that_nobody_can_write_to_can_still_be_read(ledger: Ledger, folder: Path) -> None:
    fill(ledger, 5)
    ledger.fold()
    ledger.close()
    for path in folder.glob("ledger.sqlite3-*"):
        path.unlink()
    (folder / "ledger.sqlite3").chmod(0o400)
    folder.chmod(0o500)
    assert len(told(folder)) == 5
    folder.chmod(0o700)


def _wide(columns: int, places: int = 0) -> Recorded:
    names = tuple(f"column number {number}" for number in range(columns))
    finding = Finding(
        control="pii", rule="pii.email", message="x", places=tuple(Place(column=str(n), count=n) for n in range(places))
    )
    operation = Operation(
        id="op-1",
        action="read",
        subject=Subject(name="u"),
        resource=Resource(kind="file", name="wide.csv"),
        cell=Cell(execution=1),
        library="pandas",
        function="read_csv",
        at=1,
    )
    return Recorded(
        run="run-a",
        number=1,
        at=1,
        operation=operation,
        decision=Decision(effect="permit", findings=(finding,)),
        outcome="done",
        facts=(Shape(rows=1, columns=names),),
    )


@pytest.mark.parametrize(
    ("columns", "places", "left_out"), [(10, 10, ()), (9000, 10, ("Shape",)), (9000, 9000, ("Shape", "places"))]
)
def test_an_entry_too_large_for_a_bundle_says_what_it_left_out(
    ledger: Ledger, columns: int, places: int, left_out: tuple[str, ...]
) -> None:
    ledger.append(_wide(columns, places))
    ledger.fold()
    ((_, raw),) = ledger.entries()
    entry = msgspec.json.decode(raw, type=Recorded)
    assert len(raw) <= 65_535
    assert entry.left_out == left_out
    assert entry.operation.id == "op-1"
    assert len(entry.decision.findings) == 1


def test_an_entry_with_no_smaller_form_leaves_a_trace(ledger: Ledger) -> None:
    ledger.append(msgspec.structs.replace(did(7), subject="x" * 70_000))
    ledger.fold()
    ((_, raw),) = ledger.entries()
    assert msgspec.json.decode(raw) == {
        "entry": "Troubled",
        "run": "run-a",
        "number": 7,
        "at": did(7).at,
        "where": "ledger",
        "error": "TooLarge:Did",
        "operation": None,
    }
