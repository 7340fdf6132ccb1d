"""Each edit somebody could make to a ledger's files, and the sentence by which it is noticed."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_mlsec.ledger import Ledger, Reader, note, open_reader, verify
from jupyter_mlsec.ledger.database import DATABASE
from jupyter_mlsec.ledger.merkle import leaf_hash, verify_consistency, verify_inclusion
from jupyter_mlsec.protocol.errors import LedgerError, Unverified
from jupyter_mlsec.vault.signing import local_signer
from tests.ledger.conftest import Open
from tests.ledger.logbook import fill


@pytest.fixture
def settled(open_ledger: Open, folder: Path) -> Path:
    """The database of a closed ledger of 600 entries under three checkpoints."""
    ledger = open_ledger()
    for start, count in ((0, 10), (10, 290), (300, 300)):
        fill(ledger, count, start)
        ledger.fold()
    ledger.close()
    return folder / DATABASE


def change(database: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(database)
    assert connection.execute(statement, values).rowcount > 0, "the edit of this test changed nothing"
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def first(ledger: Ledger) -> tuple[str, int | None]:
    problems = ledger.verify()
    assert problems, "nothing was noticed"
    return problems[0].kind, problems[0].index


def test_an_untouched_ledger_holds(open_ledger: Open, settled: Path) -> None:
    ledger = open_ledger()
    assert ledger.verify() == ()
    assert ledger.open_problems() == ()


EDITS = {
    "an entry is edited": (
        "UPDATE entries SET entry = CAST(replace(CAST(entry AS TEXT), 'seal', 'open') AS BLOB) WHERE idx = 17",
        ("changed-entry", 17),
    ),
    "an entry in the middle is deleted": ("DELETE FROM entries WHERE idx = 299", ("missing-entry", 299)),
    "the first entry is deleted": ("DELETE FROM entries WHERE idx = 0", ("missing-entry", 0)),
    "the tail is cut": ("DELETE FROM entries WHERE idx >= 590", ("cut", 590)),
    "an entry is added": ("INSERT INTO entries SELECT 600, entry FROM entries WHERE idx = 5", ("uncovered", 600)),
    "an entry is not bytes": ("UPDATE entries SET entry = CAST(entry AS TEXT) WHERE idx = 3", ("unreadable", None)),
    "a leaf hash is changed": (
        "UPDATE tiles SET hashes = zeroblob(8192) WHERE level = 0 AND idx = 0",
        ("changed-tile", None),
    ),
    "an upper hash is changed": ("UPDATE tiles SET hashes = zeroblob(64) WHERE level = 1", ("changed-tile", None)),
    "a tile is deleted": ("DELETE FROM tiles WHERE level = 0 AND idx = 1", ("changed-tile", None)),
    "an old checkpoint is exchanged": (
        "UPDATE checkpoints SET note = (SELECT note FROM checkpoints WHERE size = 300) WHERE size = 10",
        ("wrong-root", None),
    ),
    "the newest checkpoint is deleted": ("DELETE FROM checkpoints WHERE size = 600", ("uncovered", 300)),
    "all checkpoints are deleted": ("DELETE FROM checkpoints", ("no-checkpoint", None)),
    "the newest checkpoint is no note": (
        "UPDATE checkpoints SET note = 'x' WHERE size = 600",
        ("bad-checkpoint", None),
    ),
    "the origin is changed": (
        "UPDATE meta SET value = 'jupyter-mlsec/other' WHERE key = 'origin'",
        ("wrong-origin", None),
    ),
    "a run is hidden": ("DELETE FROM runs", ("wrong-runs", None)),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_noticed_and_named(open_ledger: Open, settled: Path, edit: str) -> None:
    statement, (kind, index) = EDITS[edit]
    change(settled, statement)
    found_kind, found_index = first(open_ledger(mirror=None))
    assert found_kind == kind
    assert index is None or found_index == index


def test_swapped_entries_are_noticed(open_ledger: Open, settled: Path) -> None:
    for source, target in ((20, 9000), (21, 20), (9000, 21)):
        change(settled, "UPDATE entries SET idx = ? WHERE idx = ?", target, source)
    assert first(open_ledger(mirror=None)) == ("changed-entry", 20)


def test_an_edit_with_all_hashes_made_anew_fails_at_the_signed_root(
    open_ledger: Open, settled: Path, tmp_path: Path
) -> None:
    """The forger recomputes every tile, but has no key to sign the new root with."""
    forged = tmp_path / "forged" / "ledger"
    stranger = Ledger(forged, lambda: local_signer(tmp_path / "stranger"))
    for _, raw in open_reader(settled.parent).entries():
        stranger._spool.write(raw.replace(b"data/17.csv", b"data/99.csv"))
    stranger.fold()
    stranger.close()
    connection = sqlite3.connect(settled)
    connection.execute("ATTACH ? AS forged", (str(forged / DATABASE),))
    for table in ("entries", "tiles"):
        connection.execute(f"DELETE FROM {table}")
        connection.execute(f"INSERT INTO {table} SELECT * FROM forged.{table}")
    connection.commit()
    connection.close()
    assert first(open_ledger(mirror=None))[0] == "wrong-root"
    assert open_ledger(mirror=None).open_problems()[0].kind == "wrong-root"


def test_a_checkpoint_signed_by_another_key_is_not_taken_for_ours(
    open_ledger: Open, settled: Path, tmp_path: Path
) -> None:
    stranger = local_signer(tmp_path / "stranger")
    newest = open_reader(settled.parent).checkpoint()
    assert newest is not None
    forged = note.sign_checkpoint(newest.origin, newest.size, newest.root, stranger)
    change(settled, "UPDATE checkpoints SET note = ? WHERE size = 600", forged.note)
    assert first(open_ledger(mirror=None))[0] == "other-key"


def test_a_checkpoint_with_our_key_id_and_a_false_signature_is_forged(open_ledger: Open, settled: Path) -> None:
    newest = open_reader(settled.parent).checkpoint()
    assert newest is not None
    true = note.parse(newest.note)
    false = note.NoteSignature(name=true.signatures[0].name, key_id=true.signatures[0].key_id, signature=bytes(64))
    change(
        settled,
        "UPDATE checkpoints SET note = ? WHERE size = 600",
        note.Note(text=true.text, signatures=(false,)).render(),
    )
    assert first(open_ledger(mirror=None))[0] == "forged-checkpoint"
    assert open_ledger(mirror=None).open_problems()[0].kind == "forged-checkpoint"


def test_every_single_bit_flip_in_an_entrys_bytes_is_noticed(open_ledger: Open, folder: Path, data: Path) -> None:
    ledger = open_ledger(mirror=None)
    fill(ledger, 2)
    ledger.fold()
    entries = [raw for _, raw in ledger.entries()]
    ledger.close()
    raw = (folder / DATABASE).read_bytes()
    keys = [local_signer(data).public_key]
    flips = 0
    for entry in entries:
        assert raw.count(entry) == 1
        start = raw.index(entry)
        for place in range(start, start + len(entry)):
            for bit in range(8):
                changed = raw[:place] + bytes([raw[place] ^ (1 << bit)]) + raw[place + 1 :]
                assert _verify_in_memory(changed, keys), (place, bit)
                flips += 1
    assert flips == sum(map(len, entries)) * 8
    assert _verify_in_memory(raw, keys) == ()


def _verify_in_memory(raw: bytes, keys: list[bytes]) -> tuple[object, ...]:
    """The same bytes without a disk; 1 in bytes 18 and 19 of the header says that there is no WAL beside them."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(raw[:18] + b"\x01\x01" + raw[20:])
    try:
        return verify.verify(Reader(connection), keys=keys)
    finally:
        connection.close()


