"""The tree against a direct reading of RFC 6962, known roots, and wrong proofs of every sort."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlsec.ledger import merkle
from jupyter_mlsec.ledger.merkle import Frontier, Subtree, leaf_hash
from jupyter_mlsec.ledger.tiles import WIDTH, Growth, partial_tiles, subtree_of

LEAVES = [leaf_hash(str(number).encode()) for number in range(700)]


def mth(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 §2.1, written as it stands there and sharing nothing with our code."""
    if len(leaves) == 0:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def over(leaves: Sequence[bytes]) -> Subtree:
    return lambda height, index: mth(leaves[index << height : (index + 1) << height])


SUBTREE = over(LEAVES)
ROOTS = {size: mth(LEAVES[:size]) for size in range(301)}


def test_the_known_roots_of_certificate_transparency_are_met() -> None:
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    roots = {
        0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    frontier = Frontier()
    met = {0: frontier.root().hex()}
    for size, text in enumerate(inputs, 1):
        frontier.push(leaf_hash(bytes.fromhex(text)))
        met[size] = frontier.root().hex()
    assert {size: met[size] for size in roots} == roots


def test_a_growing_tree_has_the_root_of_the_rfc_at_every_size() -> None:
    frontier = Frontier()
    for size in range(1, 301):
        frontier.push(LEAVES[size - 1])
        assert frontier.root() == ROOTS[size]
        assert merkle.range_root(0, size, SUBTREE) == ROOTS[size]


@pytest.mark.parametrize("size", [*range(1, 20), 31, 32, 33, 127, 128, 129, 255, 256, 257, 300])
def test_every_entry_proves_its_place(size: int) -> None:
    for index in range(size):
        proof = merkle.inclusion_proof(index, size, SUBTREE)
        assert merkle.verify_inclusion(index, size, LEAVES[index], proof, ROOTS[size])


@pytest.mark.parametrize("new", [*range(1, 20), 31, 32, 33, 127, 128, 129, 255, 256, 257, 300])
def test_every_earlier_tree_is_proved_to_be_continued(new: int) -> None:
    for old in range(new + 1):
        proof = merkle.consistency_proof(old, new, SUBTREE)
        assert merkle.verify_consistency(old, new, ROOTS[old], ROOTS[new], proof)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_wrong_inclusion_proof_is_rejected(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    index = data.draw(st.integers(0, size - 1))
    leaf, root, proof = LEAVES[index], ROOTS[size], list(merkle.inclusion_proof(index, size, SUBTREE))
    assert merkle.verify_inclusion(index, size, leaf, proof, root)
    other = data.draw(st.integers(0, size).filter(lambda number: number != index))
    assert not merkle.verify_inclusion(other, size, leaf, proof, root)
    assert not merkle.verify_inclusion(index, size, LEAVES[index + 1], proof, root)
    assert not merkle.verify_inclusion(index, size, leaf, [*proof, root], root)
    assert not merkle.verify_inclusion(index, size, leaf, proof, ROOTS[size - 1])
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        changed = proof.copy()
        changed[place] = _flipped(proof[place], data.draw(st.integers(0, 255)))
        assert not merkle.verify_inclusion(index, size, leaf, changed, root)
        assert not merkle.verify_inclusion(index, size, leaf, proof[:-1], root)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_wrong_consistency_proof_is_rejected(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 300))
    old = data.draw(st.integers(1, new - 1))
    was, now, proof = ROOTS[old], ROOTS[new], list(merkle.consistency_proof(old, new, SUBTREE))
    assert merkle.verify_consistency(old, new, was, now, proof)
    assert not merkle.verify_consistency(old, new, ROOTS[old - 1], now, proof)
    assert not merkle.verify_consistency(old, new, was, ROOTS[new - 1], proof)
    assert not merkle.verify_consistency(new, old, now, was, proof)
    assert not merkle.verify_consistency(old, new, was, now, [*proof, now])
    assert not merkle.verify_consistency(old, new, was, now, proof[:-1])
    place = data.draw(st.integers(0, len(proof) - 1))
    changed = proof.copy()
    changed[place] = _flipped(proof[place], data.draw(st.integers(0, 255)))
    assert not merkle.verify_consistency(old, new, was, now, changed)


def test_a_rewritten_history_has_no_consistency_proof() -> None:
    rewritten = [*LEAVES[:4], leaf_hash(b"another"), *LEAVES[5:60]]
    for old in range(5, 60):
        proof = merkle.consistency_proof(old, 60, over(rewritten))
        assert not merkle.verify_consistency(old, 60, ROOTS[old], mth(rewritten), proof)


def test_a_hash_of_another_length_proves_nothing() -> None:
    proof = merkle.inclusion_proof(1, 3, SUBTREE)
    assert not merkle.verify_inclusion(1, 3, LEAVES[1][:31], proof, ROOTS[3])
    assert not merkle.verify_inclusion(1, 3, LEAVES[1], [proof[0] + b"\0", *proof[1:]], ROOTS[3])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=5))
def test_tiles_make_the_same_tree_however_it_grew(steps: list[int]) -> None:
    leaves = [leaf_hash(b"%d" % number) for number in range(sum(steps))]
    tiles: dict[tuple[int, int], bytes] = {}

    def keep(level: int, index: int, hashes: bytes) -> None:
        tiles[level, index] = hashes

    size = 0
    for step in steps:
        edges = [(level, tiles[level, index][: width * 32]) for level, index, width in partial_tiles(size)]
        growth = Growth(keep, size, edges)
        growth.extend(b"".join(leaves[size : size + step]))
        for edge in growth.edges():
            keep(*edge)
        size += step
        assert growth.root() == mth(leaves[:size])
    subtree = subtree_of(lambda level, index: tiles.get((level, index), b""))
    assert all(merkle.range_root(0, old, subtree) == mth(leaves[:old]) for old in range(0, size + 1, 37))


def test_a_tree_of_70000_has_the_tiles_that_the_specification_counts() -> None:
    assert list(partial_tiles(70_000)) == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert list(partial_tiles(WIDTH)) == [(1, 0, 1)]


def _flipped(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value) ^ (1 << bit)).to_bytes(len(value))
