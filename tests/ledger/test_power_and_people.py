"""What else befalls a ledger: power cuts, several kernels and verifiers at once, git clean, clocks, other users."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from jupyter_mlsec.ledger import Ledger, open_reader, verify
from jupyter_mlsec.ledger.database import DATABASE, PAGE_BYTES
from jupyter_mlsec.policy.layer import apply
from jupyter_mlsec.policy.ledger import LedgerSettings
from jupyter_mlsec.protocol.errors import LedgerError
from jupyter_mlsec.vault.signing import local_signer
from tests.ledger.conftest import Open
from tests.ledger.logbook import ROOT, did, fill, spools, told

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def test_two_kernels_write_while_a_verifier_reads_and_all_holds_every_time(folder: Path, data: Path) -> None:
    keys = [local_signer(data).public_key]
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from jupyter_mlsec.ledger import Ledger
        from jupyter_mlsec.vault.signing import local_signer
        from tests.ledger.logbook import did
        folder, data, run = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
        ledger = Ledger(folder, lambda: local_signer(data), data / "checkpoints")
        for number in range(600):
            ledger.append(did(number, run))
            if number % 20 == 19:
                ledger.fold()
        ledger.fold()
    """)
    kernels = [
        subprocess.Popen([sys.executable, "-c", script, str(folder), str(data), run], cwd=ROOT) for run in ("a", "b")
    ]
    sizes = []
    while any(kernel.poll() is None for kernel in kernels):
        if (folder / DATABASE).exists():
            try:
                reader = open_reader(folder)
            except LedgerError:
                continue  # not made yet
            assert verify.verify(reader, keys=keys) == ()
            sizes.append(reader.size)
            reader.close()
    assert [kernel.wait() for kernel in kernels] == [0, 0]
    assert sizes == sorted(sizes)
    assert told(folder) == {(run, number): 1 for run in ("a", "b") for number in range(600)}


@posix
def test_a_fork_in_the_middle_of_a_fold_harms_neither_side(ledger: Ledger, folder: Path) -> None:
    fill(ledger, 20_000)
    folding = threading.Thread(target=ledger.fold)
    folding.start()
    children = []
    for number in range(5):
        child = os.fork()
        if child == 0:
            try:
                fill(ledger, 10, run=f"child-{number}")
                os._exit(0 if ledger.fold() is None and ledger.lost == 0 else 1)
            finally:
                os._exit(2)
        children.append(child)
        time.sleep(0.01)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 5
    folding.join()
    ledger.fold()
    assert set(told(folder).values()) == {1}
    assert len(told(folder)) == 20_050
    assert ledger.verify() == ()


