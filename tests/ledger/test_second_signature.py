"""ML-DSA-44 beside Ed25519: now and then, on what leaves, and never in the way of who does not know it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlsec.ledger import Ledger, note
from jupyter_mlsec.protocol.errors import NoIdentity, Unverified
from jupyter_mlsec.vault import signing
from jupyter_mlsec.vault.signing import LocalSigner, local_second, local_signer
from tests.ledger.logbook import fill


@pytest.fixture
def second(data: Path) -> LocalSigner:
    made = local_second(data)
    if made is None:
        pytest.skip("this system's cryptography has no ML-DSA")
    return made


@pytest.fixture
def twice(folder: Path, data: Path, second: LocalSigner) -> Iterator[Ledger]:
    """A ledger with both signers."""
    ledger = Ledger(folder, lambda: local_signer(data), data / "checkpoints", second=lambda: second)
    yield ledger
    ledger.close()


def newest(ledger: Ledger) -> note.Checkpoint:
    checkpoint = ledger.checkpoint()
    assert checkpoint is not None
    return checkpoint


def test_a_checkpoint_with_both_signatures_is_accepted_by_either_key(twice: Ledger, second: LocalSigner) -> None:
    fill(twice, 3)
    twice.fold()
    first = local_signer(twice.folder.parents[2] / "data").public_key
    assert note.signed_by(newest(twice), [second.public_key]) == second.public_key
    assert note.signed_by(newest(twice), [first]) == first
    assert twice.verify() == ()


def test_only_one_checkpoint_a_minute_carries_the_second_signature(twice: Ledger, second: LocalSigner) -> None:
    for number in range(3):
        fill(twice, 1, start=number)
        twice.fold()
    carried = [note.carries(note.parse_checkpoint(text), second.public_key) for _, text in _all(twice)]
    assert carried == [True, False, False]


def test_what_leaves_is_signed_twice_and_keeps_its_text(twice: Ledger, second: LocalSigner) -> None:
    for number in range(2):
        fill(twice, 1, start=number)
        twice.fold()
    before = newest(twice)
    after = twice.strengthen()
    assert after is not None
    assert (after.text, note.carries(before, second.public_key)) == (before.text, False)
    assert note.signed_by(after, [second.public_key]) is not None
    assert twice.strengthen() == after
    assert twice.verify() == ()


def test_a_false_second_signature_is_found_though_the_first_holds(twice: Ledger, second: LocalSigner) -> None:
    fill(twice, 2)
    twice.fold()
    true = note.parse(newest(twice).note)
    line = true.signatures[1]
    false = note.NoteSignature(name=line.name, key_id=line.key_id, signature=bytes(len(line.signature)))
    forged = note.parse_checkpoint(note.Note(text=true.text, signatures=(true.signatures[0], false)).render())
    with pytest.raises(Unverified, match="is false"):
        note.signed_by(forged, [local_signer(twice.folder.parents[2] / "data").public_key, second.public_key])


def test_a_cosignature_says_who_and_when_and_of_what(second: LocalSigner, data: Path) -> None:
    checkpoint = note.sign_checkpoint("jupyter-mlsec/0123456789abcdef", 5, bytes(32), local_signer(data), second, at=9)
    signed = note.cosign(note.parse(checkpoint.note), "witness.example/w1", second, 7)
    at = note.cosigned_at(signed, "witness.example/w1", second.public_key, note.COSIGNED_ML_DSA)
    assert at == 7
    other = note.Note(text=signed.text.replace("\n5\n", "\n6\n"), signatures=signed.signatures)
    with pytest.raises(Unverified, match="is false"):
        note.cosigned_at(other, "witness.example/w1", second.public_key, note.COSIGNED_ML_DSA)


def test_a_verifier_key_of_each_kind_reads_back(second: LocalSigner, data: Path) -> None:
    for key, kind in (
        (local_signer(data).public_key, note.ED25519),
        (local_signer(data).public_key, note.COSIGNED_ED25519),
        (second.public_key, note.COSIGNED_ML_DSA),
    ):
        text = note.verifier_key("witness.example/w1", key, kind)
        assert note.parse_verifier_key(text + "\n") == ("witness.example/w1", kind, key)
        with pytest.raises(Unverified):
            note.parse_verifier_key(text.replace("+", "+0", 1))


def test_the_second_key_is_private_and_read_by_its_own_name(data: Path, second: LocalSigner) -> None:
    assert (data / "signer-mldsa.key").stat().st_mode & 0o777 == 0o600
    assert signing.load_any_public_key(data / "signer-mldsa.pub") == second.public_key
    with pytest.raises(NoIdentity, match="Ed25519 key is needed"):
        signing.load_public_key(data / "signer-mldsa.pub")
    (data / "signer.key").write_bytes((data / "signer-mldsa.key").read_bytes())
    (data / "signer.key").chmod(0o600)
    with pytest.raises(NoIdentity, match="another kind"):
        local_signer(data)


def _all(ledger: Ledger) -> list[tuple[int, str]]:
    reader = ledger._reader_or_error()
    return list(reader.checkpoints())
