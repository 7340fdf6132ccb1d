"""What a user typed can be taken back: its bytes leave every file, the ledger says so, and it still verifies."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from jupyter_mlsec.ledger import Ledger, LedgerBusy, open_reader
from jupyter_mlsec.ledger.commitments import Opening, commit, committed, opened
from jupyter_mlsec.ledger.commitments import told as told_to_people
from jupyter_mlsec.ledger.openings import blank, read_opening, spooled
from jupyter_mlsec.protocol.entries import Allowed, Did, Switched
from jupyter_mlsec.protocol.errors import LedgerError
from tests.ledger.conftest import Open
from tests.ledger.logbook import WHEN, did, fill, spools, told

CANARY = "Grace Hopper asked for it on the phone"


def allowed(number: int, reason: str = CANARY, run: str = "run-a") -> Allowed:
    return Allowed(run=run, number=number, at=WHEN, id=f"a{number}", rule="pii.us-ssn", reason=reason)


def holding(folder: Path, text: str) -> list[str]:
    """Every file of the ledger in which the text can be found."""
    return [path.name for path in folder.iterdir() if text.encode() in path.read_bytes()]


def shown(ledger: Ledger) -> list[dict[str, Any]]:
    return [opened(json.loads(raw), ledger.text_of) for _, raw in ledger.entries()]


def test_a_reason_is_in_no_entry_and_is_shown_while_it_can_be_opened(ledger: Ledger) -> None:
    for entry in (allowed(0), Switched(run="run-a", number=1, at=WHEN, to="paused", reason=CANARY)):
        ledger.append(entry)
    ledger.append(Did(run="run-a", number=2, at=WHEN, verb="x", subject="y", details={"reason": CANARY, "a": "b"}))
    ledger.fold()
    assert all(CANARY not in raw.decode() for _, raw in ledger.entries())
    first, second, third = shown(ledger)
    assert (first["reason"], second["reason"], third["details"]) == (CANARY, CANARY, {"reason": CANARY, "a": "b"})
    assert ledger.verify() == ()


def test_the_same_reason_twice_does_not_look_the_same(ledger: Ledger) -> None:
    for number in range(2):
        ledger.append(allowed(number))
    ledger.fold()
    assert len({json.loads(raw)["reason"] for _, raw in ledger.entries()}) == 2


def test_an_erased_text_is_in_no_file_any_more_and_the_ledger_holds(
    open_ledger: Open, ledger: Ledger, folder: Path
) -> None:
    living = open_ledger()
    living.append(allowed(0, run="run-b"))
    fill(ledger, 3)
    ledger.append(allowed(3))
    ledger.fold()
    before = ledger.checkpoint()
    assert len(holding(folder, CANARY)) >= 3, "two spools and the database or its log"
    assert len(ledger.erase(text="grace hopper", reason="she asked")) == 2
    assert holding(folder, CANARY) == []
    assert before is not None
    assert ledger.verify(against=before.note) == ()
    assert open_ledger().verify() == ()


def test_the_ledger_says_what_was_erased_and_when(ledger: Ledger) -> None:
    fill(ledger, 2)
    ledger.append(allowed(2))
    assert ledger.erase(entry=_index(ledger), reason="by request") == (2,)
    *_, entry, deed = shown(ledger)
    assert entry["reason"].startswith("[erased on 20")
    assert (deed["verb"], deed["details"]) == ("erase", {"entries": "2", "reason": "by request"})


def _index(ledger: Ledger) -> int:
    ledger.fold()
    return next(index for index, raw in ledger.entries() if b'"Allowed"' in raw)


def test_other_texts_stay_and_still_open(ledger: Ledger) -> None:
    ledger.append(allowed(0))
    ledger.append(allowed(1, "the quarterly check"))
    ledger.erase(text="hopper")
    assert shown(ledger)[1]["reason"] == "the quarterly check"


def test_a_reader_that_holds_old_pages_is_told_and_erasing_again_finishes(
    ledger: Ledger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_mlsec.ledger.database.PATIENCE", 0.05)
    ledger.append(allowed(0))
    ledger.append(allowed(1, "another text"))
    ledger.fold()
    ledger._open_store().truncate_log()
    reader = open_reader(folder)
    with reader.snapshot():
        assert reader.size == 2
        with pytest.raises(LedgerBusy, match="Run the same again"):
            ledger.erase(text="hopper")
    reader.close()
    with pytest.raises(LedgerError, match="contains this"):
        ledger.erase(text="hopper")
    assert holding(folder, CANARY) == []


@pytest.mark.parametrize(("asked", "said"), [({"entry": 0}, "nothing that can be"), ({"text": ""}, "not empty")])
def test_where_there_is_nothing_to_erase_it_is_said(ledger: Ledger, asked: dict[str, Any], said: str) -> None:
    fill(ledger, 1)
    with pytest.raises(LedgerError, match=said):
        ledger.erase(**asked)


def test_an_erased_line_of_a_spool_is_no_entry_when_it_is_folded_anew(
    open_ledger: Open, ledger: Ledger, folder: Path
) -> None:
    ledger.append(allowed(0))
    ledger.erase(text="hopper")
    ledger.close()
    for path in folder.glob("ledger.sqlite3*"):
        path.unlink()
    again = open_ledger(mirror=None)
    again.fold()
    assert told(folder) == {("run-a", 0): 1}
    assert open_reader(folder).set_aside() == ()


def test_a_changed_text_is_noticed(open_ledger: Open, ledger: Ledger, folder: Path) -> None:
    ledger.append(allowed(0))
    ledger.fold()
    ledger.close()
    connection = sqlite3.connect(folder / "ledger.sqlite3")
    connection.execute("UPDATE openings SET value = 'the manager asked'")
    connection.commit()
    connection.close()
    assert [problem.kind for problem in open_ledger().verify()] == ["wrong-opening"]
    assert shown(open_ledger())[0]["reason"] == "[not known here]"


def test_a_damaged_table_of_texts_ends_and_is_named(open_ledger: Open, ledger: Ledger, folder: Path) -> None:
    """A blob is greater than any text, so asking for the next one would go on without end."""
    ledger.append(allowed(0))
    ledger.fold()
    ledger.close()
    connection = sqlite3.connect(folder / "ledger.sqlite3")
    connection.execute("DROP TABLE openings")
    connection.execute("CREATE TABLE openings (commitment BLOB, salt TEXT, value TEXT)")
    connection.execute("INSERT INTO openings VALUES (x'00', 'a', 'b')")
    connection.commit()
    connection.close()
    assert open_ledger().verify()[0].kind == "unreadable"


def test_an_opening_that_does_not_fit_is_no_opening(ledger: Ledger, folder: Path) -> None:
    true = commit("text")
    ledger._spool.write(spooled(msgspec.structs.replace(true, value="another")))
    ledger.append(allowed(0))
    ledger.fold()
    assert [one.value for one in open_reader(folder).all_openings()] == [CANARY]
    assert len(open_reader(folder).set_aside()) == 1


def test_a_ledger_made_before_there_were_openings_is_read_and_goes_on(
    open_ledger: Open, ledger: Ledger, folder: Path
) -> None:
    fill(ledger, 3)
    ledger.fold()
    ledger.close()
    connection = sqlite3.connect(folder / "ledger.sqlite3")
    connection.execute("DROP TABLE openings")
    connection.commit()
    connection.close()
    assert list(open_reader(folder).all_openings()) == []
    later = open_ledger()
    assert later.verify() == ()
    later.append(allowed(3))
    later.fold()
    assert shown(later)[3]["reason"] == CANARY


def test_a_line_blanked_keeps_its_length_and_names_what_it_was() -> None:
    line = spooled(commit("x" * 300))
    found = read_opening(blank(line))
    assert len(blank(line)) == len(line)
    assert found is not None
    assert (found.is_erased, found.value) == (True, "")


def test_a_commitment_opens_with_its_salt_and_text_only() -> None:
    entry, opening = committed(allowed(0))
    assert isinstance(entry, Allowed)
    assert opening is not None
    assert opening.fits
    assert CANARY not in repr(opening)
    assert not Opening(opening=entry.reason, salt=opening.salt, value=CANARY + ".").fits
    assert not Opening(opening=entry.reason, salt=bytes(16).hex(), value=CANARY).fits


def test_an_entry_is_told_with_its_words_where_they_are_known() -> None:
    for entry in (allowed(0), Did(run="r", number=1, at=WHEN, verb="x", subject="y", details={"reason": CANARY})):
        kept, opening = committed(entry)
        assert opening is not None
        assert told_to_people(kept, {opening.opening: opening.value}.__getitem__) == entry
    assert told_to_people(did(1), lambda _: "never asked") == did(1)


def test_a_planted_link_is_not_written_through(ledger: Ledger, folder: Path) -> None:
    ledger.append(allowed(0))
    ledger.fold()
    elsewhere = folder.parent / "elsewhere"
    elsewhere.write_bytes(spools(folder)[0].read_bytes())
    (folder / "spool-9-link.jsonl").symlink_to(elsewhere)
    ledger.erase(text="hopper")
    assert CANARY in elsewhere.read_text(), "a planted link leads nowhere"
