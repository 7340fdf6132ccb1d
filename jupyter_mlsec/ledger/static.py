"""The ledger as a folder of static files that outside tools read: C2SP tlog-tiles, laid out for any web server.

checkpoint                       the newest signed note
tile/0/x001/234, tile/0/003.p/7  256 hashes each, or as many as there are
tile/entries/000                 the entries of the level-0 tile of the same number, each behind its length (uint16)
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jupyter_mlsec.ledger import note
from jupyter_mlsec.ledger.errors import LedgerUnwritable
from jupyter_mlsec.ledger.fit import MOST_ENTRY_BYTES
from jupyter_mlsec.ledger.merkle import HASH_BYTES
from jupyter_mlsec.ledger.reader import Reader
from jupyter_mlsec.ledger.tiles import WIDTH
from jupyter_mlsec.protocol.errors import LedgerError, Unverified

CHECKPOINT = "checkpoint"


def tile_path(level: int | str, index: int, width: int = WIDTH) -> str:
    """Where a tile lies (`entries` for level: its bundle), as tlog-tiles names it: `tile/1/x001/x234/067.p/8`."""
    parts = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        parts.append(f"x{index % 1000:03}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(reversed(parts))}{partial}"


def export(reader: Reader, folder: Path) -> note.Checkpoint:
    """Write the tree of the newest checkpoint into the folder, which must be new, empty, or an earlier export.

    An earlier export grows by what is new; the checkpoint is written last. Memory stays constant. Raises LedgerError
    for a ledger without entries or a folder of something else, Unverified for a tree that is not stored in full.
    """
    with reader.snapshot():
        newest = reader.checkpoint()
        if newest is None:
            raise LedgerError("Nothing was exported: the ledger is empty.")
        try:
            before = _before(folder, reader)
            if before > newest.size:
                raise LedgerError(f"Nothing was exported: {folder} holds {before} entries, more than the ledger.")
            for path, content in _files(reader, newest.size, before):
                _write(folder / path, content)
            _write(folder / CHECKPOINT, newest.note.encode())
        except OSError as error:
            raise LedgerUnwritable(f"The export to {folder} was not finished: {error.strerror}.") from None
    return newest


def _before(folder: Path, reader: Reader) -> int:
    """How many entries an earlier export into that folder holds."""
    if not folder.exists() or not any(folder.iterdir()):
        return 0
    path = folder / CHECKPOINT
    if not path.is_file():
        raise LedgerError(f"Nothing was exported: {folder} holds other files. Name a new or empty folder.")
    earlier = note.parse_checkpoint(path.read_bytes())
    if earlier.origin != reader.origin:
        raise LedgerError(f"Nothing was exported: {folder} holds the export of another ledger.")
    if earlier.size <= reader.size and reader.root(earlier.size) != earlier.root:
        raise Unverified(f"Nothing was exported: the ledger does not continue what {folder} holds.")
    return earlier.size


def _files(reader: Reader, size: int, before: int) -> Iterator[tuple[str, bytes]]:
    """(path, content) of what a tree of `size` has and one of `before` had not, level by level."""
    first, level = before // WIDTH, 0
    for index in range(first, -(-size // WIDTH)):
        width = min(WIDTH, size - index * WIDTH)
        yield tile_path("entries", index, width), _bundle(reader, index, width)
    count, done = size, before
    while count:
        for index in range(done // WIDTH, -(-count // WIDTH)):
            width = min(WIDTH, count - index * WIDTH)
            hashes = reader.tile(level, index)[: width * HASH_BYTES]
            if len(hashes) != width * HASH_BYTES:
                raise Unverified(f"Nothing more was exported: the ledger's tile {level}/{index} is missing or short.")
            yield tile_path(level, index, width), hashes
        count, done, level = count // WIDTH, done // WIDTH, level + 1


def _bundle(reader: Reader, index: int, width: int) -> bytes:
    rows = reader.page(index * WIDTH, width)
    if [place for place, _ in rows] != list(range(index * WIDTH, index * WIDTH + width)):
        raise Unverified(f"Nothing more was exported: entries are missing from {index * WIDTH} on.")
    if any(len(entry) > MOST_ENTRY_BYTES for _, entry in rows):
        raise Unverified("Nothing more was exported: an entry is larger than any that was ever written.")
    return b"".join(len(entry).to_bytes(2, "big") + entry for _, entry in rows)


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, so that a reader of a growing export meets no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(content)
    temporary.replace(path)
