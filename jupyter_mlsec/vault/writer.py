"""AgeWriter: a write-only binary file object that seals what is written. Memory stays under 4 MB at any size."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from jupyter_mlsec.protocol.errors import VaultError
from jupyter_mlsec.vault import filekey, scrypt
from jupyter_mlsec.vault.format import Stanza, close_header, serialise
from jupyter_mlsec.vault.keys import Recipient, checked
from jupyter_mlsec.vault.second import THREADED, Second, alive
from jupyter_mlsec.vault.stream import CHUNK, SEALED_CHUNK, Chunks

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

HINT = Stanza(type="mlsec-hint", arguments=("jupyter-mlsec-open",))
"""Tells whoever looks inside what opens the file. Other age programs pass over it, as the format asks of them."""
BATCH = 16
"""Chunks that are sealed and written at a time."""
HANDED = 24
"""Chunks that a second thread is handed at a time."""


class AgeWriter(io.BufferedIOBase):
    """Seals what is written into `sink`, for `recipients`. `close` finishes the file, `abandon` does not.

    The sink is neither closed nor renamed here. A file that was not finished is refused by every reader.
    """

    # Until __init__ went well there is nothing to finish, and __del__ may come all the same.
    _over = True
    _second: Second | None = None

    def __init__(
        self, sink: BinaryIO, recipients: Iterable[Recipient], hint: bool = True, *, name: str | None = None
    ) -> None:
        chosen = checked(recipients)
        self._sink = sink
        self._pending = bytearray()
        self._number = 0
        self._position = 0
        self._finished = False
        self._outs: dict[int, memoryview] = {}
        self.mode = "wb"
        if name is not None:
            self.name = name
        self.recipients: tuple[str, ...] = tuple(recipient.name for recipient in chosen)
        """The recipients' short names."""
        self._begin(chosen, hint)
        self._over = False

    def _begin(self, recipients: tuple[Recipient, ...], hint: bool) -> None:
        key = filekey.fresh()
        stanzas = tuple(recipient.wrap(key) for recipient in recipients)
        if hint and stanzas[0].type != scrypt.TYPE:
            stanzas = (*stanzas, HINT)
        authenticated = serialise(stanzas)
        nonce = os.urandom(filekey.NONCE_SIZE)
        payload = filekey.payload_key(key, nonce)
        self._chunks, self._more_chunks = Chunks(payload), Chunks(payload)
        self._put(close_header(authenticated, filekey.header_mac(key, authenticated)) + nonce)

    def write(self, data: ReadableBuffer, /) -> int:
        """Seal all of `data` (any contiguous buffer); the number of its bytes."""
        if self._over:
            raise ValueError("write to a sealed file that is closed or broken")
        with memoryview(data) as given, given.cast("B") as view:
            size = len(view)
            if len(self._pending) + size <= CHUNK:
                self._pending += view
            else:
                self._over = True  # a failure half way must never be finished
                self._write_chunks(view)
                self._over = False
        self._position += size
        return size

    def _write_chunks(self, view: memoryview) -> None:
        """Seal all but the last chunk at hand: it may be the file's last, which only `close` knows."""
        taken = CHUNK - len(self._pending) if self._pending else 0
        if taken or self._pending:
            self._pending += view[:taken]
            self._put(self._chunks.seal(self._number, self._pending, last=False))
            self._number += 1
            self._pending.clear()
        whole = (len(view) - taken - 1) // CHUNK * CHUNK
        if whole > 0:
            self._seal_whole(view[taken : taken + whole])
            taken += whole
        self._pending += view[taken:]

    def _seal_whole(self, view: memoryview) -> None:
        self._second = alive(self._second) if len(view) >= THREADED else self._second
        if self._second is None or len(view) < THREADED:
            self._seal_alone(view)
        else:
            self._seal_by_two(self._second, view)

    def _seal_alone(self, view: memoryview) -> None:
        out = self._out(0, BATCH)
        for start in range(0, len(view), BATCH * CHUNK):
            piece = view[start : start + BATCH * CHUNK]
            self._put(out[: self._chunks.seal_run(self._number, piece, out)])
            self._number += len(piece) // CHUNK

    def _seal_by_two(self, second: Second, view: memoryview) -> None:
        """Every other share is the second thread's. Shares are as long as memory allows: each costs a wait or two."""
        chunks = min(HANDED, -(-len(view) // (2 * CHUNK)))
        step, out = chunks * CHUNK, self._out(1, HANDED)
        for start in range(0, len(view), 2 * step):
            other = view[start + step : start + 2 * step]
            if other:
                second.hand(partial(self._more_chunks.seal_run, self._number + chunks, other, out))
            self._seal_alone(view[start : start + step])
            if other:
                self._put(out[: second.take()])
                self._number += len(other) // CHUNK

    def _out(self, which: int, chunks: int) -> memoryview:
        """A thread's buffer for sealed chunks, made when first needed."""
        if which not in self._outs:
            self._outs[which] = memoryview(bytearray(chunks * SEALED_CHUNK))
        return self._outs[which]

    def _put(self, data: bytes | memoryview) -> None:
        """Write all of it, also to a raw sink that takes less at a time."""
        written = self._sink.write(data)
        while written is not None and written < len(data):
            data = memoryview(data)[written:]
            written = self._sink.write(data)

    def close(self) -> None:
        """Seal the last chunk and so finish the file. After a failed write nothing is finished."""
        if self.closed:
            return
        try:
            if not self._over:
                self._over = True
                self._put(self._chunks.seal(self._number, self._pending, last=True))
                self._finished = True
        finally:
            self._release()

    def abandon(self) -> None:
        """Close without finishing: what the sink holds opens nowhere."""
        self._over = True
        self._release()

    def _release(self) -> None:
        self._second = None
        self._pending, self._outs = bytearray(), {}
        super().close()

    def require_finished(self) -> None:
        """Raise VaultError unless the file was closed in order."""
        if not self._finished:
            raise VaultError("Nothing was sealed: writing failed before the end.")

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def __del__(self) -> None:
        """Dropped without `close`: abandoned, since nobody said that all was written."""
        if not self.closed:
            self.abandon()

    def flush(self) -> None:
        """Pass on what is sealed so far. The last chunk at hand waits until more comes or the file is closed."""
        if self.closed:
            raise ValueError("flush of a closed file")
        if not self._over:
            self._sink.flush()

    def tell(self) -> int:
        """How many plain bytes were written."""
        return self._position

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False
