"""Sealing and opening against the bare cipher and pyrage, and whole files against plain ones; 15 rounds."""

from __future__ import annotations

import io
import os
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy
import pandas
import pyarrow
import pyarrow.parquet
import pyrage
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from benchmarks.measure import Row, Spread, cpu_seconds, ratio, take_turns
from jupyter_mlsec.vault.atomic import replacing
from jupyter_mlsec.vault.files import SealedFile, open_path
from jupyter_mlsec.vault.hybrid import HybridIdentity
from jupyter_mlsec.vault.reader import AgeReader
from jupyter_mlsec.vault.writer import AgeWriter
from jupyter_mlsec.vault.x25519 import X25519Identity

SIZE = 128 << 20
CHUNK = 64 << 10
SEALED = CHUNK + 16
LONG, SHORT = 32 << 20, (1 << 20) - 1
"""Writes and reads that two threads share, and the longest that one does alone."""
COLUMNS = 31
ROUNDS = 15
Measured = Mapping[str, list[float]]


class Nowhere(io.RawIOBase):
    """A sink that keeps nothing, so that only the sealing is measured."""

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        """Take all of it."""
        return len(data)


class Counted(io.FileIO):
    """A file that counts the bytes taken from it."""

    taken = 0

    def readinto(self, buffer: Any, /) -> int:
        """As any file does."""
        size = super().readinto(buffer)
        self.taken += size
        return size


def timed(body: Callable[[], object], times: int = 1) -> Callable[[], float]:
    """`body` as a variant of `take_turns`."""
    return lambda: cpu_seconds(body, times)


def cold(body: Callable[[], object]) -> Callable[[], float]:
    """The same after other work, as a notebook's first look at a file: the caches hold something else."""
    scratch = numpy.ones(8 << 20)

    def after() -> float:
        numpy.add(scratch, 1.0, out=scratch)
        return cpu_seconds(body, 1)

    return after


def waited(body: Callable[[], object]) -> Callable[[], float]:
    """The same by the clock on the wall."""

    def wall() -> float:
        started = time.perf_counter()
        body()
        return time.perf_counter() - started

    return wall


def rows() -> list[Row]:
    """Ciphers first, files second."""
    identity = X25519Identity.generate()
    with tempfile.TemporaryDirectory(prefix="mlsec-bench-") as folder:
        return [*sealing(identity), *opening(Path(folder), identity), *headers(), *tables(Path(folder), identity)]


