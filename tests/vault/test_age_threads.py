"""Long writes and reads are shared by two threads, and nobody can tell but by the clock."""

from __future__ import annotations

import io
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jupyter_mlsec.vault import AgeReader, AgeWriter
from jupyter_mlsec.vault.damage import PayloadDamaged
from jupyter_mlsec.vault.stream import CHUNK, SEALED_CHUNK
from jupyter_mlsec.vault.writer import BATCH, HANDED
from jupyter_mlsec.vault.x25519 import X25519Identity

MINE = X25519Identity.generate()
NOISE = os.urandom(5 << 20)
STEPS = [n * CHUNK for n in (BATCH, 2 * BATCH, HANDED, 2 * HANDED, 2 * HANDED + BATCH, 3 * HANDED)]
LENGTHS = [(1 << 20) - 1, *(step + more for step in STEPS for more in (0, 1, CHUNK, CHUNK + 1))]


def sealed(*pieces: Any) -> io.BytesIO:
    sink = io.BytesIO()
    with AgeWriter(sink, [MINE.recipient]) as writer:
        for piece in pieces:
            writer.write(piece)
    sink.seek(0)
    return sink


def opened(path: Path) -> AgeReader:
    """A file, which two threads read; not memory, which one does."""
    return AgeReader(path.open("rb"), [MINE], owns=True)


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    path = tmp_path / "noise.age"
    path.write_bytes(sealed(NOISE).getvalue())
    return path


def helpers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "mlsec-second"]


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("before", [0, 1, CHUNK])
def test_a_long_write_after_any_other_reads_back_whole(tmp_path: Path, length: int, before: int) -> None:
    pieces, path = (NOISE[:before], NOISE[-length:], NOISE[:length]), tmp_path / "sealed"
    path.write_bytes(sealed(*pieces).getvalue())
    with opened(path) as reader:
        assert tuple(reader.read(len(piece)) for piece in pieces) == pieces
        reader.seek(0)
        assert reader.read() == b"".join(pieces)


def test_what_two_threads_sealed_one_opens_and_the_other_way_round(tmp_path: Path) -> None:
    by_two, by_one = sealed(NOISE), sealed(*(NOISE[at : at + 1000] for at in range(0, len(NOISE), 1000)))
    (tmp_path / "sealed").write_bytes(by_one.getvalue())

    in_pieces = AgeReader(by_two, [MINE])
    assert b"".join(iter(lambda: in_pieces.read(300_000), b"")) == NOISE
    assert opened(tmp_path / "sealed").read() == NOISE


@pytest.mark.parametrize("chunk", [0, 7, 8, 15, 16, 40, 78])
def test_damage_anywhere_in_a_long_read_is_named_not_shown_and_the_rest_still_opens(noise: Path, chunk: int) -> None:
    reader, target = opened(noise), bytearray(len(NOISE))
    with noise.open("r+b") as file:
        start = file.seek(0, io.SEEK_END) - len(NOISE) // CHUNK * SEALED_CHUNK
        file.seek(start + chunk * SEALED_CHUNK)
        file.write(bytes(CHUNK))

    with pytest.raises(PayloadDamaged, match=f"chunk {chunk} "):
        reader.readinto(target)

    assert target[chunk * CHUNK : (chunk + 1) * CHUNK] == bytes(CHUNK)
    reader.seek((chunk + 1) * CHUNK)
    assert reader.read() == NOISE[(chunk + 1) * CHUNK :]


