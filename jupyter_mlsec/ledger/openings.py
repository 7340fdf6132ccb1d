"""Openings of commitments as lines of a spool: each before the entry that it opens."""

from __future__ import annotations

import msgspec

from jupyter_mlsec.ledger.commitments import COMMITMENT, Opening

_ENCODER = msgspec.json.Encoder()
_decode = msgspec.json.Decoder(Opening).decode


def read_opening(line: bytes) -> Opening | None:
    """The opening a spool's line holds; None if it is none."""
    try:
        found = _decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return found if COMMITMENT.fullmatch(found.opening) else None


def spooled(opening: Opening) -> bytes:
    """Its line in a spool."""
    return _ENCODER.encode(opening)


def blank(line: bytes) -> bytes:
    """The line of as many bytes that says that this opening was erased. ValueError for a line that is no opening."""
    found = read_opening(line)
    if found is None:
        raise ValueError("There is no opening in this line.")
    return _ENCODER.encode(Opening(opening=found.opening, salt="", value="")).ljust(len(line))
