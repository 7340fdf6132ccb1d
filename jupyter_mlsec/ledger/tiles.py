"""The tree cut into tiles of 256 hashes, as C2SP tlog-tiles lays it out: pure arithmetic, no storage.

The tile (level, index) holds the hashes of 256 consecutive perfect subtrees of 256**level leaves; the rightmost tile
of a level may hold fewer. Only full tiles are hashed into the level above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from jupyter_mlsec.ledger.merkle import HASH_BYTES, Subtree, join, perfect_root
from jupyter_mlsec.protocol.errors import Unverified

WIDTH = 256
TILE_BYTES = WIDTH * HASH_BYTES

ReadTile = Callable[[int, int], bytes]
KeepTile = Callable[[int, int, bytes], None]


def partial_tiles(size: int) -> Iterable[tuple[int, int, int]]:
    """(level, index, width) of each tile on the right edge of a tree that is not full, lowest level first."""
    level = 0
    while size:
        if size % WIDTH:
            yield level, size // WIDTH, size % WIDTH
        size //= WIDTH
        level += 1


def subtree_of(read: ReadTile) -> Subtree:
    """A `merkle.Subtree` over stored tiles. It raises Unverified where a tile is missing or too short."""
    read = lru_cache(maxsize=64)(read)

    def subtree(height: int, index: int) -> bytes:
        level, within = divmod(height, 8)
        tile, offset = divmod(index << within, WIDTH)
        hashes = read(level, tile)[offset * HASH_BYTES : (offset + (1 << within)) * HASH_BYTES]
        if len(hashes) != HASH_BYTES << within:
            raise Unverified(f"The ledger's tile {level}/{tile} is missing or too short.")
        return perfect_root(hashes)

    return subtree


def peaks_of(hashes: bytes) -> list[bytes]:
    """The roots of the perfect subtrees that these hashes fall into, largest first."""
    peaks, start, count = [], 0, len(hashes) // HASH_BYTES
    while count:
        width = 1 << (count.bit_length() - 1)
        peaks.append(perfect_root(hashes[start : start + width * HASH_BYTES]))
        start += width * HASH_BYTES
        count -= width
    return peaks


class Growth:
    """A tree that grows by leaf hashes and hands out each tile as it fills: constant memory."""

    __slots__ = ("_edges", "_keep", "size")

    def __init__(self, keep: KeepTile, size: int = 0, edges: Iterable[tuple[int, bytes]] = ()) -> None:
        """`edges` are the partial tiles of the tree so far, as (level, hashes)."""
        self.size = size
        self._keep = keep
        self._edges: list[bytes] = []
        for level, hashes in edges:
            self._edges += [b""] * (level + 1 - len(self._edges))
            self._edges[level] = hashes

    def room(self) -> int:
        """How many leaves fill the present level-0 tile."""
        return WIDTH - self.size % WIDTH

    def extend(self, leaves: bytes) -> None:
        """Add concatenated leaf hashes."""
        while leaves:
            room = self.room() * HASH_BYTES
            piece, leaves = leaves[:room], leaves[room:]
            self.size += len(piece) // HASH_BYTES
            self._add(0, piece)

    def _add(self, level: int, hashes: bytes) -> None:
        if level == len(self._edges):
            self._edges.append(b"")
        tile = self._edges[level] + hashes
        if len(tile) < TILE_BYTES:
            self._edges[level] = tile
            return
        self._edges[level] = b""
        index = (self.size // WIDTH ** (level + 1)) - 1
        self._keep(level, index, tile)
        self._add(level + 1, perfect_root(tile))

    def edges(self) -> Iterable[tuple[int, int, bytes]]:
        """(level, index, hashes) of each partial tile."""
        for level, index, _ in partial_tiles(self.size):
            yield level, index, self._edges[level]

    def upper_peaks(self) -> list[bytes]:
        """The peaks above level 0, largest first."""
        return [peak for hashes in reversed(self._edges[1:]) for peak in peaks_of(hashes)]

    def root(self) -> bytes:
        """The root hash at the present size."""
        return join([*self.upper_peaks(), *peaks_of(self._edges[0] if self._edges else b"")])