def _verify_bytes(folder: Path, raw: bytes, keys: list[bytes]) -> tuple[object, ...]:
    (folder / DATABASE).write_bytes(raw)
    reader = open_reader(folder)
    try:
        return verify.verify(reader, keys=keys)
    finally:
        reader.close()


def test_no_damage_anywhere_in_the_file_makes_verification_break_or_lie(
    open_ledger: Open, folder: Path, data: Path
) -> None:
    """Any byte of the file, not only entries: the answer is a verdict, and the entries told are the true ones."""
    ledger = open_ledger(mirror=None)
    fill(ledger, 3)
    ledger.fold()
    entries = list(ledger.entries())
    ledger.close()
    raw = (folder / DATABASE).read_bytes()
    used = [place for place in range(len(raw)) if raw[place] or place % 64 == 0]
    for place in used[::7]:
        changed = raw[:place] + bytes([raw[place] ^ 0x55]) + raw[place + 1 :]
        try:
            problems = _verify_bytes(folder, changed, [local_signer(data).public_key])
            reader = open_reader(folder)
        except LedgerError:
            continue
        assert problems or list(reader.entries()) == entries
        reader.close()


def test_a_file_that_is_no_database_is_told(open_ledger: Open, settled: Path) -> None:
    settled.write_bytes(b"not a database" * 1000)
    assert first(open_ledger())[0] == "unreadable"
    fill(ledger := open_ledger(), 1)
    with pytest.raises(LedgerError):
        ledger.fold()


