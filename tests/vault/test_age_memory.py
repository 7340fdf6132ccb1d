"""Sealed files of any size are written and read within 4 MB, and no more of them is taken than is asked for."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jupyter_mlsec.vault import AgeReader, AgeWriter
from jupyter_mlsec.vault.stream import CHUNK, SEALED_CHUNK
from jupyter_mlsec.vault.x25519 import X25519Identity

MINE = X25519Identity.generate()
BOUND = 4 << 20
LARGE = 10 << 30
CHILD = """
import re, sys
from pathlib import Path
from jupyter_mlsec.vault import AgeReader, AgeWriter
from jupyter_mlsec.vault.x25519 import X25519Identity

def resident(line):
    return int(re.search(line + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) << 10

def there_and_back(size, step, mine, piece, target):
    with open(sys.argv[1], "wb") as sink, AgeWriter(sink, [mine.recipient]) as writer:
        for _ in range(size // step):
            writer.write(piece)
    seen = 0
    with open(sys.argv[1], "rb") as source, AgeReader(source, [mine]) as reader:
        while got := reader.readinto(target):
            assert target[0] == piece[0] and target[got - 1] == piece[got - 1]
            seen += got
    assert seen == size

size, step = int(sys.argv[2]), 4 << 20
mine, piece, target = X25519Identity.generate(), memoryview(b"mlsec..." * (step // 8)), bytearray(step)
target[:] = piece
there_and_back(step // 64, step // 64, mine, piece[: step // 64], target)  # what any first file loads
Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here on
before = resident("VmRSS")
there_and_back(size, step, mine, piece, target)
print(resident("VmHWM") - before)
"""


class Counting(io.RawIOBase):
    """A sink that keeps nothing."""

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        return len(data)


class Watched(io.BytesIO):
    """A source that remembers how much was taken at a time."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.taken: list[int] = []

    def readinto(self, buffer: Any, /) -> int:
        self.taken.append(size := super().readinto(buffer))
        return size


def test_writing_and_reading_256_mb_stays_within_4_mb() -> None:
    big, target, sealed = memoryview(bytes(32 << 20)), bytearray(1 << 20), io.BytesIO()
    with AgeWriter(sealed, [MINE.recipient]) as writer:
        writer.write(big)
    tracemalloc.start()
    with AgeWriter(Counting(), [MINE.recipient]) as writer:
        for _ in range(8):
            writer.write(big)
    for _ in range(8):
        sealed.seek(0)
        reader = AgeReader(sealed, [MINE])
        while reader.readinto(target):
            pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < BOUND


def grown(folder: Path, size: int) -> int:
    """By how many bytes a process's memory grows while a file of `size` is sealed to disk and opened."""
    command = [sys.executable, "-c", CHILD, str(folder / "sealed"), str(size)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return int(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="/proc says how much memory a process took")
def test_a_process_grows_by_less_than_4_mb_for_a_file_of_64_mb(tmp_path: Path) -> None:
    assert grown(tmp_path, 64 << 20) < BOUND


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="/proc says how much memory a process took")
def test_a_process_grows_by_less_than_4_mb_for_a_file_of_10_gb(tmp_path: Path) -> None:
    if shutil.disk_usage(tmp_path).free < 2 * LARGE:
        pytest.skip("needs 20 GB of free disk")
    try:
        assert grown(tmp_path, LARGE) < BOUND
    finally:
        (tmp_path / "sealed").unlink(missing_ok=True)


def test_a_long_read_takes_the_source_in_few_large_pieces() -> None:
    sink = io.BytesIO()
    with AgeWriter(sink, [MINE.recipient]) as writer:
        writer.write(bytes(8 << 20))
    source = Watched(sink.getvalue())
    AgeReader(source, [MINE]).read()
    assert len(source.taken) <= 1 + (8 << 20) // (8 * CHUNK) + 1
    assert max(source.taken) == 8 * SEALED_CHUNK


def test_a_long_read_is_allocated_once() -> None:
    sink = io.BytesIO()
    with AgeWriter(sink, [MINE.recipient]) as writer:
        writer.write(bytes(32 << 20))
    sink.seek(0)
    reader = AgeReader(sink, [MINE])
    tracemalloc.start()
    content = reader.read()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < len(content) + BOUND


def test_one_of_31_parquet_columns_touches_few_chunks() -> None:
    column, sink = pa.array(range(120_000)), io.BytesIO()
    table = pa.table({f"c{number}": column for number in range(31)})
    with AgeWriter(sink, [MINE.recipient]) as writer:
        pq.write_table(table, writer, use_dictionary=False, compression="none")
    source = Watched(sink.getvalue())
    assert pq.read_table(AgeReader(source, [MINE]), columns=["c7"]).equals(table.select(["c7"]))
    assert sum(source.taken) <= 0.05 * len(sink.getvalue())
