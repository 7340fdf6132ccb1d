"""Sealed files by path: written, read, made from plain ones and back, with errors that name the real path."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlsec.protocol.errors import NoIdentity, SealedFileError, UsageError, VaultError
from jupyter_mlsec.vault import AgeReader, Identities, bech32, files
from jupyter_mlsec.vault.files import open_sealed, seal_file, unseal_file
from jupyter_mlsec.vault.format import Stanza, close_header, decode64, encode64, parse, serialise
from jupyter_mlsec.vault.x25519 import X25519Identity


@pytest.fixture
def own(tmp_path: Path) -> Identities:
    identities = Identities(tmp_path / "data")
    identities.create()
    return identities


def test_what_is_written_reads_back(own: Identities, tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    with open_sealed(path, "wb", identities=own) as file:
        file.write(b"hello")
        assert not path.exists()
    assert file.sealed.size == path.stat().st_size
    with open_sealed(path, identities=own) as reader:
        assert (reader.read(), reader.name) == (b"hello", str(path))
    with pytest.raises(FileExistsError):
        open_sealed(path, "xb", identities=own)
    with pytest.raises(UsageError, match="rb, wb and xb"):
        open_sealed(path, "ab", identities=own)


def test_an_error_while_writing_leaves_the_old_file(own: Identities, tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"old")
    with pytest.raises(TypeError), open_sealed(path, "wb", identities=own) as file:
        file.writelines([b"new", "not bytes"])  # type: ignore[list-item]
    assert path.read_bytes() == b"old"
    assert {each.name for each in tmp_path.iterdir()} == {"x.bin", "data"}


def test_a_classic_recipient_makes_the_whole_file_classic(own: Identities, tmp_path: Path) -> None:
    friend = X25519Identity.generate()
    chosen = files.choose_recipients([str(friend.recipient)], own)
    assert [recipient.kind for recipient in chosen] == ["classic", "classic"]
    path = tmp_path / "x"
    with open_sealed(path, "wb", recipients=chosen) as file:
        file.write(b"for two")
    for identities in (own, [friend]):
        assert open_sealed(path, identities=identities).read() == b"for two"


def test_a_plain_file_is_sealed_and_opened_in_place(own: Identities, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a,b\n" * 100_000)
    path.chmod(0o640)
    sealed = seal_file(path, identities=own)
    assert (sealed.path, sealed.size) == (path, path.stat().st_size)
    assert b"a,b" not in path.read_bytes()
    with pytest.raises(VaultError, match="already"):
        seal_file(path, identities=own)
    unseal_file(path, identities=own)
    assert path.read_bytes() == b"a,b\n" * 100_000
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_file_that_does_not_read_back_the_same_stays_plain(
    own: Identities, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a,b\n" * 100)
    honest = AgeReader.read
    monkeypatch.setattr(AgeReader, "read", lambda self, size=-1: honest(self, size)[:-1])
    with pytest.raises(VaultError, match="not sealed"):
        seal_file(path, identities=own)
    assert path.read_bytes() == b"a,b\n" * 100
    assert {each.name for each in tmp_path.iterdir()} == {"rows.csv", "data"}


def test_a_file_for_others_only_is_not_sealed_over_the_plain_one(own: Identities, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a,b\n")
    own.path.unlink()
    with pytest.raises(NoIdentity):
        seal_file(path, identities=own)
    assert path.read_bytes() == b"a,b\n"


def test_errors_name_the_real_path_and_what_to_do(own: Identities, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    with open_sealed(path, "wb", identities=own) as file:
        file.write(b"x" * 100)
    stranger = X25519Identity.generate()
    with pytest.raises(NoIdentity, match=r"rows\.csv was not opened.*keys show"):
        open_sealed(path, identities=[stranger])
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(SealedFileError, match=r"rows\.csv was not opened.*Restore"):
        open_sealed(path, identities=own)
    path.write_bytes(whole)
    own.path.unlink()
    with pytest.raises(NoIdentity, match=r"rows\.csv is sealed.*keys init"):
        open_sealed(path, identities=own)
    with pytest.raises(FileNotFoundError):
        open_sealed(tmp_path / "missing", identities=[stranger])


PREFIXES = st.sampled_from(["age", "age1pq", "AGE-SECRET-KEY-", "AGE-SECRET-KEY-PQ-"])


@given(PREFIXES, st.binary(max_size=200))
def test_bech32_reads_what_it_wrote(prefix: str, data: bytes) -> None:
    assert bech32.decode(bech32.encode(prefix, data)) == (prefix, data)


@given(st.binary(min_size=1, max_size=40), st.data())
def test_bech32_notices_a_changed_letter(data: bytes, draw: st.DataObject) -> None:
    text = bech32.encode("age", data)
    place = draw.draw(st.integers(4, len(text) - 1))
    letter = draw.draw(st.sampled_from("qpzry9x8gf2tvdw0s3jn54khce6mua7l"))
    if text[place] != letter:
        with pytest.raises(ValueError, match="checksum"):
            bech32.decode(text[:place] + letter + text[place + 1 :])


@given(st.text(max_size=60))
def test_bech32_refuses_other_text_without_quoting_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"case|separator|prefix|alphabet|checksum|padding") as caught:
        bech32.decode(text)
    assert len(text) < 12 or text not in str(caught.value)


ARGUMENTS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
STANZAS = st.builds(
    lambda kind, arguments, body: Stanza(type=kind, arguments=tuple(arguments), body=body),
    ARGUMENTS,
    st.lists(ARGUMENTS, max_size=4),
    st.binary(max_size=200),
)


@given(st.lists(STANZAS, min_size=1, max_size=5), st.binary(min_size=32, max_size=32))
def test_a_header_parses_to_what_was_serialised(stanzas: list[Stanza], mac: bytes) -> None:
    authenticated = serialise(tuple(stanzas))
    whole = close_header(authenticated, mac)
    header = parse(whole)
    assert header.stanzas == tuple(stanzas)
    assert (header.mac, header.authenticated, header.size) == (mac, authenticated, len(whole))


@given(st.binary(max_size=300))
def test_any_bytes_parse_to_a_header_that_serialises_the_same_or_are_refused(data: bytes) -> None:
    try:
        header = parse(b"age-encryption.org/v1\n" + data)
    except VaultError:
        return
    assert close_header(serialise(header.stanzas), header.mac) == b"age-encryption.org/v1\n" + data


@given(st.binary(max_size=100))
def test_base64_is_canonical(data: bytes) -> None:
    assert decode64(encode64(data)) == data