def test_a_database_with_a_trigger_is_not_written_to(open_ledger: Open, settled: Path) -> None:
    connection = sqlite3.connect(settled)
    connection.execute("CREATE TRIGGER t AFTER INSERT ON entries BEGIN DELETE FROM runs; END")
    connection.commit()
    connection.close()
    fill(ledger := open_ledger(), 1)
    with pytest.raises(Unverified, match="not made by this version"):
        ledger.fold()


def test_a_rolled_back_database_is_noticed_through_the_kept_checkpoint(
    open_ledger: Open, folder: Path, tmp_path: Path
) -> None:
    ledger = open_ledger()
    fill(ledger, 10)
    ledger.fold()
    ledger.close()
    shutil.copytree(folder, tmp_path / "old")
    fill(newer := open_ledger(), 5, start=10)
    newer.fold()
    newer.close()
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "old", folder)
    assert [problem.kind for problem in open_ledger().open_problems()] == ["rolled-back"]
    assert first(open_ledger())[0] == "rolled-back"


def test_nothing_is_signed_on_top_of_a_rolled_back_ledger(open_ledger: Open, folder: Path, tmp_path: Path) -> None:
    test_a_rolled_back_database_is_noticed_through_the_kept_checkpoint(open_ledger, folder, tmp_path)
    fill(ledger := open_ledger(), 50, start=20)
    with pytest.raises(Unverified, match="older than it was"):
        ledger.fold()
    assert len(list(ledger.entries())) == 10


def test_nothing_is_signed_on_top_of_changed_hashes(open_ledger: Open, settled: Path) -> None:
    change(settled, "UPDATE tiles SET hashes = zeroblob(64) WHERE level = 1")
    fill(ledger := open_ledger(), 1)
    with pytest.raises(Unverified, match="not the one its newest checkpoint"):
        ledger.fold()


def test_a_rollback_of_ledger_and_mirrors_is_found_by_an_outside_checkpoint(
    open_ledger: Open, folder: Path, data: Path, tmp_path: Path
) -> None:
    ledger = open_ledger()
    fill(ledger, 10)
    ledger.fold()
    ledger.close()
    shutil.copytree(folder.parent, tmp_path / "old")
    fill(newer := open_ledger(), 5, start=10)
    outside = newer.fold()
    newer.close()
    assert outside is not None
    shutil.rmtree(folder.parent)
    shutil.copytree(tmp_path / "old", folder.parent)
    shutil.rmtree(data / "checkpoints")
    older = open_ledger()
    assert older.verify() == ()
    assert [problem.kind for problem in older.verify(against=outside.note)] == ["rolled-back"]


def test_an_outside_checkpoint_that_fits_is_accepted_and_others_are_told(
    open_ledger: Open, folder: Path, tmp_path: Path
) -> None:
    ledger = open_ledger()
    fill(ledger, 10)
    older = ledger.fold()
    fill(ledger, 10, start=10)
    ledger.fold()
    assert older is not None
    assert ledger.verify(against=older.note) == ()
    another = open_ledger(tmp_path / "other" / "ledger")
    fill(another, 10)
    foreign = another.fold()
    assert foreign is not None
    assert [problem.kind for problem in ledger.verify(against=foreign.note)] == ["another-ledger"]
    assert [problem.kind for problem in ledger.verify(against="no note")] == ["bad-checkpoint"]
    forged = note.sign_checkpoint(older.origin, 10, bytes(32), local_signer(tmp_path / "stranger"))
    assert "other-key" in [problem.kind for problem in ledger.verify(against=forged.note)]