def sealing(identity: X25519Identity) -> list[Row]:
    """128 MiB through the bare cipher in 64 KiB pieces, through ours, and through pyrage, into nowhere."""
    content = os.urandom(SIZE)
    data, out = memoryview(content), bytearray(SEALED)
    cipher, nonce = ChaCha20Poly1305(bytes(32)), bytes(12)
    theirs = pyrage.x25519.Identity.from_str(identity.secret()).to_public()

    def bare(start: int, end: int, cipher: ChaCha20Poly1305, out: bytearray) -> None:
        for at in range(start, end, CHUNK):
            cipher.encrypt_into(nonce, data[at : at + CHUNK], None, out)

    def bare_two() -> None:
        other = threading.Thread(target=bare, args=(SIZE // 2, SIZE, ChaCha20Poly1305(bytes(32)), bytearray(SEALED)))
        other.start()
        bare(0, SIZE // 2, cipher, out)
        other.join()

    def ours(step: int) -> None:
        with AgeWriter(Nowhere(), [identity.recipient]) as writer:
            for start in range(0, SIZE, step):
                writer.write(data[start : start + step])

    measured = take_turns(
        {
            "bare": timed(lambda: bare(0, SIZE, cipher, out)),
            "bare two": timed(bare_two),
            "one": timed(lambda: ours(SHORT)),
            "two": timed(lambda: ours(LONG)),
            "pyrage": timed(lambda: pyrage.encrypt_io(io.BytesIO(content), Nowhere(), [theirs])),
            "one waited": waited(lambda: ours(SHORT)),
            "two waited": waited(lambda: ours(LONG)),
        },
        ROUNDS,
    )
    return [
        _speed("seal: the bare cipher in 64 KiB pieces", measured, "bare"),
        _speed("seal: the bare cipher in two threads", measured, "bare two"),
        _speed("seal: writes below 1 MiB (one thread)", measured, "one"),
        _speed("seal: writes of 32 MiB (two threads)", measured, "two"),
        _speed("seal: pyrage", measured, "pyrage"),
        _faster("seal, one thread, speed to the bare cipher's", measured, "bare", "one", 0.95),
        _faster("seal, two threads, speed to the bare cipher's", measured, "bare", "two", 0.95),
        _faster("seal, two threads, speed to the bare cipher's in two", measured, "bare two", "two"),
        _faster("seal, speed to pyrage's", measured, "pyrage", "one", 2.0),
        _faster("seal, two threads to one, by the clock", measured, "one waited", "two waited", note="as loads allow"),
    ]


def opening(folder: Path, identity: X25519Identity) -> list[Row]:
    """A file of 128 MiB opened by the bare cipher, by ours, and by pyrage; into as much memory, which tells."""
    target, path, pieces = memoryview(bytearray(LONG)), folder / "sealed", folder / "pieces"
    cipher, nonce, taken = ChaCha20Poly1305(bytes(32)), bytes(12), memoryview(bytearray(8 * SEALED))
    theirs, piece = pyrage.x25519.Identity.from_str(identity.secret()), cipher.encrypt(nonce, bytes(CHUNK), None)
    sealed = io.BytesIO()
    with AgeWriter(sealed, [identity.recipient]) as writer:
        writer.write(os.urandom(SIZE))
    path.write_bytes(sealed.getvalue())  # in one go, as the other: how a file was written tells when it is read
    pieces.write_bytes(piece * (SIZE // CHUNK))

    def bare(step: int) -> None:
        start = 0
        with pieces.open("rb", buffering=0) as source:
            while source.readinto(taken):
                for at in range(0, len(taken), SEALED):
                    cipher.decrypt_into(nonce, taken[at : at + SEALED], None, target[start : start + CHUNK])
                    start = (start + CHUNK) % step

    def ours(step: int) -> None:
        into = target[:step]
        with open_path(path, [identity]) as reader:
            while reader.readinto(into):
                pass

    def pyrage_opens() -> None:
        with path.open("rb") as source:
            pyrage.decrypt_io(source, Nowhere(), [theirs])

    measured = take_turns(
        {
            "bare": timed(lambda: bare(SHORT // CHUNK * CHUNK)),
            "bare far": timed(lambda: bare(LONG)),
            "one": timed(lambda: ours(SHORT // CHUNK * CHUNK)),
            "two": timed(lambda: ours(LONG)),
            "pyrage": timed(pyrage_opens),
        },
        ROUNDS,
    )
    return [
        _speed("open: the bare cipher in 64 KiB pieces, into 1 MiB", measured, "bare"),
        _speed("open: the bare cipher, into 32 MiB", measured, "bare far"),
        _speed("open: reads below 1 MiB (one thread)", measured, "one"),
        _speed("open: reads of 32 MiB (two threads)", measured, "two"),
        _speed("open: pyrage", measured, "pyrage"),
        _faster("open, one thread, speed to the bare cipher's", measured, "bare", "one", 0.95),
        _faster("open, two threads, speed to the bare cipher's", measured, "bare far", "two", 0.95),
    ]


def headers() -> list[Row]:
    """What each file costs besides its bytes: wrapping and unwrapping its key."""
    chosen = {"X25519": X25519Identity.generate(), "ML-KEM-768+X25519": HybridIdentity.generate()}
    variants: dict[str, Callable[[], float]] = {}
    for name, identity in chosen.items():
        sink = io.BytesIO()
        with AgeWriter(sink, [identity.recipient]):
            pass
        variants[f"{name} header, sealed"] = timed(lambda i=identity: AgeWriter(Nowhere(), [i.recipient]).close(), 20)  # type: ignore[misc]
        variants[f"{name} header, opened"] = timed(  # type: ignore[misc]
            lambda i=identity, s=sink: s.seek(0) or AgeReader(s, [i]), 20
        )
    measured = take_turns(variants, ROUNDS)
    return [Row(what=name, unit="ms", measured=Spread.of([v * 1e3 for v in each])) for name, each in measured.items()]


def _speed(what: str, measured: Measured, which: str) -> Row:
    speeds = [SIZE / 1e9 / seconds for seconds in measured[which]]
    return Row(what=what, unit="GB/CPU-s", measured=Spread.of(speeds), more_is_better=True)


def _faster(what: str, measured: Measured, base: str, ours: str, goal: float | None = None, note: str = "") -> Row:
    times: Spread = ratio(measured, ours, base)
    return Row(what=what, unit="x", measured=times, goal=goal, more_is_better=True, note=note)


def tables(folder: Path, identity: X25519Identity) -> list[Row]:
    """Numbers that no codec makes smaller, and a table as people have it, on this disk, in turns."""
    random = numpy.random.default_rng(7)
    noise = pandas.DataFrame({f"c{number}": random.normal(size=100_000) for number in range(COLUMNS)})
    return [
        *files(folder, identity, noise, "31 columns of noise"),
        *files(folder, identity, usual(random), "a usual table"),
    ]


def usual(random: numpy.random.Generator) -> pandas.DataFrame:
    """300,000 orders: ids, days, places, amounts, words."""
    size = 300_000
    columns = {
        "order": numpy.arange(size),
        "customer": random.integers(0, 40_000, size),
        "day": pandas.Timestamp(2025, 1, 1) + pandas.to_timedelta(random.integers(0, 700, size), unit="D"),
        "city": random.choice(["Berlin", "Lisbon", "Oslo", "Quito", "Tunis"], size),
        "amount": random.gamma(2.0, 40.0, size).round(2),
        "note": [f"order of {number % 977} pieces" for number in range(size)],
    }
    return pandas.DataFrame(columns)


def files(folder: Path, identity: X25519Identity, frame: pandas.DataFrame, name: str) -> list[Row]:
    """One table as Parquet and, a tenth of it, as CSV: saved and loaded, plain and sealed."""
    table, few, recipients = pyarrow.Table.from_pandas(frame), frame.head(len(frame) // 10), [identity.recipient]
    plain, sealed, column = folder / "plain", folder / "sealed", frame.columns[len(frame.columns) // 4]

    def save(write: Callable[[Any], object], way: str) -> None:
        if way == "sealed":
            with SealedFile(sealed.with_suffix(".x"), recipients) as file:
                write(file)
        elif way == "recorded":
            with replacing(folder / "recorded") as sink:
                write(sink)
        else:
            write(plain.with_suffix(".x"))

    def load(read: Callable[[Any], object], kind: str, way: str) -> None:
        path = (plain if way == "plain" else sealed).with_suffix(kind)
        with path.open("rb") if way == "plain" else open_path(path, [identity]) as file:
            read(file)

    writes = {"parquet": lambda to: pyarrow.parquet.write_table(table, to), "csv": few.to_csv}
    reads = {
        "parquet": pyarrow.parquet.read_table,
        "column": lambda file: pyarrow.parquet.read_table(file, columns=[column]),
        "csv": pandas.read_csv,
    }
    for kind, write in writes.items():
        for way, path in {"plain": plain, "sealed": sealed}.items():
            save(write, way)
            path.with_suffix(".x").replace(path.with_suffix(f".{kind}"))
    variants = {
        f"{kind} {way}": timed(lambda w=write, way=way: save(w, way))  # type: ignore[misc]
        for kind, write in writes.items()
        for way in ("plain", "recorded", "sealed")
    }
    for what, read in reads.items():
        for way in ("plain", "sealed"):
            once = partial(load, read, ".csv" if what == "csv" else ".parquet", way)
            variants[f"load {what} {way}"] = timed(once) if what != "column" else cold(once)
            if what == "column":
                variants[f"load column {way} again"] = timed(once, 20)
    measured = take_turns(variants, 2 * ROUNDS)
    return [*_rows(measured, name), touched(sealed.with_suffix(".parquet"), identity, reads["column"], name)]


def _rows(measured: Measured, name: str) -> list[Row]:
    def row(what: str, base: str, ours: str, goal: float | None = None, note: str = "") -> Row:
        return Row(what=f"{name}: {what}", unit="x", measured=ratio(measured, base, ours), goal=goal, note=note)

    alike = "both written durably and digested: the sealing alone"
    return [
        row("Parquet saved, sealed to plain", "parquet plain", "parquet sealed", 1.2, "with the file's SHA-256"),
        row("Parquet saved, sealed to plain of the same care", "parquet recorded", "parquet sealed", None, alike),
        row("Parquet loaded, sealed to plain", "load parquet plain", "load parquet sealed"),
        row("one Parquet column, sealed to plain", "load column plain", "load column sealed", 1.4, "after other work"),
        row("the same again and again", "load column plain again", "load column sealed again"),
        row("CSV saved, sealed to plain", "csv plain", "csv sealed", 1.2),
        row("CSV loaded, sealed to plain", "load csv plain", "load csv sealed", 1.2),
    ]


def touched(path: Path, identity: X25519Identity, read: Callable[[Any], object], name: str) -> Row:
    """How much of a sealed file is taken to read one column of it. A count, the same in every round."""
    with Counted(path) as source, AgeReader(source, [identity]) as reader:
        read(reader)
        share = 100 * source.taken / path.stat().st_size
    goal = 5 if name.startswith(str(COLUMNS)) else None
    return Row(what=f"{name}: chunks touched for one column", unit="%", measured=Spread.of([share, share]), goal=goal)
