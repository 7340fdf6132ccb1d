"""Signed notes and checkpoints: other tools' vectors, round trips, and strict parsing."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlsec.ledger import note
from jupyter_mlsec.ledger.note import Note
from jupyter_mlsec.protocol.errors import Unverified
from jupyter_mlsec.vault.signing import LocalSigner

FOREIGN_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOREIGN_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
"""A public example of a signed note and its verifier key, made by another implementation."""
SPECIFIED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)
"""The example of the tlog-checkpoint specification."""

SIGNER = LocalSigner(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER = LocalSigner(Ed25519PrivateKey.from_private_bytes(bytes(32)))
ORIGIN = "jupyter-mlsec/0123456789abcdef"


def test_a_note_that_another_implementation_signed_is_accepted() -> None:
    name, identifier, encoded = FOREIGN_KEY.split("+", 2)
    key = base64.b64decode(encoded)[1:]
    assert note.key_id(name, key).hex() == identifier
    assert note.verifier_key(name, key) == FOREIGN_KEY
    assert note.verify(note.parse(FOREIGN_NOTE), name, key)
    assert note.parse(FOREIGN_NOTE).render() == FOREIGN_NOTE


def test_the_checkpoint_of_the_specification_reads_and_renders_as_it_stands() -> None:
    checkpoint = note.parse_checkpoint(SPECIFIED)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.note == SPECIFIED


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**62), st.binary(min_size=32, max_size=32))
def test_a_signed_checkpoint_reads_back_and_verifies(size: int, root: bytes) -> None:
    made = note.sign_checkpoint(ORIGIN, size, root, SIGNER)
    read = note.parse_checkpoint(made.note.encode())
    assert read == made
    assert note.signed_by(read, [OTHER.public_key, SIGNER.public_key]) == SIGNER.public_key
    assert note.signed_by(read, [OTHER.public_key]) is None


def test_every_changed_byte_of_a_checkpoint_is_noticed() -> None:
    raw = note.sign_checkpoint(ORIGIN, 42, b"r" * 32, SIGNER).note.encode()
    for place in range(len(raw)):
        for bit in range(8):
            changed = raw[:place] + bytes([raw[place] ^ (1 << bit)]) + raw[place + 1 :]
            assert not _holds(changed), (place, bit)


def _holds(raw: bytes) -> bool:
    try:
        return note.signed_by(note.parse_checkpoint(raw), [SIGNER.public_key]) is not None
    except Unverified:
        return False


def test_a_second_signature_keeps_the_first_valid() -> None:
    first = note.sign(Note(text="hello\n"), "a.example", SIGNER)
    both = note.parse(note.sign(first, "b.example", OTHER).render())
    assert note.verify(both, "a.example", SIGNER.public_key)
    assert note.verify(both, "b.example", OTHER.public_key)
    assert not note.verify(both, "b.example", SIGNER.public_key)


def test_a_false_signature_of_a_known_key_rejects_the_whole_note() -> None:
    true = note.sign(Note(text="hello\n"), "a.example", SIGNER)
    false = Note(text="other\n", signatures=true.signatures)
    mixed = note.sign(false, "a.example", SIGNER)
    with pytest.raises(Unverified, match="false"):
        note.verify(mixed, "a.example", SIGNER.public_key)


def test_a_text_may_hold_empty_lines() -> None:
    signed = note.sign(Note(text="one\n\ntwo\n\n"), "a.example", SIGNER)
    assert note.parse(signed.render()) == signed


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "\n",
        "text\n",
        "text\n\n",
        "text\n\n— name AAAAAAA=",
        "text\n\n- name AAAAAAAA\n",
        "text\n\n—  AAAAAAAA\n",
        "text\n\n— na+me AAAAAAAA\n",
        "text\n\n— na me AAAAAAAA\n",
        "text\n\n— na\u2003me AAAAAAAA\n",
        "text\n\n— name AAAA\n",
        "text\n\n— name AAAAAAB=\n",
        "text\n\n— name AAAAAAAA\n\n",
        "te\txt\n\n— name AAAAAAAA\n",
        "text\r\n\n— name AAAAAAAA\n",
        "text\n\n" + "— name AAAAAAAA\n" * 101,
    ],
)
def test_what_is_no_note_is_refused(broken: str) -> None:
    with pytest.raises(Unverified):
        note.parse(broken)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(Unverified, match="UTF-8"):
        note.parse(b"\xff\xfe\n\n")


@pytest.mark.parametrize(
    "text",
    [
        "origin\n1\n",
        f"origin\n01\n{'A' * 43}=\n",
        f"origin\n-1\n{'A' * 43}=\n",
        f"origin\n+1\n{'A' * 43}=\n",
        f"origin\n\u0661\n{'A' * 43}=\n",
        f"origin\n1\n{'A' * 42}==\n",
        f"origin\n1\n{'A' * 42}B=\n",
        f"\n1\n{'A' * 43}=\n",
        f"origin\n1\n{'A' * 43}=\n\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(Unverified):
        note.parse_checkpoint(text + "\n— name AAAAAAAA\n")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200))
def test_no_input_breaks_the_parser(source: str | bytes) -> None:
    try:
        parsed = note.parse(source)
    except Unverified:
        return
    assert parsed.render() == (source if isinstance(source, str) else source.decode())
