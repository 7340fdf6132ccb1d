"""The ledger beside what protects nothing: JSON lines written one by one, and plain SQLite in batches."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from benchmarks.measure import ROUNDS, Row, Spread, take_turns
from jupyter_mlsec.ledger import Ledger, proof
from jupyter_mlsec.protocol.entries import AnyEntry, Did, Recorded
from jupyter_mlsec.protocol.facts import Fingerprint, Shape
from jupyter_mlsec.protocol.records import Cell, Decision, Finding, Operation, Place, Resource, Subject
from jupyter_mlsec.vault.signing import local_signer

ENTRIES = 20_000
RUN = "0123456789abcdef"


def short(number: int) -> AnyEntry:
    """A deed of a verb: about 140 bytes."""
    return Did(run=RUN, number=number, at=time.time_ns(), verb="seal", subject=f"data/{number}.parquet")


def rich(number: int) -> AnyEntry:
    """A watched read with a finding and two facts: about 900 bytes."""
    operation = Operation(
        id=f"{RUN}.{number}",
        action="read",
        subject=Subject(name="user-1f2e3d4c"),
        resource=Resource(kind="file", name="data/customers.csv", format="csv", digest="d" * 64),
        cell=Cell(execution=3, id="a1b2c3d4", digest="e" * 64),
        library="pandas",
        function="read_csv",
        at=time.time_ns(),
    )
    place = Place(column="ssn", type="US_SSN", share=1.0)
    finding = Finding(control="pii", rule="pii.us-ssn", message="data/customers.csv: ssn US_SSN 100 %", places=(place,))
    return Recorded(
        run=RUN,
        number=number,
        at=time.time_ns(),
        operation=operation,
        decision=Decision(effect="permit", findings=(finding,)),
        outcome="done",
        facts=(
            Shape(rows=1000, columns=("name", "ssn", "mail")),
            Fingerprint(algorithm="xxh3-128", digest="f" * 32, of="value"),
        ),
        micros=812,
    )


def cpu(body: Callable[[], object]) -> float:
    """CPU seconds that one call takes."""
    started = time.process_time()
    body()
    return time.process_time() - started


class Stand:
    """One round's ledger with its entries spooled, and the plain counterparts."""

    def __init__(self, folder: Path, make: Callable[[int], AnyEntry]) -> None:
        self.folder = folder
        self.entries = [make(number) for number in range(ENTRIES)]
        self.lines = [msgspec.json.encode(entry) for entry in self.entries]

    def ledger(self) -> Ledger:
        """An empty ledger."""
        shutil.rmtree(self.folder / "ledger", ignore_errors=True)
        return Ledger(self.folder / "ledger", lambda: local_signer(self.folder))

    def jsonl(self) -> float:
        """Encode and write(2) each entry: per entry."""
        file = os.open(self.folder / "log.jsonl", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        encode = msgspec.json.Encoder().encode
        taken = cpu(lambda: [os.write(file, encode(entry) + b"\n") for entry in self.entries])
        os.close(file)
        return taken / ENTRIES

    def append(self) -> float:
        """Append each entry to the ledger: per entry."""
        ledger = self.ledger()
        taken = cpu(lambda: [ledger.append(entry) for entry in self.entries])
        ledger.close()
        return taken / ENTRIES

    def latencies(self) -> list[float]:
        """Wall microseconds of each append, sorted."""
        ledger, taken = self.ledger(), []
        for entry in self.entries:
            started = time.perf_counter_ns()
            ledger.append(entry)
            taken.append((time.perf_counter_ns() - started) / 1000)
        ledger.close()
        return sorted(taken)

    def sqlite(self) -> float:
        """Insert all lines into a WAL database in one transaction: entries per CPU second."""
        (self.folder / "plain.sqlite3").unlink(missing_ok=True)
        database = sqlite3.connect(self.folder / "plain.sqlite3")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE entries (idx INTEGER PRIMARY KEY, entry BLOB)")
        taken = cpu(lambda: self._insert(database))
        database.close()
        return ENTRIES / taken

    def _insert(self, database: sqlite3.Connection) -> None:
        database.executemany("INSERT INTO entries VALUES (?, ?)", enumerate(self.lines))
        database.commit()

    def fold(self) -> float:
        """Fold all entries from the spool, sign, mirror: entries per CPU second."""
        ledger = self.ledger()
        local_signer(self.folder)
        for entry in self.entries:
            ledger.append(entry)
        taken = cpu(ledger.fold)
        ledger.close()
        return ENTRIES / taken

    def latencies_under_load(self) -> list[float]:
        """Wall microseconds of each append while another thread folds and signs without a pause, sorted."""
        ledger, taken, is_done = self.ledger(), [], threading.Event()

        def fold_on() -> None:
            while not is_done.is_set():
                ledger.fold()

        folding = threading.Thread(target=fold_on)
        folding.start()
        for entry in self.entries:
            started = time.perf_counter_ns()
            ledger.append(entry)
            taken.append((time.perf_counter_ns() - started) / 1000)
        is_done.set()
        folding.join()
        ledger.close()
        return sorted(taken)

    def prove(self) -> float:
        """Make and verify the inclusion proofs of 200 entries: milliseconds each."""
        ledger = self.ledger()
        for entry in self.entries:
            ledger.append(entry)
        ledger.fold()
        taken = cpu(
            lambda: [proof.verify(proof.of(ledger.reader, index)) for index in range(0, ENTRIES, ENTRIES // 200)]
        )
        ledger.close()
        return taken / 200 * 1000

    def digest(self) -> float:
        """SHA-256 over all lines and nothing else: entries per CPU second, the bound of fold and verify."""
        sha256 = hashlib.sha256
        return ENTRIES / cpu(lambda: [sha256(line).digest() for line in self.lines])

    def parse(self) -> float:
        """Parse all lines and check nothing: entries per CPU second."""
        decode = msgspec.json.Decoder(AnyEntry).decode

        def all_lines() -> None:
            for line in self.lines:
                decode(line)

        return ENTRIES / cpu(all_lines)

    def verify(self) -> float:
        """Verify the folded ledger in full: entries per CPU second."""
        ledger = self.ledger()
        for entry in self.entries:
            ledger.append(entry)
        ledger.fold()
        taken = cpu(lambda: _must_hold(ledger))
        ledger.close()
        return ENTRIES / taken


def _must_hold(ledger: Ledger) -> None:
    if ledger.verify():
        raise RuntimeError("the measured ledger does not hold")


def rows() -> list[Row]:
    """Short entries, then rich ones."""
    found = []
    for name, make in (("short entries", short), ("rich entries", rich)):
        with tempfile.TemporaryDirectory(prefix="mlsec-bench-") as folder:
            stand = Stand(Path(folder), make)
            size = round(statistics.mean(map(len, stand.lines)))
            found += _appends(stand, f"{name}, {size} B") + _throughput(stand, f"{name}, {size} B")
    return found


def _appends(stand: Stand, name: str) -> list[Row]:
    measured = take_turns({"jsonl": stand.jsonl, "append": stand.append})
    rounds = [stand.latencies() for _ in range(ROUNDS)]
    median = Spread.of([taken[len(taken) // 2] for taken in rounds])
    p99 = Spread.of([taken[len(taken) * 99 // 100] for taken in rounds])
    loaded = [stand.latencies_under_load() for _ in range(ROUNDS)]
    loaded_median = Spread.of([taken[len(taken) // 2] for taken in loaded])
    loaded_p99 = Spread.of([taken[len(taken) * 99 // 100] for taken in loaded])
    micros = {key: Spread.of([value * 1e6 for value in values]) for key, values in measured.items()}
    return [
        Row(what=f"JSON lines, a write each ({name})", unit="us", measured=micros["jsonl"], note="protects nothing"),
        Row(what=f"append ({name})", unit="us", measured=micros["append"]),
        Row(what=f"append, wall p50 ({name})", unit="us", measured=median),
        Row(what=f"append, wall p99 ({name})", unit="us", measured=p99, goal=50),
        Row(what=f"append while another thread folds, wall p50 ({name})", unit="us", measured=loaded_median),
        Row(what=f"append while another thread folds, wall p99 ({name})", unit="us", measured=loaded_p99),
    ]


def _throughput(stand: Stand, name: str) -> list[Row]:
    variants = {
        "sqlite": stand.sqlite,
        "fold": stand.fold,
        "parse": stand.parse,
        "verify": stand.verify,
        "digest": stand.digest,
        "prove": stand.prove,
    }
    measured = {key: Spread.of(values) for key, values in take_turns(variants).items()}
    unit = "a CPU second"
    return [
        Row(what=f"plain SQLite insert ({name})", unit=unit, measured=measured["sqlite"], note="protects nothing"),
        Row(what=f"fold ({name})", unit=unit, measured=measured["fold"], goal=200_000, more_is_better=True),
        Row(what=f"parsing JSON lines ({name})", unit=unit, measured=measured["parse"], note="checks nothing"),
        Row(what=f"SHA-256 of each line ({name})", unit=unit, measured=measured["digest"], note="the bound of hashing"),
        Row(what=f"verify ({name})", unit=unit, measured=measured["verify"], goal=500_000, more_is_better=True),
        Row(what=f"prove one entry and verify it ({name})", unit="ms", measured=measured["prove"]),
    ]


if __name__ == "__main__":
    for row in rows():
        print(f"{row.what:<44} {row.measured.median:>10.4g} {row.unit:<13} goal {row.goal} met {row.met} {row.note}")
