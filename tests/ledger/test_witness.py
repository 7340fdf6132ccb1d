"""A witness on another machine: it cosigns only what continues what it saw, and everybody can check that it did."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlsec.ledger import Ledger, LedgerBusy, note, witness
from jupyter_mlsec.protocol.errors import Unverified
from jupyter_mlsec.vault.signing import local_second, local_signer, local_witness
from tests.ledger.conftest import Open
from tests.ledger.logbook import fill

NAME = "witness.example/w1"
AT = 1_679_315_147


@pytest.fixture
def other(tmp_path: Path) -> witness.Witness:
    """The witness, with a machine of its own."""
    return witness.Witness(tmp_path / "elsewhere" / "witnessed", NAME, local_witness(tmp_path / "elsewhere"))


def grown(ledger: Ledger, count: int) -> Ledger:
    checkpoint = ledger.checkpoint()
    fill(ledger, count, start=checkpoint.size if checkpoint else 0)
    ledger.fold()
    return ledger


def keys(data: Path) -> list[bytes]:
    return [local_signer(data).public_key]


def by_file(request: witness.Request) -> witness.Request:
    return witness.parse_request(request.render().encode())


def test_a_cosignature_comes_back_is_kept_and_checked(ledger: Ledger, data: Path, other: witness.Witness) -> None:
    asked = witness.request(grown(ledger, 5).reader, 0)
    assert by_file(asked) == asked
    signed = other.cosign(by_file(asked), keys(data), AT)
    name, kind, key = note.parse_verifier_key(other.vkey)
    cosigned, at = witness.only_of(signed, name, kind, key)
    ledger.attach(cosigned.note)
    assert (at, witness.last_of(ledger.reader, name, kind, key)) == (AT, (5, AT))
    assert ledger.verify() == ()


def test_a_cosignature_is_made_over_the_lines_of_the_specification(
    ledger: Ledger, data: Path, other: witness.Witness, tmp_path: Path
) -> None:
    signed = other.cosign(witness.request(grown(ledger, 5).reader, 0), keys(data), AT)
    text, line = note.parse(signed.note).text, note.parse(signed.note).signatures[-1]
    key = local_witness(tmp_path / "elsewhere")._key.public_key()
    assert line.signature[:8] == AT.to_bytes(8, "big")
    key.verify(line.signature[8:], f"cosignature/v1\ntime {AT}\n{text}".encode())


def test_a_grown_ledger_is_cosigned_again_from_where_it_was(ledger: Ledger, data: Path, other: witness.Witness) -> None:
    other.cosign(witness.request(grown(ledger, 5).reader, 0), keys(data), AT)
    later = other.cosign(by_file(witness.request(grown(ledger, 300).reader, 5)), keys(data), AT + 1)
    assert other.seen(later.origin) == later
    assert later.size == 305


def test_a_ledger_that_was_set_back_or_rewritten_is_not_cosigned(
    open_ledger: Open, data: Path, other: witness.Witness, tmp_path: Path
) -> None:
    one = grown(open_ledger(tmp_path / "one" / "ledger", mirror=None), 5)
    older = witness.request(one.reader, 0)
    other.cosign(witness.request(grown(one, 5).reader, 0), keys(data), AT)
    with pytest.raises(Unverified, match="10 were seen here before"):
        other.cosign(older, keys(data), AT)
    newest = one.checkpoint()
    assert newest is not None
    rewritten = note.sign_checkpoint(newest.origin, 12, bytes(32), local_signer(data))
    with pytest.raises(Unverified, match="was rewritten"):
        other.cosign(witness.Request(old=10, hashes=older.hashes, checkpoint=rewritten), keys(data), AT)
    with pytest.raises(Unverified, match="--old 10"):
        other.cosign(witness.Request(old=4, hashes=(), checkpoint=rewritten), keys(data), AT)
    assert other.seen(newest.origin) is not None


def test_a_witness_cosigns_nothing_of_a_key_it_was_not_told_to_trust(
    ledger: Ledger, other: witness.Witness, tmp_path: Path
) -> None:
    asked = witness.request(grown(ledger, 5).reader, 0)
    with pytest.raises(Unverified, match="not signed by the key you trust"):
        other.cosign(asked, keys(tmp_path / "stranger"), AT)
    assert other.seen(asked.checkpoint.origin) is None


def test_two_that_cosign_at_once_do_not_both_see_the_same_past(
    ledger: Ledger, data: Path, other: witness.Witness
) -> None:
    asked = witness.request(grown(ledger, 5).reader, 0)
    with other._alone(), pytest.raises(LedgerBusy):
        other.cosign(asked, keys(data), AT)


def test_a_cosignature_of_another_state_is_not_kept(
    open_ledger: Open, data: Path, other: witness.Witness, tmp_path: Path
) -> None:
    foreign = grown(open_ledger(tmp_path / "one" / "ledger"), 5)
    signed = other.cosign(witness.request(foreign.reader, 0), keys(data), AT)
    own = grown(open_ledger(tmp_path / "two" / "ledger"), 5)
    with pytest.raises(Unverified, match="not this ledger's"):
        own.attach(signed.note)
    assert own.verify() == ()


def test_a_witness_may_sign_with_ml_dsa_as_well(ledger: Ledger, data: Path, tmp_path: Path) -> None:
    signer = local_second(tmp_path / "elsewhere")
    if signer is None:
        pytest.skip("this system's cryptography has no ML-DSA")
    other = witness.Witness(tmp_path / "elsewhere" / "witnessed", NAME, signer)
    signed = other.cosign(witness.request(grown(ledger, 5).reader, 0), keys(data), AT)
    assert witness.only_of(signed, *note.parse_verifier_key(other.vkey))[1] == AT


@pytest.mark.parametrize("text", ["", "old x\n\n", "old 1\nAAAA\n\n", "old 01\n\n", "old 1"])
def test_what_is_no_request_is_refused(ledger: Ledger, text: str) -> None:
    grown(ledger, 1)
    newest = ledger.checkpoint()
    assert newest is not None
    with pytest.raises(Unverified):
        witness.parse_request((text + newest.note).encode())
