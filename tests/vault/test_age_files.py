"""AgeWriter and AgeReader are binary file objects like any other, at any size, with any split of writes and reads."""

from __future__ import annotations

import gc
import io
import os
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlsec.protocol.errors import VaultError
from jupyter_mlsec.vault import AgeReader, AgeWriter, is_sealed
from jupyter_mlsec.vault.damage import HeaderDamaged, NoMatch, PayloadDamaged
from jupyter_mlsec.vault.hybrid import HybridIdentity
from jupyter_mlsec.vault.scrypt import ScryptIdentity, ScryptRecipient
from jupyter_mlsec.vault.stream import CHUNK
from jupyter_mlsec.vault.x25519 import X25519Identity

CLASSIC = X25519Identity.generate()
HYBRID = HybridIdentity.generate()
NOISE = os.urandom(3 << 20)
SIZES = st.sampled_from([0, 1, 7, 4096, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK - 5, (1 << 20) + 3])


def sealed(data: bytes, identity: Any = CLASSIC) -> bytes:
    sink = io.BytesIO()
    with AgeWriter(sink, [identity.recipient]) as writer:
        writer.write(data)
    return sink.getvalue()


def opened(data: bytes, identity: Any = CLASSIC) -> AgeReader:
    return AgeReader(io.BytesIO(data), [identity])


@settings(max_examples=60, deadline=None)
@given(st.lists(SIZES, max_size=5), st.sampled_from([CLASSIC, HYBRID]))
def test_any_split_of_writes_reads_back_whole(sizes: list[int], identity: Any) -> None:
    sink, written = io.BytesIO(), b""
    with AgeWriter(sink, [identity.recipient]) as writer:
        for size in sizes:
            assert writer.write(NOISE[:size]) == size
            written += NOISE[:size]
            assert writer.tell() == len(written)
    assert is_sealed(sink.getvalue()[:64])
    assert opened(sink.getvalue(), identity).read() == written


PLAIN = NOISE[: 5 * CHUNK + 1234]
READER = opened(sealed(PLAIN))
MOVES = st.tuples(st.integers(0, len(PLAIN) + 10), st.integers(0, 3 * CHUNK), st.sampled_from(["read", "into", "one"]))


@settings(max_examples=60, deadline=None)
@given(st.lists(MOVES, max_size=12))
def test_any_seek_and_read_gives_what_a_plain_file_gives(moves: list[tuple[int, int, str]]) -> None:
    plain = io.BytesIO(PLAIN)
    for position, size, way in moves:
        assert READER.seek(position) == plain.seek(position)
        if way == "read":
            assert READER.read(size) == plain.read(size)
        elif way == "into":
            ours, theirs = bytearray(size), bytearray(size)
            assert READER.readinto(ours) == plain.readinto(theirs)
            assert ours == theirs
        else:
            piece = READER.read1(size)
            assert piece == plain.read(len(piece))
        assert READER.tell() == plain.tell()


def test_seeks_from_here_and_from_the_end() -> None:
    reader = opened(sealed(b"0123456789"))
    reader.seek(-3, io.SEEK_END)
    assert reader.read(1) == b"7"
    reader.seek(1, io.SEEK_CUR)
    assert reader.read() == b"9"
    with pytest.raises(ValueError, match="negative"):
        reader.seek(-1)


def test_text_can_be_written_and_read_through_it() -> None:
    sink = io.BytesIO()
    with AgeWriter(sink, [CLASSIC.recipient]) as writer:
        text = io.TextIOWrapper(writer, encoding="utf-8")
        text.write("Grüße\n" * 20_000)
        text.flush()
        text.detach()
    lines = io.TextIOWrapper(opened(sink.getvalue()), encoding="utf-8").readlines()
    assert lines == ["Grüße\n"] * 20_000


@pytest.mark.parametrize("data", [bytearray(b"ab"), memoryview(b"ab"), np.arange(40_000), np.zeros((300, 300))])
def test_any_contiguous_buffer_is_written_as_its_bytes(data: Any) -> None:
    assert opened(sealed(data)).read() == bytes(memoryview(data).cast("B"))