def test_two_copies_of_a_project_that_went_on_apart_are_noticed(
    open_ledger: Open, folder: Path, tmp_path: Path
) -> None:
    ledger = open_ledger()
    fill(ledger, 10)
    ledger.fold()
    ledger.close()
    copied = tmp_path / "copy" / ".mlsec" / "ledger"
    shutil.copytree(folder.parent, copied.parent)
    fill(copy := open_ledger(copied), 5, start=10, run="copy")
    copy.fold()
    fill(original := open_ledger(mirror=None), 9, start=10, run="original")
    original.fold()
    assert [problem.kind for problem in open_ledger().open_problems()] == ["forked"]


def _delete_ledger(folder: Path) -> None:
    shutil.rmtree(folder)


def _delete_all_state(folder: Path) -> None:
    shutil.rmtree(folder.parent)


@pytest.mark.parametrize("delete", [_delete_ledger, _delete_all_state])
def test_a_deleted_ledger_is_noticed_and_its_successor_names_it(
    open_ledger: Open, folder: Path, delete: Callable[[Path], None]
) -> None:
    ledger = open_ledger()
    fill(ledger, 4)
    last = ledger.fold()
    ledger.close()
    assert last is not None
    delete(folder)
    successor = open_ledger()
    assert [problem.kind for problem in successor.open_problems()] == ["deleted"]
    assert "4 entries" in successor.verify()[0].text
    fill(successor, 1)
    successor.fold()
    assert open_reader(folder).meta("follows") == last.note
    assert successor.open_problems() == ()
    assert successor.verify() == ()


def test_another_ledger_put_in_this_ones_place_is_noticed(open_ledger: Open, folder: Path, tmp_path: Path) -> None:
    ledger, another = open_ledger(), open_ledger(tmp_path / "other" / ".mlsec" / "ledger")
    for one in (ledger, another):
        fill(one, 4)
        one.fold()
        one.close()
    shutil.rmtree(folder)
    shutil.copytree(another.folder, folder)
    assert {problem.kind for problem in open_ledger().open_problems()} == {"replaced"}


def test_a_planted_checkpoint_file_raises_no_false_alarm(open_ledger: Open, settled: Path, tmp_path: Path) -> None:
    origin = open_reader(settled.parent).origin
    planted = note.sign_checkpoint(origin, 10_000, bytes(32), local_signer(tmp_path / "stranger"))
    (settled.parent.parent / "checkpoint").write_text(planted.note)
    assert open_ledger().open_problems() == ()


def test_proofs_from_the_ledger_hold_outside_of_it(open_ledger: Open, settled: Path) -> None:
    ledger = open_ledger()
    newest = ledger.checkpoint()
    assert newest is not None
    for index, raw in list(ledger.entries())[::53]:
        proof = ledger.inclusion_proof(index, newest.size)
        assert verify_inclusion(index, newest.size, leaf_hash(raw), proof, newest.root)
    reader = open_reader(settled.parent)
    for size in (10, 300):
        old = reader.checkpoint(size)
        assert old is not None
        proof = ledger.consistency_proof(size, newest.size)
        assert verify_consistency(size, newest.size, old.root, newest.root, proof)
    with pytest.raises(LedgerError, match="no entry 600"):
        ledger.inclusion_proof(600, 600)
    with pytest.raises(LedgerError, match="does not have 601"):
        ledger.consistency_proof(1, 601)


def test_an_entry_of_a_kind_yet_unknown_is_passed_over(open_ledger: Open) -> None:
    ledger = open_ledger()
    ledger._spool.write(b'{"entry":"Witnessed","run":"run-z","number":1,"at":1,"by":"x"}')
    ledger.fold()
    assert ledger.verify() == ()
    assert len(list(ledger.entries("run-z"))) == 1


def test_an_entry_of_a_known_kind_that_does_not_read_as_it_is_named(open_ledger: Open) -> None:
    ledger = open_ledger()
    fill(ledger, 1)
    ledger._spool.write(b'{"entry":"Did","run":"run-a","number":1,"at":1,"verb":5}')
    ledger.fold()
    assert first(ledger) == ("strange-entry", 1)
