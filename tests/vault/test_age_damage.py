"""Whatever happens to a sealed file, it is refused, mostly before its first byte is given."""

from __future__ import annotations

import io
import os

import pytest

from jupyter_mlsec.protocol.errors import VaultError
from jupyter_mlsec.vault import AgeReader, AgeWriter
from jupyter_mlsec.vault.damage import HeaderDamaged, PayloadDamaged
from jupyter_mlsec.vault.hybrid import HybridIdentity
from jupyter_mlsec.vault.stream import CHUNK, SEALED_CHUNK
from jupyter_mlsec.vault.x25519 import X25519Identity

CLASSIC = X25519Identity.generate()
HYBRID = HybridIdentity.generate()


def seal(data: bytes, identity: X25519Identity | HybridIdentity) -> bytes:
    sink = io.BytesIO()
    with AgeWriter(sink, [identity.recipient]) as writer:
        writer.write(data)
    return sink.getvalue()


def read(sealed: bytes, identity: X25519Identity | HybridIdentity = CLASSIC) -> bytes:
    return AgeReader(io.BytesIO(sealed), [identity]).read()


SMALL = seal(b"a small file", CLASSIC)
PLAIN = os.urandom(4 * CHUNK + 100)
LARGE = seal(PLAIN, CLASSIC)
START = len(LARGE) - (4 * SEALED_CHUNK + 116)


def chunks() -> list[bytes]:
    return [LARGE[at : at + SEALED_CHUNK] for at in range(START, len(LARGE), SEALED_CHUNK)]


def test_a_file_cut_at_any_byte_is_refused_at_open() -> None:
    for size in range(len(SMALL)):
        with pytest.raises(VaultError):
            AgeReader(io.BytesIO(SMALL[:size]), [CLASSIC])


def test_a_file_with_any_bit_flipped_is_refused_at_open() -> None:
    for place in range(len(SMALL) * 8):
        flipped = bytearray(SMALL)
        flipped[place // 8] ^= 1 << place % 8
        with pytest.raises(VaultError):
            AgeReader(io.BytesIO(flipped), [CLASSIC])


def test_a_post_quantum_header_with_a_byte_changed_is_refused() -> None:
    sealed = seal(b"x", HYBRID)
    for place in range(0, len(sealed), 7):
        changed = bytearray(sealed)
        changed[place] ^= 0x11
        with pytest.raises(VaultError):
            AgeReader(io.BytesIO(changed), [HYBRID])


@pytest.mark.parametrize("size", [START + SEALED_CHUNK * n + extra for n in (1, 2, 3, 4) for extra in (-1, 0, 1, 16)])
def test_a_long_file_cut_at_or_near_a_border_is_refused_at_open(size: int) -> None:
    with pytest.raises(PayloadDamaged):
        AgeReader(io.BytesIO(LARGE[:size]), [CLASSIC])


@pytest.mark.parametrize("extra", [b"\0", b"\0" * 16, b"\0" * 17, SMALL])
def test_a_file_with_something_appended_is_refused_at_open(extra: bytes) -> None:
    with pytest.raises(PayloadDamaged):
        AgeReader(io.BytesIO(LARGE + extra), [CLASSIC])


ORDERS = {
    "dropped": [0, 2, 3, 4],
    "first dropped": [1, 2, 3, 4],
    "last dropped": [0, 1, 2, 3],
    "repeated": [0, 1, 1, 2, 3, 4],
    "last repeated": [0, 1, 2, 3, 4, 4],
    "swapped": [0, 2, 1, 3, 4],
    "swapped with the last": [4, 1, 2, 3, 0],
    "replaced by another": [0, 1, 1, 3, 4],
}


@pytest.mark.parametrize("name", ORDERS)
def test_chunks_that_were_moved_are_refused(name: str) -> None:
    pieces = chunks()
    assert read(LARGE[:START] + b"".join(pieces)) == PLAIN
    with pytest.raises(PayloadDamaged):
        read(LARGE[:START] + b"".join(pieces[number] for number in ORDERS[name]))


def test_a_chunk_of_another_file_for_the_same_reader_is_refused() -> None:
    other = seal(PLAIN, CLASSIC)
    mixed = LARGE[: START + SEALED_CHUNK] + other[START + SEALED_CHUNK :]
    with pytest.raises(PayloadDamaged):
        read(mixed)


def test_an_undamaged_part_before_the_damage_reads_and_the_damaged_chunk_is_named() -> None:
    changed = bytearray(LARGE)
    changed[START + 2 * SEALED_CHUNK + 5] ^= 1
    reader = AgeReader(io.BytesIO(changed), [CLASSIC])
    assert reader.read(2 * CHUNK) == PLAIN[: 2 * CHUNK]
    with pytest.raises(PayloadDamaged, match="chunk 2 "):
        reader.read(1)


@pytest.mark.parametrize(
    "data", [b"", b"a,b\n1,2\n", b"PAR1" * 100, b"age-encryption.org/v2\n-> x\n", b"\0" * (2 << 20)]
)
def test_what_is_not_a_sealed_file_is_refused_as_such(data: bytes) -> None:
    with pytest.raises(HeaderDamaged):
        read(data)


def test_a_header_without_end_is_not_read_to_the_end_of_the_disk() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def seekable(self) -> bool:
            return True

        def tell(self) -> int:
            return 0

        def seek(self, offset: int, whence: int = 0, /) -> int:
            return 0

        def read(self, size: int = -1, /) -> bytes:
            self.given += size
            return (b"age-encryption.org/v1\n" + b"-> x " + b"y" * size)[:size]

    source = Endless()
    with pytest.raises(HeaderDamaged, match="does not end"):
        AgeReader(source, [CLASSIC])  # type: ignore[arg-type]
    assert source.given < 2 << 20
