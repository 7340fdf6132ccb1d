"""Sealing and opening against the bare cipher, against pyrage, and Parquet and CSV files against plain ones."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy
import pandas
import pyarrow
import pyarrow.parquet
import pyrage
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from benchmarks.measure import Row, Spread, cpu_seconds, ratio, take_turns
from jupyter_mlsec.vault.files import SealedFile, open_path
from jupyter_mlsec.vault.reader import AgeReader
from jupyter_mlsec.vault.writer import AgeWriter
from jupyter_mlsec.vault.x25519 import X25519Identity

SIZE = 32 << 20
CHUNK = 64 << 10
WRITE = 1 << 20
COLUMNS = 31


class Nowhere(io.RawIOBase):
    """A sink that keeps nothing, so that only the sealing is measured."""

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        """Take all of it."""
        return len(data)


def timed(body: Callable[[], object]) -> Callable[[], float]:
    """`body` as a variant of `take_turns`."""
    return lambda: cpu_seconds(body, 1)


def rows() -> list[Row]:
    """Ciphers first, files second."""
    with tempfile.TemporaryDirectory(prefix="mlsec-bench-") as folder:
        return [*ciphers(), *tables(Path(folder))]


def ciphers() -> list[Row]:
    """32 MiB through the bare cipher in 64 KiB pieces, through ours, and through pyrage; to and from memory."""
    data = memoryview(os.urandom(SIZE))
    identity = X25519Identity.generate()
    theirs = pyrage.x25519.Identity.from_str(identity.secret())
    sealed, out = io.BytesIO(), bytearray(CHUNK + 16)
    target, cipher, nonce = bytearray(WRITE), ChaCha20Poly1305(bytes(32)), bytes(12)
    with AgeWriter(sealed, [identity.recipient]) as writer:
        writer.write(data)
    pieces = io.BytesIO(b"".join(cipher.encrypt(nonce, data[:CHUNK], None) for _ in range(SIZE // CHUNK)))
    taken, plain = memoryview(bytearray(8 * len(out))), memoryview(target)

    def bare_seal() -> None:
        for start in range(0, SIZE, CHUNK):
            cipher.encrypt_into(nonce, data[start : start + CHUNK], None, out)

    def bare_open() -> None:
        pieces.seek(0)
        while pieces.readinto(taken):
            for at in range(8):
                piece = taken[at * len(out) : (at + 1) * len(out)]
                cipher.decrypt_into(nonce, piece, None, plain[at * CHUNK : (at + 1) * CHUNK])

    def seal(step: int) -> None:
        with AgeWriter(Nowhere(), [identity.recipient]) as writer:
            for start in range(0, SIZE, step):
                writer.write(data[start : start + step])

    def read() -> None:
        sealed.seek(0)
        reader = AgeReader(sealed, [identity])
        while reader.readinto(target):
            pass

    measured = take_turns(
        {
            "bare": timed(bare_seal),
            "one": timed(lambda: seal(WRITE - 1)),
            "two": timed(lambda: seal(SIZE)),
            "pyrage": timed(lambda: pyrage.encrypt_io(io.BytesIO(data), Nowhere(), [theirs.to_public()])),
            "bare open": timed(bare_open),
            "read": timed(read),
        }
    )
    return [
        _speed("seal, writes below 1 MiB (one thread), speed to the bare cipher's", measured, "bare", "one", 0.95),
        _speed("seal, one write of 32 MiB (two threads), speed to the bare cipher's", measured, "bare", "two", 0.95),
        _speed("seal, speed to pyrage's", measured, "pyrage", "one", 2.0),
        _speed("open all, speed to the bare cipher's from the same kind of file", measured, "bare open", "read", 0.95),
    ]


def _speed(what: str, measured: Mapping[str, list[float]], base: str, ours: str, goal: float) -> Row:
    spread: Spread = ratio(measured, ours, base)
    return Row(what=what, unit="x", measured=spread, goal=goal, more_is_better=True)


def tables(folder: Path) -> list[Row]:
    """100,000 rows by 31 columns on this disk, plain and sealed in turns."""
    random = numpy.random.default_rng(7)
    frame = pandas.DataFrame({f"c{number}": random.normal(size=100_000) for number in range(COLUMNS)})
    table = pyarrow.Table.from_pandas(frame)
    few = frame.head(10_000)
    identity = X25519Identity.generate()
    recipients = [identity.recipient]
    plain, sealed = folder / "plain.parquet", folder / "sealed.parquet"

    def save_sealed() -> None:
        with SealedFile(sealed, recipients) as file:
            pyarrow.parquet.write_table(table, file)

    def csv_sealed() -> None:
        with SealedFile(folder / "sealed.csv", recipients) as file:
            few.to_csv(file)

    def read_sealed(columns: list[str] | None) -> None:
        with open_path(sealed, [identity]) as file:
            pyarrow.parquet.read_table(file, columns=columns)

    save_sealed()
    pyarrow.parquet.write_table(table, plain)
    measured = take_turns(
        {
            "save": timed(lambda: pyarrow.parquet.write_table(table, plain)),
            "save sealed": timed(save_sealed),
            "column": timed(lambda: pyarrow.parquet.read_table(plain.open("rb"), columns=["c7"])),
            "column sealed": timed(lambda: read_sealed(["c7"])),
            "all": timed(lambda: pyarrow.parquet.read_table(plain.open("rb"))),
            "all sealed": timed(lambda: read_sealed(None)),
            "csv": timed(lambda: few.to_csv(folder / "plain.csv")),
            "csv sealed": timed(csv_sealed),
        }
    )
    return _rows(measured)


def _rows(measured: dict[str, list[float]]) -> list[Row]:
    return [
        Row(
            what="one of 31 Parquet columns, sealed to plain",
            unit="x",
            measured=ratio(measured, "column", "column sealed"),
            goal=1.4,
        ),
        Row(what="whole Parquet file read, sealed to plain", unit="x", measured=ratio(measured, "all", "all sealed")),
        Row(
            what="Parquet file saved, sealed to plain",
            unit="x",
            measured=ratio(measured, "save", "save sealed"),
            goal=1.2,
        ),
        Row(what="CSV file saved, sealed to plain", unit="x", measured=ratio(measured, "csv", "csv sealed"), goal=1.2),
    ]