def test_a_clock_that_was_set_back_changes_no_order_and_no_verdict(
    ledger: Ledger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(ledger, 3)
    ledger.fold()
    monkeypatch.setattr(time, "time_ns", lambda: 1)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    for number in range(3, 6):
        ledger.append(did(number - 10**6))
    ledger.fold()
    assert ledger.verify() == ()
    assert open_reader(folder).size == 6


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_git_clean_takes_no_entry_of_a_running_kernel_and_is_noticed(
    open_ledger: Open, ledger: Ledger, folder: Path
) -> None:
    root = folder.parents[1]
    fill(ledger, 5)
    ledger.fold()
    for words in (["init", "-q"], ["clean", "-fdxq"]):
        subprocess.run(["git", "-C", str(root), *words], check=True)
    assert not folder.exists()
    assert [problem.kind for problem in open_ledger().open_problems()] == ["deleted"]
    fill(ledger, 2, start=5)
    ledger.fold()
    assert told(folder) == {("run-a", number): 1 for number in range(7)}
    assert open_reader(folder).meta("follows") is not None


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_files_of_another_user_stop_nobody_and_are_left_alone(open_ledger: Open, folder: Path) -> None:
    """A spool that we may not read is another user's: it waits for its owner."""
    other = open_ledger()
    fill(other, 3, run="theirs")
    other.close()
    (theirs,) = spools(folder)
    theirs.chmod(0)
    ledger = open_ledger()
    fill(ledger, 2)
    ledger.fold()
    assert (theirs.exists(), len(told(folder))) == (True, 2)


def test_a_folder_without_any_permission_loses_counted_entries_only(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As another user's folder answers: every open is refused."""

    def refused(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("jupyter_mlsec.ledger.spool.os.open", refused)
    fill(ledger, 4)
    assert (ledger.lost, ledger.lost_to) == (4, "PermissionError")


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may become somebody else")
def test_another_user_in_the_same_folder_is_told_and_changes_nothing(ledger: Ledger, folder: Path) -> None:
    fill(ledger, 3)
    ledger.fold()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    child = os.fork()
    if child == 0:
        try:
            os.setuid(65_534)
            stranger = Ledger(folder, lambda: local_signer(folder))
            fill(stranger, 2)
            os._exit(0 if (stranger.lost, stranger.lost_to) == (2, "PermissionError") else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def settled(open_ledger: Open, folder: Path) -> Path:
    """A ledger of two checkpoints, all of it in one file."""
    ledger = open_ledger(mirror=None)
    for start in (0, 3):
        fill(ledger, 3, start=start)
        ledger.fold()
    ledger.close()
    connection = sqlite3.connect(folder / DATABASE)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return folder / DATABASE


def answer(database: Path, keys: list[bytes]) -> tuple[bool, list[bytes]]:
    """Whether it holds, and the entries that a reader is given."""
    try:
        reader = open_reader(database.parent)
    except LedgerError:
        return False, []
    try:
        is_held = verify.verify(reader, keys=keys) == ()
        return is_held, [raw for _, raw in reader.entries()] if is_held else []
    except LedgerError:
        return False, []
    finally:
        reader.close()


def flips(database: Path, places: list[int]) -> int:
    """Flip every bit of these bytes; how many flips were noticed. One that is not has changed no entry."""
    keys = [local_signer(database.parents[3] / "data").public_key]
    raw, (is_held, true) = database.read_bytes(), answer(database, keys)
    assert is_held
    noticed = 0
    for place in places:
        for bit in range(8):
            database.write_bytes(raw[:place] + bytes([raw[place] ^ (1 << bit)]) + raw[place + 1 :])
            is_held, given = answer(database, keys)
            noticed += not is_held
            assert not is_held or given == true, (place, bit)
    database.write_bytes(raw)
    return noticed


def test_no_flipped_bit_anywhere_in_the_file_passes_with_another_entry(open_ledger: Open, folder: Path) -> None:
    database = settled(open_ledger, folder)
    places = random.Random(7).sample(range(database.stat().st_size), 150)
    assert flips(database, places) > 0


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_every_single_bit_of_a_small_ledgers_file_flipped(open_ledger: Open, folder: Path) -> None:
    database = settled(open_ledger, folder)
    raw = database.read_bytes()
    used = [place for place, byte in enumerate(raw) if byte or any(raw[max(0, place - 8) : place + 8])]
    assert flips(database, used) > len(used)


def cut(database: Path, log: bytes, before: bytes, luck: random.Random) -> None:
    """Leave what a disk may have after a power cut: the synced past, and any part of what was not synced yet."""
    frame = PAGE_BYTES + 24
    frames = (len(log) - 32) // frame
    kept = luck.randrange(frames + 1)
    pieces = [log[:32]]
    for number in range(kept):
        piece = log[32 + number * frame : 32 + (number + 1) * frame]
        pieces.append(piece if luck.random() < 0.96 else bytes(len(piece)))
    tail = log[32 + kept * frame :][: luck.randrange(frame)]
    database.write_bytes(before)
    Path(f"{database}-wal").write_bytes(b"".join(pieces) + tail)
    Path(f"{database}-shm").unlink(missing_ok=True)


def test_a_power_cut_leaves_a_ledger_that_holds_up_to_some_checkpoint(
    ledger: Ledger, folder: Path, data: Path, tmp_path: Path, open_ledger: Open
) -> None:
    """The log's frames are lost, zeroed and torn at random; SQLite's checksums end the log at the first gap."""
    fill(ledger, 5)
    ledger.fold()
    ledger._open_store().truncate_log()
    before = (folder / DATABASE).read_bytes()
    for start in range(5, 45, 5):
        fill(ledger, 5, start=start)
        ledger.fold()
    log = Path(f"{folder / DATABASE}-wal").read_bytes()
    luck, sizes = random.Random(3), set()
    for number in range(40):
        other = tmp_path / f"cut-{number}" / "ledger"
        other.mkdir(parents=True)
        cut(other / DATABASE, log, before, luck)
        again = open_ledger(other, mirror=None)
        assert again.verify() == ()
        fill(again, 1, run="later")
        again.fold()
        assert again.verify() == ()
        sizes.add(open_reader(other).size - 1)
    assert min(sizes) == 5
    assert len(sizes) > 3
    assert all(size % 5 == 0 for size in sizes)


@pytest.mark.parametrize("is_durable", [False, True])
def test_an_entry_waits_for_the_disk_only_where_that_was_asked_for(
    folder: Path, data: Path, monkeypatch: pytest.MonkeyPatch, is_durable: bool
) -> None:
    synced: list[int] = []
    monkeypatch.setattr("jupyter_mlsec.ledger.spool.os.fsync", synced.append)
    ledger = Ledger(folder, lambda: local_signer(data), is_durable=is_durable)
    fill(ledger, 3)
    assert len(synced) == (4 if is_durable else 0), "three entries, and the folder once"
    ledger.close()


def test_a_disk_that_does_not_confirm_is_counted(folder: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("jupyter_mlsec.ledger.spool.os.fsync", broken)
    ledger = Ledger(folder, lambda: local_signer(data), is_durable=True)
    fill(ledger, 2)
    assert (ledger.lost, ledger.lost_to) == (2, "OSError")
    ledger.close()


def test_the_policy_asks_for_it_and_a_looser_one_is_told_apart() -> None:
    full = apply(LedgerSettings.of("guard"), {"synchronous": "full"})
    assert (full.synchronous, LedgerSettings.of("strict").synchronous) == ("full", "normal")
    assert LedgerSettings().loosened(full) == ("synchronous",)
    assert full.loosened(LedgerSettings()) == ()


def test_a_power_cut_in_a_spool_costs_the_torn_line_only(open_ledger: Open, folder: Path) -> None:
    for size in range(0, 400, 37):
        orphan = open_ledger()
        fill(orphan, 4, run=f"run-{size}")
        orphan.close()
        (path,) = spools(folder)
        os.truncate(path, min(size, path.stat().st_size))
        ledger = open_ledger()
        ledger.fold()
        whole = sorted(number for run, number in told(folder) if run == f"run-{size}")
        assert whole == list(range(len(whole)))
        ledger.close()
    assert open_ledger().verify() == ()
