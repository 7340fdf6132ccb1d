"""A pickle stream, opcode by opcode, as every unpickler must read it: where two could differ, it is malformed."""

from __future__ import annotations

import io
import pickletools
from collections.abc import Iterator
from typing import IO, Any

from jupyter_mlsec.protocol.errors import MlsecError

_FRAME = "FRAME"
_EXTENSIONS = frozenset({"EXT1", "EXT2", "EXT4"})


class Malformed(MlsecError):
    """A stream that cannot be followed; `why` is half a sentence, `at` the byte."""

    def __init__(self, why: str, at: int) -> None:
        super().__init__(f"{why} (byte {at})")
        self.why = why
        self.at = at


def opcodes(file: IO[bytes], most: int) -> Iterator[tuple[str, Any, int]]:
    """(name, argument, position) up to and with STOP, no more than `most`. Raises Malformed.

    Frames must end where an opcode ends and hold no other frame: CPython's unpicklers in C and in Python read a
    stream differently that breaks this, and tools that pass over frames see a third one. EXT is refused: what it
    names depends on who reads it.
    """
    start = file.tell()
    frame_end: int | None = None
    count = 0
    try:
        for opcode, argument, position in pickletools.genops(file):
            at = start if position is None else position
            count += 1
            if count > most:
                raise Malformed(f"it has more than {most} opcodes", at)
            if frame_end is not None:
                frame_end = _still_inside(frame_end, at, file.tell(), opcode.name)
            if opcode.name == _FRAME:
                frame_end = file.tell() + int(argument or 0)
            elif opcode.name in _EXTENSIONS:
                raise Malformed("it calls by extension code", at)
            yield opcode.name, argument, at
    except (ValueError, IndexError, OverflowError, UnicodeDecodeError, MemoryError) as error:
        raise Malformed(f"it is no complete pickle ({type(error).__name__})", file.tell()) from None
    if frame_end is not None and frame_end != file.tell():
        raise Malformed("its last frame does not end with it", file.tell())


def _still_inside(frame_end: int, at: int, after: int, name: str) -> int | None:
    """Where the frame ends that this opcode lies in; None when it lies behind. Raises Malformed across the border."""
    if at >= frame_end:
        return None
    if name == _FRAME:
        raise Malformed("a frame begins within a frame", at)
    if after > frame_end:
        raise Malformed("an opcode reaches across the end of its frame", at)
    return frame_end


def begins_a_pickle(data: bytes) -> bool:
    """Whether these bytes may be the beginning of a pickle: by protocol mark, or by the first opcodes."""
    if data[:1] == b"\x80":
        return len(data) > 1 and data[1] <= 5
    try:
        for seen, _ in enumerate(pickletools.genops(io.BytesIO(data[:4096]))):
            if seen >= 8:
                return True
    except ValueError:
        return False
    return bool(data)
