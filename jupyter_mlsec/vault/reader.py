"""AgeReader: a seekable binary file object over a sealed file. Only the chunks that are asked for are opened."""

from __future__ import annotations

import io
import os
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from jupyter_mlsec.vault import armor, filekey, opening
from jupyter_mlsec.vault.damage import HeaderDamaged, PayloadDamaged
from jupyter_mlsec.vault.format import MAGIC, PREFIX_SIZE, read_header
from jupyter_mlsec.vault.keys import Identity
from jupyter_mlsec.vault.second import THREADED, Second, alive
from jupyter_mlsec.vault.stream import CHUNK, SEALED_CHUNK, Chunks, Layout

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

KEPT = 8
"""Opened chunks that are kept for the next read near them."""
BATCH = 8
"""Sealed chunks that a long read takes from the source at a time."""


class AgeReader(io.BufferedIOBase):
    """Opens the age file that starts at the source's position. Its end is verified before any byte is given.

    Raises SealedFileError (see `damage`) or NoMatch. With `owns` the source is closed together with this.
    Not for use by several threads at once, as any file object.
    """

    def __init__(
        self, source: BinaryIO, identities: Iterable[Identity], *, owns: bool = False, name: str | None = None
    ) -> None:
        self._source: BinaryIO | None = None  # __del__ may come before the rest is set
        self._owns = owns
        if not source.seekable():
            raise HeaderDamaged("it cannot be moved about in, so its end cannot be verified first; save it to a file")
        start = source.tell()
        prefix = source.read(PREFIX_SIZE)
        source.seek(start)
        if not prefix.startswith(MAGIC) and armor.is_armored(prefix):
            source, start = armor.unwrap(source), 0
            self._owns = True
        self.header = read_header(source)
        key, self.identity = opening.file_key(self.header, identities)
        self._payload = start + self.header.size + filekey.NONCE_SIZE
        source.seek(start + self.header.size)
        nonce = source.read(filekey.NONCE_SIZE)
        if len(nonce) < filekey.NONCE_SIZE:
            raise HeaderDamaged("it is cut short: nothing follows its header")
        payload = filekey.payload_key(key, nonce)
        self._chunks, self._more_chunks = Chunks(payload), Chunks(payload)
        self._layout = Layout(source.seek(0, io.SEEK_END) - self._payload)
        self._taken = [bytearray(), bytearray()]
        self._second: Second | None = None
        self._is_file = _is_file(source)
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._position = 0
        self.mode = "rb"
        if name is not None:
            self.name = name
        self._source = source
        self._chunk(self._layout.chunks - 1)

    @property
    def size(self) -> int:
        """How many plain bytes there are."""
        return self._layout.plain

    def source_position(self) -> int:
        """Where in the source the sealed form of the next byte lies; its end when all was read."""
        if self._position >= self._layout.plain:
            return self._payload + self._layout.sealed
        number, within = divmod(self._position, CHUNK)
        return self._payload + number * SEALED_CHUNK + within

    def _sealed(self, number: int, count: int, which: int = 0) -> memoryview:
        """The sealed bytes of `count` chunks from `number` on, in one of two buffers, which its next use overwrites."""
        assert self._source is not None
        size = (count - 1) * SEALED_CHUNK + self._layout.size(number + count - 1)
        if len(self._taken[which]) < size:
            self._taken[which] = bytearray(size)
        start, done = self._payload + number * SEALED_CHUNK, 0
        view = memoryview(self._taken[which])[:size]
        if not self._is_file:
            self._source.seek(start)
        while done < size:
            if self._is_file:
                got = os.preadv(self._source.fileno(), [view[done:]], start + done)
            else:
                got = self._source.readinto(view[done:])  # type: ignore[attr-defined]  # every binary file has it
            if not got:
                raise PayloadDamaged("it became shorter while it was read")
            done += got
        return view

    def _chunk(self, number: int) -> bytes:
        """Chunk `number`, opened, from the few kept ones if it is there."""
        kept = self._kept.get(number)
        if kept is not None:
            self._kept.move_to_end(number)
            return kept
        plain = self._chunks.open(number, self._sealed(number, 1), last=self._layout.is_last(number))
        self._kept[number] = plain
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return plain

    def _run(self, number: int, into: memoryview) -> None:
        """Open whole chunks from `number` on straight into a buffer of a whole number of chunks' size."""
        starts = iter(range(0, len(into), BATCH * CHUNK))
        is_long = self._is_file and len(into) >= THREADED
        self._second = alive(self._second) if is_long else self._second
        if self._second is None or not is_long:
            self._share(self._chunks, number, into, starts, 0)
            return
        try:
            self._second.hand(partial(self._share, self._more_chunks, number, into, starts, 1))
            try:
                self._share(self._chunks, number, into, starts, 0)
            finally:
                self._second.take()
        except BaseException:
            self._second = None  # interrupted, it may hold a result that the next read would take for its own
            raise

    def _share(self, chunks: Chunks, number: int, into: memoryview, starts: Iterator[int], which: int) -> int:
        """Open batches until none is left. Two threads given one iterator never take the same."""
        try:
            for start in starts:
                place, first = into[start : start + BATCH * CHUNK], number + start // CHUNK
                sealed = self._sealed(first, len(place) // CHUNK, which)
                chunks.open_run(first, sealed, place, end=self._layout.chunks - 1)
        except BaseException:
            for _ in starts:  # the other thread need not go on
                pass
            raise
        return 0

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill `buffer` from the position on, as far as there is something; the number of bytes."""
        self._require_open()
        with memoryview(buffer) as given, given.cast("B") as view:
            wanted = max(0, min(len(view), self._layout.plain - self._position))
            done = 0
            while done < wanted:
                number, within = divmod(self._position + done, CHUNK)
                whole = (wanted - done) // CHUNK * CHUNK
                if within == 0 and whole and number not in self._kept:
                    self._run(number, view[done : done + whole])
                    done += whole
                else:
                    piece = memoryview(self._chunk(number))[within : within + wanted - done]
                    view[done : done + len(piece)] = piece
                    done += len(piece)
        self._position += done
        return done

    readinto1 = readinto

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to `size` bytes, or all that is left."""
        self._require_open()
        left = max(0, self._layout.plain - self._position)
        wanted = left if size is None or size < 0 else min(size, left)
        number, within = divmod(self._position, CHUNK)
        if wanted and within + wanted <= CHUNK:
            piece = self._chunk(number)[within : within + wanted]
            self._position += len(piece)
            return piece
        whole = io.BytesIO(bytes(wanted))  # can be filled in place and then given as bytes, without a copy
        with whole.getbuffer() as buffer:
            self.readinto(buffer)
        return whole.getvalue()

    def read1(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes from the chunk at the position."""
        left = len(self.peek())
        return self.read(left if size < 0 else min(size, left))

    def peek(self, _size: int = 0, /) -> bytes:
        """What is left of the chunk at the position; the position stays."""
        self._require_open()
        if self._position >= self._layout.plain:
            return b""
        number, within = divmod(self._position, CHUNK)
        return self._chunk(number)[within:]

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move to a plain position, as in any binary file."""
        self._require_open()
        bases = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._layout.plain}
        if whence not in bases:
            raise ValueError("whence must be 0, 1 or 2")
        position = bases[whence] + offset
        if position < 0:
            raise ValueError("negative seek position")
        self._position = position
        return position

    def tell(self) -> int:
        """The plain position."""
        self._require_open()
        return self._position

    def close(self) -> None:
        """Forget what was opened; close the source if it is ours."""
        if not self.closed:
            super().close()
            self._second = None
            source, self._source = self._source, None
            if self._owns and source is not None:
                source.close()

    def _require_open(self) -> None:
        if self._source is None:
            raise ValueError("I/O operation on closed file")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


def _is_file(source: BinaryIO) -> bool:
    """Whether it can be read at any place without being moved, and so by two threads: a file of Python's own."""
    raw = source.raw if type(source) is io.BufferedReader else source
    return type(raw) is io.FileIO and hasattr(os, "preadv")
