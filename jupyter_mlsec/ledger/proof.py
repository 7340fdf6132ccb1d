"""A proof that one entry is in a ledger, as a file of its own: C2SP tlog-proof.

c2sp.org/tlog-proof@v1
extra eyJlbnRyeSI6...            the entry's exact bytes, so that the file can be checked alone
index 17
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
                                 (hashes from the leaf's sibling up, an empty line, the checkpoint)
"""

from __future__ import annotations

import re

import msgspec

from jupyter_mlsec.ledger import note
from jupyter_mlsec.ledger.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from jupyter_mlsec.ledger.reader import Reader
from jupyter_mlsec.protocol.errors import LedgerError, Unverified

HEADER = "c2sp.org/tlog-proof@v1"
SUFFIX = ".tlog-proof"
MOST_BYTES = 1 << 21
MOST_HASHES = 63
_INDEX = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """One entry, where it is, and the hashes that lead from it to the checkpoint's root."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: note.Checkpoint
    entry: bytes | None = None
    """The exact bytes; None in a file that another tool wrote without them."""

    def render(self) -> str:
        """The file's text."""
        extra = () if self.entry is None else (f"extra {note.encode(self.entry)}",)
        lines = (HEADER, *extra, f"index {self.index}", *(note.encode(one) for one in self.hashes), "")
        return "".join(f"{line}\n" for line in lines) + self.checkpoint.note


def of(reader: Reader, index: int) -> Proof:
    """The proof that an entry is in the ledger's newest checkpoint. Raises LedgerError when there is no such entry."""
    with reader.snapshot():
        newest = reader.checkpoint()
        if newest is None:
            raise LedgerError("There is nothing to prove: the ledger is empty.")
        hashes = reader.inclusion_proof(index, newest.size)
        return Proof(index=index, hashes=hashes, checkpoint=newest, entry=reader.entry(index))


def parse(source: bytes) -> Proof:
    """Read a proof; nothing is verified yet. Raises Unverified, saying what is not as it should be."""
    if len(source) > MOST_BYTES:
        raise Unverified("The proof is too long to be one.")
    try:
        head, blank, checkpoint = source.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise Unverified("The proof is not UTF-8 text.") from None
    lines = head.split("\n")
    if lines[0] != HEADER or not blank:
        raise Unverified(f"This is no proof: it does not begin with {HEADER}, or has no checkpoint.")
    entry = None
    if len(lines) > 1 and lines[1].startswith("extra "):
        entry = note.decode(lines.pop(1).removeprefix("extra "))
        if entry is None:
            raise Unverified("The proof's extra data is not base64.")
    index = lines[1].removeprefix("index ") if len(lines) > 1 and lines[1].startswith("index ") else ""
    hashes = [note.decode(line) or b"" for line in lines[2:]]
    if not _INDEX.fullmatch(index) or len(hashes) > MOST_HASHES or any(len(one) != HASH_BYTES for one in hashes):
        raise Unverified("The proof's index or one of its hashes does not read as one.")
    return Proof(index=int(index), hashes=tuple(hashes), checkpoint=note.parse_checkpoint(checkpoint), entry=entry)


def verify(proof: Proof, entry: bytes | None = None) -> bytes:
    """The entry's exact bytes, once the proof leads from them to the checkpoint's root. Raises Unverified.

    Whose checkpoint it is must be looked at too (`note.signed_by`). `entry` is for proofs that do not carry it.
    """
    entry = proof.entry if entry is None else entry
    if entry is None:
        raise Unverified("The proof does not carry its entry, so there is nothing to verify.")
    checkpoint = proof.checkpoint
    if not verify_inclusion(proof.index, checkpoint.size, leaf_hash(entry), proof.hashes, checkpoint.root):
        raise Unverified(f"The proof does not hold: this is not entry {proof.index} of {checkpoint.origin}.")
    return entry
