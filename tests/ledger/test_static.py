"""A ledger as static files and single proofs, read by a client written from the C2SP pages alone."""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlsec.ledger import Ledger, note, open_reader, proof, static
from jupyter_mlsec.protocol.errors import LedgerError, Unverified
from jupyter_mlsec.vault.signing import local_signer
from tests.ledger.conftest import Open
from tests.ledger.logbook import fill

SIZES = [1, 2, 255, 256, 257, 700, 66_000]


def mth(entries: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word by word."""
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return hashlib.sha256(b"\1" + mth(entries[:split]) + mth(entries[split:])).digest()


def place(index: int, width: int) -> str:
    """Zero-padded 3-digit path elements; all but the last begin with an x; `.p/W` for partial tiles."""
    digits = str(index).zfill(-(-len(str(index)) // 3) * 3)
    parts = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    return "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]]) + ("" if width == 256 else f".p/{width}")


def tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """(level, index, width) of each tile, from the paragraph on partial tiles."""
    for level in range(64):
        count = size // 256**level
        yield from ((level, index, 256) for index in range(count // 256))
        if count % 256:
            yield level, count // 256, count % 256


def bundled(folder: Path, size: int) -> list[bytes]:
    """All entries, from the bundles."""
    found = []
    for _, index, width in (tile for tile in tiles_of(size) if tile[0] == 0):
        data = (folder / f"tile/entries/{place(index, width)}").read_bytes()
        while data:
            (length,) = struct.unpack(">H", data[:2])
            found.append(data[2 : 2 + length])
            data = data[2 + length :]
    return found


def check(folder: Path, size: int) -> list[bytes]:
    """Read the whole export as an outside client does; its entries."""
    entries = bundled(folder, size)
    for level, index, width in tiles_of(size):
        span = 256**level
        starts = range(index * 256 * span, (index * 256 + width) * span, span)
        wanted = b"".join(mth(entries[start : start + span]) for start in starts)
        assert (folder / f"tile/{level}/{place(index, width)}").read_bytes() == wanted
    lines = (folder / "checkpoint").read_text().split("\n")
    assert lines[1:3] == [str(size), base64.b64encode(mth(entries)).decode()]
    return entries


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("size", SIZES)
def test_an_export_is_file_by_file_what_tlog_tiles_asks_for(
    ledger: Ledger, folder: Path, tmp_path: Path, size: int
) -> None:
    fill(ledger, size)
    ledger.fold()
    static.export(open_reader(folder), tmp_path / "out")
    assert check(tmp_path / "out", size) == [raw for _, raw in ledger.entries()]
    names = {f"tile/{level}/{place(index, width)}" for level, index, width in tiles_of(size)}
    bundles = {f"tile/entries/{place(index, width)}" for level, index, width in tiles_of(size) if level == 0}
    assert files_in(tmp_path / "out") == names | bundles | {"checkpoint"}


def test_tiles_are_named_as_the_specification_names_them() -> None:
    assert static.tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert static.tile_path("entries", 273, 112) == "tile/entries/273.p/112"
    assert static.tile_path(2, 0, 1) == "tile/2/000.p/1"


def test_an_export_grows_with_its_ledger(ledger: Ledger, folder: Path, tmp_path: Path) -> None:
    for start, count in ((0, 200), (200, 300), (500, 300)):
        fill(ledger, count, start)
        ledger.fold()
        static.export(open_reader(folder), tmp_path / "out")
        assert len(check(tmp_path / "out", start + count)) == start + count


def test_an_export_never_lands_among_other_files_or_another_ledgers(open_ledger: Open, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    for name in ("one", "two"):
        fill(made := open_ledger(tmp_path / name / "ledger"), 3)
        made.fold()
    reader = open_reader(tmp_path / "one" / "ledger")
    with pytest.raises(LedgerError, match="other files"):
        static.export(reader, tmp_path / "mine")
    static.export(reader, tmp_path / "out")
    with pytest.raises(LedgerError, match="another ledger"):
        static.export(open_reader(tmp_path / "two" / "ledger"), tmp_path / "out")
    assert files_in(tmp_path / "mine") == {"thesis.txt"}


def test_an_export_with_a_missing_entry_is_refused(ledger: Ledger, folder: Path, tmp_path: Path) -> None:
    fill(ledger, 10)
    ledger.fold()
    ledger._open_store()._connection.execute("DELETE FROM entries WHERE idx = 4")
    with pytest.raises(Unverified, match="missing"):
        static.export(open_reader(folder), tmp_path / "out")
    assert not (tmp_path / "out" / "checkpoint").exists()


def made_proof(ledger: Ledger, index: int) -> proof.Proof:
    checkpoint = ledger.checkpoint()
    assert checkpoint is not None
    entry = next(raw for _, raw in ledger.entries(start=index))
    hashes = ledger.inclusion_proof(index, checkpoint.size)
    return proof.Proof(index=index, hashes=hashes, checkpoint=checkpoint, entry=entry)


@pytest.mark.parametrize("size", [1, 2, 7, 300])
def test_a_proof_file_reads_back_and_verifies(ledger: Ledger, size: int) -> None:
    fill(ledger, size)
    ledger.fold()
    for index in {0, size // 2, size - 1}:
        made = made_proof(ledger, index)
        read = proof.parse(made.render().encode())
        assert read == made
        assert proof.verify(read) == made.entry


def test_a_proof_file_has_the_lines_of_the_specification(ledger: Ledger) -> None:
    fill(ledger, 3)
    ledger.fold()
    made = made_proof(ledger, 1)
    head, _, rest = made.render().partition("\n\n")
    lines = head.split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert base64.b64decode(lines[1].removeprefix("extra ")) == made.entry
    assert lines[2] == "index 1"
    assert [base64.b64decode(line) for line in lines[3:]] == list(made.hashes)
    assert rest == made.checkpoint.note


def accepted(raw: bytes, key: bytes) -> bool:
    try:
        read = proof.parse(raw)
        proof.verify(read)
        return note.signed_by(read.checkpoint, [key]) is not None
    except Unverified:
        return False


def test_every_changed_byte_of_a_proof_is_noticed(ledger: Ledger, data: Path) -> None:
    fill(ledger, 3)
    ledger.fold()
    raw, key = made_proof(ledger, 1).render().encode(), local_signer(data).public_key
    assert accepted(raw, key)
    for offset in range(len(raw)):
        assert not accepted(raw[:offset] + bytes([raw[offset] ^ 4]) + raw[offset + 1 :], key), offset


def test_a_proof_without_its_entry_asks_for_it(ledger: Ledger) -> None:
    fill(ledger, 3)
    ledger.fold()
    made = made_proof(ledger, 2)
    bare = proof.parse(proof.Proof(index=2, hashes=made.hashes, checkpoint=made.checkpoint).render().encode())
    with pytest.raises(Unverified, match="does not carry its entry"):
        proof.verify(bare)
    assert proof.verify(bare, made.entry) == made.entry
    with pytest.raises(Unverified, match="does not hold"):
        proof.verify(bare, b"another")