def test_a_file_that_was_not_closed_in_order_is_refused() -> None:
    for end in ("abandon", "drop", "raise"):
        sink = io.BytesIO()
        writer: AgeWriter | None = AgeWriter(sink, [CLASSIC.recipient])
        assert writer is not None
        writer.write(NOISE[: 2 * CHUNK])
        if end == "abandon":
            writer.abandon()
        elif end == "raise":
            with pytest.raises(KeyError), writer:
                raise KeyError
        writer = None
        gc.collect()
        with pytest.raises(PayloadDamaged):
            opened(sink.getvalue())


def test_after_a_failed_write_nothing_is_finished() -> None:
    class Full(io.BytesIO):
        def write(self, data: Any, /) -> int:
            if self.tell() > 0:  # the header was taken
                raise OSError(28, "No space left on device")
            return super().write(data)

    sink = Full()
    writer = AgeWriter(sink, [CLASSIC.recipient])
    with pytest.raises(OSError, match="No space"):
        writer.write(NOISE[: 4 * CHUNK])
    with pytest.raises(ValueError, match="broken"):
        writer.write(b"more")
    writer.close()
    with pytest.raises(VaultError, match="before the end"):
        writer.require_finished()
    with pytest.raises(PayloadDamaged):
        opened(sink.getvalue())


def test_a_raw_sink_that_takes_less_gets_all() -> None:
    class Slow(io.BytesIO):
        def write(self, data: Any, /) -> int:
            return super().write(bytes(data[:1000]))

    sink = Slow()
    with AgeWriter(sink, [CLASSIC.recipient]) as writer:
        writer.write(NOISE[: 3 * CHUNK])
    assert opened(sink.getvalue()).read() == NOISE[: 3 * CHUNK]


def test_recipients_of_two_kinds_never_meet_in_one_file() -> None:
    for mixed in (
        [CLASSIC.recipient, HYBRID.recipient],
        [ScryptRecipient("x", work_factor=2), CLASSIC.recipient],
        [ScryptRecipient("x", work_factor=2), ScryptRecipient("y", work_factor=2)],
        [],
    ):
        sink = io.BytesIO()
        with pytest.raises(VaultError, match="Nothing was sealed"):
            AgeWriter(sink, mixed)
        assert sink.getvalue() == b""


def test_each_of_several_recipients_opens_it_and_nobody_else() -> None:
    other, stranger = HybridIdentity.generate(), HybridIdentity.generate()
    sink = io.BytesIO()
    with AgeWriter(sink, [HYBRID.recipient, other.recipient]) as writer:
        writer.write(b"for two")
    for identity in (HYBRID, other):
        assert opened(sink.getvalue(), identity).read() == b"for two"
    for wrong in (stranger, CLASSIC):
        with pytest.raises(NoMatch):
            opened(sink.getvalue(), wrong)


def test_a_passphrase_stands_alone_without_a_hint() -> None:
    sink = io.BytesIO()
    with AgeWriter(sink, [ScryptRecipient("correct horse", work_factor=10)]) as writer:
        writer.write(b"secret")
    assert b"mlsec-hint" not in sink.getvalue()
    assert opened(sink.getvalue(), ScryptIdentity("correct horse")).read() == b"secret"
    with pytest.raises(NoMatch):
        opened(sink.getvalue(), ScryptIdentity("wrong"))
    with pytest.raises(HeaderDamaged, match="steps"):
        opened(sink.getvalue(), ScryptIdentity("correct horse", cap=9))


def test_the_hint_says_what_opens_the_file() -> None:
    assert b"\n-> mlsec-hint jupyter-mlsec-open\n\n" in sealed(b"x")


def test_secrets_do_not_show_in_a_repr() -> None:
    for identity in (CLASSIC, HYBRID):
        assert identity.secret() not in repr(identity)
        assert "SECRET" not in repr(identity)
    assert "horse" not in repr(ScryptIdentity("horse")) + repr(ScryptRecipient("horse"))


def test_a_source_that_cannot_seek_is_refused() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    with pytest.raises(HeaderDamaged, match="save it to a file"):
        AgeReader(Pipe(sealed(b"x")), [CLASSIC])
