"""The pickle streams in a file: raw, one behind the other, compressed, or as members of an archive."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, NamedTuple, Protocol

from jupyter_mlsec.controls.loading.machine import Findings, Machine
from jupyter_mlsec.controls.loading.opcodes import Malformed, begins_a_pickle

MOST_BYTES = 4 << 30
"""What is unpacked of one file at most, in all."""
_MOST_KEPT = 1 << 30
"""What one member or compressed stream may be unpacked to: it is held in memory."""
_MOST_MEMBERS = 20_000
_MOST_NESTED = 4
_NPY = b"\x93NUMPY"
_TAR_AT = 257


class Readable(Protocol):
    """What can be read piece by piece."""

    def read(self, size: int, /) -> bytes: ...


class Part(NamedTuple):
    """A place in a file where pickles may begin: what it is called, its content, and where in that."""

    name: str
    content: IO[bytes]
    start: int = 0


def followed(content: IO[bytes], start: int = 0, name: str = "") -> Findings:
    """What all streams in this content want. Never raises: what cannot be followed is `unclear`."""
    found = Findings()
    try:
        for part in parts(content, start, name):
            _follow(part, found)
    except Malformed as error:
        found.unclear = error.why
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError) as error:
        found.unclear = f"it could not be unpacked ({type(error).__name__})"
    except (RuntimeError, NotImplementedError, ValueError, OverflowError, MemoryError) as error:
        found.unclear = f"it could not be unpacked ({type(error).__name__})"  # encrypted, or an unknown method
    return found


def _follow(part: Part, found: Findings) -> None:
    """All streams from there on; what is behind the last one and begins none is data of whoever wrote it."""
    file = part.content
    end = file.seek(0, io.SEEK_END)
    file.seek(part.start)
    while (at := file.tell()) < end:
        head = file.read(4096)
        file.seek(at)
        if not begins_a_pickle(head):
            return
        try:
            Machine(file, found).run()
        except Malformed:
            if found.streams and head[:1] != b"\x80":
                return  # it only looked like one; what it named is noted all the same
            raise


def parts(content: IO[bytes], start: int = 0, name: str = "", nested: int = 0) -> Iterator[Part]:
    """Where pickles may begin in this content. Raises Malformed where it is nested or blown up too far."""
    if nested > _MOST_NESTED:
        raise Malformed("it is packed in too many layers", start)
    content.seek(start)
    head = content.read(512)
    content.seek(start)
    if head.startswith(_NPY):
        yield from _array(content, start, name)
    elif head[:2] == b"PK":
        yield from _zip(content, name, nested)
    elif head[_TAR_AT : _TAR_AT + 5] == b"ustar":
        yield from _tar(content, name, nested)
    elif (unpacked := _unpacked(content, head)) is not None:
        yield from parts(unpacked, 0, name, nested + 1)
    else:
        yield Part(name, content, start)


def _array(content: IO[bytes], start: int, name: str) -> Iterator[Part]:
    """Behind the header of an .npy file there is a pickle only where it holds objects; looking does no harm."""
    content.seek(start + 6)
    major = content.read(2)[:1]
    length = int.from_bytes(content.read(2 if major == b"\x01" else 4), "little")
    yield Part(name, content, content.tell() + length)


def _zip(content: IO[bytes], name: str, nested: int) -> Iterator[Part]:
    left = MOST_BYTES
    with zipfile.ZipFile(content) as archive:
        members = archive.infolist()
        if len(members) > _MOST_MEMBERS:
            raise Malformed("it has too many members", 0)
        for member in members:
            with archive.open(member) as file:
                head = file.read(512)
            if not _may_hold(head):
                continue
            with archive.open(member) as file:
                inner = _held(file, min(left, _MOST_KEPT))
            left -= inner.seek(0, io.SEEK_END)
            yield from parts(inner, 0, f"{name}:{member.filename}" if name else member.filename, nested + 1)


def _tar(content: IO[bytes], name: str, nested: int) -> Iterator[Part]:
    with tarfile.open(fileobj=content, mode="r:") as archive:
        for count, member in enumerate(archive):
            if count > _MOST_MEMBERS:
                raise Malformed("it has too many members", 0)
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None:
                inner = _held(file, _MOST_KEPT)
                yield from parts(inner, 0, f"{name}:{member.name}" if name else member.name, nested + 1)


def _may_hold(head: bytes) -> bool:
    packed = head[:2] in (b"PK", b"\x1f\x8b", b"BZ") or head[:6] in (_NPY, b"\xfd7zXZ\x00")
    return packed or begins_a_pickle(head) or head[_TAR_AT : _TAR_AT + 5] == b"ustar" or _is_zlib(head)


def _is_zlib(head: bytes) -> bool:
    return len(head) > 1 and head[0] == 0x78 and (head[0] << 8 | head[1]) % 31 == 0


def _unpacked(content: IO[bytes], head: bytes) -> IO[bytes] | None:
    """The content of a compressed stream, held in memory; None for what is not compressed in a way known here."""
    if head[:2] == b"\x1f\x8b":
        return _held(gzip.GzipFile(fileobj=content), _MOST_KEPT)
    if head[:3] == b"BZh":
        return _held(bz2.BZ2File(content), _MOST_KEPT)
    if head[:6] == b"\xfd7zXZ\x00" or head[:3] == b"\x5d\x00\x00":
        return _held(lzma.LZMAFile(content), _MOST_KEPT)
    if _is_zlib(head):
        return _inflated(content)
    if head[:4] in (b"\x04\x22\x4d\x18", b"\x28\xb5\x2f\xfd") or head[:6] == b"7z\xbc\xaf\x27\x1c":
        raise Malformed("it is packed in a way that is not unpacked here", 0)
    return None


def _held(file: Readable, most: int) -> io.BytesIO:
    """What can be read from it, in memory. Raises Malformed beyond the limit: a bomb is not unpacked."""
    held = io.BytesIO()
    while piece := file.read(1 << 20):
        if held.tell() + len(piece) > most:
            raise Malformed(f"it unpacks to more than {most >> 20} MiB", 0)
        held.write(piece)
    held.seek(0)
    return held


def _inflated(content: IO[bytes]) -> io.BytesIO:
    held, inflater = io.BytesIO(), zlib.decompressobj()
    while not inflater.eof and (piece := content.read(1 << 20)):
        while piece and not inflater.eof:
            held.write(inflater.decompress(piece, 1 << 20))
            piece = inflater.unconsumed_tail
            if held.tell() > _MOST_KEPT:
                raise Malformed(f"it unpacks to more than {_MOST_KEPT >> 20} MiB", 0)
    held.seek(0)
    return held