@pytest.mark.skipif(not hasattr(os, "preadv"), reason="one thread reads where files cannot be read at a place")
@pytest.mark.parametrize("failing", ["mlsec-second", "MainThread"])
def test_an_error_of_the_disk_is_raised_as_it_is(noise: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    began = {name: threading.Event() for name in ("mlsec-second", "MainThread")}
    preadv = os.preadv

    def fails(descriptor: int, buffers: Any, offset: int) -> int:
        me = threading.current_thread().name
        began[me].set()
        assert all(event.wait(10) for event in began.values())  # both have their batch
        if me == failing:
            raise OSError(5, "Input/output error")
        return preadv(descriptor, buffers, offset)

    reader = opened(noise)
    monkeypatch.setattr(os, "preadv", fails)
    with pytest.raises(OSError, match="Input/output"):
        reader.read()
    monkeypatch.undo()
    assert reader.read() == NOISE


def test_memory_and_strangers_files_are_read_in_the_callers_thread_only() -> None:
    class Bound(io.BytesIO):
        threads = set[str]()

        def readinto(self, buffer: Any, /) -> int:
            self.threads.add(threading.current_thread().name)
            return super().readinto(buffer)

    source = Bound(sealed(NOISE).getvalue())

    assert AgeReader(source, [MINE]).read() == NOISE
    assert source.threads == {threading.current_thread().name}


def test_where_no_thread_is_to_be_had_one_does_it_all(noise: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)

    assert AgeReader(sealed(NOISE), [MINE]).read() == opened(noise).read() == NOISE


@pytest.mark.skipif(not hasattr(os, "preadv"), reason="one thread reads where files cannot be read at a place")
def test_the_second_thread_ends_with_the_file_closed_or_dropped(noise: Path) -> None:
    others = helpers()  # of files that a failed test or a traceback still holds
    reader = opened(noise)
    dropped: AgeWriter | None = AgeWriter(io.BytesIO(), [MINE.recipient])
    assert dropped is not None
    dropped.write(NOISE)
    reader.read()
    ours = [thread for thread in helpers() if thread not in others]
    assert len(ours) == 2

    reader.close()
    dropped = None

    for thread in ours:
        thread.join(10)
    assert not any(thread.is_alive() for thread in ours)


def test_a_buffer_may_be_resized_as_soon_as_it_was_written_or_filled(tmp_path: Path) -> None:
    path = tmp_path / "sealed"
    with path.open("wb") as sink, AgeWriter(sink, [MINE.recipient]) as writer:
        for _ in range(20):
            given = bytearray(NOISE)
            writer.write(given)
            given.clear()
    reader = opened(path)
    for _ in range(20):
        taken = bytearray(len(NOISE))
        reader.readinto(taken)
        assert taken == NOISE
        taken.clear()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_reads_and_writes_on_with_a_thread_of_its_own(noise: Path) -> None:
    reader = opened(noise)
    reader.read()
    child = os.fork()
    if child == 0:
        reader.seek(0)
        os._exit(0 if reader.read() == NOISE else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_full_disk_in_the_middle_of_a_long_write_is_raised_and_nothing_finished() -> None:
    class Full(io.BytesIO):
        def write(self, data: Any, /) -> int:
            if self.tell() > 2 * HANDED * CHUNK:
                raise OSError(28, "No space left on device")
            return super().write(data)

    sink = Full()
    with pytest.raises(OSError, match="No space"), AgeWriter(sink, [MINE.recipient]) as writer:
        writer.write(NOISE)
    sink.seek(0)
    with pytest.raises(PayloadDamaged):
        AgeReader(sink, [MINE])


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pa.Table]:
    path = tmp_path_factory.mktemp("sealed") / "table.parquet"
    values = np.random.default_rng(3).normal(size=(12, 60_000))
    table = pa.table({f"c{number}": column for number, column in enumerate(values)})
    with path.open("wb") as sink, AgeWriter(sink, [MINE.recipient]) as writer:
        pq.write_table(table, writer, row_group_size=6_000)
    return path, table


@pytest.mark.parametrize("pre_buffer", [True, False])
def test_pyarrow_s_own_threads_read_one_sealed_parquet_file(parquet: tuple[Path, pa.Table], pre_buffer: bool) -> None:
    path, table = parquet
    with path.open("rb") as source, AgeReader(source, [MINE]) as reader:
        assert pq.read_table(reader, use_threads=True, pre_buffer=pre_buffer).equals(table)


def test_several_threads_share_one_open_sealed_parquet_file(parquet: tuple[Path, pa.Table]) -> None:
    path, table = parquet
    with path.open("rb") as source, AgeReader(source, [MINE]) as reader, ThreadPoolExecutor(4) as pool:
        shared = pq.ParquetFile(reader, pre_buffer=False)
        groups = list(pool.map(shared.read_row_group, [number % 10 for number in range(40)]))

    assert pa.concat_tables(groups[:10]).equals(table)
    assert all(groups[number].equals(groups[number % 10]) for number in range(40))
