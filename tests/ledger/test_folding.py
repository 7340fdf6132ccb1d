"""Entries get from spools into the tree exactly once: whatever is killed, forked or folded at the same time."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from jupyter_mlsec.ledger import Ledger, LedgerBusy, open_reader
from jupyter_mlsec.ledger.spool import Foreign
from jupyter_mlsec.ledger.summary import summary
from jupyter_mlsec.vault.signing import local_signer
from tests.ledger.conftest import Open
from tests.ledger.logbook import ROOT, did, fill, first_line, spools, told

posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def test_nothing_is_made_before_the_first_entry(ledger: Ledger, folder: Path, data: Path) -> None:
    assert ledger.fold() is None
    assert ledger.checkpoint() is None
    assert list(ledger.entries()) == []
    assert ledger.open_problems() == ()
    assert not folder.exists()
    assert not (data / "checkpoints").exists()


def test_entries_come_out_as_they_went_in(ledger: Ledger, folder: Path) -> None:
    fill(ledger, 3)
    checkpoint = ledger.fold()
    assert checkpoint is not None
    assert checkpoint.size == 3
    assert checkpoint == ledger.checkpoint()
    assert told(folder) == {("run-a", number): 1 for number in range(3)}
    assert ledger.verify() == ()


def test_a_fold_without_news_makes_no_new_checkpoint(ledger: Ledger) -> None:
    fill(ledger, 2)
    assert ledger.fold() == ledger.fold()


def test_the_entries_of_one_run_are_found_among_others(open_ledger: Open) -> None:
    one, other = open_ledger(), open_ledger()
    for number in range(5):
        one.append(did(number, "run-a"))
        other.append(did(number, "run-b"))
        one.fold()
    other.fold()
    assert len(list(one.entries("run-a"))) == len(list(one.entries("run-b"))) == 5
    assert [index for index, _ in one.entries("run-a", start=4)] == [5, 7, 9]
    assert list(one.entries("run-c")) == []
    assert one.verify() == ()


def test_a_reader_sees_new_entries_while_kernels_write(ledger: Ledger, folder: Path) -> None:
    fill(ledger, 2)
    ledger.fold()
    reader = open_reader(folder)
    fill(ledger, 300, start=2)
    ledger.fold()
    assert (reader.size, len(list(reader.entries()))) == (302, 302)
    assert reader.checkpoint() == ledger.checkpoint()
    reader.close()


def test_an_orphan_is_adopted_and_its_file_removed(open_ledger: Open, folder: Path) -> None:
    orphan = open_ledger()
    fill(orphan, 4)
    orphan.close()
    assert len(spools(folder)) == 1
    assert open_ledger().fold() is not None
    assert spools(folder) == []
    assert told(folder) == {("run-a", number): 1 for number in range(4)}


def test_the_spool_of_a_living_process_is_folded_but_left_alone(open_ledger: Open, folder: Path) -> None:
    living, other = open_ledger(), open_ledger()
    fill(living, 3)
    other.fold()
    assert len(spools(folder)) == 1
    fill(living, 3, start=3)
    other.fold()
    assert told(folder) == {("run-a", number): 1 for number in range(6)}


def test_a_torn_last_line_is_set_aside_and_not_guessed(open_ledger: Open, folder: Path) -> None:
    orphan = open_ledger()
    fill(orphan, 2)
    orphan.close()
    with spools(folder)[0].open("ab") as file:
        file.write(b'{"entry":"Did","run":"run-a"')
    ledger = open_ledger()
    ledger.fold()
    assert told(folder) == {("run-a", 0): 1, ("run-a", 1): 1}
    assert [length for _, _, length in open_reader(folder).set_aside()] == [28]
    assert spools(folder) == []
    assert ledger.verify() == ()


def test_a_damaged_line_in_the_middle_is_set_aside(open_ledger: Open, folder: Path) -> None:
    orphan = open_ledger()
    fill(orphan, 3)
    orphan.close()
    path = spools(folder)[0]
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([lines[0], b"no entry", lines[1], b'{"entry":"Did"}', lines[2], b""]))
    ledger = open_ledger()
    ledger.fold()
    assert told(folder) == {("run-a", number): 1 for number in range(3)}
    aside = open_reader(folder).set_aside()
    starts = [len(lines[0]) + 1, len(lines[0]) + len(lines[1]) + 11]
    assert [(start, length) for _, start, length in aside] == list(zip(starts, [8, 15], strict=True))


def test_a_planted_link_is_neither_read_nor_removed(ledger: Ledger, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "elsewhere.txt"
    secret.write_text("not an entry\n")
    fill(ledger, 1)
    (folder / "spool-1-planted.jsonl").symlink_to(secret)
    (folder / "spool-2-planted.jsonl").mkdir()
    ledger.fold()
    assert secret.read_text() == "not an entry\n"
    assert open_reader(folder).set_aside() == ()


def test_a_large_spool_is_exchanged_for_a_new_one_once_folded(
    ledger: Ledger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_mlsec.ledger.fold.ROTATE_BYTES", 1000)
    fill(ledger, 50)
    ledger.fold()
    assert spools(folder) == []
    fill(ledger, 2, start=50)
    ledger.fold()
    assert told(folder) == {("run-a", number): 1 for number in range(52)}


def test_a_long_backlog_is_folded_in_several_batches(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_mlsec.ledger.fold.MOST_IN_ONE", 10)
    monkeypatch.setattr("jupyter_mlsec.ledger.spool.CHUNK", 1000)
    fill(ledger, 100)
    ledger.fold()
    assert len(list(ledger.entries())) == 100
    assert ledger.verify() == ()


@posix
def test_a_forked_child_writes_to_its_own_spool_and_never_folds(ledger: Ledger, folder: Path) -> None:
    fill(ledger, 2)
    ledger.fold()
    child = os.fork()
    if child == 0:
        try:
            fill(ledger, 3, run="child")
            os._exit(0 if ledger.fold() is None and len(spools(folder)) == 2 and ledger.lost == 0 else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    fill(ledger, 1, start=2)
    ledger.fold()
    assert told(folder) == {("child", 0): 1, ("child", 1): 1, ("child", 2): 1} | {("run-a", n): 1 for n in range(3)}
    assert len(spools(folder)) == 1
    assert ledger.verify() == ()


@posix
def test_a_child_does_not_keep_its_parents_lock(ledger: Ledger, folder: Path) -> None:
    fill(ledger, 1)
    name = spools(folder)[0].name
    script = f"""
        import os, time
        from pathlib import Path
        from jupyter_mlsec.ledger import Ledger
        ledger = Ledger(Path({str(folder)!r}), lambda: None)
        ledger._spool.write(b"x")
        name = ledger._spool.name
        if os.fork() == 0:
            time.sleep(5)
            os._exit(0)
        print(name, flush=True)
        os._exit(0)
    """
    made = first_line(script)
    assert made != name
    for _ in range(100):
        spool = Foreign(folder / made)
        is_orphan = spool.is_orphan
        spool.close()
        if is_orphan:
            return
        time.sleep(0.02)
    raise AssertionError("the child holds its parent's lock")


def test_two_processes_may_fold_at_once(folder: Path, data: Path, open_ledger: Open) -> None:
    local_signer(data)
    writers = [_start_writer(folder, data, f"run-{name}", 400) for name in "ab"]
    for writer in writers:
        assert writer.wait(60) == 0
    ledger = open_ledger()
    ledger.fold()
    assert told(folder) == {(f"run-{name}", number): 1 for name in "ab" for number in range(400)}
    assert ledger.verify() == ()


WRITER = """
    import sys
    from pathlib import Path
    from jupyter_mlsec.ledger import Ledger
    from jupyter_mlsec.vault.signing import local_signer
    from tests.ledger.logbook import did
    folder, data, run = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    count, pace = int(sys.argv[4]), int(sys.argv[5])
    ledger = Ledger(folder, lambda: local_signer(data), data / "checkpoints")
    for number in range(count):
        ledger.append(did(number, run))
        if ledger.lost:
            sys.exit(3)
        sys.stdout.write(f"{number}\\n")
        sys.stdout.flush()
        if number % pace == pace - 1:
            ledger.fold()
