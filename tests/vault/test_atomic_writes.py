"""A file that is replaced is whole, old or new, whatever happens, and nothing else is left in its folder."""

from __future__ import annotations

import os
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupyter_mlsec.vault import atomic
from jupyter_mlsec.vault.files import open_path
from jupyter_mlsec.vault.x25519 import X25519Identity

ROOT = Path(__file__).parent.parent.parent


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write(path: Path, data: bytes) -> None:
    with atomic.replacing(path) as sink:
        sink.write(data)


def test_a_new_file_is_private_and_a_replaced_one_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "x"
    write(path, b"1")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    write(path, b"2")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"2", 0o644)
    assert names(tmp_path) == ["x"]


def test_an_error_leaves_the_old_file_and_no_temp(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    with pytest.raises(TypeError), atomic.replacing(path) as sink:
        sink.writelines([b"n" * 1_000_000, "not bytes"])  # type: ignore[list-item]
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["x"]


def test_what_a_dropped_write_still_held_never_reaches_another_file(tmp_path: Path) -> None:
    dropped = atomic.Replacement(tmp_path / "x")
    dropped.sink.write(b"still in the buffer")
    dropped.discard()
    descriptors = [os.open(tmp_path / f"other{n}", os.O_RDWR | os.O_CREAT) for n in range(5)]
    dropped.sink.close()
    assert [os.fstat(descriptor).st_size for descriptor in descriptors] == [0] * 5
    for descriptor in descriptors:
        os.close(descriptor)


def test_a_missing_folder_is_named_by_the_path_that_was_asked_for(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere/x'"):
        atomic.Replacement(tmp_path / "nowhere" / "x")


def test_two_writers_of_one_path_leave_one_whole_file(tmp_path: Path) -> None:
    first, second = atomic.Replacement(tmp_path / "x"), atomic.Replacement(tmp_path / "x")
    first.sink.write(b"1" * 1000)
    second.sink.write(b"2" * 2000)
    second.commit()
    first.commit()
    assert (tmp_path / "x").read_bytes() == b"1" * 1000
    assert names(tmp_path) == ["x"]


def test_a_symbolic_link_stays_and_what_it_points_at_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "x", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert names(tmp_path / "real") == ["x"]


def test_a_dangling_link_gets_its_target(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "x")
    write(tmp_path / "link", b"new")
    assert (tmp_path / "x").read_bytes() == b"new"


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        write(tmp_path / "folder", b"x")
    assert names(tmp_path) == ["folder"]


def test_a_longest_name_still_has_room_for_its_temp(tmp_path: Path) -> None:
    write(tmp_path / ("n" * 255), b"x")
    assert len(names(tmp_path)) == 1


def test_digest_and_size_are_of_the_bytes_on_disk(tmp_path: Path) -> None:
    import hashlib

    made = atomic.Replacement(tmp_path / "x")
    for piece in (b"a" * 300_000, b"b", b"c" * 10):
        made.sink.write(piece)
    made.commit()
    content = (tmp_path / "x").read_bytes()
    assert (made.size, made.digest) == (len(content), hashlib.sha256(content).hexdigest())


def test_a_temp_in_use_is_not_swept_and_a_stale_one_is(tmp_path: Path) -> None:
    busy = atomic.Replacement(tmp_path / "busy")
    stale = tmp_path / ".x.0123456789ab.mlsec-tmp"
    stale.write_bytes(b"left by a killed writer")
    (tmp_path / ".other.tmp").write_bytes(b"not ours")
    assert atomic.sweep(tmp_path) == 1
    assert not stale.exists()
    busy.sink.write(b"x")
    busy.commit()
    assert names(tmp_path) == [".other.tmp", "busy"]


FULL = """
import resource, signal, sys
from pathlib import Path
from jupyter_mlsec.vault.files import SealedFile, seal_file
from jupyter_mlsec.vault.x25519 import X25519Identity
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
try:
    with SealedFile(sys.argv[1], [X25519Identity.generate().recipient]) as file:
        for _ in range(100):
            file.write(b"x" * 100_000)
except OSError as error:
    print("refused", error.errno)
"""


def test_a_full_disk_leaves_the_old_file_and_no_temp(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", FULL, path], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=False
    )
    assert done.stdout.startswith(b"refused"), done.stderr
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["x"]


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root may mount a small disk")
def test_a_really_full_disk_leaves_the_old_file_and_no_temp(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk], check=False, capture_output=True
    ).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        write(disk / "x", b"old")
        with pytest.raises(OSError, match="No space"):
            write(disk / "x", b"n" * 2_000_000)
        assert (disk / "x").read_bytes() == b"old"
        assert names(disk) == ["x"]
    finally:
        subprocess.run(["umount", disk], check=True)


SAVING = """
import sys
from jupyter_mlsec.vault.files import SealedFile
from jupyter_mlsec.vault.keys import parse_recipient
recipients = [parse_recipient(sys.argv[2])]
print("ready", flush=True)
for turn in range(1_000_000):
    with SealedFile(sys.argv[1], recipients) as file:
        for _ in range(8):
            file.write(bytes([turn % 251]) * 200_000)
"""


def test_twenty_kills_in_the_middle_of_saving_leave_a_whole_file(tmp_path: Path) -> None:
    identity, path = X25519Identity.generate(), tmp_path / "x"
    chance = random.Random(7)
    for _ in range(20):
        command = [sys.executable, "-c", SAVING, str(path), str(identity.recipient)]
        saver = subprocess.Popen(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE)
        assert saver.stdout is not None
        assert saver.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0.02, 0.15))
        saver.send_signal(signal.SIGKILL)
        saver.wait()
        saver.stdout.close()
        if path.exists():
            with open_path(path, [identity]) as reader:
                content = reader.read()
            assert content == content[:1] * 1_600_000
    assert path.exists(), "no save was ever finished, so this says nothing"
    write(tmp_path / "another", b"y")
    assert names(tmp_path) == ["another", "x"]


def test_many_threads_saving_into_one_folder_never_sweep_each_others_temps(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    def save(number):
        with atomic.replacing(tmp_path / f"{number % 4}.bin") as sink:
            sink.write(b"x" * 100)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(save, range(600)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.bin", "1.bin", "2.bin", "3.bin"]