"""


def _start_writer(folder: Path, data: Path, run: str, count: int, pace: int = 7) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(folder), str(data), run, str(count), str(pace)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def _kill(folder: Path, data: Path, open_ledger: Open, rounds: int) -> int:
    """In each round, a writer that appends and folds is killed at a random moment; how many were acknowledged."""
    local_signer(data)
    random_moment = random.Random(rounds)
    acknowledged: dict[str, int] = {}
    for number in range(rounds):
        run = f"run-{number}"
        writer = _start_writer(folder, data, run, 1_000_000, pace=random_moment.choice([3, 50]))
        assert writer.stdout is not None
        writer.stdout.readline()
        threading.Timer(random_moment.uniform(0.0, 0.15), writer.send_signal, [signal.SIGKILL]).start()
        acknowledged[run] = 1 + writer.stdout.read().count(b"\n")
        writer.wait()
    ledger = open_ledger()
    ledger.fold()
    kept = told(folder)
    assert set(kept.values()) == {1}
    for run, count in acknowledged.items():
        numbers = sorted(number for found, number in kept if found == run)
        assert numbers == list(range(len(numbers)))
        assert len(numbers) >= count
    assert ledger.verify() == ()
    assert spools(folder) == []
    return sum(acknowledged.values())


def test_kill_9_loses_and_doubles_no_acknowledged_entry(folder: Path, data: Path, open_ledger: Open) -> None:
    assert _kill(folder, data, open_ledger, 20) > 20


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_kill_9_at_300_moments_loses_and_doubles_none(folder: Path, data: Path, open_ledger: Open) -> None:
    acknowledged = _kill(folder, data, open_ledger, 300)
    print(f"{acknowledged} entries acknowledged before 300 kills, none lost, none doubled")
    assert acknowledged > 300


def test_threads_may_append_while_another_folds(ledger: Ledger, folder: Path) -> None:
    threads = [threading.Thread(target=fill, args=(ledger, 500), kwargs={"run": f"run-{name}"}) for name in "abc"]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        ledger.fold()
    ledger.fold()
    assert told(folder) == {(f"run-{name}", number): 1 for name in "abc" for number in range(500)}
    assert ledger.verify() == ()


def test_a_held_lease_is_told_and_loses_nothing(
    open_ledger: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_mlsec.ledger.database.PATIENCE", 0.05)
    holder, waiting = open_ledger(), open_ledger()
    fill(holder, 1)
    holder.fold()
    fill(waiting, 1, start=1)
    assert holder._store is not None
    with holder._store.lease(), pytest.raises(LedgerBusy):
        waiting.fold()
    waiting.fold()
    assert told(folder) == {("run-a", 0): 1, ("run-a", 1): 1}


def test_a_folder_removed_under_a_running_kernel_loses_no_entry_that_its_spool_held(
    ledger: Ledger, folder: Path
) -> None:
    fill(ledger, 3)
    ledger.fold()
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    fill(ledger, 2, start=3)
    ledger.fold()
    assert told(folder) == {("run-a", number): 1 for number in range(5)}
    fill(ledger, 1, start=5)
    ledger.fold()
    assert len(spools(folder)) == 1
    assert told(folder) == {("run-a", number): 1 for number in range(6)}
    assert open_reader(folder).meta("follows") is not None
    assert ledger.verify() == ()


def test_a_ledger_is_told_in_a_few_numbers(ledger: Ledger, folder: Path) -> None:
    fill(ledger, 3)
    ledger._spool.write(b"no entry")
    checkpoint = ledger.fold()
    assert checkpoint is not None
    assert summary(open_reader(folder)) == {
        "origin": checkpoint.origin,
        "entries": 3,
        "checkpoint": f"3 {checkpoint.root.hex()[:8]}",
        "runs": [{"run": "run-a", "first": 0, "last": 2, "count": 3}],
        "set_aside": {"pieces": 1, "bytes": 8},
        "follows": None,
    }


def test_what_a_kill_left_before_a_spool_had_its_name_is_swept_up(ledger: Ledger, folder: Path) -> None:
    fill(ledger, 1)
    fresh, stale = folder / ".spool-1-fresh.jsonl", folder / ".spool-2-stale.jsonl"
    for path in (fresh, stale):
        path.touch()
    os.utime(stale, (1, 1))
    ledger.fold()
    assert (fresh.exists(), stale.exists()) == (True, False)
